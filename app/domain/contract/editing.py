"""Edits of a contract's products: which lines end, and which begin in their place."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction
from typing import Final
from uuid import UUID

from app.domain.contract.change import LineEdit
from app.domain.contract.errors import (
    FieldUnfit,
    NothingChanges,
    PriceMissing,
    ProductNotOnContract,
    QuantityInvalid,
    at_line,
)
from app.domain.contract.line import Line, LineKind
from app.domain.contract.model import Contract
from app.domain.errors import CurrenciesDiffer
from app.domain.period import BillingPeriod, Days

NewId = Callable[[str], UUID]
"""Makes the id of a product's new line: the same whenever the change is reckoned again."""

_A_YEAR: Final = {
    BillingPeriod.WEEK: Fraction(365, 7),
    BillingPeriod.MONTH: Fraction(12),
    BillingPeriod.QUARTER: Fraction(4),
    BillingPeriod.YEAR: Fraction(1),
}


@dataclass(frozen=True, slots=True)
class Replaced:
    """One product before and after; one of the two is there.

    Args:
        product: Its key.
        old: Its line before; None where it is new.
        new: Its line after; None where it ends.
        is_discounted: Whether it gets a discount that it did not have.
    """

    product: str
    old: Line | None
    new: Line | None
    is_discounted: bool = False


def edited(
    contract: Contract,
    lines: Sequence[Line],
    edits: Sequence[LineEdit],
    days: Days,
    new_id: NewId,
    later: Mapping[str, date] | None = None,
    billed_from: date | None = None,
) -> tuple[Replaced, ...]:
    """Apply edits to the lines in force: product by product, what ends and what begins.

    Args:
        contract: Gives its currency and billing to products that are new.
        lines: In force on the first of the days.
        edits: One for each product concerned.
        days: On which the new lines are in force.
        new_id: Makes ids.
        later: When the next line of a product begins, where it has one: a new one ends there.
        billed_from: The first day whose bill has the new lines.

    Raises:
        FieldUnfit: An edit names a product twice.
        NothingChanges: An edit leaves its product as it is.
        ProductNotOnContract: A product to alter is not there.
        PriceMissing: A new product has no price.
        QuantityInvalid: Fewer units than none would be left.
        CurrenciesDiffer: A price is in another currency than the contract.
    """
    standing = {line.product: line for line in lines}
    replaced: dict[str, Replaced] = {}
    for at, edit in enumerate(edits):
        free = replace(days, end=min(days.end, (later or {}).get(edit.product, days.end)))
        with at_line(at):
            if edit.product in replaced:
                raise FieldUnfit(
                    f"{edit.product} is named twice: one entry a product.", pointer="/product"
                )
            _refuse_other_currency(contract, edit)
            old = standing.get(edit.product)
            replaced[edit.product] = (
                _begun(contract, edit, free, new_id)
                if old is None
                else _altered(old, edit, free, new_id, billed_from)
            )
    return tuple(replaced.values())


def carried(line: Line, days: Days, line_id: UUID, billed_from: date | None = None) -> Line:
    """A line on new days, up to its own end: what came off its first bill came off once.

    Args:
        line: The line before.
        days: Its new ones.
        line_id: Of the new line.
        billed_from: The first day whose bill has it; what is still to come off goes along.
    """
    days = replace(days, end=min(days.end, line.until))
    is_to_come = billed_from is not None and billed_from <= line.billed_from < line.billed_to
    return replace(
        line,
        id=line_id,
        days=days,
        billed_from=days.start,
        billed_to=days.end,
        until=days.end,
        discount=line.discount if is_to_come else line.lasting_discount,
        ahead=None,
    )


def deepest_discount(replaced: Iterable[Replaced]) -> Fraction | None:
    """The greatest part of a price that a new discount takes off, or None."""
    return max(
        (
            each.new.discount.share_of(each.new.gross)
            for each in replaced
            if each.is_discounted and each.new is not None and each.new.discount is not None
        ),
        default=None,
    )


def a_year(lines: Iterable[Line]) -> Fraction:
    """What recurring lines cost a year, in minor units, to compare."""
    return sum(
        (line.price.minor * _A_YEAR[line.period] for line in lines if line.is_recurring),
        Fraction(0),
    )


def _refuse_other_currency(contract: Contract, edit: LineEdit) -> None:
    discount = edit.discount.amount if edit.discount else None
    for money, pointer in ((edit.unit_price, "/unit_price"), (discount, "/discount/amount")):
        if money is not None and money.currency != contract.currency:
            raise CurrenciesDiffer(
                f"The contract is in {contract.currency}; {money} cannot be on it.",
                pointer=pointer,
                facts={"currencies": [contract.currency, money.currency]},
            )


def _begun(contract: Contract, edit: LineEdit, days: Days, new_id: NewId) -> Replaced:
    quantity = edit.quantity if edit.quantity is not None else edit.add
    if not quantity:
        raise ProductNotOnContract(
            f"The contract has no {edit.product} on {days.start}.", pointer="/product"
        )
    if edit.unit_price is None:
        raise PriceMissing(
            f"{edit.product} is new to the contract: its unit price is needed.",
            pointer="/unit_price",
        )
    new = Line(
        id=new_id(edit.product),
        product=edit.product,
        title=edit.title or edit.product,
        quantity=quantity,
        unit_price=edit.unit_price,
        kind=edit.kind or LineKind.RECURRING,
        period=contract.period,
        anchor=contract.anchor,
        days=days,
        billed_from=days.start,
        billed_to=days.end,
        until=days.end,
        discount=edit.discount,
    )
    return Replaced(edit.product, None, new, edit.discount is not None)


def _altered(
    old: Line, edit: LineEdit, days: Days, new_id: NewId, billed_from: date | None
) -> Replaced:
    quantity = edit.quantity
    if quantity is None:
        quantity = old.quantity + (edit.add or 0)
    if quantity < 0:
        raise QuantityInvalid(
            f"There are {old.quantity:,} of {old.title}: fewer than none cannot be left.",
            pointer="/quantity" if edit.add is None else "/add",
        )
    if quantity == 0:
        return Replaced(edit.product, old, None)
    kept = carried(old, days, new_id(edit.product), billed_from)
    new = replace(
        kept,
        quantity=quantity,
        unit_price=edit.unit_price or old.unit_price,
        title=edit.title or old.title,
        discount=kept.discount if edit.keeps_discount else edit.discount,
    )
    is_discounted = new.discount is not None and new.discount != kept.discount
    if new == kept:
        raise NothingChanges(f"{old.title} would stay as it is: {old.spoken}.")
    return Replaced(edit.product, old, new, is_discounted)
