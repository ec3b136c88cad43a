"""Understanding what came in: an event becomes a plan, changes one, or waits with a reason."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.db.jobs import Job, enqueue
from app.db.models import Agreement, InboundEvent, Plan, Task
from app.db.plans import lock
from app.domain.actor import Actor, ActorKind
from app.domain.agreement import (
    EventType,
    agreement_ref,
    event_type,
    read_live_date_set,
    read_signed,
    read_task_completed,
)
from app.domain.board_item import NOTHING_SHOWN, changes_on_board, read_board_hint
from app.domain.calendar import parse_day, zone_of
from app.domain.errors import Conflict, DomainError, EventNotFound, NotFound
from app.domain.plan import PlanFlag, PlanState
from app.domain.playbook.model import Moment
from app.domain.task import TaskState
from app.services.audit import record
from app.services.effects import Told, announce
from app.services.endings import Because, cancel_plan, hold_plan
from app.services.live_dates import SetLiveDate, set_live_date
from app.services.office import Office
from app.services.plans import make_plan
from app.services.tasks import Complete, complete_task


class NotQuarantined(Conflict):
    """Only a quarantined event can be replayed; the others have had their effect."""

    code = "not_quarantined"


class AgreementUnknown(NotFound):
    """No agreement with this ref has made a plan."""

    code = "agreement_unknown"


class EventNotHandledYet(Conflict):
    """An event of a kind that this version keeps and does not act on."""

    code = "event_not_handled"


@dataclass(frozen=True, slots=True)
class Understood:
    """What became of an event."""

    status: str
    reason: str | None = None
    plan: Plan | None = None


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
    try:
        async with session.begin_nested():
            understood = await _act(session, event, document, office=office, now=now)
    except DomainError as refusal:
        understood = Understood("quarantined", f"{refusal.code}: {refusal.detail}")
    event.status, event.reason = understood.status, understood.reason
    event.plan_id = understood.plan.id if understood.plan else None
    event.processed_at = now
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
    await enqueue(session, Job.INBOUND, {"event_id": str(event.id)})
    return event


async def _act(
    session: AsyncSession,
    event: InboundEvent,
    document: Mapping[str, object],
    *,
    office: Office,
    now: datetime,
) -> Understood:
    kind = event_type(document)
    actor = Actor(ActorKind.WEBHOOK, event.source, event.source)
    if kind is None:
        return Understood("ignored", "Nobody here listens to this event.")
    if kind is EventType.SIGNED:
        made = await make_plan(session, read_signed(document), office=office, actor=actor, now=now)
        reason = None if made.created else "The agreement has its plan already."
        return Understood("processed", reason, made.plan)
    if kind in (EventType.DECLINED, EventType.VOIDED):
        return await _voided(session, document, str(kind), office=office, actor=actor, now=now)
    if kind is EventType.LIVE_DATE_SET:
        return await _dated(session, document, office=office, actor=actor, now=now)
    if kind is EventType.BOARD_ITEM_CHANGED:
        return await _item_changed(session, document)
    if kind is EventType.TASK_COMPLETED:
        command = Complete(read_task_completed(document))
        task = await complete_task(session, command, office=office, actor=actor, now=now)
        return Understood("processed", None, await session.get(Plan, task.plan_id))
    raise EventNotHandledYet(
        f"Events of the kind '{kind}' are kept, and not acted on by this version."
    )


async def _plan_of(session: AsyncSession, ref: str | None) -> Plan:
    plan = await session.scalar(
        select(Plan).join(Agreement, Agreement.id == Plan.agreement_id).where(Agreement.ref == ref)
    )
    if plan is None:
        raise AgreementUnknown(
            "No agreement with this ref has made a plan.", pointer="/agreement/ref"
        )
    return plan


async def _dated(
    session: AsyncSession,
    document: Mapping[str, object],
    *,
    office: Office,
    actor: Actor,
    now: datetime,
) -> Understood:
    told = read_live_date_set(document)
    plan = await _plan_of(session, told.agreement_ref)
    live_on = parse_day(told.live_on, zone_of(plan.timezone))
    command = SetLiveDate(plan.id, live_on, "Set by the agreement's system.")
    plan, _ = await set_live_date(session, command, office=office, actor=actor, now=now)
    return Understood("processed", None, plan)


async def _item_changed(session: AsyncSession, document: Mapping[str, object]) -> Understood:
    """Have the item read, unless it is said to show what its task holds: an echo of our own."""
    hint = read_board_hint(document)
    plan = await session.scalar(select(Plan).where(Plan.board_ref == hint.board_ref))
    if plan is None:
        return Understood("ignored", "No plan has this board.")
    task = await session.scalar(
        select(Task).where(Task.plan_id == plan.id, Task.board_item_ref == hint.item_ref)
    )
    if task is None:
        return Understood("ignored", "No task of the plan has this item.", plan)
    changes = changes_on_board(hint.shown, state=TaskState(task.state), due_on=task.due_on)
    if not changes and hint.shown != NOTHING_SHOWN:
        return Understood("ignored", "The task holds what the item is said to show.", plan)
    await enqueue(session, Job.READ_ITEM, {"plan_id": str(plan.id), "item_ref": hint.item_ref})
    return Understood("processed", None, plan)


_OVER = (PlanState.LIVE, PlanState.COMPLETED, PlanState.CANCELLED)


async def _voided(
    session: AsyncSession,
    document: Mapping[str, object],
    kind: str,
    *,
    office: Office,
    actor: Actor,
    now: datetime,
) -> Understood:
    """Before the window the plan is cancelled; in it the plan is held and the lead decides."""
    plan = await lock(session, (await _plan_of(session, agreement_ref(document))).id)
    if plan.state in _OVER:
        return Understood("ignored", f"The plan is {plan.state} already.", plan)
    reason = f"The agreement's system says: {kind}."
    because = Because(plan.id, reason)
    opened = plan.window_opens_at is not None and plan.window_opens_at <= now
    if not opened:
        plan = await cancel_plan(session, because, office=office, actor=actor, now=now)
        return Understood("processed", "The plan was cancelled.", plan)
    if plan.state != PlanState.ON_HOLD:
        plan = await hold_plan(session, because, office=office, actor=actor, now=now)
    before, plan.flags = plan.flags, sorted({*plan.flags, PlanFlag.AGREEMENT_VOIDED})
    record(
        session,
        actor=actor,
        action="plan.agreement_voided",
        subject=("plan", plan.id),
        plan_id=plan.id,
        now=now,
        before={"flags": list(before)},
        after={"flags": list(plan.flags)},
        reason=reason,
    )
    await announce(session, plan, Moment.REVIEW_NEEDED, Told((reason,)), office=office, now=now)
    return Understood("processed", "The plan is on hold: its window is open.", plan)
