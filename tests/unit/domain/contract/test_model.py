"""Contracts: terms, and the lines that they can have."""

import pytest

from app.domain.contract.errors import LineOutsideTerm, LinesMissing, LinesOverlap
from app.domain.contract.model import OPEN_END, checked, months_of, next_term
from app.domain.errors import CurrenciesDiffer
from app.domain.period import Days
from tests.contracted import contract, day, days, line, standing


def test_lines_of_one_product_never_overlap() -> None:
    early, late = (
        line(span=days("2026-01-01", "2026-06-02")),
        line(span=days("2026-06-01", "2027-01-01")),
    )

    with pytest.raises(LinesOverlap) as refused:
        checked(contract(), [early, late])

    assert refused.value.facts == {"product": "seats", "on": "2026-06-01"}


def test_lines_may_follow_one_another_and_stand_beside_others() -> None:
    first, then = (
        line(span=days("2026-01-01", "2026-06-01")),
        line(span=days("2026-06-01", "2027-01-01")),
    )

    now = checked(contract(), [first, then, line("support")])

    assert [each.product for each in now.on(day("2026-06-01"))] == ["seats", "support"]


@pytest.mark.parametrize("span", [("2025-12-31", "2026-06-01"), ("2026-06-01", "2027-01-02")])
def test_lines_lie_inside_the_term(span: tuple[str, str]) -> None:
    with pytest.raises(LineOutsideTerm):
        checked(contract(), [line(span=days(*span))])


def test_a_contract_has_lines_in_its_own_currency() -> None:
    with pytest.raises(LinesMissing):
        checked(contract(), [])
    with pytest.raises(CurrenciesDiffer):
        checked(contract(), [line(currency="USD")])


@pytest.mark.parametrize(
    ("term", "months", "after"),
    [
        (("2026-01-01", "2027-01-01"), 12, ("2027-01-01", "2028-01-01")),
        (("2026-01-15", "2026-04-15"), 3, ("2026-04-15", "2026-07-15")),
        (("2026-01-31", "2026-02-28"), 1, ("2026-02-28", "2026-03-31")),  # without drifting
        (("2026-01-01", "2026-01-11"), None, ("2026-01-11", "2026-01-21")),
    ],
)
def test_a_term_is_followed_by_one_as_long(
    term: tuple[str, str], months: int | None, after: tuple[str, str]
) -> None:
    assert months_of(days(*term)) == months
    assert next_term(contract(term=days(*term))) == days(*after)


def test_another_length_can_be_named() -> None:
    assert next_term(contract(), 24) == days("2027-01-01", "2029-01-01")


def test_nobody_may_have_said_when_a_contract_ends() -> None:
    open_ended = contract(term=Days(day("2026-01-01"), OPEN_END))

    assert open_ended.is_open_ended
    assert not standing().contract.is_open_ended
