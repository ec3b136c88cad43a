"""Keeping a plan's reminders: set when it begins to wait for people, dropped when that is over."""

from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select, tuple_, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.db.base import new_id
from app.db.models import Plan, Task, Timer
from app.domain.calendar import zone_of
from app.domain.delivery import DeliveryKind
from app.domain.plan import PlanFlag, PlanState
from app.domain.playbook.reminder import Awaited, Reminder
from app.domain.playbook.reminding import (
    Bounds,
    due_to_be_told,
    next_telling,
    overdue_since,
    waits_of,
)
from app.domain.task import SETTLED, TaskState
from app.services.office import Office

MESSAGE_BY_HAND = f"effect:{DeliveryKind.CHAT_POST}:"
"""Key of a task in which a person passes a message on: it is no work that a reminder is of."""

_OF_TASKS = frozenset({Awaited.OVERDUE_TASKS, Awaited.BLOCKED_TASKS})


@dataclass(frozen=True, slots=True)
class Waiting:
    """What a plan waits for people to do, and what was said of it.

    Attributes:
        starts: By what is awaited, the ids of the tasks or of the plan that it concerns, each with
            the instant from which it is waited for.
        told_at: By reminder, when it was told last.
        set_for: The reminders that have a timer, each with its instant.
        bounds: What its instants are reckoned with.
    """

    starts: Mapping[Awaited, Mapping[UUID, datetime]]
    told_at: Mapping[str, datetime]
    set_for: AbstractSet[tuple[str, datetime]]
    bounds: Bounds

    def next_of(self, reminder: Reminder, *, now: datetime) -> datetime | None:
        """When a reminder is told next, or None where there is nothing to say."""
        starts = set(self.starts.get(reminder.of, {}).values())
        return next_telling(reminder, starts, self.told_at.get(reminder.key), self.bounds, now=now)

    def due_of(self, reminder: Reminder, *, now: datetime) -> tuple[UUID, ...]:
        """Of what a reminder has to say something now: ids of tasks or of the plan."""
        starts, told_at = self.starts.get(reminder.of, {}), self.told_at.get(reminder.key)
        return due_to_be_told(reminder, starts, told_at, self.bounds, now=now)


async def keep_reminders(
    session: AsyncSession, plan: Plan, tasks: Sequence[Task], *, office: Office, now: datetime
) -> None:
    """Bring the plan's timers in line with what it waits for now.

    Every change of a plan ends here (`standing.touch`), so none forgets it.

    Args:
        session: The session of the change.
        plan: The plan.
        tasks: All of its tasks.
        office: The installation.
        now: The present instant.

    Source: docs/domain/upgrade.md, "Reminders".
    """
    waiting = await waiting_of(session, plan, tasks, office=office, now=now)
    waits = {
        str(awaited): since.isoformat()
        for awaited, starts in sorted(waiting.starts.items())
        for since in starts.values()
        if awaited not in _OF_TASKS
    }
    wanted = [
        (reminder.key, at)
        for reminder in office.playbook.reminders
        if (at := waiting.next_of(reminder, now=now)) is not None
    ]
    await _drop(session, plan, waiting.set_for - set(wanted))
    await _set(session, plan, [each for each in wanted if each not in waiting.set_for])
    if waits != plan.waits:
        plan.waits = waits


async def waiting_of(
    session: AsyncSession, plan: Plan, tasks: Sequence[Task], *, office: Office, now: datetime
) -> Waiting:
    """What the plan waits for; a wait that begins with the change at hand begins now."""
    awaited = waits_of(
        PlanState(plan.state),
        acknowledged=plan.acknowledged_at is not None,
        queued=plan.queued_after_id is not None,
        undecided=_undecided(plan),
    )
    bounds = Bounds(plan.live_on, plan.live_at, office.hours(now))
    starts = {each: {plan.id: _since(plan, each, now)} for each in awaited - _OF_TASKS}
    if awaited & _OF_TASKS:
        work = [task for task in tasks if _is_work(task)]
        starts[Awaited.OVERDUE_TASKS] = _overdue(work, plan, bounds)
        starts[Awaited.BLOCKED_TASKS] = {
            task.id: task.blocked_at for task in work if task.blocked_at is not None
        }
    told_at, set_for = await _timers_of(session, plan, now=now)
    return Waiting(starts, told_at, set_for, bounds)


def _undecided(plan: Plan) -> bool:
    """Whether the agreement changed under the plan, and nobody has said what follows from it."""
    voided = plan.state == PlanState.ON_HOLD and PlanFlag.AGREEMENT_VOIDED in plan.flags
    return voided or plan.amendment is not None


def _since(plan: Plan, awaited: Awaited, now: datetime) -> datetime:
    written = plan.waits.get(awaited)
    return datetime.fromisoformat(written) if written else now


def _is_work(task: Task) -> bool:
    return TaskState(task.state) not in SETTLED and not task.key.startswith(MESSAGE_BY_HAND)


def _overdue(tasks: Iterable[Task], plan: Plan, bounds: Bounds) -> dict[UUID, datetime]:
    zone = zone_of(plan.timezone)
    due = {task.id: task.due_on for task in tasks if task.due_on is not None}
    # Many tasks share a day, and days are reckoned in two zones.
    since = {day: overdue_since(day, zone, bounds) for day in set(due.values())}
    return {task_id: since[day] for task_id, day in due.items()}


async def _timers_of(
    session: AsyncSession, plan: Plan, *, now: datetime
) -> tuple[dict[str, datetime], set[tuple[str, datetime]]]:
    """When each reminder of a plan was told last, and those that have a timer.

    A sandbox's clock may be set back: what was told after now has not been told yet.
    """
    rows = await session.execute(
        select(Timer.moment, Timer.fires_at, Timer.fired_at)
        .where(Timer.plan_id == plan.id, Timer.state != "dropped")
        .order_by(Timer.fired_at)
    )
    told_at: dict[str, datetime] = {}
    set_for: set[tuple[str, datetime]] = set()
    for moment, fires_at, fired_at in rows:
        if fired_at is None:
            set_for.add((moment, fires_at))
        elif fired_at <= now:
            told_at[moment] = fired_at
    return told_at, set_for


async def _drop(
    session: AsyncSession, plan: Plan, stale: AbstractSet[tuple[str, datetime]]
) -> None:
    if stale:
        await session.execute(
            update(Timer)
            .where(Timer.plan_id == plan.id, tuple_(Timer.moment, Timer.fires_at).in_(stale))
            .values(state="dropped")
        )


async def _set(session: AsyncSession, plan: Plan, fresh: Sequence[tuple[str, datetime]]) -> None:
    """In the playbook's order: of two that come at once, the one above is told first."""
    if not fresh:
        return
    rows = [
        {"id": new_id(), "plan_id": plan.id, "moment": moment, "fires_at": at, "state": "waiting"}
        for moment, at in fresh
    ]
    # A plan that comes back to an instant finds its earlier timers there.
    statement = insert(Timer).on_conflict_do_update(
        index_elements=[Timer.plan_id, Timer.moment, Timer.fires_at],
        set_={"state": "waiting", "fired_at": None},
    )
    # Rows apart from the statement: with them in it, it is built anew for every plan.
    await session.execute(statement, rows)
