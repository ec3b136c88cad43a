"""When reminders are due: what a plan waits for, since when, and at which instants that is said."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TypeVar
from zoneinfo import ZoneInfo

from app.domain.business_hours import BusinessHours, next_business_instant, next_opening
from app.domain.calendar import end_of
from app.domain.plan import OPEN_STATES, PlanState
from app.domain.playbook.due import after_span
from app.domain.playbook.reminder import Awaited, Reminder, Span
from app.domain.playbook.schedule import last_before

_ACKNOWLEDGED_IN = frozenset({PlanState.SCHEDULED, PlanState.IN_WINDOW, PlanState.MISSED})
_WORKED_IN = frozenset({*_ACKNOWLEDGED_IN, PlanState.LIVE, PlanState.CANCELLED})

PUNCTUAL = timedelta(minutes=15)
"""What is told within it of its hour is on time: it may be the last minute before closing."""

S = TypeVar("S")


@dataclass(frozen=True, slots=True)
class Bounds:
    """What the instants of a plan's reminders are reckoned with.

    Attributes:
        live_on: The plan's live date, once it has one.
        live_at: Its live instant.
        hours: When the organisation works.
    """

    live_on: date | None
    live_at: datetime | None
    hours: BusinessHours


def waits_of(
    state: PlanState, *, acknowledged: bool, queued: bool, undecided: bool
) -> frozenset[Awaited]:
    """What a plan waits for people to do.

    A plan on hold waits for nothing but a decision that was asked for: it rests by a person's
    choice. Tasks count until the last of them is done: while the plan is live, too, and those
    that put something back after it was cancelled.

    Args:
        state: Of the plan.
        acknowledged: Whether Marketing has acknowledged it.
        queued: Whether it was decided that it begins after another plan.
        undecided: Whether the agreement changed in a way that a person has to decide on.

    Source: docs/domain/upgrade.md, "Reminders".
    """
    waits: set[Awaited] = set()
    if (state is PlanState.NEEDS_REVIEW and not queued) or (undecided and state in OPEN_STATES):
        waits.add(Awaited.REVIEW)
    if state is PlanState.AWAITING_LIVE_DATE:
        waits.add(Awaited.LIVE_DATE)
    if state is PlanState.MISSED:
        waits.add(Awaited.MISSED_PLAN)
    if state in _ACKNOWLEDGED_IN and not acknowledged:
        waits.add(Awaited.ACKNOWLEDGEMENT)
    if state in _WORKED_IN:
        waits |= {Awaited.OVERDUE_TASKS, Awaited.BLOCKED_TASKS}
    return frozenset(waits)


def overdue_since(due_on: date, zone: ZoneInfo, bounds: Bounds) -> datetime:
    """A task is overdue when its due day is over where the client is; told at the next opening.

    All tasks of a plan are told at openings, so its list is told once a business day. Where the
    next opening would not come before the live instant, the end of the due day counts.

    Args:
        due_on: The due day, in the client's zone.
        zone: The client's.
        bounds: Of the plan.

    Source: docs/domain/upgrade.md, "Reminders".
    """
    return told_from(end_of(due_on, zone), bounds)


def told_from(over_at: datetime, bounds: Bounds) -> datetime:
    """From when it is told that something is overdue: the opening after its time was over.

    Args:
        over_at: When that was.
        bounds: Of the plan, or of the run.
    """
    opening = next_opening(over_at, bounds.hours)
    return over_at if _too_late(over_at, opening, bounds) else opening


def in_business(instant: datetime, bounds: Bounds) -> datetime:
    """A reminder out of hours waits for the next business instant, unless that were too late.

    Where people are back only at the live instant or after it, it is told at once.

    Source: docs/domain/upgrade.md, "Reminders".
    """
    back_at = next_business_instant(instant, bounds.hours)
    return instant if _too_late(instant, back_at, bounds) else back_at


def tellings(reminder: Reminder, since: datetime, bounds: Bounds) -> Iterator[datetime]:
    """The instants at which a reminder is told, first to last; none of a date that is not set.

    Args:
        reminder: Of the playbook.
        since: When the wait began.
        bounds: Of the plan.

    Source: docs/domain/upgrade.md, "Reminders".
    """
    when, again = reminder.when, reminder.again
    if isinstance(when, Span):
        at = in_business(after_span(since, when, bounds.hours), bounds)
    elif bounds.live_on is not None:
        at = in_business(last_before(bounds.live_on, when, bounds.hours.zone), bounds)
    else:
        return
    yield at
    if again is None:
        return
    for _ in range(again.most - 1):
        at = in_business(after_span(at, again.every, bounds.hours), bounds)
        yield at


def next_telling(
    reminder: Reminder,
    starts: Iterable[datetime],
    told_at: datetime | None,
    bounds: Bounds,
    *,
    now: datetime,
) -> datetime | None:
    """When a reminder is told next, or None where all is said.

    What came due while nobody could tell it comes due once, not once for each time, and waits for
    business hours like all others.

    Args:
        reminder: Of the playbook.
        starts: When each thing that it reminds of began to be waited for.
        told_at: When it was told last; what came due until then has been said.
        bounds: Of the plan.
        now: The present instant.
    """
    found = (_first_after(told_at, tellings(reminder, since, bounds)) for since in starts)
    at = min((at for at in found if at is not None), default=None)
    return in_business(now, bounds) if at is not None and is_late(at, now=now) else at


def is_late(due_at: datetime, *, now: datetime) -> bool:
    """Whether an instant has passed by more than the clock needs to look at what is due."""
    return now - due_at > PUNCTUAL


def due_to_be_told(
    reminder: Reminder,
    starts: Mapping[S, datetime],
    told_at: datetime | None,
    bounds: Bounds,
    *,
    now: datetime,
) -> tuple[S, ...]:
    """Of what a reminder has to say something now: what came due since it was told last.

    Args:
        reminder: Of the playbook.
        starts: What it reminds of, each with the instant from which that is waited for.
        told_at: When it was told last.
        bounds: Of the plan.
        now: The present instant.
    """
    # Many tasks became overdue at the same instant.
    first = {
        since: _first_after(told_at, tellings(reminder, since, bounds))
        for since in set(starts.values())
    }
    due = {since for since, at in first.items() if at is not None and at <= now}
    return tuple(subject for subject, since in starts.items() if since in due)


def _first_after(told_at: datetime | None, instants: Iterator[datetime]) -> datetime | None:
    return next((at for at in instants if told_at is None or at > told_at), None)


def _too_late(instant: datetime, back_at: datetime, bounds: Bounds) -> bool:
    return bounds.live_at is not None and instant < bounds.live_at <= back_at
