"""What a rise costs for the rest of its billing cycle, and what is sent to be charged for it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from app.domain.money import Money
from app.domain.period import BillingPeriod, Days, parse_anchor, period_holding
from app.domain.proration import prorated
from app.domain.tiers.flow import ChargeState
from app.domain.tiers.outcome import Prorated


@dataclass(frozen=True, slots=True)
class Due:
    """What is to be charged once the client has said yes.

    Args:
        state: In which the charge begins.
        money: To the cent; None where nothing is charged.
    """

    state: ChargeState
    money: Money | None = None


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


def due_after_yes(quoted: Mapping[str, Any], *, by_card: bool) -> Due:
    """What is charged for a quote as it is kept: the amount that the client was told.

    Args:
        quoted: The quote as it is kept.
        by_card: Whether a card is on file, and somebody is connected who charges it.

    Source: docs/tiers.md, "What is charged now".
    """
    prorated_ = quoted["prorated"]
    if prorated_ is None:
        return Due(ChargeState.WAIVED if quoted["waived"] else ChargeState.NOTHING)
    money = Money.of(prorated_["money"]["amount"], prorated_["money"]["currency"])
    return Due(ChargeState.PENDING if by_card else ChargeState.BY_HAND, money)
