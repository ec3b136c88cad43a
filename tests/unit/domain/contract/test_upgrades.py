"""Upgrades and downgrades inside a term, with the arithmetic beside them."""

from dataclasses import replace

import pytest

from app.domain.contract.change import Anchoring, ChangePolicy, When
from app.domain.contract.errors import BillingBeforeStart, KindMismatch
from app.domain.contract.timeline import applied
from app.domain.period import Anchor, BillingPeriod
from app.domain.proration import Manner
from tests.contracted import (
    CHARGE_ONLY,
    DOWN,
    ONCE,
    UP,
    aud,
    bills_after,
    contract,
    day,
    days,
    draft,
    edit,
    line,
    order,
    percent,
    standing,
    told,
)

NONE = ChangePolicy(When.ON_DATE, Manner.NONE, Anchoring.KEEP)


def test_more_seats_inside_a_period_are_credited_and_charged() -> None:
    now = standing()

    made = draft(now, order(UP, "2026-03-16", edit(quantity=150)))

    # 1000.00 x 16 / 31 = 516.129; 1500.00 x 16 / 31 = 774.193
    assert told(made.rows) == [("credit", "516.13", "seats"), ("charge", "774.19", "seats")]
    assert bills_after(now, made) == [
        ("2026-03-16", "258.06"),
        ("2026-04-01", "1500.00"),
        ("2026-05-01", "1500.00"),
    ]
    lines = applied(now, made).lines
    assert [(each.quantity, each.days) for each in lines] == [
        (100, days("2026-01-01", "2026-03-16")),
        (150, days("2026-03-16", "2027-01-01")),  # the end does not move
    ]


def test_on_a_bill_day_nothing_is_prorated() -> None:
    now = standing()

    made = draft(now, order(UP, "2026-03-01", edit(quantity=150)))

    assert made.rows == ()
    assert bills_after(now, made)[0] == ("2026-03-01", "1500.00")


def test_only_the_difference_can_be_charged() -> None:
    now = standing()

    made = draft(now, order(UP, "2026-03-16", edit(quantity=150)), policy=CHARGE_ONLY)

    assert told(made.rows) == [("charge", "258.06", "seats")]  # 500.00 x 16 / 31 = 258.064
    assert made.rows[0].sentence == (
        "16 of 31 days (16 to 31 March 2026) of 150 x Seats instead of 100 x Seats at 500.00 AUD "
        "a month are served but not billed: charge 258.06 AUD."
    )


def test_a_second_change_starts_from_the_service_in_force() -> None:
    # given: 100 to 150 seats on the 11th, only the difference charged
    now = standing()
    first = draft(now, order(UP, "2026-03-11", edit(quantity=150)), policy=CHARGE_ONLY)
    then = applied(now, first)

    # when: 150 to 200 on the 21st, in the same period
    by_difference = draft(then, order(UP, "2026-03-21", edit(quantity=200)), policy=CHARGE_ONLY)
    in_full = draft(then, order(UP, "2026-03-21", edit(quantity=200)))

    # then: from 1500.00, not from the 338.71 of the small charge
    assert told(by_difference.rows) == [("charge", "177.42", "seats")]  # 500.00 x 11 / 31
    assert told(in_full.rows) == [
        ("credit", "532.26", "seats"),  # 1500.00 x 11 / 31 = 532.258
        ("charge", "709.68", "seats"),  # 2000.00 x 11 / 31 = 709.677
    ]


def test_changing_back_on_the_same_day_nets_to_zero() -> None:
    now = standing()
    there = draft(now, order(UP, "2026-03-16", edit(quantity=150)))
    between = applied(now, there)

    back = draft(
        between,
        order(DOWN, "2026-03-16", edit(quantity=100), manner=Manner.FULL, when=When.ON_DATE),
        change=101,
    )

    assert told(back.rows) == [("credit", "774.19", "seats"), ("charge", "516.13", "seats")]
    again = applied(between, back)
    assert [each.quantity for each in again.lines] == [100, 100]


def test_new_products_are_charged_and_old_ones_ended() -> None:
    now = standing(line(), line("support", 1, "31.00"))

    made = draft(
        now,
        order(
            UP,
            "2026-03-16",
            edit("plus", 1, unit_price=aud("62.00"), title="Support plus"),
            edit("support", 0),
        ),
    )

    assert told(made.rows) == [("charge", "32.00", "plus"), ("credit", "16.00", "support")]
    assert [each.title for each in applied(now, made).on(day("2026-03-16"))] == [
        "Seats",
        "Support plus",
    ]


def test_units_can_be_added_by_number_and_prices_changed() -> None:
    made = draft(standing(), order(UP, "2026-03-01", edit(add=5, unit_price=aud("11.00"))))

    assert made.opens[0].quantity == 105
    assert made.opens[0].price == aud("1155.00")


def test_hours_bought_once_are_billed_for_what_is_added() -> None:
    now = standing(line(), line("hours", 100, "2.00", kind=ONCE))

    more = draft(now, order(UP, "2026-03-16", edit("hours", add=50)))
    fewer = draft(now, order(UP, "2026-03-16", edit("hours", 40)))
    none = draft(now, order(UP, "2026-03-16", edit("hours", 0)))
    new = draft(
        standing(), order(UP, "2026-03-16", edit("hours", 10, unit_price=aud("2.00"), kind=ONCE))
    )

    assert told(more.rows) == [("charge", "100.00", "hours")]
    assert more.rows[0].sentence == (
        "150 x Hours instead of 100 x Hours, billed once: charge 100.00 AUD."
    )
    assert told(fewer.rows) == told(none.rows) == []
    assert none.opens == ()
    assert told(new.rows) == [("charge", "20.00", "hours")]
    assert bills_after(standing(), new) == [
        ("2026-03-16", "20.00"),
        ("2026-04-01", "1000.00"),
        ("2026-05-01", "1000.00"),
    ]


def test_near_the_next_bill_nothing_is_prorated() -> None:
    grace = replace(CHARGE_ONLY, grace_days=3)
    now = standing()

    near = draft(now, order(UP, "2026-03-29", edit(quantity=150)), policy=grace)
    far = draft(now, order(UP, "2026-03-28", edit(quantity=150)), policy=grace)

    assert near.rows == ()
    assert bills_after(now, near)[0] == ("2026-04-01", "1500.00")
    assert told(far.rows) == [("charge", "64.52", "seats")]  # 500.00 x 4 / 31 = 64.516


def test_a_new_product_can_be_free_until_the_next_bill() -> None:
    now = standing()

    made = draft(now, order(UP, "2026-03-16", edit("x", 1, unit_price=aud("5.00"))), policy=NONE)

    assert made.rows == ()
    assert made.opens[0].ahead is None
    assert bills_after(now, made)[0] == ("2026-04-01", "1005.00")


def test_the_price_may_begin_after_the_service() -> None:
    now = standing()

    made = draft(now, order(UP, "2026-03-10", edit(quantity=150), billing_from=day("2026-03-16")))

    assert (made.effective_on, made.billing_from) == (day("2026-03-10"), day("2026-03-16"))
    assert told(made.rows) == [("credit", "516.13", "seats"), ("charge", "774.19", "seats")]
    assert made.rows[0].due_on == day("2026-03-16")
    assert applied(now, made).on(day("2026-03-10"))[0].quantity == 150


def test_a_price_does_not_begin_before_the_service() -> None:
    with pytest.raises(BillingBeforeStart):
        draft(
            standing(), order(UP, "2026-03-10", edit(quantity=150), billing_from=day("2026-03-09"))
        )


def test_a_downgrade_waits_for_the_next_billing_date_without_credit() -> None:
    now = standing()

    made = draft(now, order(DOWN, "2026-03-16", edit(quantity=50)))

    assert made.effective_on == day("2026-04-01")
    assert made.rows == ()
    assert bills_after(now, made)[0] == ("2026-04-01", "500.00")


def test_a_downgrade_entered_on_a_bill_day_waits_for_the_next() -> None:
    made = draft(standing(), order(DOWN, None, edit(quantity=50)), today="2026-03-01")

    assert made.effective_on == day("2026-04-01")


def test_a_fall_that_charges_only_makes_no_row() -> None:
    made = draft(standing(), order(DOWN, "2026-03-16", edit(quantity=50)), policy=CHARGE_ONLY)

    assert made.rows == ()
    # 1000.00 x 16 / 31 is what was paid for the days that are left
    assert made.opens[0].ahead is not None
    assert made.opens[0].ahead.money == aud("516.13")


def test_at_once_is_today() -> None:
    at_once = ChangePolicy(When.IMMEDIATE, Manner.FULL, Anchoring.KEEP)

    made = draft(
        standing(), order(UP, "2026-09-01", edit(quantity=150)), policy=at_once, today="2026-03-16"
    )

    assert made.effective_on == day("2026-03-16")


def test_an_unpaid_bill_holds_its_credit() -> None:
    now = standing(of=contract(unpaid_from=day("2026-03-01")))

    made = draft(now, order(UP, "2026-03-16", edit(quantity=150)))

    assert [row.is_held for row in made.rows] == [True, False]
    assert made.rows[0].sentence.endswith("credit 516.13 AUD; held until that bill is paid.")
    assert bills_after(now, made)[0] == ("2026-03-16", "774.19")


# Discounts -------------------------------------------------------------------------------------


def test_the_deepest_new_discount_is_known() -> None:
    now = standing(line(discount=percent("40")), line("support", 1, "10.00"))

    made = draft(
        now,
        order(
            UP,
            "2026-03-01",
            edit(quantity=150),  # keeps its 40 %
            edit("support", 2, discount=percent("10.5"), keeps_discount=False),
            edit("plus", 1, unit_price=aud("5.00"), discount=percent("5")),
        ),
    )

    assert made.deepest_discount is not None
    assert made.deepest_discount * 1000 == 105
    assert [each.discount for each in made.opens] == [percent("40"), percent("10.5"), percent("5")]


def test_a_discount_can_be_taken_away() -> None:
    now = standing(line(discount=percent("40")))

    made = draft(now, order(UP, "2026-03-01", edit(keeps_discount=False)))

    assert made.opens[0].discount is None
    assert made.deepest_discount is None


def test_lines_of_several_periods_are_compared_by_the_year() -> None:
    # 52.14 weeks of 10.00 are more than 12 months of 43.00
    weekly = line("sms", 1, "10.00", period=BillingPeriod.WEEK, anchor=Anchor(0))

    with pytest.raises(KindMismatch):
        draft(
            standing(weekly),
            order(UP, "2026-03-02", edit("sms", 0), edit("mail", 1, unit_price=aud("43.00"))),
        )
