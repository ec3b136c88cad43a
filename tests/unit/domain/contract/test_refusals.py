"""What a change does with lines of their own days and bills, and what it is refused for."""

from dataclasses import replace
from typing import Any

import pytest

from app.domain.contract.bills import bills
from app.domain.contract.change import Anchoring, ChangeKind, ChangeOrder, ChangePolicy, When
from app.domain.contract.errors import (
    EffectiveOutsideTerm,
    FieldUnfit,
    LinesOverlap,
    NotBilledYet,
    TermTooLong,
)
from app.domain.contract.line import Discount, Line, LineKind
from app.domain.contract.model import Standing
from app.domain.contract.timeline import applied, entitlements
from app.domain.proration import Manner
from tests.contracted import (
    ANEW,
    DOWN,
    MANAGER,
    RECAST,
    UP,
    aud,
    contract,
    day,
    days,
    draft,
    edit,
    line,
    order,
    standing,
    told,
)

STOP = ChangeKind.TERMINATION
BACK: dict[str, Any] = {
    "policy": ChangePolicy(When.ON_DATE, Manner.FULL, Anchoring.KEEP),
    "rights": MANAGER,
}


def spans(now: Standing, product: str = "seats") -> list[tuple[int, str, str]]:
    found = [
        (each.quantity, str(each.days.start), str(each.days.end))
        for each in now.lines
        if each.product == product
    ]
    return sorted(found, key=lambda each: each[1])


def test_a_change_ends_where_the_next_line_of_its_product_begins() -> None:
    # given: 100 seats up to 20 December, and 200 from then
    now = standing(
        line(span=days("2026-01-01", "2026-12-20")),
        line(quantity=200, span=days("2026-12-20", "2027-01-01")),
    )

    then = applied(now, draft(now, order(UP, "2026-12-16", edit(quantity=150))))

    assert spans(then) == [
        (100, "2026-01-01", "2026-12-16"),
        (150, "2026-12-16", "2026-12-20"),
        (200, "2026-12-20", "2027-01-01"),
    ]
    assert entitlements(then.lines, day("2026-12-20")) == {"seats": 200}


def test_a_product_that_begins_later_is_added_up_to_that_day() -> None:
    now = standing(
        line(),
        line("support", 2, "5.00", span=days("2026-06-01", "2026-09-01")),
        line("support", 3, "5.00", span=days("2026-09-01", "2027-01-01")),
    )
    more = edit("support", 1, unit_price=aud("5.00"))

    then = applied(now, draft(now, order(UP, "2026-03-01", more)))

    assert spans(then, "support") == [
        (1, "2026-03-01", "2026-06-01"),
        (2, "2026-06-01", "2026-09-01"),
        (3, "2026-09-01", "2027-01-01"),
    ]


def test_a_back_dated_change_does_not_rewrite_a_later_one() -> None:
    # given: 150 seats from 1 June on
    first = standing()
    now = applied(first, draft(first, order(UP, "2026-06-01", edit(quantity=150))))
    asked = order(UP, "2026-05-01", edit(quantity=120))

    with pytest.raises(LinesOverlap, match="seats changes on 2026-06-01 already"):
        draft(now, asked, today="2026-06-10", rights=MANAGER, change=101)


def test_a_back_dated_product_does_not_reach_back_before_its_next_line() -> None:
    now = standing(line(), line("support", 2, "5.00", span=days("2026-06-01", "2027-01-01")))
    asked = order(UP, "2026-05-01", edit("support", 1, unit_price=aud("5.00")))

    with pytest.raises(LinesOverlap):
        draft(now, asked, today="2026-06-10", rights=MANAGER)


def test_a_line_with_an_end_of_its_own_keeps_it() -> None:
    now = standing(line(span=days("2026-01-01", "2026-04-16")), line("support", 1, "31.00"))

    changed = applied(now, draft(now, order(UP, "2026-04-01", edit(quantity=200))))
    anew = applied(
        now, draft(now, order(UP, "2026-03-10", edit("support", 2)), policy=ANEW, change=102)
    )
    recast = draft(now, order(RECAST, "2026-03-16"), change=103)

    assert spans(changed)[-1] == (200, "2026-04-01", "2026-04-16")
    # 2000.00 x 15 / 30, and the support
    assert str(bills(changed, (), start=day("2026-04-01"), count=1)[0].total) == "1031.00 AUD"
    assert spans(anew)[-1] == (100, "2026-03-10", "2026-04-16")
    assert recast.successor is not None
    assert {each.product: str(each.days.end) for each in recast.successor.lines} == {
        "seats": "2026-04-16",
        "support": "2027-03-16",
    }


def test_no_change_before_the_first_bill_of_what_is_paid_ahead() -> None:
    # given: paid ahead up to 1 April
    ahead = replace(line(), billed_from=day("2026-04-01"))
    now = standing(ahead, line("support", 1, "31.00"))

    for asked in (order(UP, "2026-03-01", edit(quantity=150)), order(RECAST, "2026-03-16")):
        with pytest.raises(NotBilledYet, match="first bill of 100 x Seats is of 2026-04-01"):
            draft(now, asked)
    with pytest.raises(NotBilledYet):
        draft(now, order(UP, "2026-03-10", edit("support", 2)), policy=ANEW)
    other = draft(now, order(UP, "2026-03-01", edit("support", 2)))
    later = draft(now, order(UP, "2026-03-01", edit(quantity=150), billing_from=day("2026-04-01")))

    assert other.rows == later.rows == ()
    assert str(bills(applied(now, later), (), start=day("2026-02-02"), count=2)[1].total) == (
        "1531.00 AUD"
    )


def test_no_change_before_a_price_begins_that_begins_later() -> None:
    # given: 150 seats from 1 March, their price from 16 May
    first = standing()
    asked = order(UP, "2026-03-01", edit(quantity=150), billing_from=day("2026-05-16"))
    now = applied(first, draft(first, asked))

    with pytest.raises(NotBilledYet):
        draft(now, order(UP, "2026-04-01", edit(quantity=200)), change=101)

    # and: from then on, what the first change charged is known: 1500.00 x 11 / 31 = 532.258
    made = draft(now, order(UP, "2026-05-21", edit(quantity=200)), change=101)
    assert told(made.rows)[0] == ("credit", "532.26", "seats")


def test_what_costs_nothing_may_be_changed_before_its_first_bill() -> None:
    free = replace(line(unit_price="0.00"), billed_from=day("2026-04-01"))

    made = draft(standing(free), order(UP, "2026-03-01", edit(unit_price=aud("1.00"))))

    assert made.opens[0].billed_from == day("2026-03-01")


@pytest.mark.parametrize("kind", [UP, RECAST])
def test_what_is_bought_once_and_not_billed_yet_is_billed_on_its_day(kind: ChangeKind) -> None:
    # given: 10 hours in force, to be billed on 1 May
    hours = line("hours", 10, "2.00", kind=LineKind.ONE_TIME)
    now = standing(line(), replace(hours, billed_from=day("2026-05-01")))

    made = draft(now, order(kind, "2026-03-01", edit("hours", 15)))

    then = made.opens or (made.successor.lines if made.successor else ())
    new = next(each for each in then if each.product == "hours")
    assert made.rows == ()
    assert (new.billed_from, new.price) == (day("2026-05-01"), aud("30.00"))
    assert new.billed_from < new.billed_to


def test_what_is_bought_once_goes_along_in_a_recast_billed_or_not() -> None:
    hours = line("hours", 10, "2.00", kind=LineKind.ONE_TIME)
    for billed_from, is_billed in (("2026-01-01", True), ("2026-05-01", False)):
        now = standing(line(), replace(hours, billed_from=day(billed_from)))

        made = draft(now, order(RECAST, "2026-03-01"))

        assert made.successor is not None
        new = next(each for each in made.successor.lines if each.product == "hours")
        assert (new.billed_to <= new.billed_from) is is_billed


# Back-dated credits ---------------------------------------------------------------------------


def cheap_first_bill() -> Line:
    """Since 31 December: 1000.00 a month with 900.00 off the first bill, so 100.00 for January."""
    discount = Discount(None, aud("900.00"), once=True)
    one = line(span=days("2025-12-31", "2027-01-01"), discount=discount)
    return replace(one, billed_from=day("2026-01-01"))


def test_a_back_dated_credit_is_never_above_what_was_paid() -> None:
    first = cheap_first_bill()

    made = draft(
        standing(first), order(DOWN, "2026-01-01", edit(quantity=50)), today="2026-01-11", **BACK
    )

    # then: not 500.00; nothing is left of what was paid, so nothing is left to credit later
    assert told(made.rows) == [("credit", "100.00", "seats")]
    assert made.opens[0].ahead is not None
    assert made.opens[0].ahead.money == aud("0.00")


def test_a_back_dated_credit_is_capped_period_by_period() -> None:
    # given: 100.00 for January, 1000.00 for February
    first = cheap_first_bill()

    made = draft(
        standing(first), order(DOWN, "2026-01-01", edit(quantity=50)), today="2026-02-11", **BACK
    )

    assert told(made.rows) == [("credit", "600.00", "seats")]
    assert made.opens[0].ahead is not None
    assert made.opens[0].ahead.money == aud("500.00")


def test_a_back_dated_rise_leaves_what_was_paid_and_charged() -> None:
    first = cheap_first_bill()

    made = draft(
        standing(first), order(UP, "2026-01-01", edit(quantity=150)), today="2026-01-11", **BACK
    )

    assert told(made.rows) == [("charge", "500.00", "seats")]
    assert made.opens[0].ahead is not None
    assert made.opens[0].ahead.money == aud("600.00")


def test_what_nothing_was_paid_for_is_not_credited() -> None:
    # given: billed nowhere so far
    silent = replace(line(), billed_to=day("2026-01-01"))

    made = draft(
        standing(silent), order(DOWN, "2026-01-01", edit(quantity=50)), today="2026-01-11", **BACK
    )

    assert told(made.rows) == [("credit", "0.00", "seats")]


@pytest.mark.parametrize(("unpaid", "held"), [("2026-03-01", True), ("2026-04-01", False)])
def test_a_credit_for_an_unpaid_bill_is_held(unpaid: str, held: bool) -> None:
    now = standing(of=contract(unpaid_from=day(unpaid)))

    since = draft(now, order(DOWN, "2026-03-02", edit(quantity=50)), today="2026-03-11", **BACK)
    stated = draft(now, order(RECAST, "2026-03-16", stated_credit=aud("50.00")))

    assert [row.is_held for row in (*since.rows, *stated.rows)] == [held, held]
    assert stated.successor is not None
    assert stated.successor.credit == aud("0.00" if held else "50.00")
    assert ("held until that bill is paid" in stated.rows[0].sentence) is held


# What a kind of change does not have ----------------------------------------------------------

TO, PAID = day("2027-06-01"), aud("1.00")


@pytest.mark.parametrize(
    ("asked", "pointer"),
    [
        (order(STOP, "2026-06-01", edit(quantity=1)), "/lines"),
        (order(STOP, "2026-06-01", ends_on=TO), "/ends_on"),
        (order(STOP, "2026-06-01", term_months=3), "/term_months"),
        (order(STOP, "2026-06-01", stated_credit=PAID), "/credit"),
        (order(STOP, "2026-06-01", billing_from=TO), "/billing_from"),
        (order(UP, "2026-06-01", edit(quantity=150), stated_credit=PAID), "/credit"),
        (order(DOWN, "2026-06-01", edit(quantity=50), stated_credit=PAID), "/credit"),
        (order(RECAST, "2026-06-01", billing_from=TO), "/billing_from"),
        (order(RECAST, "2026-06-01", ends_on=TO, term_months=3), "/term_months"),
        (order(RECAST, "2026-06-01", stated_credit=aud("-1.00")), "/credit"),
        (order(ChangeKind.RENEWAL, None, billing_from=TO), "/billing_from"),
        (order(ChangeKind.RENEWAL, None, stated_credit=PAID), "/credit"),
        (order(UP, "2026-06-01", edit("x"), edit(quantity=150, add=1)), "/lines/1/add"),
    ],
)
def test_what_a_kind_does_not_have_is_refused(asked: ChangeOrder, pointer: str) -> None:
    with pytest.raises(FieldUnfit) as refused:
        draft(standing(), asked)

    assert refused.value.pointer == pointer


def test_a_price_does_not_begin_after_the_contract() -> None:
    asked = order(UP, "2026-06-01", edit(quantity=150), billing_from=day("2027-01-01"))

    with pytest.raises(EffectiveOutsideTerm, match="the price would never begin"):
        draft(standing(), asked)


def test_no_term_ends_after_the_last_year_there_is() -> None:
    span = days("2195-01-01", "2196-01-01")
    now = standing(line(span=span), of=contract(term=span))

    with pytest.raises(TermTooLong):
        draft(now, order(RECAST, "2195-06-01", term_months=120), today="2195-01-01")
