"""Renewals, with the arithmetic beside them."""

from dataclasses import replace
from uuid import UUID

import pytest

from app.domain.contract.change import Anchoring, ChangeKind
from app.domain.contract.errors import (
    ContractEnded,
    EffectiveOutsideTerm,
    RenewalNotAtEnd,
    RenewedBefore,
    TermEmpty,
)
from app.domain.contract.model import OPEN_END
from app.domain.contract.rows import MoneyRow, Purpose
from app.domain.contract.succession import Accounts
from app.domain.period import Anchor, Days
from app.domain.reckoning import ReckoningKind
from tests.contracted import (
    ONCE,
    RENEWAL,
    TERMINATION,
    aud,
    contract,
    day,
    days,
    draft,
    edit,
    first_bills,
    line,
    order,
    percent,
    standing,
    successor_of,
)


def test_a_renewal_goes_on_without_what_was_once() -> None:
    now = standing(
        line(discount=percent("10")),
        line("support", 1, "31.00", discount=percent("50", once=True)),
        line("hours", 100, "1.00", kind=ONCE),
    )

    made = draft(now, order(RENEWAL, None), today="2026-12-01")

    assert made.effective_on == day("2027-01-01")
    after = successor_of(made)
    assert after.contract.term == days("2027-01-01", "2028-01-01")
    assert after.contract.predecessor_id == now.contract.id
    assert [(each.product, each.discount) for each in after.lines] == [
        ("seats", percent("10")),
        ("support", None),
    ]
    assert first_bills(made) == [("2027-01-01", "931.00"), ("2027-02-01", "931.00")]


def test_a_renewal_may_bring_more_seats_and_hours() -> None:
    # given: 50 more seats and 100 hours from the first day of the renewal
    made = draft(
        standing(),
        order(
            RENEWAL,
            "2027-01-01",
            edit(add=50),
            edit("hours", 100, unit_price=aud("2.00"), kind=ONCE, title="Service hours"),
        ),
    )

    # then: 1500.00 + 200.00, then 1500.00
    assert first_bills(made) == [("2027-01-01", "1700.00"), ("2027-02-01", "1500.00")]
    assert set(made.base) == {"seats", "hours"}
    assert made.base["hours"] is None


def test_a_renewal_may_end_a_product_and_begin_a_discount() -> None:
    now = standing(line(), line("support", 1, "31.00"))

    made = draft(
        now,
        order(
            RENEWAL,
            None,
            edit("support", 0),
            edit(discount=percent("15"), keeps_discount=False),
        ),
    )

    assert made.deepest_discount is not None
    assert made.deepest_discount * 100 == 15
    assert first_bills(made, 1) == [("2027-01-01", "850.00")]


@pytest.mark.parametrize(
    ("term", "after"),
    [
        ({"term_months": 24}, ("2027-01-01", "2029-01-01")),
        ({"ends_on": day("2027-04-01")}, ("2027-01-01", "2027-04-01")),
    ],
)
def test_a_renewal_may_have_another_length(term: dict[str, object], after: tuple[str, str]) -> None:
    assert successor_of(draft(standing(), order(RENEWAL, None, **term))).contract.term == days(
        *after
    )


def test_a_renewal_takes_the_credit_along() -> None:
    left = MoneyRow(
        Purpose.CHANGE,
        "seats",
        None,
        day("2026-12-10"),
        ReckoningKind.CREDIT,
        aud("300.00"),
        None,
        "Left.",
    )

    made = draft(standing(), order(RENEWAL, None), accounts=Accounts([left]))

    assert first_bills(made, 1) == [("2027-01-01", "700.00")]


def test_a_term_from_the_31st_is_renewed_without_drifting() -> None:
    term = days("2026-01-31", "2026-02-28")
    month = contract(term=term, anchor=Anchor(31))

    first = draft(standing(line(span=term, anchor=Anchor(31)), of=month), order(RENEWAL, None))
    again = draft(successor_of(first), order(RENEWAL, None), change=101)

    assert successor_of(first).contract.term == days("2026-02-28", "2026-03-31")
    assert successor_of(again).contract.term == days("2026-03-31", "2026-04-30")


def test_a_renewal_may_begin_billing_anew() -> None:
    term = days("2026-01-15", "2027-01-15")
    now = standing(line(span=term), of=contract(term=term))

    made = draft(now, order(RENEWAL, None, anchor=Anchoring.RE_ANCHOR))

    assert successor_of(made).contract.anchor == Anchor(15)
    assert first_bills(made) == [("2027-01-15", "1000.00"), ("2027-02-15", "1000.00")]


def test_a_renewal_keeps_the_billing_day_unless_told() -> None:
    term = days("2026-01-15", "2027-01-15")
    now = standing(line(span=term), of=contract(term=term))

    # 1000.00 x 17 / 31
    assert first_bills(draft(now, order(RENEWAL, None))) == [
        ("2027-01-15", "548.39"),
        ("2027-02-01", "1000.00"),
    ]


def test_a_renewal_is_at_the_end_and_once() -> None:
    with pytest.raises(RenewalNotAtEnd):
        draft(standing(), order(RENEWAL, "2026-12-01"))
    with pytest.raises(RenewedBefore):
        draft(standing(of=replace(contract(), successor_id=UUID(int=9))), order(RENEWAL, None))
    with pytest.raises(ContractEnded):
        draft(standing(of=replace(contract(), is_terminated=True)), order(RENEWAL, None))
    cut = replace(contract(), ends_on=day("2026-06-01"))
    with pytest.raises(ContractEnded):
        draft(standing(of=cut), order(RENEWAL, None))
    with pytest.raises(TermEmpty):
        draft(standing(), order(RENEWAL, None, ends_on=day("2027-01-01")))


@pytest.mark.parametrize("kind", [RENEWAL, TERMINATION])
def test_a_contract_without_an_end_needs_the_day(kind: ChangeKind) -> None:
    term = Days(day("2026-01-01"), OPEN_END)

    with pytest.raises(EffectiveOutsideTerm):
        draft(standing(line(span=term), of=contract(term=term)), order(kind, None))
