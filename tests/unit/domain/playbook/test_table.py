"""Decision tables: which row decides, and gaps, overlaps and rows that are never reached."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.playbook.condition import Domain, FigureMissing, Kind
from app.domain.playbook.table import (
    AnyOf,
    Between,
    Cell,
    DecisionTable,
    Hits,
    Row,
    TableFault,
    decide,
    table_faults,
)

NUMBER = Domain(Kind.NUMBER, (), Fraction(0))
SCORE = Domain(Kind.NUMBER, (), Fraction(0), Fraction(100), whole=True)
REGION = Domain(Kind.CHOICE, ("eu", "uk", "us"))
YES_NO = Domain(Kind.YES_NO)
HALF = Fraction(119, 2)


def any_of(*values: str | bool) -> AnyOf:
    return AnyOf(frozenset(values))


def between(low: int, high: int) -> Between:
    return Between(Fraction(low), Fraction(high))


def below(bound: int) -> Between:
    return Between(None, Fraction(bound), high_in=False)


def above(bound: int) -> Between:
    return Between(Fraction(bound), None, low_in=False)


def at_least(bound: int) -> Between:
    return Between(Fraction(bound))


def table(asks: tuple[str, ...], *rows: tuple[Cell, ...], hits: Hits = Hits.FIRST) -> DecisionTable:
    return DecisionTable(
        "route",
        "The route",
        asks,
        tuple(Row(cells, {"route": f"row_{at}"}) for at, cells in enumerate(rows, 1)),
        hits,
    )


ROUTE = table(
    ("score", "region"), (at_least(80), any_of("eu", "uk")), (at_least(80), None), (None, None)
)


@pytest.mark.parametrize(
    ("score", "region", "row"),
    [(80, "eu", "row_1"), (Decimal(100), "us", "row_2"), (79, "eu", "row_3"), (0, "us", "row_3")],
)
def test_the_first_row_that_fits_decides(score: int | Decimal, region: str, row: str) -> None:
    assert decide(ROUTE, {"score": score, "region": region}) == {"route": row}


@pytest.mark.parametrize(
    ("value", "row"),
    [("4999.99", "row_1"), ("5000", "row_2"), ("25000", "row_2"), ("25000.000001", "row_3")],
)
def test_a_bound_belongs_to_the_row_that_says_so(value: str, row: str) -> None:
    budget = table(("budget",), (below(5000),), (between(5000, 25_000),), (above(25_000),))

    assert decide(budget, {"budget": Decimal(value)}) == {"route": row}


def test_true_and_false_are_told_apart() -> None:
    new = table(("new",), (any_of(True),), (any_of(False),))

    assert [decide(new, {"new": each})["route"] for each in (True, False)] == ["row_1", "row_2"]


def test_a_table_is_not_asked_before_its_figures_are_known() -> None:
    with pytest.raises(FigureMissing) as refused:
        decide(ROUTE, {"score": 80, "region": None})

    assert refused.value.detail == "The route cannot be decided: region is not known."
    assert refused.value.facts == {"figure": "region"}


def test_outcomes_are_listed_in_the_order_of_the_rows() -> None:
    rows = (
        Row((None,), {"role": "rep", "speed": "fast"}),
        Row((None,), {"role": "sdr", "speed": "fast"}),
        Row((None,), {"role": "rep"}),
    )

    outcomes = DecisionTable("t", "T", ("x",), rows).outcomes

    assert outcomes == {"role": ("rep", "sdr"), "speed": ("fast",)}


def faults(one: DecisionTable, **domains: Domain) -> list[tuple[int | None, str]]:
    assert all(isinstance(each, TableFault) for each in table_faults(one, domains))
    return [(each.row, each.message) for each in table_faults(one, domains)]


@pytest.mark.parametrize(
    ("domain", "rows"),
    [
        (SCORE, [(between(0, 59),), (between(60, 79),), (between(80, 100),)]),
        (SCORE, [(at_least(80),), (below(80),)]),
        (NUMBER, [(below(5000),), (at_least(5000),)]),
        # No whole number lies at 59.5, which neither row takes.
        (SCORE, [(Between(None, HALF, high_in=False),), (Between(HALF, None, low_in=False),)]),
        (Domain(Kind.NUMBER), [(None,)]),
        (Domain(Kind.NUMBER), [(above(0),), (Between(None, Fraction(0)),)]),
        (REGION, [(any_of("eu"),), (any_of("uk", "us"),)]),
        (YES_NO, [(any_of(True),), (any_of(False),)]),
    ],
)
def test_a_table_that_decides_every_case_once_has_no_faults(
    domain: Domain, rows: list[tuple[Cell, ...]]
) -> None:
    assert faults(table(("x",), *rows, hits=Hits.UNIQUE), x=domain) == []


@pytest.mark.parametrize(
    ("domain", "rows", "message"),
    [
        # Whole points have nothing between 79 and 80; an amount has.
        (NUMBER, [(between(0, 79),), (at_least(80),)], "no row fits x 79.5"),
        (NUMBER, [(below(80),), (above(80),)], "no row fits x 80"),
        (SCORE, [(between(0, 59),), (between(61, 100),)], "no row fits x 60"),
        (SCORE, [(between(0, 99),)], "no row fits x 100"),
        (Domain(Kind.NUMBER), [(at_least(0),)], "no row fits x -1"),
        (REGION, [(any_of("eu", "us"),)], "no row fits x uk"),
        (YES_NO, [(any_of(True),)], "no row fits x false"),
    ],
)
def test_a_gap_is_named_with_a_case_that_falls_into_it(
    domain: Domain, rows: list[tuple[Cell, ...]], message: str
) -> None:
    assert faults(table(("x",), *rows), x=domain) == [(None, message)]


def test_a_gap_between_two_columns_is_found() -> None:
    gap = table(("score", "region"), (at_least(80), None), (below(80), any_of("eu", "uk")))

    assert faults(gap, score=SCORE, region=REGION) == [(None, "no row fits score 0, region us")]


def test_a_row_that_those_above_it_take_every_case_of_is_named() -> None:
    hidden = table(("x",), (at_least(60),), (at_least(80),), (None,))

    message = "is never reached: the rows above it take every case"
    assert faults(hidden, x=SCORE) == [(1, message)]


def test_an_overlap_is_a_fault_only_where_one_row_alone_may_fit() -> None:
    rows = ((at_least(60),), (Between(None, Fraction(60)),))

    assert faults(table(("x",), *rows), x=SCORE) == []
    assert faults(table(("x",), *rows, hits=Hits.UNIQUE), x=SCORE) == [
        (1, "overlaps row 1: both fit x 60")
    ]


def test_a_table_of_too_many_cases_is_not_tried() -> None:
    rows = tuple((between(at, at), between(at, at)) for at in range(0, 400, 2))
    wide = Domain(Kind.NUMBER)

    assert faults(table(("a", "b"), *rows), a=wide, b=wide) == [
        (None, "has more than 20,000 cases; expected two smaller tables")
    ]


CELLS = st.one_of(
    st.none(),
    st.builds(
        Between,
        st.one_of(st.none(), st.integers(-3, 3).map(Fraction)),
        st.one_of(st.none(), st.integers(-3, 3).map(Fraction)),
        st.booleans(),
        st.booleans(),
    ),
)


@given(cells=st.lists(CELLS, min_size=1, max_size=4), tenths=st.integers(-60, 60))
def test_what_has_no_gap_decides_every_number(cells: list[Cell], tenths: int) -> None:
    one = table(("x",), *((cell,) for cell in cells))
    gaps = [each for each in table_faults(one, {"x": Domain(Kind.NUMBER)}) if each.row is None]

    if not gaps:
        assert decide(one, {"x": Fraction(tenths, 10)})["route"].startswith("row_")
