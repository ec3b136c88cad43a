"""What a line's bills come to, and the credit for days of them that are not used."""

from dataclasses import dataclass
from datetime import date

from app.domain.contract.line import Line
from app.domain.contract.model import Contract
from app.domain.day_count import Basis, counted
from app.domain.money import Money, share_of
from app.domain.period import Days, days_between, period_holding
from app.domain.proration import Priced, prorated, row_of
from app.domain.reckoning import Reckoning, ReckoningKind


@dataclass(frozen=True, slots=True)
class Prepaid:
    """A line on a bill: which days it pays for, and with how much.

    Args:
        span: The days.
        whole: The whole billing period that holds the first of them.
        charge: The line's price for them.
        off: The one-time discount that comes off.
        billed_on: The day of the bill.
        is_regular: Whether it is a bill of the line's own, and not the row of a change.
    """

    span: Days
    whole: Days
    charge: Money
    off: Money
    billed_on: date
    is_regular: bool = True

    @property
    def paid(self) -> Money:
        """What the client has paid for the days."""
        return self.charge - self.off


def billed_on(line: Line, day: date, whole: Days, basis: Basis) -> Prepaid:
    """A recurring line on the bill of a day: up to the end of the period, or its own.

    Args:
        line: The line.
        day: A day on which it is billed.
        whole: The billing period that holds the day.
        basis: How days are counted.

    Source: docs/domain/money.md, "Bills".
    """
    is_whole = day == whole.start and whole.end <= line.until
    span = whole if is_whole else Days(day, min(whole.end, line.until))
    charge = line.price if is_whole else prorated(line.price, span, whole, basis)
    off = Money.zero(charge.currency)
    if line.first_discount is not None and day == line.billed_from:
        off = min(charge, line.first_discount.off(charge))
    return Prepaid(span, whole, charge, off, day)


def prepaid_on(line: Line, day: date, basis: Basis) -> Prepaid | None:
    """The bill that pays for a line's day, or None where none does.

    Args:
        line: A recurring line.
        day: The day.
        basis: How days are counted.
    """
    whole = period_holding(line.period, line.anchor, day)
    bill_day = max(line.billed_from, whole.start)
    paid = days_between(bill_day, min(whole.end, line.until))
    if bill_day < line.billed_to and paid is not None and day in paid:
        return billed_on(line, bill_day, whole, basis)
    ahead = line.ahead
    if ahead is None or day not in ahead.days:
        return None
    nothing = Money.zero(ahead.money.currency)
    return Prepaid(ahead.days, whole, ahead.money, nothing, ahead.days.start, is_regular=False)


def credit_for_unused(
    contract: Contract, line: Line, unused_from: date
) -> tuple[Reckoning, Prepaid] | None:
    """Credit the days of a bill from a day on, never more than was paid for them.

    Reckoned on the original bill: at the line's price where that was paid, else on what was
    paid. What is used is the rest, so used and credited make the original to the cent. The bill
    of that very day is not made out any more: there is nothing of it to credit.

    Args:
        contract: Says how days are counted.
        line: A recurring line.
        unused_from: First day that is not used.

    Source: docs/domain/money.md, "Credits".
    """
    basis = contract.basis
    prepaid = prepaid_on(line, unused_from, basis)
    if prepaid is None or (prepaid.is_regular and prepaid.billed_on == unused_from):
        return None
    unused = Days(unused_from, prepaid.span.end)
    row = row_of(
        ReckoningKind.CREDIT,
        unused,
        prepaid.whole,
        Priced(line.price, line.spoken, line.period),
        basis=basis,
        most=_most(line, prepaid, unused, basis),
    )
    return row, prepaid


def _most(line: Line, prepaid: Prepaid, unused: Days, basis: Basis) -> Money:
    """What the unused days were paid with, where less than their price was paid."""
    if prepaid.paid >= prorated(line.price, prepaid.span, prepaid.whole, basis):
        return prepaid.paid
    days = counted(prepaid.span, basis)
    return share_of(prepaid.paid, counted(unused, basis), days) if days else prepaid.paid
