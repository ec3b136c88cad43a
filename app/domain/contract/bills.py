"""The bills of a contract: its lines on their bill days, and what its changes add to them."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from app.domain.contract.line import Line
from app.domain.contract.model import Contract, Standing
from app.domain.contract.prepaid import Prepaid, billed_on
from app.domain.contract.rows import MoneyRow, Purpose, row_from
from app.domain.day_count import Basis
from app.domain.money import Money
from app.domain.period import Anchor, BillingPeriod, Days, period_holding
from app.domain.proration import Priced, row_of
from app.domain.reckoning import ReckoningKind

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
        is_foreseen: Whether it is of a renewal that comes by itself, and is not made yet.
    """

    due_on: date
    rows: tuple[MoneyRow, ...]
    charges: Money
    credits: Money
    credit_used: Money
    credit_left: Money
    total: Money
    is_foreseen: bool = False


@dataclass(slots=True)
class _Day:
    """What falls on a day: sums in minor units, and what its rows are made of."""

    charges: int = 0
    credits: int = 0
    lines: list[tuple[Line, Days | None]] = field(default_factory=list)
    rows: list[MoneyRow] = field(default_factory=list)

    def add(self, row: MoneyRow) -> None:
        self.rows.append(row)
        if row.kind is ReckoningKind.CHARGE:
            self.charges += row.money.minor
        else:
            self.credits += row.money.minor


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
    days: defaultdict[date, _Day] = defaultdict(_Day)
    for row in rows:
        # A price that was to begin after the contract's end never begins.
        is_void = row.purpose is Purpose.CHANGE and row.due_on > standing.contract.ends_on
        if not row.is_held and not row.money.is_zero and not is_void:
            days[row.due_on].add(row)
    begin = _begin(days, account, start)
    for on in [on for on in days if on < begin]:
        del days[on]
    _bill_lines(standing, days, _Wanted(begin, start, count))
    found = []
    for bill in _folded(standing.contract, days, account, only, start):
        found.append(bill)
        if len(found) == count:
            break
    return tuple(found)


def _begin(days: Mapping[date, _Day], account: Sequence[Credited], start: date) -> date:
    """The day from which bills are reckoned: what lies before matters for its credit alone.

    A day whose changes charge more than they credit leaves none: its lines only add charges.
    """
    left = (on for on, day in days.items() if day.credits > day.charges)
    return min([start, *left, *(each.on for each in account)])


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


@dataclass(frozen=True, slots=True)
class _Wanted:
    """Which bills are reckoned: from `begin` on, `count` of each line from `start` on."""

    begin: date
    start: date
    count: int


def _bill_lines(standing: Standing, days: defaultdict[date, _Day], wanted: _Wanted) -> None:
    basis = standing.contract.basis
    series: dict[tuple[BillingPeriod, Anchor, date], list[Days]] = {}
    for line in standing.lines:
        minor = line.price.minor
        for on, whole in _bills_of(line, series, wanted):
            day = days[on]
            day.lines.append((line, whole))
            if whole is None or (line.billed_from < on and whole.end <= line.until):
                day.charges += minor
            else:
                bill = billed_on(line, on, whole, basis)
                day.charges += bill.charge.minor
                day.credits += bill.off.minor


def _bills_of(
    line: Line, series: dict[tuple[BillingPeriod, Anchor, date], list[Days]], wanted: _Wanted
) -> Iterator[tuple[date, Days | None]]:
    """The days on which a line is billed, with the period that begins then, or has begun."""
    first, end = line.billed_from, min(line.billed_to, line.until)
    if not line.is_recurring:
        if wanted.begin <= first < end:
            yield first, None
        return
    begin = max(first, wanted.begin)
    if end <= begin:
        return
    key = (line.period, line.anchor, begin)
    if (wholes := series.get(key)) is None:
        # Lines that begin together share it, up to where the last of them can end.
        wholes = series[key] = [period_holding(*key)]
    seen = at = 0
    while seen < wanted.count:
        if at == len(wholes):
            wholes.append(period_holding(line.period, line.anchor, wholes[-1].end))
        on = max(wholes[at].start, first)
        if on >= end:
            return
        if on >= begin:
            yield on, wholes[at]
            seen += on >= wanted.start
        at += 1


def _folded(
    contract: Contract,
    days: Mapping[date, _Day],
    account: Sequence[Credited],
    only: frozenset[str] | None,
    start: date,
) -> Iterator[ContractBill]:
    incoming = sorted(account, key=lambda each: each.on)
    left = 0
    for on in sorted(days):
        day = days[on]
        while incoming and incoming[0].on <= on:
            left += incoming.pop(0).money.minor
        net = day.charges - day.credits
        used = min(left, max(net, 0))
        left += max(-net, 0) - used
        if on < start:
            continue
        sums = (day.charges, day.credits, used, left, max(net, 0) - used)
        rows = tuple(_rows(on, day, contract.basis, only))
        money = [Money.from_minor(each, contract.currency) for each in sums]
        yield ContractBill(on, rows, money[0], money[1], money[2], money[3], money[4])


def _rows(on: date, day: _Day, basis: Basis, only: frozenset[str] | None) -> Iterator[MoneyRow]:
    for line, whole in day.lines:
        if only is None or line.product in only:
            bill = billed_on(line, on, whole, basis) if whole else None
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
