"""Changes that reach back, and those with which billing begins anew."""

from dataclasses import replace

import pytest

from app.domain.contract.bills import bills
from app.domain.contract.change import Anchoring, When
from app.domain.contract.errors import BillingBeforeStart, EffectiveInPast, PolicyImpossible
from app.domain.contract.timeline import applied
from app.domain.period import Anchor
from app.domain.proration import Manner
from tests.contracted import (
    ANEW,
    CHARGE_ONLY,
    DOWN,
    MANAGER,
    ONCE,
    UP,
    aud,
    bills_after,
    day,
    draft,
    edit,
    line,
    order,
    standing,
    told,
)


def test_billing_can_begin_anew_for_every_line() -> None:
    now = standing(line(), line("support", 1, "31.00"), line("hours", 9, "1.00", kind=ONCE))

    made = draft(now, order(UP, "2026-03-16", edit(quantity=150)), policy=ANEW)

    assert told(made.rows) == [("credit", "516.13", "seats"), ("credit", "16.00", "support")]
    assert made.anchor == Anchor(16)
    # 1500.00 + 31.00 - 532.13 = 998.87
    assert bills_after(now, made) == [
        ("2026-03-16", "998.87"),
        ("2026-04-16", "1531.00"),
        ("2026-05-16", "1531.00"),
    ]


def test_billing_anew_ends_and_adds_products_too() -> None:
    now = standing(line(), line("support", 1, "31.00"))

    made = draft(
        now,
        order(
            UP,
            "2026-03-16",
            edit("support", 0),
            edit("plus", 1, unit_price=aud("62.00")),
            edit("hours", 1, unit_price=aud("5.00"), kind=ONCE),
        ),
        policy=ANEW,
    )

    assert told(made.rows) == [
        ("credit", "16.00", "support"),
        ("charge", "5.00", "hours"),
        ("credit", "516.13", "seats"),
    ]
    assert bills_after(now, made)[1] == ("2026-04-16", "1062.00")


def test_billing_anew_needs_the_credit() -> None:
    with pytest.raises(PolicyImpossible):
        draft(
            standing(),
            order(UP, "2026-03-16", edit(quantity=150), anchor=Anchoring.RE_ANCHOR),
            policy=CHARGE_ONLY,
        )


def test_a_back_dated_change_is_one_adjustment_up_to_the_next_bill() -> None:
    now = standing()

    made = draft(
        now, order(UP, "2026-02-15", edit(quantity=150)), today="2026-03-16", rights=MANAGER
    )

    # 500.00 x 14 / 28 + 500.00 = 750.00
    assert told(made.rows) == [("charge", "750.00", "seats")]
    assert made.rows[0].due_on == day("2026-03-16")
    assert made.rows[0].sentence == (
        "45 days (15 February to 31 March 2026) of 150 x Seats instead of 100 x Seats, a "
        "difference of 500.00 AUD a month, up to the next bill, are settled afterwards: "
        "charge 750.00 AUD."
    )
    # then: no bill that was made out is rewritten
    found = bills(applied(now, made), made.rows, start=day("2026-01-01"), count=5)
    assert [(str(bill.due_on), str(bill.total.amount)) for bill in found] == [
        ("2026-01-01", "1000.00"),
        ("2026-02-01", "1000.00"),
        ("2026-03-01", "1000.00"),
        ("2026-03-16", "750.00"),
        ("2026-04-01", "1500.00"),
    ]


def test_a_back_dated_fall_is_credited_where_the_policy_credits() -> None:
    asked = order(DOWN, "2026-02-15", edit(quantity=50), when=When.ON_DATE)
    credited = replace(asked, manner=Manner.FULL)
    charged = replace(asked, manner=Manner.CHARGE_ONLY)

    full = draft(standing(), credited, today="2026-03-16", rights=MANAGER)
    none = draft(standing(), charged, today="2026-03-16", rights=MANAGER)

    assert told(full.rows) == [("credit", "750.00", "seats")]
    assert none.rows == ()
    assert none.opens[0].ahead is None


def test_products_begun_ended_and_bought_once_can_be_back_dated() -> None:
    now = standing(line(), line("support", 1, "28.00"), line("hours", 1, "1.00", kind=ONCE))

    made = draft(
        now,
        order(
            UP,
            "2026-02-15",
            edit("support", 0),
            edit("plus", 1, unit_price=aud("56.00")),
            edit("hours", 3),
            edit("more", 1, unit_price=aud("5.00"), kind=ONCE),
        ),
        today="2026-02-20",
        rights=MANAGER,
    )

    assert told(made.rows) == [
        ("credit", "14.00", "support"),
        ("charge", "28.00", "plus"),
        ("charge", "2.00", "hours"),
        ("charge", "5.00", "more"),
    ]
    assert "no Support instead of Support" in made.rows[0].sentence
    assert "Plus instead of nothing" in made.rows[1].sentence.replace("plus", "Plus")


def test_a_change_that_moves_the_billing_day_is_not_back_dated() -> None:
    with pytest.raises(EffectiveInPast):
        draft(
            standing(),
            order(UP, "2026-02-15", edit(quantity=150)),
            policy=ANEW,
            today="2026-03-16",
            rights=MANAGER,
        )


def test_a_back_dated_price_begins_with_the_service() -> None:
    with pytest.raises(BillingBeforeStart):
        draft(
            standing(),
            order(UP, "2026-02-15", edit(quantity=150), billing_from=day("2026-02-20")),
            today="2026-03-16",
            rights=MANAGER,
        )
