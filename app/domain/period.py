"""Half-open runs of days, and the billing periods that begin on an anchor."""

import re
from calendar import monthrange
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum
from itertools import pairwise
from typing import Final

from app.domain.calendar import spoken_span
from app.domain.errors import AnchorInvalid, PeriodEmpty

_DAY: Final = timedelta(days=1)
_WEEKDAYS: Final = (
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
)
_ISO_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_MONTH_DAY: Final = re.compile(r"(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])")
_DAY_NUMBER: Final = re.compile(r"0?[1-9]|[12][0-9]|3[01]")


@dataclass(frozen=True, slots=True, order=True)
class Days:
    """A run of days [start, end), never empty.

    Args:
        start: First day.
        end: The day after the last.
    """

    start: date
    end: date

    def __post_init__(self) -> None:
        if self.end <= self.start:
            raise PeriodEmpty(f"No day lies from {self.start} up to {self.end}.")

    @classmethod
    def of(cls, start: date, end: date) -> "Days":
        """The days [start, end).

        Raises:
            PeriodEmpty: `end` is not after `start`.
        """
        return cls(start, end)

    @property
    def length(self) -> int:
        """Number of days."""
        return (self.end - self.start).days

    @property
    def last(self) -> date:
        """The last day, for sentences; rules use `end`."""
        return self.end - _DAY

    def overlap(self, other: "Days") -> "Days | None":
        """The days that both hold, or None."""
        return days_between(max(self.start, other.start), min(self.end, other.end))

    def spoken(self) -> str:
        """Both ends included, in English: "7 to 9 December 2026"."""
        return spoken_span(self.start, self.last)

    def __contains__(self, day: date) -> bool:
        return self.start <= day < self.end

    def __iter__(self) -> Iterator[date]:
        day = self.start
        while day < self.end:
            yield day
            day += _DAY


def days_between(start: date, end: date) -> Days | None:
    """The days [start, end), or None where there are none."""
    return Days(start, end) if start < end else None


def runs_of(days: Sequence[date]) -> tuple[Days, ...]:
    """Days as runs [from, to) of days next to each other.

    Args:
        days: Sorted, none twice.
    """
    if not days:
        return ()
    starts = [b for a, b in pairwise(days) if b - a > _DAY]
    ends = [a + _DAY for a, b in pairwise(days) if b - a > _DAY]
    runs = zip([days[0], *starts], [*ends, days[-1] + _DAY], strict=True)
    return tuple(Days(*run) for run in runs)


class BillingPeriod(StrEnum):
    """How often a service is billed."""

    WEEK = "week"
    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"


_MONTHS: Final = {BillingPeriod.MONTH: 1, BillingPeriod.QUARTER: 3, BillingPeriod.YEAR: 12}


@dataclass(frozen=True, slots=True)
class Anchor:
    """The day on which a billing period begins.

    Args:
        day: For weeks 0 (Monday) to 6; otherwise the day of the month, 1 to 31, which falls
            back to the last day of a shorter month.
        month: For quarters and years a month with a bill, 1 to 12; None where nobody named one
            (January, unless a known bill tells better: `placed_in`).
    """

    day: int
    month: int | None = None

    def placed_in(self, month: int) -> "Anchor":
        """The same anchor with its month, if none was named."""
        return self if self.month else replace(self, month=month)

    def text(self, period: BillingPeriod) -> str:
        """As `parse_anchor` reads it: "monday", "15", "02-15"."""
        if period is BillingPeriod.WEEK:
            return _WEEKDAYS[self.day]
        return f"{self.month:02}-{self.day:02}" if self.month else str(self.day)


MONDAYS: Final = Anchor(0)
"""Weekly billing on Mondays: what is assumed where nothing is known."""


def parse_anchor(text: object, period: BillingPeriod) -> Anchor:
    """Read a billing anchor by the rule of its period.

    Args:
        text: For weeks the name of a weekday in English; for months a day number 1 to 31; for
            quarters and years month and day ("02-15") or a day number. An ISO day stands for
            the bill that fell on it, in every period.
        period: What is anchored.

    Raises:
        AnchorInvalid: Not one of these, for this period.

    Source: docs/domain/upgrade.md, "The cut-over plan"; docs/domain/money.md, "Words".
    """
    written = text if isinstance(text, str) else ""
    if _ISO_DAY.fullmatch(written):
        return _anchor_of_bill(written, period)
    if period is BillingPeriod.WEEK:
        if written.lower() in _WEEKDAYS:
            return Anchor(_WEEKDAYS.index(written.lower()))
        raise AnchorInvalid("This is no weekday; a week begins on one: 'monday'.")
    if _DAY_NUMBER.fullmatch(written):
        return Anchor(int(written))
    month_day = _MONTH_DAY.fullmatch(written)
    if month_day and period is not BillingPeriod.MONTH:
        return Anchor(int(month_day[2]), int(month_day[1]))
    raise AnchorInvalid(
        f"This is no anchor of a {period}; write a day of the month from 1 to 31"
        + ("." if period is BillingPeriod.MONTH else ", or month and day like '02-15'."),
    )


def period_holding(period: BillingPeriod, anchor: Anchor, day: date) -> Days:
    """The whole billing period [bill day, next bill day) that holds a day.

    Monthly anchors keep their day and fall back without drifting: 31 Jan, 28 Feb, 31 Mar.

    Source: docs/domain/money.md, "Proration".
    """
    if period is BillingPeriod.WEEK:
        start = day - timedelta(days=(day.weekday() - anchor.day) % 7)
        return Days(start, start + timedelta(days=7))
    step = _MONTHS[period]
    offset = ((anchor.month or 1) - 1) % step
    count = (day.year * 12 + day.month - 1 - offset) // step
    if _in_month(count * step + offset, anchor.day) > day:
        count -= 1
    start_month = count * step + offset
    return Days(_in_month(start_month, anchor.day), _in_month(start_month + step, anchor.day))


def next_bill_day(period: BillingPeriod, anchor: Anchor, day: date) -> date:
    """The first bill day on a day or after it."""
    return period_holding(period, anchor, day - _DAY).end


def last_bill_day(period: BillingPeriod, anchor: Anchor, before: date) -> date:
    """The last bill day strictly before a day."""
    return period_holding(period, anchor, before - _DAY).start


def is_bill_day(period: BillingPeriod, anchor: Anchor, day: date) -> bool:
    """Whether a bill falls on a day."""
    return period_holding(period, anchor, day).start == day


def bill_days_between(
    period: BillingPeriod, anchor: Anchor, start: date, end: date
) -> tuple[date, ...]:
    """Every bill day in [start, end), in order; none where the run is empty."""
    days = []
    day = next_bill_day(period, anchor, start)
    while day < end:
        days.append(day)
        day = period_holding(period, anchor, day).end
    return tuple(days)


def months_after(day: date, months: int, *, day_of_month: int | None = None) -> date:
    """The same day of the month, so many months later; the last day of a shorter month.

    Args:
        day: From where.
        months: How many.
        day_of_month: The day that is meant, where `day` had to fall back before: a term that
            began on 31 January and was renewed on 28 February ends on 31 March.

    Source: docs/domain/money.md, "Words".
    """
    return _in_month(day.year * 12 + day.month - 1 + months, day_of_month or day.day)


def anchor_on(day: date, period: BillingPeriod) -> Anchor:
    """The anchor of bills that begin on a day.

    Args:
        day: A day with a bill.
        period: How often.
    """
    if period is BillingPeriod.WEEK:
        return Anchor(day.weekday())
    return Anchor(day.day, None if period is BillingPeriod.MONTH else day.month)


def _anchor_of_bill(written: str, period: BillingPeriod) -> Anchor:
    try:
        day = date.fromisoformat(written)
    except ValueError as no_such_day:
        raise AnchorInvalid("This is a day that never comes.") from no_such_day
    return anchor_on(day, period)


def _in_month(months: int, day: int) -> date:
    year, month = months // 12, months % 12 + 1
    return date(year, month, min(day, monthrange(year, month)[1]))
