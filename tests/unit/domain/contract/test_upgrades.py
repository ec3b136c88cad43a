"""Upgrades and downgrades inside a term, with the arithmetic beside them."""

from dataclasses import replace

import pytest

from app.domain.contract.bills import bills
from app.domain.contract.change import (
    Anchoring,
    ChangeKind,
    ChangePolicy,
    Draft,
    LineEdit,
    Rights,
    When,
)
from app.domain.contract.errors import (
    BillingBeforeStart,
    ContractEnded,
    EffectiveInPast,
    EffectiveOutsideTerm,
    FieldUnfit,
    KindMismatch,
    LinesMissing,
    NothingChanges,
    PolicyImpossible,
    PriceMissing,
    ProductNotOnContract,
    QuantityInvalid,
)
from app.domain.contract.line import Discount, LineKind
from app.domain.contract.model import Standing
from app.domain.contract.timeline import applied
from app.domain.errors import CurrenciesDiffer, DomainError
from app.domain.money import Money
from app.domain.period import Anchor, BillingPeriod
from app.domain.proration import Manner
from tests.contracted import (
    aud,
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

UP, DOWN = ChangeKind.UPGRADE, ChangeKind.DOWNGRADE
ONCE = LineKind.ONE_TIME
CHARGE_ONLY = ChangePolicy(When.ON_DATE, Manner.CHARGE_ONLY, Anchoring.KEEP)
NONE = ChangePolicy(When.ON_DATE, Manner.NONE, Anchoring.KEEP)
ANEW = ChangePolicy(When.ON_DATE, Manner.FULL, Anchoring.RE_ANCHOR)
MANAGER = Rights(back_date=True)


def after(now: Standing, made: Draft) -> list[tuple[str, str]]:
    """The next three bills after a change, from its day on."""
    found = bills(applied(now, made), made.rows, start=made.effective_on, count=3)
    return [(str(bill.due_on), str(bill.total.amount)) for bill in found]


def test_more_seats_inside_a_period_are_credited_and_charged() -> None:
    now = standing()

    made = draft(now, order(UP, "2026-03-16", edit(quantity=150)))

    # 1000.00 x 16 / 31 = 516.129; 1500.00 x 16 / 31 = 774.193
    assert told(made.rows) == [("credit", "516.13", "seats"), ("charge", "774.19", "seats")]
    assert after(now, made) == [
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
    assert after(now, made)[0] == ("2026-03-01", "1500.00")


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
    assert after(standing(), new) == [
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
    assert after(now, near)[0] == ("2026-04-01", "1500.00")
    assert told(far.rows) == [("charge", "64.52", "seats")]  # 500.00 x 4 / 31 = 64.516


def test_a_new_product_can_be_free_until_the_next_bill() -> None:
    now = standing()

    made = draft(now, order(UP, "2026-03-16", edit("x", 1, unit_price=aud("5.00"))), policy=NONE)

    assert made.rows == ()
    assert made.opens[0].ahead is None
    assert after(now, made)[0] == ("2026-04-01", "1005.00")


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
    assert after(now, made)[0] == ("2026-04-01", "500.00")


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
    assert after(now, made)[0] == ("2026-03-16", "774.19")


# Billing that begins anew --------------------------------------------------------------------


def test_billing_can_begin_anew_for_every_line() -> None:
    now = standing(line(), line("support", 1, "31.00"), line("hours", 9, "1.00", kind=ONCE))

    made = draft(now, order(UP, "2026-03-16", edit(quantity=150)), policy=ANEW)

    assert told(made.rows) == [("credit", "516.13", "seats"), ("credit", "16.00", "support")]
    assert made.anchor == Anchor(16)
    # 1500.00 + 31.00 - 532.13 = 998.87
    assert after(now, made) == [
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
    assert after(now, made)[1] == ("2026-04-16", "1062.00")


def test_billing_anew_needs_the_credit() -> None:
    with pytest.raises(PolicyImpossible):
        draft(
            standing(),
            order(UP, "2026-03-16", edit(quantity=150), anchor=Anchoring.RE_ANCHOR),
            policy=CHARGE_ONLY,
        )


# Back-dated ------------------------------------------------------------------------------------


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


# Refused ---------------------------------------------------------------------------------------


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
