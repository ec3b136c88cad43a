"""What operators do with a stuck effect of a change of users: retry, skip, done by hand."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.db import tier_quotes
from app.db.models import Delivery, TierQuote
from app.domain.actor import Actor
from app.domain.carrying_out import evidence_as_json as as_json
from app.domain.delivery import (
    STUCK,
    DeliveryKind,
    DeliveryRefuses,
    DeliveryState,
    delivery_may,
)
from app.domain.errors import DeliveryNotFound
from app.domain.tiers.flow import ApplyState, ChargeState, LetterState, QuoteState
from app.services.decisions import Decide, note_decision, settle_by_hand
from app.services.office import Office
from app.services.tier_effects import LETTERS
from app.services.tier_rows import kept
from app.services.tier_steps import paid, told

Decision = Callable[[UUID], Decide]


async def decide_of_quote(
    session: AsyncSession,
    command: Decide,
    *,
    try_again: Callable[[AsyncSession, Delivery], Awaitable[None]],
    office: Office,
    actor: Actor,
    now: datetime,
) -> Delivery:
    """Retry a stuck effect, skip it so that a person does it, or mark it done by hand.

    Raises:
        DeliveryNotFound: there is none, or it is a plan's.
        DeliveryRefuses: its state does not allow the action, its quote has gone on without it,
            or the limit of a site would count as set without a look at which site it was.
    """
    await tier_quotes.lock_owner(session, command.delivery_id)
    delivery = await session.get_one(
        Delivery, command.delivery_id, populate_existing=True, with_for_update=True
    )
    if delivery.quote_id is None:
        raise DeliveryNotFound("There is no such delivery of a quote.")
    row = await tier_quotes.lock(session, delivery.quote_id)
    delivery_may(command.action, DeliveryState(delivery.state))
    before = delivery.state
    if command.action == "retry":
        _refuse_if_passed(row, delivery)
        await try_again(session, delivery)
        _is_under_way(row, DeliveryKind(delivery.kind))
    else:
        await _by_hand(session, row, delivery, command, office=office, actor=actor, now=now)
        settle_by_hand(delivery, command, now=now)
    note_decision(session, delivery, command, before=before, actor=actor, now=now)
    await kept(session, row)
    return delivery


async def close_stuck(
    session: AsyncSession,
    quote_id: UUID,
    *kinds: DeliveryKind,
    decision: Decision,
    actor: Actor,
    now: datetime,
) -> None:
    """Effects that are stuck, and that nobody needs any more, wait for nobody.

    Args:
        session: The caller holds the quote.
        quote_id: Which.
        kinds: Of the effects whose step was made by hand, or let go.
        decision: By what they are settled.
        actor: Who made the step.
        now: The present instant.
    """
    found = await session.scalars(
        select(Delivery)
        .where(
            Delivery.quote_id == quote_id,
            Delivery.kind.in_([str(kind) for kind in kinds]),
            Delivery.state.in_([str(state) for state in (*STUCK, DeliveryState.UNCERTAIN)]),
        )
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    for delivery in found.all():
        command, before = decision(delivery.id), delivery.state
        settle_by_hand(delivery, command, now=now)
        note_decision(session, delivery, command, before=before, actor=actor, now=now)


_BELONGS_TO = {
    DeliveryKind.CHARGE_CREATE: QuoteState.ACCEPTED,
    DeliveryKind.SITE_APPLY: QuoteState.CHARGED,
    DeliveryKind.EMAIL_QUOTE: QuoteState.QUOTED,
    DeliveryKind.EMAIL_RECAP: QuoteState.APPLIED,
}


def _refuse_if_passed(row: TierQuote, delivery: Delivery) -> None:
    """A charge that was made by hand meanwhile must not be made again by a retry."""
    belongs_to = _BELONGS_TO.get(DeliveryKind(delivery.kind))
    if _has_passed(row, delivery):
        raise DeliveryRefuses(
            f"The quote is {row.state} by now: this effect is wanted while it is {belongs_to}.",
            facts={"state": row.state},
        )


def _has_passed(row: TierQuote, delivery: Delivery) -> bool:
    belongs_to = _BELONGS_TO.get(DeliveryKind(delivery.kind))
    return belongs_to is not None and row.state != belongs_to


def _is_under_way(row: TierQuote, kind: DeliveryKind) -> None:
    if kind is DeliveryKind.CHARGE_CREATE:
        row.charge = {**(row.charge or {}), "state": ChargeState.PENDING, "why": None}
    elif kind is DeliveryKind.SITE_APPLY:
        row.application = {"state": ApplyState.PENDING}
    elif kind in LETTERS:
        row.letters = {**row.letters, LETTERS[kind]: {"state": LetterState.PENDING}}


async def _by_hand(
    session: AsyncSession,
    row: TierQuote,
    delivery: Delivery,
    command: Decide,
    *,
    office: Office,
    actor: Actor,
    now: datetime,
) -> None:
    kind, done = DeliveryKind(delivery.kind), command.action == "mark-done"
    if not done and _has_passed(row, delivery):
        return  # nobody needs it any more: it is only taken from what is stuck
    _refuse_if_passed(row, delivery)
    if kind is DeliveryKind.SITE_APPLY:
        if done:
            raise DeliveryRefuses(
                "Say which database and site it was: POST /v1/tier-quotes/{id}/apply-by-hand."
            )
        row.application = {"state": ApplyState.BY_HAND}
    elif kind is DeliveryKind.CHARGE_CREATE:
        if done:
            found = {"evidence": as_json(command.evidence)}
            await paid(session, row, found, office=office, actor=actor, now=now)
        else:
            row.charge = {**(row.charge or {}), "state": ChargeState.BY_HAND, "why": None}
    elif kind in LETTERS and done:
        evidence, state = as_json(command.evidence), LetterState.DONE_BY_HAND
        await told(session, row, LETTERS[kind], state, actor=actor, now=now, evidence=evidence)
    elif kind in LETTERS:
        row.letters = {**row.letters, LETTERS[kind]: {"state": LetterState.BY_HAND}}
