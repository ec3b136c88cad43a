"""A biller played day by day, in its own slow way: which days its bills pay for."""

from calendar import monthrange
from collections import Counter
from dataclasses import dataclass
from datetime import date, timedelta

from app.domain.period import BillingPeriod

DAY = timedelta(days=1)
_MONTHS = {BillingPeriod.MONTH: 1, BillingPeriod.QUARTER: 3, BillingPeriod.YEAR: 12}


@dataclass(frozen=True)
class Rhythm:
    """How often a bill falls, and when: a weekday from 0, or a day of the month with a month."""

    period: BillingPeriod
    day: int
    month: int | None = None

    def bills_on(self, day: date) -> bool:
        """Whether a bill falls on a day."""
        if self.period is BillingPeriod.WEEK:
            return day.weekday() == self.day
        if (day.month - (self.month or 1)) % _MONTHS[self.period]:
            return False
        return day.day == min(self.day, monthrange(day.year, day.month)[1])

    def next_bill(self, day: date) -> date:
        """The first bill day on a day or after it."""
        while not self.bills_on(day):
            day += DAY
        return day

    def last_bill(self, before: date) -> date:
        """The last bill day before a day."""
        day = before - DAY
        while not self.bills_on(day):
            day -= DAY
        return day


def bills_issued(rhythm: Rhythm, unpaid_from: date, ended_on: date) -> Counter[date]:
    """How often each day is paid for by the bills from a day on, up to the day of ending.

    A bill falls on each bill day before the end, and pays up to the next bill day.
    """
    billed: Counter[date] = Counter()
    day = unpaid_from
    while day < ended_on:
        if rhythm.bills_on(day):
            paid = day
            while paid == day or not rhythm.bills_on(paid):
                billed[paid] += 1
                paid += DAY
        day += DAY
    return billed
