"""What starts a run: events, a schedule, a person; and when a schedule comes round."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from app.domain.calendar import first_instant_at
from app.domain.playbook.condition import Condition
from app.domain.playbook.week import Weekday

_DAY = timedelta(days=1)


class Event(StrEnum):
    """The events that may start a run."""

    AGREEMENT_SIGNED = "agreement.signed"
    LEAD_CREATED = "lead.created"
    CAMPAIGN_PLANNED = "campaign.planned"
    DEAL_CREATED = "deal.created"
    DEAL_CLOSED_WON = "deal.closed_won"
    DEAL_CLOSED_LOST = "deal.closed_lost"
    CONTENT_PLANNED = "content.planned"
    EVENT_PLANNED = "event.planned"
    STAFF_JOINED = "staff.joined"
    PLAYBOOK_CHANGED = "playbook.changed"


class Every(StrEnum):
    """How often a schedule comes round."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"


@dataclass(frozen=True, slots=True)
class Schedule:
    """A time of day on every day, on a weekday, or on a day of the month.

    Attributes:
        every: How often.
        at: The time of day, on the organisation's clock.
        weekday: Of a weekly one.
        day: Of a monthly one, 1 to 28.
    """

    every: Every
    at: time
    weekday: Weekday | None = None
    day: int | None = None


@dataclass(frozen=True, slots=True)
class Trigger:
    """What starts a run; with `when`, only where that holds.

    Attributes:
        events: Names of events; any of them.
        schedules: Times; each of them.
        by_hand: Whether a person may start one.
        when: Asked of the run's inputs.
    """

    events: tuple[str, ...] = ()
    schedules: tuple[Schedule, ...] = ()
    by_hand: bool = False
    when: Condition | None = None


def next_time(schedule: Schedule, after: datetime, zone: ZoneInfo) -> datetime:
    """The first time of a schedule that is later than an instant; in UTC.

    Args:
        schedule: As the playbook has it.
        after: Aware, in any zone.
        zone: The organisation's.

    Source: docs/playbooks.md, "Trigger".
    """
    day = after.astimezone(zone).date()
    while True:
        at = first_instant_at(day, schedule.at, zone)
        if _falls_on(schedule, day) and at > after.astimezone(UTC):
            return at
        day += _DAY


def last_time(
    schedule: Schedule, after: datetime, until: datetime, zone: ZoneInfo
) -> datetime | None:
    """The last time of a schedule between two instants, the later one included; in UTC.

    Args:
        schedule: As the playbook has it.
        after: Aware, in any zone; a time at this very instant has come before.
        until: Aware, in any zone.
        zone: The organisation's.

    Source: docs/playbook-runs.md, "Schedules".
    """
    day = until.astimezone(zone).date()
    while True:
        at = first_instant_at(day, schedule.at, zone)
        if _falls_on(schedule, day) and at <= until.astimezone(UTC):
            return at if at > after.astimezone(UTC) else None
        day -= _DAY


def _falls_on(schedule: Schedule, day: date) -> bool:
    if schedule.every is Every.WEEK:
        return day.weekday() == schedule.weekday
    return schedule.every is Every.DAY or day.day == schedule.day
