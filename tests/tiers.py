"""Accounts and requests for tests of user tiers, with lawful defaults: out of contract, legacy."""

from datetime import date
from functools import cache

from app.catalog.loader import load_catalog
from app.domain.money import Money
from app.domain.period import BillingPeriod
from app.domain.tiers.account import (
    Account,
    Asked,
    Band,
    CardRow,
    Contract,
    Exceptions,
    Site,
    Started,
)
from app.domain.tiers.outcome import Quote
from app.domain.tiers.policy import TierPolicy
from app.domain.tiers.quote import quote

ASKED_ON = date(2026, 12, 6)
NEXT_BILL = date(2027, 1, 1)


@cache
def policy(key: str = "user-tiers") -> TierPolicy:
    """A policy as shipped."""
    return load_catalog().policies[key]


def usd(amount: str) -> Money:
    return Money.of(amount, "USD")


def band(text: str) -> Band:
    first, last = text.split("-")
    return Band(int(first), int(last))


def card(*rows: str) -> tuple[CardRow, ...]:
    """Rows such as "1-10 at 349.95"."""
    return tuple(
        CardRow(band(bands), usd(price)) for bands, price in (r.split(" at ") for r in rows)
    )


OLD_CARD = card("1-10 at 349.95", "11-25 at 499.95", "26-50 at 699.95")


def contract(
    due: int | None = 12,
    made: int | None = 6,
    paid_on: date | None = date(2026, 12, 1),
    rows: tuple[CardRow, ...] | None = OLD_CARD,
) -> Contract:
    return Contract(due, made, paid_on, rows)


def account(
    now: str = "1-10 at 349.95",
    *,
    pricing: str = "legacy",
    contract: Contract | None = None,
    contract_known: bool = True,
    next_billing_on: date | None = NEXT_BILL,
    period: BillingPeriod = BillingPeriod.MONTH,
    idx_only: bool = False,
    started: str | None = "1-5 at 399.95",
    discounted: bool = False,
    bands_used: int | None = 1,
    cap_in_writing: bool = False,
    site_relation: str | None = None,
    courtesy_users: int = 0,
) -> Account:
    """An account; `now` and `started` read "11-25 at 499.95"."""
    row = card(now)[0]
    began = card(started)[0] if started else None
    return Account(
        pricing=pricing,
        band=row.band,
        price=row.price,
        billing_period=period,
        next_billing_on=next_billing_on,
        contract=contract,
        contract_known=contract_known,
        idx_only=idx_only,
        started=Started(began.band, began.price, discounted) if began else None,
        bands_used=bands_used,
        cap_offered_in_writing=cap_in_writing,
        site_relation=site_relation,
        courtesy_users=courtesy_users,
        site=Site("db-7", "site-42"),
    )


def asked(
    users: int,
    on: date = ASKED_ON,
    exceptions: Exceptions | None = None,
    *,
    unhappy: bool = False,
    current_pricing: bool = False,
) -> Asked:
    return Asked(users, on, exceptions or Exceptions(), unhappy, current_pricing)


def quoted(of: Account, users: int, on: date = ASKED_ON, **more: object) -> Quote:
    """The quote under the shipped policy."""
    return quote(policy(), of, asked(users, on, **more))  # type: ignore[arg-type]


def said(found: Quote) -> str:
    """A quote in short: "21-25 Users at 649.95", or its outcome and reason."""
    if found.reason is not None or found.to_price is None:
        return f"{found.outcome}: {found.reason}"
    return f"{found.description} at {found.to_price.amount}"
