"""Cycles on the calendar: the periods into which they cut it, and how often one has passed."""

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta

from app.domain.calendar import spoken_span
from app.domain.playbook.governance import ReviewCycle

_DAY = timedelta(days=1)
_WEEK = 7
_MONTHS = {
    ReviewCycle.MONTHLY: 1,
    ReviewCycle.QUARTERLY: 3,
    ReviewCycle.HALF_YEARLY: 6,
    ReviewCycle.ANNUAL: 12,
}


@dataclass(frozen=True, slots=True)
class CyclePeriod:
    """A week from Monday on, or whole months from the 1st on; `until` does not belong to it."""

    since: date
    until: date

    def __str__(self) -> str:
        """As people write it: "16 to 22 November 2026"."""
        return spoken_span(self.since, self.until - _DAY)


def last_ended(cycle: ReviewCycle, today: date) -> CyclePeriod:
    """The last period that is over on a day: that before the one in which the day lies.

    Args:
        cycle: How long periods are.
        today: On the organisation's clock.

    Source: docs/playbook-versions.md, "Whether it is kept to".
    """
    until = _first_of(cycle, today)
    return CyclePeriod(_first_of(cycle, until - _DAY), until)


def _first_of(cycle: ReviewCycle, day: date) -> date:
    if cycle is ReviewCycle.WEEKLY:
        return day - timedelta(days=day.weekday())
    months = _MONTHS[cycle]
    return date(day.year, (day.month - 1) // months * months + 1, 1)


def times_passed(cycle: ReviewCycle, since: date, today: date) -> int:
    """How many whole cycles have passed since a day; none where it is yet to come.

    A month from the 31st has passed on the last day of a shorter one.

    Args:
        cycle: How long one is.
        since: The day from which it counts.
        today: On the organisation's clock.

    Source: docs/playbook-versions.md, "Whether it is kept to".
    """
    if cycle is ReviewCycle.WEEKLY:
        return max(0, (today - since).days // _WEEK)
    months = (today.year - since.year) * 12 + today.month - since.month
    last = monthrange(today.year, today.month)[1]
    if today.day < min(since.day, last):
        months -= 1
    return max(0, months // _MONTHS[cycle])
