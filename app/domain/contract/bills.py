"""The bills of a contract: its lines on their bill days, and what its changes add to them."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Final

from app.domain.contract.line import Line
from app.domain.contract.model import Standing
from app.domain.contract.prepaid import Prepaid, billed_on
from app.domain.contract.rows import MoneyRow, Purpose, row_from
from app.domain.day_count import Basis
from app.domain.money import Money
from app.domain.period import Anchor, BillingPeriod, Days, next_bill_day, period_holding
from app.domain.proration import Priced, row_of
from app.domain.reckoning import ReckoningKind

_DAY: Final = timedelta(days=1)
_IN_ADVANCE: Final = ("are billed in advance", "is billed in advance")


@dataclass(frozen=True, slots=True)
class Credited:
    """Money that was put on a contract's account, to go against its bills.

    Args:
        money: Above zero.
        on: The day from which it is there.
    """

    money: Money
    on: date


@dataclass(frozen=True, slots=True)
class ContractBill:
    """What a client is billed for a contract on a day.

    Args:
        due_on: The day.
        rows: Each with its reckoning; only of the products asked for, where some were.
        charges: All charges of the day.
        credits: All its credits.
        credit_used: What was taken from credit left by days before, or put on the account.
        credit_left: What is left of it afterwards.
        total: What is to be paid, never below zero: charges less credits less `credit_used`.
    """

    due_on: date
    rows: tuple[MoneyRow, ...]
    charges: Money
    credits: Money
    credit_used: Money
    credit_left: Money
    total: Money


@dataclass(slots=True)
class _Day:
    charges: int = 0
    credits: int = 0
    lines: list[tuple[Line, Prepaid | None]] = field(default_factory=list)
    rows: list[MoneyRow] = field(default_factory=list)


def bills(
    standing: Standing,
    rows: Sequence[MoneyRow],
    *,
    start: date,
    count: int,
    account: Sequence[Credited] = (),
    only: frozenset[str] | None = None,
) -> tuple[ContractBill, ...]:
    """The next bills of a contract, from a day on.

    A bill follows what is in force on its day. What a change comes to inside a period is billed
    on the change's own day. Credit that a bill does not use up stays for the next.

    Args:
        standing: The contract and its lines.
        rows: The money rows of its changes.
        start: First day of the bills wanted.
        count: How many at most.
        account: Credits that came from outside the contract.
        only: Products whose rows are wanted; None for all. Sums are always of everything.

    Source: docs/domain/money.md, "Bills".
    """
    counting = [row for row in rows if not row.is_held and not row.money.is_zero]
    # What lies before matters only for the credit that it left.
    credited = [row.due_on for row in counting if row.kind is ReckoningKind.CREDIT]
    begin = min([start, *credited, *(each.on for each in account)])
    days: defaultdict[date, _Day] = defaultdict(_Day)
    for row in counting:
        if row.due_on >= begin:
            days[row.due_on].rows.append(row)
    _bill_lines(standing, days, begin=begin, start=start, count=count)
    found = []
    for bill in _folded(standing.contract.currency, days, account, standing.contract.basis, only):
        if bill.due_on >= start:
            found.append(bill)
        if len(found) == count:
            break
    return tuple(found)


def credit_left(
    standing: Standing, rows: Sequence[MoneyRow], account: Sequence[Credited], *, on: date
) -> Money:
    """The credit that a contract's bills before a day have left over.

    Args:
        standing: The contract and its lines.
        rows: The money rows of its changes.
        account: Credits that came from outside the contract.
        on: The day; its own bill is not reckoned.
    """
    begin = min([on, *(row.due_on for row in rows), *(each.on for each in account)])
    past = bills(
        standing, rows, start=begin, count=(on - begin).days + 1, account=account, only=frozenset()
    )
    before = [bill for bill in past if bill.due_on < on]
    seen = before[-1].due_on if before else date.min
    left = before[-1].credit_left if before else Money.zero(standing.contract.currency)
    for each in account:
        if seen < each.on < on:
            left += each.money
    return left


def _bill_lines(
    standing: Standing, days: dict[date, _Day], *, begin: date, start: date, count: int
) -> None:
    periods: dict[tuple[date, BillingPeriod, Anchor], Days] = {}
    for line in standing.lines:
        for on in _bill_days_of(line, begin, start, count):
            if not line.is_recurring:
                days[on].lines.append((line, None))
                continue
            key = (on, line.period, line.anchor)
            if (whole := periods.get(key)) is None:
                whole = periods[key] = period_holding(line.period, line.anchor, on)
            bill = billed_on(line, on, whole, standing.contract.basis)
            days[on].lines.append((line, bill))


def _bill_days_of(line: Line, begin: date, start: date, count: int) -> Iterator[date]:
    first, end = line.billed_from, min(line.billed_to, line.until)
    if begin <= first < end:
        yield first
    if not line.is_recurring:
        return
    day = max(first + _DAY, begin)
    seen = int(first >= start)
    while seen < count and (day := next_bill_day(line.period, line.anchor, day)) < end:
        yield day
        seen += day >= start
        day += _DAY


def _folded(
    currency: str,
    days: dict[date, _Day],
    account: Sequence[Credited],
    basis: Basis,
    only: frozenset[str] | None,
) -> Iterator[ContractBill]:
    incoming = sorted(account, key=lambda each: each.on)
    left = 0
    for on in sorted(days):
        day = days[on]
        while incoming and incoming[0].on <= on:
            left += incoming.pop(0).money.minor
        charges, credited = _sums(day)
        net = charges - credited
        used = min(left, max(net, 0))
        left += max(-net, 0) - used
        sums = (charges, credited, used, left, max(net, 0) - used)
        rows = tuple(_rows(on, day, basis, only))
        yield ContractBill(on, rows, *(Money.from_minor(each, currency) for each in sums))


def _sums(day: _Day) -> tuple[int, int]:
    charges = credited = 0
    for line, bill in day.lines:
        charges += bill.charge.minor if bill else line.price.minor
        credited += bill.off.minor if bill else 0
    for row in day.rows:
        if row.kind is ReckoningKind.CHARGE:
            charges += row.money.minor
        else:
            credited += row.money.minor
    return charges, credited


def _rows(on: date, day: _Day, basis: Basis, only: frozenset[str] | None) -> Iterator[MoneyRow]:
    for line, bill in day.lines:
        if only is None or line.product in only:
            yield from _rows_of_line(line, on, bill, basis)
    yield from (row for row in day.rows if only is None or row.product in only)


def _rows_of_line(line: Line, on: date, bill: Prepaid | None, basis: Basis) -> Iterator[MoneyRow]:
    if bill is None:
        said = f"{line.spoken}, billed once: charge {line.price.spoken()}."
        yield MoneyRow(
            Purpose.ONE_TIME,
            line.product,
            line.id,
            on,
            ReckoningKind.CHARGE,
            line.price,
            None,
            said,
        )
        return
    charge = row_of(
        ReckoningKind.CHARGE,
        bill.span,
        bill.whole,
        Priced(line.price, line.spoken, line.period),
        basis=basis,
        fate=_IN_ADVANCE,
    )
    yield row_from(charge, Purpose.PERIOD, line.product, line.id, on)
    if line.first_discount is not None and not bill.off.is_zero:
        said = f"{line.first_discount.spoken()} off the first bill of {line.spoken}"
        yield MoneyRow(
            Purpose.DISCOUNT,
            line.product,
            line.id,
            on,
            ReckoningKind.CREDIT,
            bill.off,
            None,
            f"{said}: credit {bill.off.spoken()}.",
        )
