"""A service as it is billed before the upgrade, and the bills that follow from it."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from app.domain.bills import Bills
from app.domain.money import Money
from app.domain.period import MONDAYS, Anchor, BillingPeriod, last_bill_day

_DAY: Final = timedelta(days=1)
LONG_AGO: Final = timedelta(days=800)
"""Two of the longest billing periods, and some."""


@dataclass(frozen=True, slots=True)
class BilledService:
    """How an old service is billed, in advance.

    Args:
        service: Its key.
        price: Of one billing period; None where nobody told.
        period: How often it is billed.
        anchor: When.
        paid_through: The last day that a bill already issued pays for, in the client's zone;
            None where its regular bills are all that is known.
        title: What sentences call it; the key where it is empty.
        renews: False for a service that gets no further bill (lapsed, or cancelled before).
    """

    service: str
    price: Money | None
    period: BillingPeriod
    anchor: Anchor
    paid_through: date | None
    title: str = ""
    renews: bool = True

    @classmethod
    def unknown(
        cls, service: str, price: Money | None, live_on: date, title: str = ""
    ) -> "BilledService":
        """What is assumed of a service of which nothing is known, once the live date is.

        Weekly, in advance, on Mondays, paid through the eve of the live date.

        Source: docs/domain/upgrade.md, "The cut-over plan".
        """
        return cls(service, price, BillingPeriod.WEEK, MONDAYS, live_on - _DAY, title)

    @classmethod
    def unscheduled(cls, service: str, price: Money | None, title: str = "") -> "BilledService":
        """The same while there is no live date yet: weekly, in advance, on Mondays."""
        return cls(service, price, BillingPeriod.WEEK, MONDAYS, None, title)


def bills_of(service: BilledService, live_on: date) -> Bills:
    """The bills of a service around a live date.

    Args:
        service: How it is billed.
        live_on: The live date; what is assumed of a service counts from it.
    """
    period, anchor = service.period, service.anchor
    if service.paid_through is not None:
        unpaid_from = service.paid_through + _DAY
        anchor = anchor.placed_in(unpaid_from.month)
    elif service.renews:
        # Any bill day so long ago that every bill which can matter comes after it.
        unpaid_from = last_bill_day(period, anchor, live_on - LONG_AGO)
    else:
        unpaid_from = live_on
    return Bills(period, anchor, unpaid_from, service.renews)
