"""What is to come of a plan: what the clock brings, what is reminded of, what falls due."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from operator import attrgetter
from typing import Final, Self
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.db.models import Timer
from app.domain.calendar import day_of, first_instant_of, zone_of
from app.domain.plan import PlanState
from app.domain.playbook.model import Playbook
from app.domain.task import SETTLED, TaskState
from app.queries.happenings import UNLESS
from app.queries.plan_views import PlanView
from app.queries.tasks import TaskView
from app.queries.timeline_views import SubjectView, TimelineEntry

CLOCK: Final = "clock"


@dataclass(frozen=True, slots=True)
class Coming:
    """What has to be known of a plan to say what comes; `blockers` counts what blocks it."""

    plan_id: UUID
    state: str
    zone: ZoneInfo
    window_opens_at: datetime | None
    live_at: datetime | None
    blockers: int

    @classmethod
    def of(cls, plan: PlanView) -> Self:
        """The same of a plan that was read whole."""
        zone = zone_of(plan.client.timezone)
        blockers = len(plan.readiness.blocking)
        return cls(plan.id, plan.state, zone, plan.window_opens_at, plan.live_at, blockers)


async def what_comes(
    session: AsyncSession,
    plan: Coming,
    tasks: Sequence[TaskView],
    *,
    book: Playbook,
    now: datetime,
) -> tuple[TimelineEntry, ...]:
    """Everything that is to come of a plan, in order.

    Args:
        session: Only read from.
        plan: Which plan.
        tasks: Its tasks.
        book: The procedure: it names the reminders.
        now: The present instant.
    """
    entries = [
        *_clockwork(plan),
        *await _reminders(session, plan, book),
        *_due(tasks, plan.zone, today=day_of(now, plan.zone)),
    ]
    return tuple(sorted(entries, key=attrgetter("at")))


def _clockwork(plan: Coming) -> Iterable[TimelineEntry]:
    """What the clock will do by itself."""
    if plan.state == PlanState.SCHEDULED and plan.window_opens_at is not None:
        what = "The pre-live window opens: the changes in billing fall due"
        yield _entry(plan, plan.window_opens_at, what, None)
    dated = plan.state in (PlanState.SCHEDULED, PlanState.IN_WINDOW)
    if dated and plan.live_at is not None:
        things = "thing blocks" if plan.blockers == 1 else "things block"
        detail = f"{plan.blockers} {things} it still." if plan.blockers else "Nothing blocks it."
        yield _entry(plan, plan.live_at, "The new services go live", detail)


def _entry(plan: Coming, at: datetime, what: str, detail: str | None) -> TimelineEntry:
    subject = SubjectView("plan", plan.plan_id)
    return TimelineEntry(at, day_of(at, plan.zone), "future", what, detail, CLOCK, subject)


async def _reminders(
    session: AsyncSession, plan: Coming, book: Playbook
) -> Iterable[TimelineEntry]:
    rows = await session.execute(
        select(Timer.moment, Timer.fires_at)
        .where(Timer.plan_id == plan.plan_id, Timer.state == "waiting")
        .order_by(Timer.fires_at, Timer.moment)
    )
    return [
        _entry(plan, row.fires_at, reminder.title, UNLESS[reminder.of])
        for row in rows
        if (reminder := book.reminder(row.moment)) is not None
    ]


def _due(tasks: Sequence[TaskView], zone: ZoneInfo, *, today: date) -> Iterable[TimelineEntry]:
    for task in tasks:
        if TaskState(task.state) in SETTLED or task.due_on is None:
            continue
        late = "Overdue." if task.due_on < today else None
        yield TimelineEntry(
            first_instant_of(task.due_on, zone),
            task.due_on,
            "future",
            f"Task '{task.title}' is due",
            f"Blocked: {task.reason}" if task.state == TaskState.BLOCKED else late,
            task.assignee.name if task.assignee else task.role,
            SubjectView("task", task.id),
        )
