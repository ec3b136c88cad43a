"""Steps of a change of users that a person makes: charged, applied, told, each with its proof."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.db import tier_quotes
from app.db.models import TierQuote
from app.domain.actor import Actor
from app.domain.carrying_out import Evidence
from app.domain.carrying_out import evidence_as_json as as_json
from app.domain.delivery import DeliveryKind
from app.domain.tiers.account import Site
from app.domain.tiers.flow import (
    ApplyState,
    ChargeState,
    CreditState,
    LetterState,
    QuoteRefuses,
    QuoteState,
    same_site,
)
from app.services.decisions import Decide
from app.services.office import Office
from app.services.tier_deliveries import close_stuck
from app.services.tier_rows import COSTS, RECAP, account_in, kept
from app.services.tier_steps import applied, credited, paid, told


async def charge_by_hand(
    session: AsyncSession,
    quote_id: UUID,
    evidence: Evidence,
    card: str | None,
    *,
    office: Office,
    actor: Actor,
    now: datetime,
) -> TierQuote:
    """Note that a person charged the card, with proof; never while a charge is under way.

    Raises:
        QuoteNotFound: there is none.
        QuoteRefuses: nothing is to be charged by hand.
    """
    row = await tier_quotes.lock(session, quote_id)
    charge = (row.charge or {}).get("state")
    by_hand = (ChargeState.BY_HAND, ChargeState.FAILED, ChargeState.UNCERTAIN)
    if row.state != QuoteState.ACCEPTED or charge not in by_hand:
        raise QuoteRefuses(
            "No charge is waiting to be made by hand.",
            facts={"state": row.state, "charge": charge},
        )
    found = {"evidence": as_json(evidence), "card": card}
    await paid(session, row, found, office=office, actor=actor, now=now)
    await _close(session, row, DeliveryKind.CHARGE_CREATE, evidence, actor=actor, now=now)
    await kept(session, row)
    return row


async def apply_by_hand(
    session: AsyncSession,
    quote_id: UUID,
    site: Site,
    evidence: Evidence,
    *,
    office: Office,
    actor: Actor,
    now: datetime,
) -> TierQuote:
    """Note that a person set the limit, having looked at which database and site it is.

    Raises:
        QuoteNotFound: there is none.
        QuoteRefuses: nothing is to be applied by hand.
        SiteMismatch: database or site id is not the account's.
    """
    row = await tier_quotes.lock(session, quote_id)
    state = (row.application or {}).get("state")
    if row.state != QuoteState.CHARGED or state not in (ApplyState.BY_HAND, ApplyState.FAILED):
        raise QuoteRefuses(
            "No change is waiting to be applied by hand.",
            facts={"state": row.state, "application": state},
        )
    same_site(account_in(row).site, site)
    found = {
        "database": site.database,
        "site_id": site.site_id,
        "evidence": as_json(evidence),
    }
    await applied(session, row, found, office=office, actor=actor, now=now)
    await _close(session, row, DeliveryKind.SITE_APPLY, evidence, actor=actor, now=now)
    await kept(session, row)
    return row


async def credit_by_hand(
    session: AsyncSession,
    quote_id: UUID,
    evidence: Evidence,
    *,
    office: Office,
    actor: Actor,
    now: datetime,
) -> TierQuote:
    """Note that a person gave the credit that was approved, with proof.

    Raises:
        QuoteNotFound: there is none.
        QuoteRefuses: no credit is due.
    """
    row = await tier_quotes.lock(session, quote_id)
    await credited(session, row, as_json(evidence), office=office, actor=actor, now=now)
    await kept(session, row)
    return row


async def tell_by_hand(
    session: AsyncSession, quote_id: UUID, evidence: Evidence, *, actor: Actor, now: datetime
) -> TierQuote:
    """Note that a person told the client: the costs while quoted, the recap once applied.

    Raises:
        QuoteNotFound: there is none.
        QuoteRefuses: there is nothing to tell.
    """
    row = await tier_quotes.lock(session, quote_id)
    letters = {QuoteState.QUOTED: COSTS, QuoteState.APPLIED: RECAP}
    letter = letters.get(QuoteState(row.state))
    owes = (row.credit or {}).get("state") == CreditState.DUE
    if letter is None or owes:
        raise QuoteRefuses("There is nothing to tell the client now.", facts={"state": row.state})
    state = LetterState.DONE_BY_HAND
    await told(session, row, letter, state, actor=actor, now=now, evidence=as_json(evidence))
    mail = {COSTS: DeliveryKind.EMAIL_QUOTE, RECAP: DeliveryKind.EMAIL_RECAP}[letter]
    await _close(session, row, mail, evidence, actor=actor, now=now)
    await kept(session, row)
    return row


async def _close(
    session: AsyncSession,
    row: TierQuote,
    kind: DeliveryKind,
    evidence: Evidence,
    *,
    actor: Actor,
    now: datetime,
) -> None:
    """The effect that was to do the same is stuck no more."""
    await close_stuck(
        session,
        row.id,
        kind,
        decision=lambda delivery_id: Decide(delivery_id, "mark-done", evidence=evidence),
        actor=actor,
        now=now,
    )
