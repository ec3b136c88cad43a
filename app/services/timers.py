"""Timers of plans and of other runs: when reminders are told, and when each was told last."""

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from sqlalchemy import ColumnElement, select, tuple_, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.db.ids import new_id
from app.db.models import Task, Timer
from app.domain.playbook.reminder import Awaited, Reminder
from app.domain.playbook.reminding import (
    Bounds,
    due_to_be_told,
    in_business,
    is_late,
    next_telling,
)
from app.domain.task import MESSAGE_BY_HAND, SETTLED


@dataclass(frozen=True, slots=True)
class Whose:
    """The plan, or the run of another playbook, that timers belong to."""

    column: Literal["plan_id", "run_id"]
    id: UUID

    @property
    def timers(self) -> ColumnElement[bool]:
        """The timers that are its own."""
        return self._of(Timer)

    @property
    def tasks(self) -> ColumnElement[bool]:
        """The tasks that are its own."""
        return self._of(Task)

    def _of(self, table: type[Timer | Task]) -> ColumnElement[bool]:
        column: ColumnElement[UUID | None] = table.__table__.c[self.column]
        return column == self.id


@dataclass(frozen=True, slots=True)
class Waiting:
    """What is waited for, and what was said of it.

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

    def to_tell(self, reminder: Reminder, fires_at: datetime, *, now: datetime) -> tuple[UUID, ...]:
        """Of what a timer that has come has to say something; a late one waits for hours."""
        if is_late(fires_at, now=now) and in_business(now, self.bounds) > now:
            return ()
        return self.due_of(reminder, now=now)


async def timers_of(
    session: AsyncSession, whose: Whose, *, now: datetime
) -> tuple[dict[str, datetime], set[tuple[str, datetime]]]:
    """When each reminder was told last, and those that have a timer.

    A sandbox's clock may be set back: what was told after now has not been told yet.
    """
    rows = await session.execute(
        select(Timer.moment, Timer.fires_at, Timer.fired_at)
        .where(whose.timers, Timer.state != "dropped")
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


async def waits_to_be_passed_on(session: AsyncSession, whose: Whose, occasion: str) -> bool:
    """Whether somebody has a message to pass on already, where no room hears it.

    Args:
        session: Only read from.
        whose: Whose message.
        occasion: What the occasions of that message begin with.
    """
    found = await session.scalar(
        select(Task.id)
        .where(
            whose.tasks,
            Task.key.startswith(f"{MESSAGE_BY_HAND}{occasion}", autoescape=True),
            Task.state.not_in([str(state) for state in SETTLED]),
        )
        .limit(1)
    )
    return found is not None


async def set_timers(
    session: AsyncSession,
    whose: Whose,
    waiting: Waiting,
    reminders: Sequence[Reminder],
    *,
    now: datetime,
) -> None:
    """Bring timers in line with what is waited for: set what is told next, drop what is not.

    In the playbook's order: of two that come at once, the one above is told first.
    """
    wanted = [
        (reminder.key, at)
        for reminder in reminders
        if (at := waiting.next_of(reminder, now=now)) is not None
    ]
    stale = waiting.set_for - set(wanted)
    if stale:
        await session.execute(
            update(Timer)
            .where(whose.timers, tuple_(Timer.moment, Timer.fires_at).in_(stale))
            .values(state="dropped")
        )
    rows = [
        {"id": new_id(), whose.column: whose.id, "moment": key, "fires_at": at, "state": "waiting"}
        for key, at in wanted
        if (key, at) not in waiting.set_for
    ]
    if rows:
        # One that comes back to an instant finds its earlier timers there. Rows apart from the
        # statement: with them in it, it is built anew each time.
        statement = insert(Timer).on_conflict_do_update(
            index_elements=[whose.column, Timer.moment, Timer.fires_at],
            set_={"state": "waiting", "fired_at": None},
        )
        await session.execute(statement, rows)


async def settle_timers(session: AsyncSession, told: Mapping[UUID, bool], *, now: datetime) -> None:
    """Write down which timers were told, and which had nothing to say any more."""
    for state, fired_at in (("fired", now), ("dropped", None)):
        ids = [timer_id for timer_id, fired in told.items() if fired is (state == "fired")]
        if ids:
            await session.execute(
                update(Timer).where(Timer.id.in_(ids)).values(state=state, fired_at=fired_at)
            )
