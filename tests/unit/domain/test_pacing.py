"""How much may be asked of a vendor, and who waits how long for it."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.delivery import DeliveryKind, System
from app.domain.pacing import (
    LONGEST_QUEUE,
    Limit,
    MondayPlan,
    ask_again_in,
    cost_of,
    expected_cost,
    limits_of,
    wait_for_token,
)

SPACE = limits_of()[System.CHAT][0]
MINUTE = Limit("minute", 70, timedelta(minutes=1), 10, "a test")


@pytest.mark.parametrize(
    ("plan", "a_minute", "a_day"),
    [
        (MondayPlan.STANDARD, 1000, 1000),
        (MondayPlan.PRO, 2500, 10_000),
        (MondayPlan.ENTERPRISE, 5000, 25_000),
    ],
)
def test_mondays_limits_hang_on_what_the_account_has_bought(
    plan: MondayPlan, a_minute: int, a_day: int
) -> None:
    minute, day = limits_of(monday=plan)[System.BOARD]

    assert (minute.name, minute.tokens, day.name, day.tokens) == ("minute", a_minute, "day", a_day)
    assert day.daily
    assert (day.burst, day.rate, day.debt) == (a_day, 0.0, 0.0)


def test_every_limit_names_its_source_and_the_billing_hook_has_none() -> None:
    limits = limits_of(helpscout_a_minute=400)

    assert all(limit.source for each in limits.values() for limit in each)
    assert limits[System.MAIL][0].tokens == 400
    assert System.BILLING not in limits


def test_a_room_gets_one_message_a_second() -> None:
    assert SPACE.burst == 1
    assert SPACE.rate == pytest.approx(1, rel=0.02)


@given(
    tokens=st.integers(2, 10_000),
    part=st.floats(0.01, 0.99),
    starts=st.floats(0, 600),
)
def test_no_span_of_the_limits_length_sees_more_than_the_vendor_allows(
    tokens: int, part: float, starts: float
) -> None:
    # given a bucket that is full, and somebody who takes whatever there is
    limit = Limit("any", tokens, timedelta(minutes=1), max(int(tokens * part), 1), "a test")

    def left_by(seconds: float) -> float:
        return limit.burst + limit.rate * seconds

    # then the most that leaves within a minute is what was full, and what flowed in
    assert left_by(60) <= tokens + 1e-6
    assert left_by(starts + 60) - left_by(starts) <= tokens


@pytest.mark.parametrize("kind", DeliveryKind)
def test_every_kind_of_effect_has_its_price_and_a_look_up_costs_one_more(
    kind: DeliveryKind,
) -> None:
    assert expected_cost(kind, unsure=True) == expected_cost(kind, unsure=False) + 1 > 1


def test_help_scout_counts_a_write_twice_and_the_others_do_not() -> None:
    methods = ["GET", "POST", "PUT"]

    assert cost_of(System.MAIL, methods) == 5
    assert cost_of(System.BOARD, methods) == 3
    assert cost_of(System.CHAT, []) == 0


def test_whoever_finds_no_token_waits_until_the_promised_one_is_there() -> None:
    assert wait_for_token(0, MINUTE) == timedelta()
    assert wait_for_token(3.5, MINUTE) == timedelta()
    assert wait_for_token(-5, MINUTE) == timedelta(seconds=5)
    assert wait_for_token(-MINUTE.debt, MINUTE) == LONGEST_QUEUE


def test_a_daily_limit_promises_nothing() -> None:
    day = limits_of()[System.BOARD][1]

    assert wait_for_token(-1, day) == timedelta()


def test_those_who_find_the_queue_full_come_back_apart_from_one_another() -> None:
    assert ask_again_in(0.0) == timedelta(minutes=1)
    assert ask_again_in(0.5) == timedelta(minutes=2)
