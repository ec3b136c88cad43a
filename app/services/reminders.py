"""Keeping a plan's reminders: set when it begins to wait for people, dropped when that is over."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.db.models import Plan, Task
from app.domain.calendar import zone_of
from app.domain.plan import PlanFlag, PlanState
from app.domain.playbook.reminder import Awaited
from app.domain.playbook.reminding import Bounds, overdue_since, told_from, waits_of
from app.domain.task import MESSAGE_BY_HAND, SETTLED, TaskState
from app.services.office import Office
from app.services.timers import Waiting, Whose, set_timers, timers_of

_OF_TASKS = frozenset({Awaited.OVERDUE_TASKS, Awaited.BLOCKED_TASKS})


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
    whose = Whose("plan_id", plan.id)
    await set_timers(session, whose, waiting, office.playbook.reminders, now=now)
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
    told_at, set_for = await timers_of(session, Whose("plan_id", plan.id), now=now)
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
    due = [(task, task.due_on) for task in tasks if task.due_on is not None]
    # Many tasks share a day, and days are reckoned in two zones.
    since = {day: overdue_since(day, zone, bounds) for day in {day for _, day in due}}
    return {task.id: max(since[day], _again_since(task, bounds)) for task, day in due}


def _again_since(task: Task, bounds: Bounds) -> datetime:
    """What is opened again after its day is waited for from then on: it was not told of before."""
    if not task.reopenings or task.ready_at is None:
        return datetime.min.replace(tzinfo=UTC)
    return told_from(task.ready_at, bounds)
