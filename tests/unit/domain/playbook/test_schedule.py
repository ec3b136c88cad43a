"""Due dates: backwards from the live date, never outside [signing day, live date]."""

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

import pytest

from app.domain.errors import StepsInACircle
from app.domain.movement import Movement
from app.domain.playbook.model import OffsetUnit
from app.domain.playbook.schedule import due_on, in_order, last_before, lay_out, stages_left
from app.domain.playbook.week import Weekday, WeekTime
from tests.unit.domain.playbook.making import after_signing, before_live, playbook, step

ALL = Movement("start", "scale")
BUSINESS = OffsetUnit.BUSINESS_DAYS
SIGNED = date(2026, 11, 18)
LIVE = date(2026, 12, 7)


def test_a_due_date_is_counted_backwards_from_the_live_date() -> None:
    assert due_on(before_live(6), signed_on=SIGNED, live_on=LIVE) == date(2026, 12, 1)


def test_business_days_pass_over_weekends_and_holidays() -> None:
    offset = before_live(2, BUSINESS)

    assert due_on(offset, signed_on=SIGNED, live_on=LIVE) == date(2026, 12, 3)
    holidays = {date(2026, 12, 4)}
    assert due_on(offset, signed_on=SIGNED, live_on=LIVE, holidays=holidays) == date(2026, 12, 2)


def test_a_due_date_may_be_counted_from_signing() -> None:
    assert due_on(after_signing(3), signed_on=SIGNED, live_on=LIVE) == date(2026, 11, 21)


def test_short_notice_moves_due_dates_to_the_day_of_signing() -> None:
    friday = date(2026, 12, 4)

    assert due_on(before_live(6), signed_on=friday, live_on=LIVE) == friday


def test_nothing_is_due_after_the_live_date() -> None:
    assert due_on(after_signing(90), signed_on=SIGNED, live_on=LIVE) == LIVE
    assert due_on(before_live(0), signed_on=date(2026, 12, 8), live_on=LIVE) == LIVE


def test_a_removed_group_takes_its_steps_with_it() -> None:
    movement = Movement("sprint", "scale", ("Google",))
    book = playbook(steps=(step("register"), step("claim", stage="google"), step("x", stage=None)))

    assert [s.key for s in stages_left(book, movement)] == ["sms"]
    laid = lay_out(book, movement, signed_on=SIGNED, live_on=LIVE)
    assert [each.step.key for each in laid] == ["register", "x"]


def test_who_waits_for_a_removed_step_waits_no_longer() -> None:
    movement = Movement("sprint", "scale", ("Google",))
    brief = step("brief", waits_for=("claim",))
    book = playbook(steps=(brief, step("claim", stage="google")))

    laid = lay_out(book, movement, signed_on=SIGNED, live_on=LIVE)

    assert [each.step.key for each in laid] == ["brief"]


def test_steps_come_by_due_day_then_awaited_ones_first_then_as_in_the_file() -> None:
    steps = (
        step("late", due=before_live(1)),
        step("waiting", due=before_live(5), waits_for=("awaited",)),
        step("awaited", due=before_live(5)),
        step("other", due=before_live(5)),
        step("early", due=before_live(9)),
    )

    laid = lay_out(playbook(steps=steps), ALL, signed_on=SIGNED, live_on=LIVE)

    assert [each.step.key for each in laid] == ["early", "awaited", "waiting", "other", "late"]


def test_an_awaited_step_is_pulled_forward_through_the_whole_chain() -> None:
    # Given steps counted from signing, awaited by one counted from the live date
    steps = (
        step("third", due=before_live(7), waits_for=("second",)),
        step("second", due=after_signing(15), waits_for=("first",)),
        step("first", due=after_signing(14)),
    )

    # When the time between signing and live date is short
    laid = lay_out(playbook(steps=steps), ALL, signed_on=date(2026, 11, 25), live_on=LIVE)

    # Then none is due after the one that waits for it
    assert [(each.step.key, each.due_on.day) for each in laid] == [
        ("first", 30),
        ("second", 30),
        ("third", 30),
    ]


def test_steps_that_wait_for_one_another_are_named() -> None:
    circle = (step("a", waits_for=("b",)), step("b", waits_for=("a",)), step("c"))

    with pytest.raises(StepsInACircle) as refused:
        in_order(circle)

    assert refused.value.facts["steps"] == ["a", "b"]


@pytest.mark.parametrize(
    ("weekday", "zone", "instant"),
    [
        (Weekday.FRIDAY, "Australia/Brisbane", datetime(2026, 12, 3, 23, tzinfo=UTC)),
        (Weekday.FRIDAY, "America/New_York", datetime(2026, 12, 4, 14, tzinfo=UTC)),
        (Weekday.SUNDAY, "UTC", datetime(2026, 12, 6, 9, tzinfo=UTC)),
        (Weekday.MONDAY, "UTC", datetime(2026, 11, 30, 9, tzinfo=UTC)),
    ],
)
def test_a_weekly_time_is_the_last_such_before_the_live_date(
    weekday: Weekday, zone: str, instant: datetime
) -> None:
    assert last_before(LIVE, WeekTime(weekday, time(9)), ZoneInfo(zone)) == instant
