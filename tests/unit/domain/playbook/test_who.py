"""Whose turn it is, and who approves how much."""

from decimal import Decimal
from fractions import Fraction

import pytest

from app.domain.playbook.condition import FigureMissing
from app.domain.playbook.who import ApprovalRule, Threshold, approver_for, next_in_turn

PEOPLE = ["cy", "ann", "bo"]


@pytest.mark.parametrize(
    ("last", "turn"), [(None, "ann"), ("ann", "bo"), ("bo", "cy"), ("cy", "ann")]
)
def test_the_turn_goes_round(last: str | None, turn: str) -> None:
    assert next_in_turn(PEOPLE, last) == turn


def test_who_is_away_is_passed_over_and_who_left_is_followed() -> None:
    assert next_in_turn(PEOPLE, "ann", frozenset({"bo"})) == "cy"
    assert next_in_turn(PEOPLE, "bea") == "bo"
    assert next_in_turn(PEOPLE, "zoe") == "ann"


def test_where_nobody_is_there_it_is_nobodys_turn() -> None:
    assert next_in_turn([], None) is None
    assert next_in_turn(["ann"], "ann", frozenset({"ann"})) is None


def rule(*thresholds: tuple[int | None, bool, str | None], figure: str = "amount") -> ApprovalRule:
    made = (
        Threshold(None if bound is None else Fraction(bound), included, role)
        for bound, included, role in thresholds
    )
    return ApprovalRule("money", "the budget", figure, tuple(made))


BUDGET = rule(
    (5_000, False, "manager"),
    (25_000, True, "director"),
    (100_000, True, "cmo"),
    (None, False, "ceo"),
)
DISCOUNT = rule((10, True, None), (20, True, "manager"), (None, False, "vp"))


@pytest.mark.parametrize(
    ("amount", "role"),
    [
        ("0", "manager"),
        ("4999.99", "manager"),
        ("5000", "director"),
        ("25000", "director"),
        ("25000.01", "cmo"),
        ("100000", "cmo"),
        ("100000.01", "ceo"),
    ],
)
def test_an_amount_goes_to_whoever_its_bound_belongs_to(amount: str, role: str) -> None:
    assert approver_for(BUDGET, Decimal(amount)) == role


@pytest.mark.parametrize(("percent", "role"), [("10", None), ("10.5", "manager"), ("21", "vp")])
def test_no_fraction_falls_between_two_bounds(percent: str, role: str | None) -> None:
    assert approver_for(DISCOUNT, Decimal(percent)) == role


def test_without_a_figure_one_role_always_approves() -> None:
    assert approver_for(rule((None, False, "director"), figure=""), None) == "director"


def test_nobody_is_chosen_by_a_figure_that_is_not_known() -> None:
    with pytest.raises(FigureMissing) as refused:
        approver_for(BUDGET, None)

    assert refused.value.detail == "Who approves the budget is open: amount is not known."
    assert refused.value.facts == {"figure": "amount"}
