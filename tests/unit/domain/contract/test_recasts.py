"""Recasts: a contract that another one follows before its end."""

from dataclasses import replace

import pytest

from app.domain.contract.change import Draft, Rights
from app.domain.contract.errors import CreditTooHigh, EffectiveInPast, LinesBeginLater
from app.domain.errors import CurrenciesDiffer
from app.domain.money import Money
from app.domain.period import Anchor
from app.domain.proration import Manner
from tests.contracted import (
    ONCE,
    RECAST,
    aud,
    contract,
    day,
    days,
    draft,
    edit,
    first_bills,
    line,
    order,
    standing,
    successor_of,
    told,
)


def growth_to_enterprise(**more: object) -> Draft:
    """A year of the growth plan, paid by the year, recast after 181 days."""
    yearly = replace(
        contract(term=days("2026-01-01", "2027-01-01")),
    )
    now = standing(line("growth", 1, "36500.00"), of=yearly)
    return draft(
        now,
        order(
            RECAST,
            "2026-07-01",
            edit("growth", 0),
            edit("enterprise", 1, unit_price=aud("6000.00"), title="Enterprise plan"),
            **more,
        ),
    )


def test_a_recast_credits_what_is_unused_against_the_new_contract() -> None:
    # given: 1000.00 a month, paid for July; recast on the 16th
    made = draft(standing(), order(RECAST, "2026-07-16", edit(quantity=200)))

    # then: 1000.00 x 16 / 31 = 516.13 off 2000.00
    assert told(made.rows) == [("credit", "516.13", "seats")]
    assert successor_of(made).contract.term == days("2026-07-16", "2027-07-16")
    assert successor_of(made).contract.anchor == Anchor(16)
    assert first_bills(made) == [("2026-07-16", "1483.87"), ("2026-08-16", "2000.00")]
    assert made.contract_ends_on == day("2026-07-16")


def test_credit_beyond_the_first_bill_stays_for_the_next() -> None:
    # given: an old plan at 36500.00 a month, recast on a bill day: nothing of it is prepaid
    assert growth_to_enterprise().rows == ()

    # given: the same with a credit that the contract states
    now = standing(line("growth", 1, "9300.00"))
    made = draft(
        now,
        order(
            RECAST,
            "2026-07-16",
            edit("growth", 0),
            edit("enterprise", 1, unit_price=aud("2000.00")),
        ),
    )

    # then: 9300.00 x 16 / 31 = 4800.00
    assert first_bills(made, 4) == [
        ("2026-07-16", "0.00"),
        ("2026-08-16", "0.00"),
        ("2026-09-16", "1200.00"),
        ("2026-10-16", "2000.00"),
    ]


def test_a_contract_may_state_the_credit() -> None:
    made = draft(
        standing(), order(RECAST, "2026-07-16", edit(quantity=200), stated_credit=aud("1000.00"))
    )

    assert told(made.rows) == [("credit", "1000.00", "")]
    assert made.rows[0].reckoning is None
    assert first_bills(made, 1) == [("2026-07-16", "1000.00")]


def test_no_credit_is_above_what_was_paid() -> None:
    with pytest.raises(CreditTooHigh) as refused:
        draft(
            standing(line(), line("hours", 1, "9.00", kind=ONCE)),
            order(RECAST, "2026-07-16", edit(quantity=200), stated_credit=aud("1000.01")),
        )

    assert refused.value.facts == {"paid": "1000.00 AUD"}


def test_a_stated_credit_is_in_the_contracts_currency() -> None:
    with pytest.raises(CurrenciesDiffer) as refused:
        draft(
            standing(),
            order(RECAST, "2026-07-16", edit(quantity=200), stated_credit=Money.of("1.00", "USD")),
        )

    assert refused.value.pointer == "/credit/currency"


def test_a_recast_can_be_agreed_without_credit_and_holds_what_is_unpaid() -> None:
    no_credit = draft(
        standing(), order(RECAST, "2026-07-16", edit(quantity=200), manner=Manner.NONE)
    )
    unpaid = standing(of=contract(unpaid_from=day("2026-07-01")))
    held = draft(unpaid, order(RECAST, "2026-07-16", edit(quantity=200)))

    assert no_credit.rows == ()
    assert held.rows[0].is_held
    assert first_bills(held, 1) == [("2026-07-16", "2000.00")]


def test_hours_bought_once_go_along_and_are_not_billed_again() -> None:
    now = standing(line(), line("hours", 100, "2.00", kind=ONCE))

    kept = draft(now, order(RECAST, "2026-07-01", edit(quantity=200)))
    more = draft(now, order(RECAST, "2026-07-01", edit("hours", add=10)))
    gone = draft(now, order(RECAST, "2026-07-01", edit("hours", 0)))

    assert [each.product for each in successor_of(kept).lines] == ["hours", "seats"]
    assert first_bills(kept, 1) == [("2026-07-01", "2000.00")]
    assert first_bills(more, 1) == [("2026-07-01", "1020.00")]
    assert [each.product for each in successor_of(gone).lines] == ["seats"]


def test_a_recast_contract_runs_twelve_months_unless_said() -> None:
    said = draft(standing(), order(RECAST, "2026-07-16", edit(quantity=200), term_months=6))
    ends = draft(
        standing(), order(RECAST, "2026-07-16", edit(quantity=200), ends_on=day("2026-12-31"))
    )

    assert successor_of(said).contract.term == days("2026-07-16", "2027-01-16")
    assert successor_of(ends).contract.term == days("2026-07-16", "2026-12-31")


def test_a_recast_is_not_back_dated() -> None:
    with pytest.raises(EffectiveInPast):
        draft(
            standing(),
            order(RECAST, "2026-07-16", edit(quantity=200)),
            today="2026-07-17",
            rights=Rights(back_date=True),
        )


def test_a_recast_does_not_lose_what_begins_only_after_it() -> None:
    # given: 150 seats and support are signed from 1 September; the recast is on 16 July
    now = standing(
        line(span=days("2026-01-01", "2026-09-01")),
        line("seats", 150, span=days("2026-09-01", "2027-01-01")),
        line("support", 1, "30.00", span=days("2026-09-01", "2027-01-01")),
    )

    with pytest.raises(LinesBeginLater) as unsaid:
        draft(now, order(RECAST, "2026-07-16", edit(quantity=200)))
    said = draft(now, order(RECAST, "2026-07-16", edit(quantity=200), edit("support", 0)))
    kept = edit("support", 1, unit_price=aud("30.00"))
    both = draft(now, order(RECAST, "2026-07-16", edit(quantity=200), kept))

    assert unsaid.value.facts == {"products": ["support"]}
    assert "from Tuesday 1 September 2026" in unsaid.value.detail
    assert [(each.product, each.quantity) for each in successor_of(said).lines] == [("seats", 200)]
    assert {each.product for each in successor_of(both).lines} == {"seats", "support"}
