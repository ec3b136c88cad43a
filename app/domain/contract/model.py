"""A contract: its term, its billing, how it renews, and the lines on it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from itertools import pairwise
from typing import Final
from uuid import UUID

from app.domain.contract.errors import LineOutsideTerm, LinesMissing, LinesOverlap
from app.domain.contract.line import Line
from app.domain.day_count import Basis
from app.domain.errors import CurrenciesDiffer
from app.domain.period import Anchor, BillingPeriod, Days, months_after

OPEN_END: Final = date(9999, 12, 31)
"""The end of a contract of which nobody has said when it ends."""


class RenewalTerms(StrEnum):
    """What happens at a contract's end."""

    AUTOMATIC = "automatic"
    MANUAL = "manual"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Contract:
    """What a client has signed.

    Args:
        id: Ours.
        client_id: Whose it is.
        currency: Of every line.
        period: How often it is billed, in advance.
        anchor: When.
        term: As signed: the end never moves.
        ends_on: First day that is not served any more: the term's end, or earlier where a
            termination or a recast is in force.
        renewal: What happens at the end.
        notice_days: How many days before it ends a termination has to be given.
        basis: How the days of its reckonings are counted.
        term_day: The day of the month on which its terms begin, where one had to fall back.
        order_ref: The agreement it came from.
        predecessor_id: The contract that it follows.
        successor_id: The contract that follows it.
        unpaid_from: Bills of this day or later are known to be unpaid: credits for their days
            are held. None where all are paid.
        is_terminated: Whether a termination is in force: nothing renews it.
    """

    id: UUID
    client_id: UUID
    currency: str
    period: BillingPeriod
    anchor: Anchor
    term: Days
    ends_on: date
    renewal: RenewalTerms = RenewalTerms.MANUAL
    notice_days: int = 0
    basis: Basis = Basis.ACTUAL_DAYS
    term_day: int | None = None
    order_ref: str | None = None
    predecessor_id: UUID | None = None
    successor_id: UUID | None = None
    unpaid_from: date | None = None
    is_terminated: bool = False

    @property
    def is_open_ended(self) -> bool:
        """Whether nobody has said when it ends."""
        return self.term.end == OPEN_END


@dataclass(frozen=True, slots=True)
class Standing:
    """A contract with its lines, as facts have made it; what every decision starts from.

    Args:
        contract: The contract.
        lines: Every line that was ever in force, or is to be.
    """

    contract: Contract
    lines: tuple[Line, ...]

    def on(self, day: date) -> tuple[Line, ...]:
        """The lines in force on a day."""
        return tuple(line for line in self.lines if day in line.days)


def next_term(contract: Contract, months: int | None = None) -> Days:
    """The term that follows: as long as the old one, from the day after its last.

    Whole months stay whole months, on the day of the month on which the first term began.

    Args:
        contract: The contract that ends.
        months: Another length.

    Source: docs/domain/contracts.md, "Renewals".
    """
    term = contract.term
    day = contract.term_day or term.start.day
    if months_after(term.end, 0, day_of_month=day) != term.end:
        day = term.end.day  # the term ended on another day of the month: what follows keeps that
    length = months or months_of(term, contract.term_day)
    if length is None:
        return Days(term.end, term.end + (term.end - term.start))
    return Days(term.end, months_after(term.end, length, day_of_month=day))


def months_of(term: Days, day_of_month: int | None = None) -> int | None:
    """A term's length in whole months; None where it is another number of days."""
    day = day_of_month or term.start.day
    months = (term.end.year - term.start.year) * 12 + term.end.month - term.start.month
    # A term that begins on another day of the month is some number of days, wherever it ends.
    begins = months_after(term.start, 0, day_of_month=day) == term.start
    fits = begins and months > 0 and months_after(term.start, months, day_of_month=day) == term.end
    return months if fits else None


def checked(contract: Contract, lines: Sequence[Line]) -> Standing:
    """A contract with its lines, if they can be: one currency, inside the term, no overlap.

    Raises:
        LinesMissing: There is no line.
        CurrenciesDiffer: A line is in another currency than the contract.
        LineOutsideTerm: A line is in force before the contract starts, or after its end.
        LinesOverlap: Two lines of one product are in force on one day.

    Source: docs/domain/contracts.md, C1.
    """
    if not lines:
        raise LinesMissing("A contract has at least one line.", pointer="/lines")
    for at, line in enumerate(lines):
        if line.price.currency != contract.currency:
            raise CurrenciesDiffer(
                f"The contract is in {contract.currency}, a line in {line.price.currency}.",
                pointer=f"/lines/{at}/unit_price/currency",
                facts={"currencies": [contract.currency, line.price.currency]},
            )
        if line.days.start < contract.term.start or line.days.end > contract.term.end:
            raise LineOutsideTerm(
                f"{line.title} is in force from {line.days.start} up to {line.days.end}; the "
                f"contract runs from {contract.term.start} up to {contract.term.end}.",
                pointer=f"/lines/{at}",
            )
    ordered = sorted(lines, key=lambda line: (line.product, line.days.start))
    for one, other in pairwise(ordered):
        if one.product == other.product and other.days.start < one.days.end:
            raise LinesOverlap(
                f"{one.title} has two lines on {other.days.start}: one line of a product a day.",
                pointer="/lines",
                facts={"product": one.product, "on": str(other.days.start)},
            )
    return Standing(contract, tuple(lines))
