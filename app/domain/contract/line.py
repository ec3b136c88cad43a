"""A line of a contract: a product, how much of it, at what price, on which days."""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from typing import Final
from uuid import UUID

from app.domain.contract.errors import LineInvalid, QuantityInvalid
from app.domain.money import Money, rounded, times
from app.domain.period import Anchor, BillingPeriod, Days

MOST_UNITS: Final = 1_000_000_000
_HUNDRED: Final = Decimal(100)
_PLACES: Final = 4


class LineKind(StrEnum):
    """Whether a line is billed every period, or once."""

    RECURRING = "recurring"
    ONE_TIME = "one_time"


@dataclass(frozen=True, slots=True)
class Discount:
    """What is taken off a line's price.

    Args:
        percent: Above 0, at most 100, at most four decimals; or None.
        amount: Above zero, in the line's currency; or None. One of the two is given.
        once: A one-time discount: it comes off the line's first bill, and no renewal has it.
    """

    percent: Decimal | None
    amount: Money | None
    once: bool = False

    def __post_init__(self) -> None:
        if (self.percent is None) == (self.amount is None):
            raise LineInvalid("A discount is a percentage or an amount.", pointer="/discount")
        if self.percent is not None and not _is_percent(self.percent):
            raise LineInvalid(
                "A percentage is above 0 and at most 100, with at most four decimals.",
                pointer="/discount/percent",
            )
        if self.amount is not None and self.amount.minor <= 0:
            raise LineInvalid("A discount is above zero.", pointer="/discount/amount")

    def off(self, price: Money) -> Money:
        """What it takes off a price, rounded once."""
        if self.amount is not None:
            return self.amount
        return rounded(Fraction(price.amount) * self.share_of(price), price.currency)

    def share_of(self, price: Money) -> Fraction:
        """What part of a price it is, exactly; of nothing it is all."""
        if self.percent is not None:
            return Fraction(self.percent) / 100
        assert self.amount is not None
        return Fraction(self.amount.minor, price.minor) if price.minor else Fraction(1)

    def spoken(self) -> str:
        """In words: "10 %", "20.00 AUD"."""
        if self.amount is not None:
            return self.amount.spoken()
        text = f"{self.percent:f}"
        return f"{text.rstrip('0').rstrip('.') if '.' in text else text} %"


def _is_percent(percent: Decimal) -> bool:
    exponent = percent.as_tuple().exponent
    return (
        percent.is_finite()
        and 0 < percent <= _HUNDRED
        and isinstance(exponent, int)
        and exponent >= -_PLACES
    )


@dataclass(frozen=True, slots=True)
class Ahead:
    """What was paid for a line's first days, up to its first regular bill.

    Args:
        days: From the day on which a change opened the line.
        money: What the client has paid for them: charged by the change, or left of the old line.
    """

    days: Days
    money: Money


@dataclass(frozen=True, slots=True)
class Line:
    """A product on a contract, on the days [from, to) on which it is in force.

    Args:
        id: Ours.
        product: Its key; at most one line of a product is in force on a day (C1).
        title: What sentences call it.
        quantity: Units, at least one.
        unit_price: Of one unit for one billing period, or once.
        kind: `recurring` or `one_time`.
        period: How often it is billed.
        anchor: When.
        days: On which it is in force.
        billed_from: Its first bill falls on this day, and the others on the bill days after it.
        billed_to: No bill on this day or later; not after `billed_from` where none falls at all.
        until: The end that was planned when it began; a bill pays no further.
        discount: What is taken off; None where nothing is.
        ahead: What was paid for days before the first bill; None where nothing was.
        price: All units for one period, recurring discount taken off.
    """

    id: UUID
    product: str
    title: str
    quantity: int
    unit_price: Money
    kind: LineKind
    period: BillingPeriod
    anchor: Anchor
    days: Days
    billed_from: date
    billed_to: date
    until: date
    discount: Discount | None = None
    ahead: Ahead | None = None
    price: Money = field(init=False, compare=False)

    def __post_init__(self) -> None:
        if not 0 < self.quantity <= MOST_UNITS:
            raise QuantityInvalid(
                f"A line has from 1 to {MOST_UNITS:,} units.", pointer="/quantity"
            )
        if self.unit_price.minor < 0:
            raise LineInvalid("A unit's price is not below zero.", pointer="/unit_price")
        price = self.gross
        if self.discount is not None:
            off = self.discount.off(price)  # raises where the currencies differ
            if off > price:
                raise LineInvalid(
                    f"{off.spoken()} cannot come off {price.spoken()}.", pointer="/discount"
                )
            if not self.discount.once or self.kind is LineKind.ONE_TIME:
                price -= off
        object.__setattr__(self, "price", price)

    @property
    def gross(self) -> Money:
        """All units for one period, before any discount."""
        return times(self.unit_price, self.quantity)

    @property
    def is_recurring(self) -> bool:
        """Whether it is billed every period."""
        return self.kind is LineKind.RECURRING

    @property
    def spoken(self) -> str:
        """What sentences call it: "150 x Seats", or "Growth plan" where it is one."""
        return self.title if self.quantity == 1 else f"{self.quantity:,} x {self.title}"

    @property
    def first_discount(self) -> Discount | None:
        """The discount that comes off the first bill and no other."""
        once = self.discount is not None and self.discount.once and self.is_recurring
        return self.discount if once else None

    @property
    def lasting_discount(self) -> Discount | None:
        """The discount that a line in its place still has: what came off once is gone."""
        return None if self.discount is not None and self.discount.once else self.discount
