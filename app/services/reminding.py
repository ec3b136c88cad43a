"""Telling people what a plan waits for: reminders that have come, each in its rooms."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Row, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.db.models import Plan, Task, Timer
from app.db.plans import person_of, tasks_of
from app.domain.actor import Actor
from app.domain.calendar import day_of, spoken, zone_of
from app.domain.delivery import DeliveryKind, System
from app.domain.plan import PlanFlag, PlanState
from app.domain.playbook.reminder import Awaited, Reminder
from app.domain.task import TaskState
from app.services.audit import record
from app.services.intents import ByHand, Intent, intend_all
from app.services.letters import chat_words, plan_words
from app.services.office import Office
from app.services.people import names_for
from app.services.reminders import keep_reminders, waiting_of
from app.services.standing import blockers_of, touch
from app.services.timers import Waiting, Whose, settle_timers, waits_to_be_passed_on

CLOCK = Actor.service("clock")
BATCH = 50
"""Timers fired by one transaction, as many as plans are moved by one."""

Due = Row[UUID, UUID | None, str, datetime]


async def fire_timers(
    session: AsyncSession,
    *,
    office: Office,
    now: datetime,
    limit: int = BATCH,
    skip: int = 0,
    only: UUID | None = None,
) -> int:
    """Tell the reminders that have come, where the plan still waits for what they remind of.

    Their plans are locked with them: whoever changes a plan holds it, and then sets its timers
    anew. A plan that somebody holds is left to the next sweep. What came due while no worker ran is
    told once, in the order in which it came due, and in business hours.

    Args:
        session: The session of the sweep.
        office: The installation.
        now: The present instant.
        limit: Most timers fired.
        skip: How many of the first that are due to leave alone: those on which a sweep failed.
        only: Of this plan alone; nobody else's is looked at or held.

    Returns:
        How many timers were looked at; fewer than `limit` means that none is left.

    Source: docs/domain/upgrade.md, "Reminders".
    """
    claimed = await _claim(session, now=now, limit=limit, skip=skip, only=only)
    rows = _in_order(claimed, office)
    waiting: dict[UUID, Waiting] = {}
    told: dict[UUID, bool] = {}
    for row in rows:
        plan = await session.get_one(Plan, row.plan_id)  # those of other runs are not claimed here
        if plan.id not in waiting:
            tasks = await tasks_of(session, plan)
            waiting[plan.id] = await waiting_of(session, plan, tasks, office=office, now=now)
        told[row.id] = await _fire(session, plan, row, waiting[plan.id], office=office, now=now)
    await settle_timers(session, told, now=now)
    for plan_id in waiting:
        await _look_ahead(session, plan_id, office=office, now=now)
    return len(rows)


async def _claim(
    session: AsyncSession, *, now: datetime, limit: int, skip: int, only: UUID | None
) -> Sequence[Due]:
    due = (Timer.state == "waiting") & (Timer.fires_at <= now)
    rows = await session.execute(
        select(Timer.id, Timer.plan_id, Timer.moment, Timer.fires_at)
        .join(Plan, Plan.id == Timer.plan_id)
        .where(due if only is None else due & (Timer.plan_id == only))
        .order_by(Timer.fires_at, Timer.id)
        .offset(skip)
        .limit(limit)
        .with_for_update(of=[Plan, Timer], skip_locked=True)
    )
    return rows.all()


def _in_order(rows: Sequence[Due], office: Office) -> list[Due]:
    """By their instants; of those that come at once, as they stand in the playbook."""
    places = {reminder.key: at for at, reminder in enumerate(office.playbook.reminders)}
    return sorted(rows, key=lambda row: (row.fires_at, row.plan_id, places.get(row.moment, -1)))


async def _fire(
    session: AsyncSession, plan: Plan, row: Due, waiting: Waiting, *, office: Office, now: datetime
) -> bool:
    """Tell a reminder if there is still something to say; a late one waits for business hours."""
    reminder = office.playbook.reminder(row.moment)
    if reminder is None:
        return False
    due = waiting.to_tell(reminder, row.fires_at, now=now)
    if due:
        await _tell(session, plan, reminder, waiting, due, office=office, now=now)
    return bool(due)


async def _look_ahead(
    session: AsyncSession, plan_id: UUID, *, office: Office, now: datetime
) -> None:
    """Set the timers that follow; a message that became somebody's task has changed the plan."""
    plan = await session.get_one(Plan, plan_id)
    if System.CHAT in office.connected:
        tasks = await tasks_of(session, plan)
        await keep_reminders(session, plan, tasks, office=office, now=now)
    else:
        await touch(session, plan, office=office, actor=CLOCK, now=now)


@dataclass(frozen=True, slots=True)
class _Said:
    """What a reminder says beyond the plan itself."""

    details: Sequence[str]
    more: dict[str, object]


async def _tell(
    session: AsyncSession,
    plan: Plan,
    reminder: Reminder,
    waiting: Waiting,
    due: Sequence[UUID],
    *,
    office: Office,
    now: datetime,
) -> None:
    """Post a reminder in its rooms, once for all that it is of, and write that down."""
    said = await _said(session, plan, reminder, waiting, due, office)
    intents = [
        intent
        for intent in await _messages(session, plan, reminder, said, office)
        if not await _waits_to_be_passed_on(session, plan, intent, office)
    ]
    await intend_all(session, plan, intents, office=office, now=now)
    record(
        session,
        actor=CLOCK,
        action="plan.reminded",
        subject=("plan", plan.id),
        plan_id=plan.id,
        now=now,
        after={
            "reminder": reminder.key,
            "title": reminder.title,
            "told": list(reminder.tell),
            "about": list(said.details),
        },
    )


async def _said(
    session: AsyncSession,
    plan: Plan,
    reminder: Reminder,
    waiting: Waiting,
    due: Sequence[UUID],
    office: Office,
) -> _Said:
    since = min(waiting.starts[reminder.of][each] for each in due)
    return _Said(
        await _details(session, plan, reminder.of, due),
        {
            "since": day_of(since, zone_of(plan.timezone)),
            "asked": await _asked_before(session, plan, reminder, office),
            "live_on": None if plan.state == PlanState.CANCELLED else plan.live_on,
        },
    )


async def reminders_to_come(
    session: AsyncSession, plan: Plan, *, office: Office, now: datetime
) -> list[tuple[Reminder, datetime, Intent]]:
    """The messages of a plan's next reminders, as they would read if nobody did anything before.

    Args:
        session: Only read from.
        plan: The plan.
        office: The installation.
        now: The present instant.

    Returns:
        Each message with its reminder and its instant, in the order of the instants.
    """
    tasks = await tasks_of(session, plan)  # held, so that what is told of them is at hand
    waiting = await waiting_of(session, plan, tasks, office=office, now=now)
    found: list[tuple[Reminder, datetime, Intent]] = []
    for reminder in office.playbook.reminders:
        at = waiting.next_of(reminder, now=now)
        due = waiting.due_of(reminder, now=at) if at is not None else ()
        if at is None or not due:
            continue
        said = await _said(session, plan, reminder, waiting, due, office)
        messages = await _messages(session, plan, reminder, said, office)
        found += [(reminder, at, message) for message in messages]
    return sorted(found, key=lambda each: each[1])


async def _messages(
    session: AsyncSession, plan: Plan, reminder: Reminder, said: _Said, office: Office
) -> list[Intent]:
    words = await plan_words(session, plan, office)
    people = await names_for(session, plan, *reminder.tell)
    text = chat_words(office, reminder.template, words, people, said.details, said.more)
    return [
        Intent(
            DeliveryKind.CHAT_POST,
            f"{reminder.key}/{room}",
            {"room": room, "text": text, "thread": plan.ref},
            ByHand(f"Tell {room}: {reminder.key.replace('_', ' ')}", text, room),
        )
        for room in reminder.tell
    ]


async def _waits_to_be_passed_on(
    session: AsyncSession, plan: Plan, intent: Intent, office: Office
) -> bool:
    """Whether somebody has the same message to pass on already, where the chat is not connected."""
    if System.CHAT in office.connected:
        return False
    return await waits_to_be_passed_on(session, Whose("plan_id", plan.id), f"{intent.occasion}:")


async def _asked_before(
    session: AsyncSession, plan: Plan, reminder: Reminder, office: Office
) -> list[str]:
    """Who was told on the lower rungs of the ladder."""
    roles: list[str] = []
    for rung in office.playbook.reminders:
        if rung.key == reminder.key:
            break
        if rung.of is reminder.of:
            roles += [role for role in rung.tell if role not in (*roles, *reminder.tell)]
    return await names_for(session, plan, *roles)


async def _details(
    session: AsyncSession, plan: Plan, of: Awaited, due: Sequence[UUID]
) -> list[str]:
    if of is Awaited.MISSED_PLAN:
        return [blocker.detail for blocker in await blockers_of(session, plan)]
    if of is Awaited.REVIEW:
        return _asked(plan)
    if of not in (Awaited.OVERDUE_TASKS, Awaited.BLOCKED_TASKS):
        return []
    # Whoever asks has read the plan's tasks: they are at hand.
    tasks = [await session.get_one(Task, each) for each in due]
    told = []
    for task in sorted(tasks, key=lambda task: (task.due_on or date.max, task.position)):
        person = await person_of(session, task.assignee_id)
        told.append(_of_task(plan, of, task, person.name if person else f"nobody of {task.role}"))
    return told


def _asked(plan: Plan) -> list[str]:
    if plan.state == PlanState.NEEDS_REVIEW:
        return [plan.review_reason] if plan.review_reason else []
    voided = PlanFlag.AGREEMENT_VOIDED in plan.flags
    return ["The agreement was voided." if voided else "The agreement was amended."]


def _of_task(plan: Plan, of: Awaited, task: Task, assignee: str) -> str:
    if of is Awaited.BLOCKED_TASKS and task.blocked_at is not None:
        since = spoken(day_of(task.blocked_at, zone_of(plan.timezone)))
        return f"{task.title}, since {since}: {assignee}. {task.reason}"
    blocked = ", blocked" if task.state == TaskState.BLOCKED else ""
    day = spoken(task.due_on) if task.due_on else "on no day"
    return f"{task.title}, due {day}{blocked}: {assignee}"
