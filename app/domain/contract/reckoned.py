"""The money of a change inside a term: what old lines give back, and what new ones cost."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from fractions import Fraction
from typing import Final

from app.domain.contract.change import LineEnd
from app.domain.contract.editing import Replaced
from app.domain.contract.line import Ahead, Line
from app.domain.contract.model import Contract
from app.domain.contract.prepaid import Prepaid, credit_for_unused, prepaid_on
from app.domain.contract.rows import MoneyRow, Purpose, row_from
from app.domain.day_count import Basis, counted
from app.domain.money import Money, rounded
from app.domain.period import Days, days_between, next_bill_day, period_holding
from app.domain.proration import Manner, Priced, prorated, row_of
from app.domain.reckoning import Reckoning, ReckoningKind, in_words, parts_of

_DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Settled:
    """One product's change with its money.

    Args:
        end: How the old line ends; None where there was none.
        new: The new line, with its first regular bill; None where the product ends.
        rows: What is billed on the day of the change.
    """

    end: LineEnd | None
    new: Line | None
    rows: tuple[MoneyRow, ...]


def settled(
    contract: Contract, change: Replaced, start: date, *, manner: Manner, grace_days: int
) -> Settled:
    """Reckon a product's change from a day on, within the billing period that holds it.

    On a bill day nothing is prorated: that day's bill follows the new state already.

    Args:
        contract: The contract.
        change: The product before and after.
        start: First day of the new price.
        manner: Which rows are made.
        grace_days: With the next bill so near, none is.

    Source: docs/domain/money.md, "A change inside a period".
    """
    either = change.new or change.old
    assert either is not None
    end = LineEnd(change.old.id, start) if change.old else None
    if not either.is_recurring:
        return _billed_once(change, start, end)
    whole = period_holding(either.period, either.anchor, start)
    left = _left_of(contract, change.old, start)
    if start == whole.start and left is None:
        new = replace(change.new, billed_from=start) if change.new else None
        return Settled(end, new, ())
    if whole.end - start <= timedelta(days=grace_days):
        manner = Manner.NONE
    rows = list(_rows(contract, change, start, whole, manner, left))
    new = _opened(change.new, start, whole, manner, rows, left) if change.new else None
    return Settled(end, new, tuple(rows))


def _billed_once(change: Replaced, start: date, end: LineEnd | None) -> Settled:
    """What is bought once is billed once: the units added, and nothing comes back."""
    new, old = change.new, change.old
    if new is None:
        return Settled(end, None, ())
    if old is not None and not is_billed(old, start):
        return Settled(end, replace(new, billed_from=old.billed_from, billed_to=new.days.end), ())
    more = new.price - (old.price if old else Money.zero(new.price.currency))
    # Its charge is the change's own row: no regular bill has it again.
    new = replace(new, billed_from=start, billed_to=start)
    if more.minor <= 0:
        return Settled(end, new, ())
    what = f"{new.spoken} instead of {old.spoken}" if old else new.spoken
    said = f"{what}, billed once: charge {more.spoken()}."
    row = MoneyRow(
        Purpose.ONE_TIME, new.product, new.id, start, ReckoningKind.CHARGE, more, None, said
    )
    return Settled(end, new, (row,))


def is_billed(line: Line, on: date) -> bool:
    """Whether what is bought once was billed before a day, by a bill or by a change's own row."""
    return line.billed_from < on or line.billed_to <= line.billed_from


_Left = tuple[Reckoning, Prepaid]


def _left_of(contract: Contract, old: Line | None, start: date) -> _Left | None:
    return credit_for_unused(contract, old, start) if old else None


def is_held(contract: Contract, prepaid: Prepaid) -> bool:
    """Whether the bill that a credit goes back to is known to be unpaid."""
    return contract.unpaid_from is not None and prepaid.billed_on >= contract.unpaid_from


def _rows(
    contract: Contract,
    change: Replaced,
    start: date,
    whole: Days,
    manner: Manner,
    left: _Left | None,
) -> Iterator[MoneyRow]:
    old, new = change.old, change.new
    if manner is Manner.FULL and old is not None and left is not None:
        credit, prepaid = left
        held = is_held(contract, prepaid)
        yield row_from(credit, Purpose.CHANGE, old.product, old.id, start, is_held=held)
    if new is None or manner is Manner.NONE:
        return
    price, name = new.price, new.spoken
    if manner is Manner.CHARGE_ONLY and old is not None and left is not None:
        price, name = new.price - old.price, f"{new.spoken} instead of {old.spoken}"
    if price.minor < 0 or (manner is Manner.CHARGE_ONLY and price.is_zero):
        return
    charge = row_of(
        ReckoningKind.CHARGE,
        Days(start, min(whole.end, new.until)),
        whole,
        Priced(price, name, new.period),
        basis=contract.basis,
    )
    yield row_from(charge, Purpose.CHANGE, new.product, new.id, start)


def _opened(
    new: Line, start: date, whole: Days, manner: Manner, rows: list[MoneyRow], left: _Left | None
) -> Line:
    """The new line: billed from the next bill day on, with what was paid for the days before."""
    charged = sum(row.money.minor for row in rows if row.kind is ReckoningKind.CHARGE)
    if manner is not Manner.FULL and left is not None and left[0].money is not None:
        charged += left[0].money.minor
    days = Days(start, min(whole.end, new.until))
    money = Money.from_minor(charged, new.price.currency)
    return replace(new, billed_from=whole.end, ahead=Ahead(days, money) if charged else None)


def settled_since(
    contract: Contract, change: Replaced, start: date, today: date, *, manner: Manner
) -> Settled:
    """Reckon a product's change that took effect before today: one adjustment for the days since.

    Bills that were made out stand as they are. The adjustment runs up to the next bill, over as
    many periods as that are, and is rounded once (C7).

    Args:
        contract: The contract.
        change: The product before and after.
        start: First day of the new price, in the past.
        today: The day on which the change is entered.
        manner: `full` makes a credit where the price falls; `charge_only` none; `none` no row.

    Source: docs/domain/contracts.md, C7.
    """
    either = change.new or change.old
    assert either is not None
    if not either.is_recurring:
        end = LineEnd(change.old.id, today) if change.old else None
        return _billed_once(change, today, end)
    free = next_bill_day(either.period, either.anchor, today + _DAY)
    span = Days(start, min(free, either.until))
    row, held = _adjustment(contract, change, span)
    falls = row.kind is ReckoningKind.CREDIT
    made = manner is Manner.FULL or (manner is Manner.CHARGE_ONLY and not falls)
    adjusted = row_from(
        row, Purpose.ADJUSTMENT, either.product, either.id, today, is_held=falls and held
    )
    rows = (adjusted,) if made else ()
    end = LineEnd(change.old.id, free) if change.old else None
    if change.new is None:
        return Settled(end, None, rows)
    whole = period_holding(either.period, either.anchor, today)
    current = Days(max(start, whole.start), span.end)
    worth = prorated(change.new.price, current, whole, contract.basis)
    # Where less than the old price was paid for these days, less is paid for the new line.
    short = _short(change.old, current, whole, contract.basis)
    paid = Money.from_minor(max(0, worth.minor - short.minor), worth.currency) if short else worth
    ahead = Ahead(current, paid) if made else None
    return Settled(end, replace(change.new, billed_from=free, ahead=ahead), rows)


def _price(line: Line | None) -> Fraction:
    return Fraction(line.price.amount) if line else Fraction(0)


def _paid(old: Line, days: Days, basis: Basis) -> tuple[Fraction, Prepaid | None]:
    """What was paid for days of one billing period, and by which bill."""
    prepaid = prepaid_on(old, days.start, basis)
    if prepaid is None:
        return Fraction(0), None
    of = counted(prepaid.span, basis)
    part = Fraction(min(counted(days, basis), of), of) if of else Fraction(1)
    return Fraction(prepaid.paid.amount) * part, prepaid


def _short(old: Line | None, days: Days, whole: Days, basis: Basis) -> Money | None:
    """How far less was paid for days than their price; None where it was paid in full."""
    if old is None:
        return None
    worth = prorated(old.price, days, whole, basis)
    paid = rounded(_paid(old, days, basis)[0], worth.currency)
    return worth - paid if paid < worth else None


def _adjustment(contract: Contract, change: Replaced, span: Days) -> tuple[Reckoning, bool]:
    """The difference over the days, no credit above what was paid; whether a bill is unpaid."""
    either, old, basis = change.new or change.old, change.old, contract.basis
    assert either is not None
    difference = _price(change.new) - _price(old)
    parts = parts_of(span, either.period, either.anchor)
    worth, held = Fraction(0), False
    for part in parts:
        moved = difference * _share(part.days, part.whole, basis)
        if old is not None:
            paid, bill = _paid(old, part.days, basis)
            moved = max(moved, -paid)
            held = held or (bill is not None and is_held(contract, bill))
        worth += moved
    kind = ReckoningKind.CHARGE if difference >= 0 else ReckoningKind.CREDIT
    money = rounded(abs(worth), contract.currency)
    price = rounded(abs(difference), contract.currency)
    days, of_days = counted(span, contract.basis), counted(parts[0].whole, contract.basis)
    was = change.old.spoken if change.old else "nothing"
    now = change.new.spoken if change.new else f"no {either.title}"
    about = (
        f"{days} days ({span.spoken()}) of {now} instead of {was}, a difference of "
        f"{price.spoken()} a {either.period}, up to the next bill,"
    )
    sentence = in_words(kind, about, money, is_one=False, fate=_SINCE)
    return Reckoning(kind, money, days, of_days, price, span, sentence), held


_SINCE: Final = ("are settled afterwards", "is settled afterwards")


def _share(days: Days, whole: Days, basis: Basis) -> Fraction:
    return Fraction(counted(days, basis), counted(whole, basis))


def unused_rows(contract: Contract, lines: tuple[Line, ...], on: date) -> tuple[MoneyRow, ...]:
    """Credit what is paid and not used of every recurring line, from a day on.

    Args:
        contract: The contract that ends.
        lines: In force on the day before, or on it.
        on: First day that is not served.

    Source: docs/domain/money.md, "Credits".
    """
    rows = []
    for line in lines:
        left = credit_for_unused(contract, line, on) if line.is_recurring else None
        if left is not None:
            held = is_held(contract, left[1])
            rows.append(row_from(left[0], Purpose.CHANGE, line.product, line.id, on, is_held=held))
    return tuple(rows)


def paid_and_unused(contract: Contract, lines: tuple[Line, ...], on: date) -> Money:
    """What the bills that hold a day were paid with: no credit is above it."""
    total = 0
    for line in lines:
        left = credit_for_unused(contract, line, on) if line.is_recurring else None
        total += left[1].paid.minor if left else 0
    return Money.from_minor(total, contract.currency)


def unpaid_on(contract: Contract, lines: tuple[Line, ...], on: date) -> bool:
    """Whether a bill that holds a day is known to be unpaid."""
    bills = (credit_for_unused(contract, line, on) for line in lines if line.is_recurring)
    return any(is_held(contract, left[1]) for left in bills if left)


def cut(line: Line, on: date, billed_to: date) -> Line | None:
    """A line that ends on a day; None where it was never in force."""
    days = days_between(line.days.start, min(on, line.days.end))
    return replace(line, days=days, billed_to=min(line.billed_to, billed_to)) if days else None
