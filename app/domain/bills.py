"""The bills of a service, in advance: which days they pay for, and when the next one falls."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from app.domain.period import (
    Anchor,
    BillingPeriod,
    Days,
    is_bill_day,
    last_bill_day,
    next_bill_day,
)

_DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Bills:
    """What is paid for, and what will be if the service goes on.

    Args:
        period: How often a bill falls.
        anchor: When.
        unpaid_from: First day for which no bill has been issued yet.
        renews: Whether further bills are issued, each on its day for [bill day, next bill day).
    """

    period: BillingPeriod
    anchor: Anchor
    unpaid_from: date
    renews: bool

    @property
    def next(self) -> date:
        """The day of the first bill still to come."""
        return next_bill_day(self.period, self.anchor, self.unpaid_from)

    @property
    def meet(self) -> bool:
        """Whether the paid days end where the next bill begins, as they should."""
        return not self.renews or self.next == self.unpaid_from

    def last_before(self, day: date) -> date:
        """The last bill day before a day, whether or not its bill is paid already."""
        return last_bill_day(self.period, self.anchor, day)

    def issued_before(self, day: date) -> Days | None:
        """The days that the bills issued before a day pay for, beside those paid already."""
        last = self.last_before(day)
        if not self.renews or last < self.next:
            return None
        return Days(self.next, next_bill_day(self.period, self.anchor, last + _DAY))

    def is_safe(self, day: date) -> bool:
        """Whether no bill falls on a day: the biller's hour is unknown, so who comes first is."""
        return not (self.renews and is_bill_day(self.period, self.anchor, day))
