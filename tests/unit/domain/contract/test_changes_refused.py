"""What a change may not be: edits, names, ends and days."""

from dataclasses import replace

import pytest

from app.domain.contract.change import ChangeKind, LineEdit
from app.domain.contract.errors import (
    ContractEnded,
    EffectiveInPast,
    EffectiveOutsideTerm,
    FieldUnfit,
    KindMismatch,
    LinesMissing,
    NothingChanges,
    PriceMissing,
    ProductNotOnContract,
    QuantityInvalid,
)
from app.domain.contract.line import Discount
from app.domain.errors import CurrenciesDiffer, DomainError
from app.domain.money import Money
from tests.contracted import DOWN, UP, aud, contract, day, draft, edit, order, standing


@pytest.mark.parametrize(
    ("edits", "error", "pointer"),
    [
        ((), LinesMissing, "/lines"),
        ((edit(quantity=100),), NothingChanges, "/lines/0"),
        ((edit(),), NothingChanges, "/lines/0"),
        ((edit(quantity=150), edit(quantity=160)), FieldUnfit, "/lines/1/product"),
        ((edit("plus", 0),), ProductNotOnContract, "/lines/0/product"),
        ((edit("plus"),), ProductNotOnContract, "/lines/0/product"),
        ((edit("plus", 1),), PriceMissing, "/lines/0/unit_price"),
        ((edit(add=-101),), QuantityInvalid, "/lines/0/add"),
        ((edit(quantity=-1),), QuantityInvalid, "/lines/0/quantity"),
        ((edit("plus", -1, unit_price=aud("1.00")),), QuantityInvalid, "/lines/0/quantity"),
        ((edit(unit_price=Money.of("11.00", "USD")),), CurrenciesDiffer, "/lines/0/unit_price"),
        (
            (
                edit(
                    discount=Discount(None, Money.of("1.00", "USD")),
                    keeps_discount=False,
                ),
            ),
            CurrenciesDiffer,
            "/lines/0/discount/amount",
        ),
    ],
)
def test_edits_that_cannot_be_are_refused_where_they_stand(
    edits: tuple[LineEdit, ...], error: type[DomainError], pointer: str
) -> None:
    with pytest.raises(error) as refused:
        draft(standing(), order(UP, "2026-03-16", *edits))

    assert refused.value.pointer == pointer


@pytest.mark.parametrize(
    ("kind", "quantity", "right"), [(UP, 99, "downgrade"), (DOWN, 101, "upgrade")]
)
def test_a_change_is_called_by_its_name(kind: ChangeKind, quantity: int, right: str) -> None:
    with pytest.raises(KindMismatch) as refused:
        draft(standing(), order(kind, "2026-04-01", edit(quantity=quantity)))

    assert refused.value.facts == {"kind": right}


@pytest.mark.parametrize("term", [{"ends_on": day("2027-06-01")}, {"term_months": 18}])
def test_an_upgrade_that_moves_the_end_is_a_recast(term: dict[str, object]) -> None:
    with pytest.raises(KindMismatch) as refused:
        draft(standing(), order(UP, "2026-03-16", edit(quantity=150), **term))

    assert refused.value.facts == {"kind": "recast"}


@pytest.mark.parametrize(
    ("on", "error"),
    [
        ("2026-01-31", EffectiveInPast),
        ("2027-01-01", EffectiveOutsideTerm),
        ("2027-05-01", EffectiveOutsideTerm),
    ],
)
def test_a_change_takes_effect_inside_the_term_and_not_in_the_past(
    on: str, error: type[DomainError]
) -> None:
    with pytest.raises(error):
        draft(standing(), order(UP, on, edit(quantity=150)), today="2026-02-01")


def test_a_change_does_not_take_effect_before_the_contract() -> None:
    with pytest.raises(EffectiveOutsideTerm):
        draft(standing(), order(UP, "2025-12-31", edit(quantity=150)), today="2025-12-01")


@pytest.mark.parametrize(
    ("today", "on"), [("2027-02-01", "2027-03-01"), ("2026-02-01", "2026-06-01")]
)
def test_a_contract_that_is_over_is_not_changed(today: str, on: str) -> None:
    over = replace(contract(), ends_on=day("2027-01-01" if today > "2027" else "2026-05-01"))

    with pytest.raises(ContractEnded):
        draft(standing(of=over), order(UP, on, edit(quantity=150)), today=today)
