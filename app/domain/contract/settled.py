"""A product altered elsewhere, its money settled there: the contract only says what is so now."""

from dataclasses import dataclass
from datetime import date

from app.domain.contract.change import ChangeKind, Draft, LineEnd
from app.domain.contract.editing import NewId
from app.domain.contract.errors import ContractEnded
from app.domain.contract.line import Ahead, Line, LineKind
from app.domain.contract.model import Standing
from app.domain.contract.prepaid import credit_for_unused
from app.domain.money import Money
from app.domain.period import BillingPeriod, Days, anchor_on, is_bill_day


@dataclass(frozen=True, slots=True)
class SettledElsewhere:
    """What a client has of a product, and what was paid for it outside the contract.

    Args:
        product: Its key.
        title: What sentences call it.
        price: For one billing period.
        period: How often it is billed.
        effective_on: First day of it.
        billing_from: First day that the next bills pay for.
        charged: For the days up to then, beside what was paid before.
    """

    product: str
    title: str
    price: Money
    period: BillingPeriod
    effective_on: date
    billing_from: date
    charged: Money


def settled_draft(standing: Standing, settled: SettledElsewhere, new_id: NewId) -> Draft:
    """What a product altered elsewhere comes to on a contract: lines, and no money row.

    The line in force ends, the new one is billed from the next bill on. What was paid for the days
    up to then is kept with it, so that a later change never credits more. Where another line of
    the product begins later, the new one ends there.

    Args:
        standing: The contract and its lines.
        settled: The product as it is now.
        new_id: Makes ids.

    Raises:
        ContractEnded: The contract does not run on that day.

    Source: docs/domain/contracts.md, "Users by tiers".
    """
    contract, on = standing.contract, settled.effective_on
    if not contract.term.start <= on < contract.ends_on:
        raise ContractEnded(
            f"The contract does not run on {on}.", facts={"ends_on": str(contract.ends_on)}
        )
    ours = [line for line in standing.lines if line.product == settled.product]
    old = next((line for line in ours if on in line.days), None)
    end = min([contract.ends_on, *(line.days.start for line in ours if line.days.start > on)])
    paid = settled.charged + _left_of(standing, old, on)
    first = min(settled.billing_from, end)
    anchor = anchor_on(settled.billing_from, settled.period)
    if (
        old is not None
        and old.period is settled.period
        and is_bill_day(old.period, old.anchor, settled.billing_from)
    ):
        anchor = old.anchor  # the end of February hides the bill's own day
    line = Line(
        id=new_id(settled.product),
        product=settled.product,
        title=settled.title,
        quantity=1,
        unit_price=settled.price,
        kind=LineKind.RECURRING,
        period=settled.period,
        anchor=anchor,
        days=Days(on, end),
        billed_from=first,
        billed_to=end,
        until=end,
        ahead=Ahead(Days(on, first), paid) if paid.minor > 0 and on < first else None,
    )
    falls = old is not None and settled.price < old.price
    return Draft(
        kind=ChangeKind.DOWNGRADE if falls else ChangeKind.UPGRADE,
        effective_on=on,
        billing_from=settled.billing_from,
        base={settled.product: old.id if old else None},
        ends=(LineEnd(old.id, on),) if old else (),
        opens=(line,),
    )


def _left_of(standing: Standing, old: Line | None, on: date) -> Money:
    """What was paid for the line before and is not used up."""
    left = credit_for_unused(standing.contract, old, on) if old and old.is_recurring else None
    if left is None or left[0].money is None:
        return Money.zero(standing.contract.currency)
    return left[0].money
