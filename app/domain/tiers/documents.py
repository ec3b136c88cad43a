"""Accounts, requests and quotes as JSON: how they are kept, and how they come in."""

import re
from collections.abc import Mapping
from datetime import date
from typing import Any, Final

from app.domain.errors import DomainError, Invalid
from app.domain.money import Money
from app.domain.period import BillingPeriod
from app.domain.tiers.account import (
    Account,
    Asked,
    Band,
    CardRow,
    Contract,
    Courtesy,
    Credit,
    Exceptions,
    Site,
    Started,
)
from app.domain.tiers.outcome import Prorated, Quote

_WHOLE: Final = re.compile(r"-?[0-9]{1,10}")
_BAND: Final = re.compile(r"([0-9]{1,6})-([0-9]{1,6})")


class AccountNotUnderstood(Invalid):
    """A fact of an account, or of a request, that is not written as it must be."""

    code = "tier_account_not_understood"


def account_as_json(account: Account) -> dict[str, Any]:
    """An account as it is kept; `account_of` reads it back to the same value."""
    document: dict[str, Any] = {
        "pricing": account.pricing,
        "idx_only": account.idx_only,
        "band": _band_json(account.band),
        "price": _money_json(account.price),
        "started": None,
        "bands_used": account.bands_used,
        "cap_offered_in_writing": account.cap_offered_in_writing,
        "next_billing_on": _day_json(account.next_billing_on),
        "billing_period": str(account.billing_period),
        "site_relation": account.site_relation,
        "courtesy_users": account.courtesy_users,
        "site": None,
    }
    if account.started is not None:
        document["started"] = {
            "band": _band_json(account.started.band),
            "price": _money_json(account.started.price),
            "discounted": account.started.discounted,
        }
    if account.site is not None:
        document["site"] = {"database": account.site.database, "site_id": account.site.site_id}
    if account.contract is not None or account.contract_known:
        document["contract"] = account.contract and _contract_json(account.contract)
    return document


def account_of(document: Mapping[str, Any]) -> Account:
    """An account from its document; an absent contract is one of which nobody said anything.

    Raises:
        AccountNotUnderstood: a fact is not written as it must be; the pointer says which.
    """
    started, site, contract = (document.get(key) for key in ("started", "site", "contract"))
    return Account(
        pricing=_text(document, "pricing"),
        band=_band(document.get("band"), "/account/band"),
        price=_money(document.get("price"), "/account/price"),
        billing_period=_period(document.get("billing_period", "month")),
        next_billing_on=_day(document.get("next_billing_on"), "/account/next_billing_on"),
        contract=_contract(contract) if isinstance(contract, Mapping) else None,
        contract_known="contract" in document,
        idx_only=_flag(document.get("idx_only")),
        started=_started(started) if isinstance(started, Mapping) else None,
        bands_used=_whole(document.get("bands_used"), "/account/bands_used"),
        cap_offered_in_writing=_flag(document.get("cap_offered_in_writing")),
        site_relation=document.get("site_relation"),
        courtesy_users=_whole(document.get("courtesy_users"), "/account/courtesy_users") or 0,
        site=Site(str(site.get("database")), str(site.get("site_id")))
        if isinstance(site, Mapping)
        else None,
    )


def asked_as_json(asked: Asked) -> dict[str, Any]:
    """A request as it is kept; `asked_of` reads it back to the same value."""
    wanted = asked.exceptions
    return {
        "users": asked.users,
        "on": asked.on.isoformat(),
        "unhappy": asked.unhappy,
        "current_pricing": asked.current_pricing,
        "single_user": wanted.single_user,
        "old_pricing": wanted.old_pricing,
        "waive_prorated": wanted.waive_prorated,
        "credit": wanted.credit
        and {"money": _money_json(wanted.credit.money), "reason": wanted.credit.reason},
        "courtesy": wanted.courtesy
        and {"why": wanted.courtesy.why, "reason": wanted.courtesy.reason},
    }


def asked_of(document: Mapping[str, Any]) -> Asked:
    """A request from what was kept of it."""
    credit, courtesy = document["credit"], document["courtesy"]
    return Asked(
        users=document["users"],
        on=date.fromisoformat(document["on"]),
        exceptions=Exceptions(
            single_user=document["single_user"],
            old_pricing=document["old_pricing"],
            credit=credit and Credit(_money(credit["money"], "/credit"), credit["reason"]),
            waive_prorated=document["waive_prorated"],
            courtesy=courtesy and Courtesy(courtesy["why"], courtesy["reason"]),
        ),
        unhappy=document["unhappy"],
        current_pricing=document["current_pricing"],
    )


def quote_as_json(quote: Quote) -> dict[str, Any]:
    """A quote as it is kept, answered and mailed: frozen, whatever the policy says later."""
    return {
        "outcome": str(quote.outcome),
        "case": quote.case and str(quote.case),
        "reason": quote.reason,
        "detail": quote.detail,
        "goes_to": quote.goes_to,
        "from": {"band": str(quote.from_band), "money": _money_json(quote.from_price)},
        "to": None
        if quote.to_band is None or quote.to_price is None
        else {"band": str(quote.to_band), "money": _money_json(quote.to_price)},
        "effective_on": _day_json(quote.effective_on),
        "price_from": _day_json(quote.price_from),
        "prorated": _prorated_json(quote.prorated),
        "waived": _prorated_json(quote.waived),
        "limit": quote.limit,
        "description": quote.description,
        "approvals": [str(kind) for kind in quote.approvals],
        "steps": list(quote.steps),
        "alternatives": list(quote.alternatives),
    }


def requested_users(value: object) -> int:
    """The number of users that a request asks for, also where it is written as text.

    Raises:
        AccountNotUnderstood: no whole number.
    """
    users = _whole(value, "/requested_users")
    if users is None:
        raise AccountNotUnderstood("For how many users?", pointer="/requested_users")
    return users


def requested_day(value: object) -> date | None:
    """The day of a request, where it names one.

    Raises:
        AccountNotUnderstood: no ISO day.
    """
    return _day(value, "/requested_on")


def _prorated_json(prorated: Prorated | None) -> dict[str, Any] | None:
    if prorated is None:
        return None
    return {
        "money": _money_json(prorated.money),
        "days": prorated.span.length,
        "of_days": prorated.of_days,
        "from": prorated.span.start.isoformat(),
        "to": prorated.span.end.isoformat(),
    }


def _contract_json(contract: Contract) -> dict[str, Any]:
    return {
        "payments_due": contract.payments_due,
        "payments_made": contract.payments_made,
        "last_payment_on": _day_json(contract.last_payment_on),
        "rate_card": contract.rate_card
        and [
            {**_band_json(row.band), "price": _money_json(row.price)} for row in contract.rate_card
        ],
    }


def _contract(document: Mapping[str, Any]) -> Contract:
    at = "/account/contract"
    rows = document.get("rate_card")
    return Contract(
        payments_due=_whole(document.get("payments_due"), f"{at}/payments_due"),
        payments_made=_whole(document.get("payments_made"), f"{at}/payments_made"),
        last_payment_on=_day(document.get("last_payment_on"), f"{at}/last_payment_on"),
        rate_card=_card(rows, f"{at}/rate_card") if isinstance(rows, list) else None,
    )


def _card(rows: list[Any], at: str) -> tuple[CardRow, ...]:
    card = []
    for place, row in enumerate(rows):
        if not isinstance(row, Mapping):
            raise AccountNotUnderstood("A row has a band and a price.", pointer=f"{at}/{place}")
        band = _band(row, f"{at}/{place}")
        card.append(CardRow(band, _money(row.get("price"), f"{at}/{place}/price")))
    return tuple(card)


def _started(document: Mapping[str, Any]) -> Started:
    at = "/account/started"
    return Started(
        _band(document.get("band"), f"{at}/band"),
        _money(document.get("price"), f"{at}/price"),
        _flag(document.get("discounted")),
    )


def _band_json(band: Band) -> dict[str, int]:
    return {"from": band.first, "to": band.last}


def _band(value: object, pointer: str) -> Band:
    if isinstance(value, str) and (match := _BAND.fullmatch(value)):
        return Band(int(match[1]), int(match[2]))
    if isinstance(value, Mapping):
        first, last = _whole(value.get("from"), pointer), _whole(value.get("to"), pointer)
        if first is not None and last is not None:
            return Band(first, last)
    raise AccountNotUnderstood('A band is {"from": 1, "to": 10}.', pointer=pointer)


def _money_json(money: Money) -> dict[str, str]:
    return {"amount": f"{money.amount:f}", "currency": money.currency}


def _money(value: object, pointer: str) -> Money:
    if isinstance(value, Mapping):
        try:
            return Money.of(value.get("amount", ""), value.get("currency", ""))
        except DomainError as wrong:
            raise AccountNotUnderstood(wrong.detail, pointer=pointer) from None
    raise AccountNotUnderstood('Money is {"amount": "349.95", "currency": "USD"}.', pointer=pointer)


def _day_json(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


def _day(value: object, pointer: str) -> date | None:
    if value is None or value == "":
        return None
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        raise AccountNotUnderstood("A day is written YYYY-MM-DD.", pointer=pointer) from None


def _whole(value: object, pointer: str) -> int | None:
    if value is None or value == "":
        return None
    if type(value) is int:
        return value
    if isinstance(value, str) and _WHOLE.fullmatch(value):
        return int(value)
    raise AccountNotUnderstood("This is no whole number.", pointer=pointer)


def _flag(value: object) -> bool:
    return value is True or value == "true"


def _period(value: object) -> BillingPeriod:
    try:
        return BillingPeriod(str(value))
    except ValueError:
        raise AccountNotUnderstood(
            "Billed by week, month, quarter or year.", pointer="/account/billing_period"
        ) from None


def _text(document: Mapping[str, Any], key: str) -> str:
    value = document.get(key)
    if not isinstance(value, str) or not value.strip():
        raise AccountNotUnderstood("This must be text.", pointer=f"/account/{key}")
    return value
