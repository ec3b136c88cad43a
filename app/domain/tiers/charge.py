"""What a rise costs for the rest of its billing cycle: the difference, by the day."""

from datetime import date, timedelta

from app.domain.money import Money
from app.domain.period import BillingPeriod, Days, parse_anchor, period_holding
from app.domain.proration import prorated
from app.domain.tiers.outcome import Prorated


def prorated_difference(
    difference: Money, change_on: date, next_billing_on: date, period: BillingPeriod
) -> Prorated:
    """The difference x remaining days / days of the cycle, rounded once.

    Args:
        difference: New price less old price, above zero.
        change_on: First day of the new band.
        next_billing_on: Where the cycle ends; not counted.
        period: How often is billed.

    Source: docs/tiers.md, "What is charged now"; docs/domain/money.md, "Proration".
    """
    anchor = parse_anchor(next_billing_on.isoformat(), period)
    cycle = period_holding(period, anchor, next_billing_on - timedelta(days=1))
    span = Days(change_on, next_billing_on)
    return Prorated(prorated(difference, span, cycle), span, cycle.length)
