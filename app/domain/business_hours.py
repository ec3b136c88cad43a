"""The organisation's working time: which instants lie in it, and how long a stretch of it lasts.

A business day is Monday to Friday less the days off, and lasts from opening to closing on the
clock of the organisation's zone; what a change of that clock takes away or adds is felt.
"""

from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from app.domain.calendar import add_business_days, first_instant_at, is_business_day

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class BusinessHours:
    """When people work.

    Attributes:
        opens: Time of day at which a business day begins, on the zone's clock.
        closes: Time of day at which it has ended; later than `opens`.
        zone: The organisation's.
        days_off: Days that are no business days, beside Saturdays and Sundays.
    """

    opens: time
    closes: time
    zone: ZoneInfo
    days_off: AbstractSet[date] = frozenset()


def is_business_instant(instant: datetime, hours: BusinessHours) -> bool:
    """Whether people work at an instant: [opening, closing) of a business day."""
    return next_business_instant(instant, hours) == instant


def next_business_instant(instant: datetime, hours: BusinessHours) -> datetime:
    """The instant itself where people work then, else the next opening; in UTC.

    Args:
        instant: Aware, in any zone.
        hours: The organisation's.

    Source: docs/domain/upgrade.md, "Reminders".
    """
    opens_at, _ = next(_stretches(instant, hours))
    return max(opens_at, instant.astimezone(UTC))


def next_opening(instant: datetime, hours: BusinessHours) -> datetime:
    """The first opening of a business day that is not before an instant; in UTC."""
    return next(opens_at for opens_at, _ in _stretches(instant, hours) if opens_at >= instant)


def add_business_hours(instant: datetime, amount: int, hours: BusinessHours) -> datetime:
    """The instant at which so many hours of business have passed since another; in UTC.

    The hours count from the next business instant. What is used up at closing is so then: eight
    hours from Friday 09:00 are over on Friday 17:00.

    Args:
        instant: Aware, in any zone; it may lie out of hours.
        amount: Whole hours, 0 or more; 0 leads to the next business instant.
        hours: The organisation's.

    Source: docs/domain/upgrade.md, "Reminders".
    """
    left = timedelta(hours=amount)
    at = next_business_instant(instant, hours)
    stretches = _stretches(at, hours)
    _, closes_at = next(stretches)
    while left > closes_at - at:
        left -= closes_at - at
        at, closes_at = next(stretches)
    return at + left


def add_days_of_business(instant: datetime, amount: int, hours: BusinessHours) -> datetime:
    """The same time of day so many business days later; in UTC.

    The days count from the next business instant: two days from a Saturday are over on the
    Wednesday, when people have had Monday and Tuesday.

    Args:
        instant: Aware, in any zone; it may lie out of hours.
        amount: Business days, 0 or more.
        hours: The organisation's.

    Source: docs/domain/upgrade.md, "Reminders".
    """
    begun = next_business_instant(instant, hours).astimezone(hours.zone)
    day = add_business_days(begun.date(), amount, hours.days_off)
    return next_business_instant(first_instant_at(day, begun.time(), hours.zone), hours)


def _stretches(instant: datetime, hours: BusinessHours) -> Iterator[tuple[datetime, datetime]]:
    """The working stretches [opening, closing) that end after an instant, in order, for ever."""
    day = instant.astimezone(hours.zone).date()
    while True:
        if is_business_day(day, hours.days_off):
            opens_at = first_instant_at(day, hours.opens, hours.zone)
            closes_at = first_instant_at(day, hours.closes, hours.zone)
            # A clock that jumps over the whole of a working day leaves nothing of it.
            if opens_at < closes_at and instant < closes_at:
                yield opens_at, closes_at
        day += _DAY
