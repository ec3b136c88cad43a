"""Understanding what came in: an event becomes a plan, changes one, or waits with a reason."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import exists, select, text, true, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.db.jobs import Job, enqueue
from app.db.models import InboundEvent, Plan
from app.domain.actor import Actor, ActorKind
from app.domain.agreement import EventType, agreement_ref, event_type
from app.domain.amendment import occurred_at
from app.domain.errors import Conflict, DomainError, EventNotFound
from app.services.audit import record
from app.services.inbound.events import (
    AgreementUnknown,
    Brought,
    Understood,
    plan_of_agreement,
)
from app.services.inbound.handlers import HANDLERS
from app.services.office import Office
from app.services.waiting_events import UNKNOWN, one_at_a_time, wake_waiting


class NotQuarantined(Conflict):
    """Only a quarantined event can be replayed; the others have had their effect."""

    code = "not_quarantined"


async def process_event(
    session: AsyncSession, event_id: UUID, *, office: Office, now: datetime
) -> InboundEvent:
    """Act on a stored event once; whatever cannot be understood is quarantined with its reason.

    Args:
        session: The caller commits; a refusal leaves nothing behind but the reason.
        event_id: Id of the inbound event.
        office: The installation.
        now: The present instant.

    Raises:
        EventNotFound: there is none.
    """
    event = await session.get(InboundEvent, event_id, with_for_update=True)
    if event is None:
        raise EventNotFound("There is no inbound event with this id.")
    if event.status != "received":
        return event
    document = event.document or {}
    event.agreement_ref = agreement_ref(document)
    event.occurred_at = occurred_at(document, received_at=event.received_at)
    if event.agreement_ref is not None:
        await one_at_a_time(session, event.agreement_ref)
    try:
        async with session.begin_nested():
            understood = await _understand(session, event, office=office, now=now)
    except DomainError as refusal:
        plan = await _plan_named(session, event.agreement_ref)
        understood = Understood("quarantined", f"{refusal.code}: {refusal.detail}", plan)
    event.status, event.reason = understood.status, understood.reason
    event.plan_id = understood.plan.id if understood.plan else None
    event.processed_at = now
    if event.agreement_ref is not None and _wakes_others(document, event):
        await wake_waiting(session, event.agreement_ref, now=now)
    return event


async def _plan_named(session: AsyncSession, ref: str | None) -> Plan | None:
    """The plan on whose timeline an event that cannot be understood is shown, if it names one."""
    try:
        return await plan_of_agreement(session, ref)
    except AgreementUnknown:
        return None


def _wakes_others(document: Mapping[str, object], event: InboundEvent) -> bool:
    """Whether the next event may come that waited for the agreement; a signature did that."""
    waits_itself = (event.reason or "").startswith(f"{UNKNOWN}:")
    # Read as it is written: a document that names no event at all must not stop here.
    signed = str(document.get("event", "")).strip().lower() == EventType.SIGNED
    return not waits_itself and not signed


MOST_TRIES = 5
"""Times that an event may be begun without a word of the end: then it is killing its workers."""

SUSPECT_AFTER = 2
"""Times after which an event is tried with no other such beside it, so that one which kills its
workers makes no poison of others that only were in hand at the same time."""

_ONE_SUSPECT = text("SELECT pg_try_advisory_xact_lock(hashtextextended('a suspect event', 0))")


class Turn(StrEnum):
    """What may be done with an event that is taken up."""

    NOW = "now"
    ALONE = "alone"
    NEVER = "never"


async def begin_try(session: AsyncSession, event_id: UUID, *, alone: bool = False) -> Turn:
    """Count that an event is taken up, in a transaction of its own, before anything is done.

    Args:
        session: Committed by the caller before the event is processed.
        event_id: Which.
        alone: Whether no other suspect event is being tried, by `the_only_suspect`.

    Returns:
        `NOW` where it may be tried; `ALONE` where that is for a suspect to do, and nothing was
        counted; `NEVER` where it has killed its worker too often.
    """
    waiting = (InboundEvent.id == event_id, InboundEvent.status == "received")
    tries = await session.scalar(
        update(InboundEvent)
        .where(*waiting, true() if alone else InboundEvent.tries < SUSPECT_AFTER)
        .values(tries=InboundEvent.tries + 1)
        .returning(InboundEvent.tries)
    )
    if tries is not None:
        return Turn.NOW if tries <= MOST_TRIES else Turn.NEVER
    still_there = await session.scalar(select(exists().where(*waiting)))
    return Turn.ALONE if still_there else Turn.NOW


async def the_only_suspect(session: AsyncSession) -> bool:
    """Take the turn of the one suspect event that may be tried; it ends with the transaction.

    Returns:
        Whether it was free; a worker that dies leaves it free.
    """
    return bool(await session.scalar(_ONE_SUSPECT))


async def forget_try(session: AsyncSession, event_id: UUID) -> None:
    """Count a try for nothing, whose worker lives: the database was away, or two events met."""
    await session.execute(
        update(InboundEvent)
        .where(InboundEvent.id == event_id, InboundEvent.tries > 0)
        .values(tries=InboundEvent.tries - 1)
    )


async def quarantine_poison(
    session: AsyncSession, event_id: UUID, *, now: datetime
) -> InboundEvent:
    """Keep an event that ends its worker each time; the others go on."""
    event = await session.get_one(InboundEvent, event_id, with_for_update=True)
    if event.status == "received":
        event.status, event.processed_at = "quarantined", now
        event.reason = (
            f"poison: {MOST_TRIES} times its worker ended without a word while it was processed; "
            "replay it once that is mended."
        )
    return event


async def quarantine(
    session: AsyncSession, event_id: UUID, fault: str, *, now: datetime
) -> InboundEvent:
    """Keep an event that could not be processed through a fault of ours; it can be replayed."""
    event = await session.get_one(InboundEvent, event_id, with_for_update=True)
    event.status, event.processed_at = "quarantined", now
    event.reason = f"fault: processing it failed here ({fault}); replay it once that is mended."
    return event


async def replay_event(
    session: AsyncSession, event_id: UUID, *, actor: Actor, now: datetime
) -> InboundEvent:
    """Have a quarantined event understood again, after what was wrong has been put right.

    Raises:
        EventNotFound: there is none.
        NotQuarantined: it is not quarantined.
    """
    event = await session.get(InboundEvent, event_id, with_for_update=True)
    if event is None:
        raise EventNotFound("There is no inbound event with this id.")
    if event.status != "quarantined":
        raise NotQuarantined(
            f"The event is {event.status}; only a quarantined one can be replayed.",
            facts={"status": event.status},
        )
    record(
        session,
        actor=actor,
        action="inbound_event.replayed",
        subject=("inbound_event", event.id),
        now=now,
        before={"status": event.status, "reason": event.reason},
        after={"status": "received"},
    )
    event.status, event.reason, event.processed_at = "received", None, None
    event.tries = 0
    await enqueue(session, Job.INBOUND, {"event_id": str(event.id)})
    return event


async def _understand(
    session: AsyncSession, event: InboundEvent, *, office: Office, now: datetime
) -> Understood:
    document = event.document or {}
    kind = event_type(document)
    if kind is None:
        return Understood("ignored", "Nobody here listens to this event.")
    actor = Actor(ActorKind.WEBHOOK, event.source, event.source)
    brought = Brought(kind, document, event.source)
    return await HANDLERS[kind](session, brought, office=office, actor=actor, now=now)
