"""The steps after a client's yes: charged, applied in their system, confirmed by the recap."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.db import tier_quotes
from app.db.models import TierQuote
from app.domain.actor import Actor
from app.domain.calendar import day_of
from app.domain.delivery import DeliveryKind, System
from app.domain.errors import Conflict
from app.domain.tiers.account import Band
from app.domain.tiers.carried import carried
from app.domain.tiers.charge import due_after_yes
from app.domain.tiers.documents import account_as_json, account_of
from app.domain.tiers.flow import (
    CREDITED,
    ApplyState,
    ApprovalState,
    ChargeState,
    CreditState,
    LetterState,
    QuoteRefuses,
    QuoteState,
)
from app.domain.tiers.outcome import Case
from app.services.audit import record
from app.services.office import Office
from app.services.tier_contracts import follow_on_contract
from app.services.tier_effects import intend_of_quote, tell_client
from app.services.tier_letters import billing_note, reference_of
from app.services.tier_rows import RECAP, account_in, money_in, move

KEY_LIVES = timedelta(hours=23)
"""A charge is repeated under its key for so long; the vendor forgets keys after a day."""


class ChargeContradicts(Conflict):
    """What was charged is not what was quoted, or was charged beside another charge."""

    code = "charge_contradicts"


async def after_yes(
    session: AsyncSession, row: TierQuote, *, office: Office, actor: Actor, now: datetime
) -> None:
    """Charge the rest of the cycle, or go on at once where nothing is to be charged.

    Source: docs/tiers.md, "The flow".
    """
    by_card = System.CHARGES in office.connected and _card_of(row)
    due = due_after_yes(row.quote, by_card=by_card)
    if due.money is None:
        row.charge = {"state": due.state}
        await _charged(session, row, office=office, actor=actor, now=now)
        return
    money = due.money
    row.charge = {"state": due.state, "money": row.quote["prorated"]["money"]}
    if due.state is ChargeState.BY_HAND:
        return
    payload = {
        "quote_id": str(row.id),
        "reference": reference_of(row),
        "minor": money.minor,
        "currency": money.currency,
        "customer_ref": row.payment["customer_ref"],
        "payment_method_ref": row.payment["payment_method_ref"],
        "description": f"{row.quote['description']}, the rest of this billing cycle",
        "receipt_email": row.contact.get("email"),
        "repeat_until": (now + KEY_LIVES).isoformat(),
    }
    subject = f"Charge {money.spoken()}"
    await intend_of_quote(
        session, row, DeliveryKind.CHARGE_CREATE, payload, subject=subject, now=now
    )


def _card_of(row: TierQuote) -> bool:
    return bool(row.payment.get("customer_ref") and row.payment.get("payment_method_ref"))


async def paid(
    session: AsyncSession,
    row: TierQuote,
    found: Mapping[str, Any],
    *,
    office: Office,
    actor: Actor,
    now: datetime,
) -> None:
    """The card was charged: go on; hearing of the same charge again changes nothing.

    Args:
        session: The caller commits.
        row: The quote, locked.
        found: `ref`, `minor`, `currency` of the charge, and the `card` where known; or the
            `evidence` of one made by hand.
        office: The installation.
        actor: Who says so.
        now: The present instant.

    Raises:
        ChargeContradicts: another amount, or a second charge beside the first.
    """
    known = row.charge or {}
    if row.state != QuoteState.ACCEPTED:
        if found.get("ref") and found.get("ref") == known.get("ref"):
            return
        raise ChargeContradicts(
            f"A charge came for a quote that is {row.state}: the client may have paid twice."
        )
    if "minor" in found:
        money = money_in(known["money"])
        if (money.minor, money.currency) != (found["minor"], found["currency"]):
            raise ChargeContradicts(f"{money.spoken()} was quoted; another amount was charged.")
    kept = {key: found[key] for key in ("ref", "card", "evidence") if found.get(key)}
    row.charge = {"state": ChargeState.PAID, "money": known.get("money"), **kept}
    await _charged(session, row, office=office, actor=actor, now=now)


async def _charged(
    session: AsyncSession, row: TierQuote, *, office: Office, actor: Actor, now: datetime
) -> None:
    row.charged_at = now
    if row.approvals.get("credit", {}).get("state") == ApprovalState.GRANTED:
        row.credit = {"state": CreditState.DUE, "money": row.asked["credit"]["money"]}
    move(session, row, QuoteState.CHARGED, actor=actor, now=now, after={"charge": row.charge})
    effective_on = date.fromisoformat(row.quote["effective_on"])
    if effective_on > day_of(now, office.timezone):
        row.apply_on = effective_on
        row.application = {"state": ApplyState.SCHEDULED}
        return
    await begin_applying(session, row, office=office, now=now)


async def begin_applying(
    session: AsyncSession, row: TierQuote, *, office: Office, now: datetime
) -> None:
    """Have the limit and the recurring amount set, by the client's system or by a person."""
    site = account_in(row).site
    if System.PROVISIONING not in office.connected or site is None:
        row.application = {"state": ApplyState.BY_HAND, "note": billing_note(row)}
        return
    row.application = {"state": ApplyState.PENDING}
    payload = {
        "quote_id": str(row.id),
        "reference": reference_of(row),
        "database": site.database,
        "site_id": site.site_id,
        "limit": row.quote["limit"],
        "recurring": {
            **row.quote["to"]["money"],
            "description": row.quote["description"],
            "from": row.quote["price_from"],
        },
        "note": billing_note(row),
    }
    subject = f"Set {row.quote['limit']} users on {site.site_id}"
    await intend_of_quote(session, row, DeliveryKind.SITE_APPLY, payload, subject=subject, now=now)


async def applied(
    session: AsyncSession,
    row: TierQuote,
    found: Mapping[str, Any],
    *,
    office: Office,
    actor: Actor,
    now: datetime,
) -> None:
    """The limit is set: the account has its new band and price, and the client gets the recap."""
    if row.state != QuoteState.CHARGED:
        return
    row.application = {"state": ApplyState.DONE, "note": billing_note(row), **found}
    row.applied_at = now
    move(session, row, QuoteState.APPLIED, actor=actor, now=now, after={"found": dict(found)})
    client_id = await _carry_to_account(session, row, office=office, now=now)
    if not _keeps_band_and_price(row.quote):
        told_of = await follow_on_contract(
            session, row, client_id, office=office, actor=actor, now=now
        )
        row.application = {**row.application, "contract": told_of}
    await _tell_recap(session, row, office=office, now=now)


async def _tell_recap(
    session: AsyncSession, row: TierQuote, *, office: Office, now: datetime
) -> None:
    """The recap tells of the credit as given, so it waits for that."""
    if row.credit is None or row.credit["state"] == CreditState.GIVEN:
        await tell_client(session, row, RECAP, office=office, now=now)


async def credited(
    session: AsyncSession,
    row: TierQuote,
    evidence: Mapping[str, Any] | None,
    *,
    office: Office,
    actor: Actor,
    now: datetime,
) -> None:
    """An approved credit was given: where it was all that was missing, the client gets the recap.

    Raises:
        QuoteRefuses: none is due.
    """
    if row.state not in CREDITED or (row.credit or {}).get("state") != CreditState.DUE:
        raise QuoteRefuses("No credit is waiting to be given.", facts={"state": row.state})
    row.credit = {**(row.credit or {}), "state": CreditState.GIVEN, "evidence": evidence}
    record(
        session,
        actor=actor,
        action="tier_quote.credited",
        subject=("tier_quote", row.id),
        now=now,
        after={"credit": row.credit},
    )
    if row.state == QuoteState.APPLIED:
        await _tell_recap(session, row, office=office, now=now)


def _keeps_band_and_price(quote: Mapping[str, Any]) -> bool:
    """Whether only users beside the band are new: nothing of it stands on a contract."""
    return bool(quote["to"] == quote["from"])


async def _carry_to_account(
    session: AsyncSession, row: TierQuote, *, office: Office, now: datetime
) -> UUID | None:
    """A stored account follows: the next quote is reckoned from what was just sold.

    Returns:
        Whose account it is, where that is known.
    """
    if row.account_id is None:
        return None
    stored = await tier_quotes.lock_account(session, row.account_id)
    first, last = (int(part) for part in row.quote["to"]["band"].split("-"))
    after = carried(
        office.catalog.policies[row.policy],
        account_of(stored.facts),
        Case(row.quote["case"]),
        Band(first, last),
        money_in(row.quote["to"]["money"]),
        row.quote["limit"],
    )
    stored.facts = account_as_json(after)
    stored.updated_at = now
    stored.version += 1
    return stored.client_id


async def told(
    session: AsyncSession,
    row: TierQuote,
    letter: str,
    state: LetterState,
    *,
    actor: Actor,
    now: datetime,
    evidence: Mapping[str, Any] | None = None,
) -> None:
    """The client has been told; with the recap the quote is confirmed, and at its end."""
    entry = {"state": state, **({"evidence": dict(evidence)} if evidence else {})}
    row.letters = {**row.letters, letter: entry}
    if letter == RECAP and row.state == QuoteState.APPLIED:
        row.confirmed_at = now
        move(session, row, QuoteState.CONFIRMED, actor=actor, now=now)
