"""Money rows of a contract: a credit or a charge, with what it was reckoned on."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from uuid import UUID

from app.domain.money import Money
from app.domain.reckoning import Reckoning, ReckoningKind


class Purpose(StrEnum):
    """Why a row is there."""

    PERIOD = "period"
    ONE_TIME = "one_time"
    DISCOUNT = "discount"
    CHANGE = "change"
    ADJUSTMENT = "adjustment"
    STATED_CREDIT = "stated_credit"


@dataclass(frozen=True, slots=True)
class MoneyRow:
    """A credit or a charge of a contract.

    Args:
        purpose: Why it is there.
        product: Whose line it is; empty for what concerns the contract.
        line_id: The line that it was reckoned on; None for what concerns the contract.
        due_on: The day of the bill that it is on.
        kind: Which way the money goes.
        money: Not negative.
        reckoning: How it came about; None for what was stated, or is billed once.
        sentence: All this in words.
        is_held: A credit for days of a bill that is not paid: it counts when that is.
    """

    purpose: Purpose
    product: str
    line_id: UUID | None
    due_on: date
    kind: ReckoningKind
    money: Money
    reckoning: Reckoning | None
    sentence: str
    is_held: bool = False


def row_from(
    reckoning: Reckoning,
    purpose: Purpose,
    product: str,
    line_id: UUID | None,
    due_on: date,
    *,
    is_held: bool = False,
) -> MoneyRow:
    """A reckoning as a row of a bill.

    Args:
        reckoning: With its money: contracts know every price.
        purpose: Why it is there.
        product: Whose line it is.
        line_id: The line that it was reckoned on.
        due_on: The day of the bill.
        is_held: Whether it waits for the bill that it credits to be paid.
    """
    assert reckoning.money is not None
    held = "; held until that bill is paid" if is_held else ""
    return MoneyRow(
        purpose,
        product,
        line_id,
        due_on,
        reckoning.kind,
        reckoning.money,
        reckoning,
        f"{reckoning.sentence}{held}.",
        is_held,
    )


def net(rows: Iterable[MoneyRow], currency: str) -> Money:
    """Charges less credits, those that are held left out: below zero in the client's favour."""
    total = 0
    for row in rows:
        if not row.is_held:
            total += row.money.minor if row.kind is ReckoningKind.CHARGE else -row.money.minor
    return Money.from_minor(total, currency)
