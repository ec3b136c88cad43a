"""Decision tables: ordered rows of cells, the first that fits decides; and what a table misses."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from functools import reduce
from itertools import pairwise, product
from math import ceil, floor, prod
from operator import and_

from app.domain.playbook.condition import Domain, FigureMissing, Kind, Known, number

MOST_CASES = 20_000
"""How many cases a table is tried with at most; a larger one is split in two."""


@dataclass(frozen=True, slots=True)
class Between:
    """Numbers from one bound to another; None has no end on that side."""

    low: Fraction | None = None
    high: Fraction | None = None
    low_in: bool = True
    high_in: bool = True


@dataclass(frozen=True, slots=True)
class AnyOf:
    """One of these values: of a choice, or true and false."""

    values: frozenset[str | bool]


Cell = Between | AnyOf | None
"""None takes every value."""


class Hits(StrEnum):
    """Whether several rows may fit one case."""

    FIRST = "first"
    UNIQUE = "unique"


@dataclass(frozen=True, slots=True)
class Row:
    """Cells in the order of the table's columns, and what follows: outcome values by name."""

    cells: tuple[Cell, ...]
    then: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class DecisionTable:
    """Which outcome a case has; `asks` names the figures of its columns."""

    key: str
    title: str
    asks: tuple[str, ...]
    rows: tuple[Row, ...]
    hits: Hits = Hits.FIRST

    @property
    def outcomes(self) -> Mapping[str, tuple[str, ...]]:
        """Every value that each outcome can have, in the order of the rows."""
        names = dict.fromkeys(name for row in self.rows for name in row.then)
        return {
            name: tuple(dict.fromkeys(row.then[name] for row in self.rows if name in row.then))
            for name in names
        }


def decide(table: DecisionTable, figures: Mapping[str, Known | None]) -> Mapping[str, str]:
    """The outcome of the first row that fits.

    Args:
        table: Without gaps over the domains of its columns.
        figures: By name; every column's must be known.

    Raises:
        FigureMissing: One is not known.

    Source: docs/playbooks.md, "Decision tables".
    """
    case: list[Known] = []
    for name in table.asks:
        found = figures.get(name)
        if found is None:
            raise FigureMissing(
                f"{table.title} cannot be decided: {name} is not known.", facts={"figure": name}
            )
        case.append(found)
    return next(row.then for row in table.rows if _fits(row, case))


@dataclass(frozen=True, slots=True)
class TableFault:
    """What is wrong with a table; `row` is None where it is the whole."""

    row: int | None
    message: str


def table_faults(table: DecisionTable, domains: Mapping[str, Domain]) -> Iterator[TableFault]:
    """Gaps, overlaps and rows that are never reached, over the domains of the columns.

    Every column is cut where its cells cut it, and each combination is tried once: for numbers
    every bound and a value between any two, so that nothing lies between the cases tried.

    Args:
        table: Its cells fit the kinds of their columns.
        domains: Of its columns, each a number, a choice, or true and false.
    """
    columns = [
        _cases(domains[name], [row.cells[at] for row in table.rows])
        for at, name in enumerate(table.asks)
    ]
    if prod(len(cases) for cases in columns) > MOST_CASES:
        yield TableFault(None, f"has more than {MOST_CASES:,} cases; expected two smaller tables")
        return
    reached: set[int] = set()
    overlap: tuple[int, int, str] | None = None
    for case, fitting in _tried(table, columns):
        if not fitting:
            yield TableFault(None, f"no row fits {_spoken(table, case)}")
            return
        first = _lowest(fitting)
        reached.add(first)
        if overlap is None and (others := fitting & (fitting - 1)):
            overlap = (first, _lowest(others), _spoken(table, case))
    for at in sorted(set(range(len(table.rows))) - reached):
        yield TableFault(at, "is never reached: the rows above it take every case")
    if table.hits is Hits.UNIQUE and overlap is not None:
        above, below, example = overlap
        yield TableFault(below, f"overlaps row {above + 1}: both fit {example}")


def _lowest(bits: int) -> int:
    return (bits & -bits).bit_length() - 1


def _tried(
    table: DecisionTable, columns: list[tuple[Known, ...]]
) -> Iterator[tuple[tuple[Known, ...], int]]:
    """Each case with the rows that fit it, as bits: each cell is compared once for its value."""
    masks = [
        [
            (value, sum(_takes(row.cells[at], value) << bit for bit, row in enumerate(table.rows)))
            for value in values
        ]
        for at, values in enumerate(columns)
    ]
    for combined in product(*masks):
        yield tuple(value for value, _ in combined), reduce(and_, (mask for _, mask in combined))


def _fits(row: Row, case: list[Known]) -> bool:
    return all(_takes(cell, value) for cell, value in zip(row.cells, case, strict=True))


def _takes(cell: Cell, value: Known) -> bool:
    if cell is None:
        return True
    if isinstance(cell, AnyOf):
        return value in cell.values
    at = Fraction(value)  # type: ignore[arg-type]  # the column is a number
    above = cell.low is None or at > cell.low or (cell.low_in and at == cell.low)
    below = cell.high is None or at < cell.high or (cell.high_in and at == cell.high)
    return above and below


def _cases(domain: Domain, cells: list[Cell]) -> tuple[Known, ...]:
    if domain.kind is Kind.YES_NO:
        return (True, False)
    if domain.kind is Kind.CHOICE:
        return domain.values
    bounds = {domain.low, domain.high}
    for cell in cells:
        if isinstance(cell, Between):
            bounds |= {cell.low, cell.high}
    points = sorted(bound for bound in bounds if bound is not None) or [Fraction(0)]
    tried = {*points, points[0] - 1, points[-1] + 1}
    if domain.whole:
        steps = {
            step for at in points for step in (floor(at) - 1, floor(at), ceil(at), ceil(at) + 1)
        }
        tried |= {Fraction(step) for step in steps}
    else:
        tried |= {(low + high) / 2 for low, high in pairwise(points)}
    return tuple(at for at in sorted(tried) if _within(at, domain))


def _within(at: Fraction, domain: Domain) -> bool:
    if domain.whole and at.denominator != 1:
        return False
    return (domain.low is None or at >= domain.low) and (domain.high is None or at <= domain.high)


def _spoken(table: DecisionTable, case: tuple[Known, ...]) -> str:
    parts = (
        f"{name} {number(value) if isinstance(value, Fraction) else str(value).lower()}"
        for name, value in zip(table.asks, case, strict=True)
    )
    return ", ".join(parts)
