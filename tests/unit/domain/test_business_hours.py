"""Working time: over nights, weekends and days off, and while clocks change."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.business_hours import (
    BusinessHours,
    add_business_hours,
    add_days_of_business,
    is_business_instant,
    next_business_instant,
    next_opening,
)

BRISBANE = ZoneInfo("Australia/Brisbane")
NEW_YORK = ZoneInfo("America/New_York")
HOURS = BusinessHours(time(9), time(17), BRISBANE)


def at(written: str, zone: ZoneInfo = BRISBANE) -> datetime:
    return datetime.fromisoformat(written).replace(tzinfo=zone).astimezone(UTC)


@pytest.mark.parametrize(
    ("instant", "back"),
    [
        ("2026-11-20 09:00", "2026-11-20 09:00"),
        ("2026-11-20 12:30", "2026-11-20 12:30"),
        ("2026-11-20 16:59:59", "2026-11-20 16:59:59"),
        ("2026-11-20 17:00", "2026-11-23 09:00"),
        ("2026-11-20 08:59", "2026-11-20 09:00"),
        ("2026-11-19 23:00", "2026-11-20 09:00"),
        ("2026-11-21 12:00", "2026-11-23 09:00"),
        ("2026-11-22 23:59", "2026-11-23 09:00"),
    ],
)
def test_people_are_back_at_the_next_opening(instant: str, back: str) -> None:
    found = next_business_instant(at(instant), HOURS)

    assert found == at(back)
    assert found.tzinfo is UTC
    assert is_business_instant(at(instant), HOURS) is (instant == back)


def test_days_off_are_no_business_days() -> None:
    christmas = BusinessHours(
        time(9), time(17), BRISBANE, {date(2026, 12, 25), date(2026, 12, 28), date(2027, 1, 1)}
    )

    assert next_business_instant(at("2026-12-24 17:00"), christmas) == at("2026-12-29 09:00")
    assert add_business_hours(at("2026-12-24 16:00"), 2, christmas) == at("2026-12-29 10:00")
    assert add_days_of_business(at("2026-12-24 10:00"), 4, christmas) == at("2027-01-04 10:00")


def test_an_opening_that_has_passed_is_not_the_next_one() -> None:
    assert next_opening(at("2026-11-20 09:00"), HOURS) == at("2026-11-20 09:00")
    assert next_opening(at("2026-11-20 09:01"), HOURS) == at("2026-11-23 09:00")
    assert next_opening(at("2026-11-20 08:00"), HOURS) == at("2026-11-20 09:00")


@pytest.mark.parametrize(
    ("instant", "amount", "reached"),
    [
        ("2026-11-20 10:00", 4, "2026-11-20 14:00"),
        ("2026-11-20 09:00", 8, "2026-11-20 17:00"),
        ("2026-11-20 17:00", 8, "2026-11-23 17:00"),
        ("2026-11-20 13:12", 8, "2026-11-23 13:12"),
        ("2026-11-20 09:00", 9, "2026-11-23 10:00"),
        ("2026-11-20 09:00", 24, "2026-11-24 17:00"),
        ("2026-11-21 03:00", 2, "2026-11-23 11:00"),
        ("2026-11-21 03:00", 0, "2026-11-23 09:00"),
        ("2026-11-20 12:00", 0, "2026-11-20 12:00"),
    ],
)
def test_hours_count_only_while_people_work(instant: str, amount: int, reached: str) -> None:
    assert add_business_hours(at(instant), amount, HOURS) == at(reached)


@pytest.mark.parametrize(
    ("instant", "amount", "reached"),
    [
        ("2026-11-20 13:12", 1, "2026-11-23 13:12"),
        ("2026-11-20 13:12", 0, "2026-11-20 13:12"),
        ("2026-11-20 17:00", 1, "2026-11-24 09:00"),
        ("2026-11-21 12:00", 0, "2026-11-23 09:00"),
        ("2026-11-21 12:00", 2, "2026-11-25 09:00"),
        ("2026-11-16 09:00", 5, "2026-11-23 09:00"),
    ],
)
def test_days_of_business_keep_the_time_of_day(instant: str, amount: int, reached: str) -> None:
    assert add_days_of_business(at(instant), amount, HOURS) == at(reached)


def test_working_time_is_that_of_the_zone_whose_clock_is_set_forward_and_back() -> None:
    # New York sets its clock forward on 8 March and back on 1 November 2026, both Sundays
    new_york = BusinessHours(time(9), time(17), NEW_YORK)

    for friday, monday in (("2026-03-06", "2026-03-09"), ("2026-10-30", "2026-11-02")):
        begun = at(f"{friday} 16:00", NEW_YORK)
        assert add_business_hours(begun, 2, new_york) == at(f"{monday} 10:00", NEW_YORK)
        assert add_days_of_business(begun, 1, new_york) == at(f"{monday} 16:00", NEW_YORK)


def test_a_day_that_loses_an_hour_has_an_hour_less_to_work_in() -> None:
    # Baghdad set its clock forward on Tuesday 1 April 2003 at 03:00, and back on 1 October 2003
    night = BusinessHours(time(1), time(5), ZoneInfo("Asia/Baghdad"))

    def there(written: str) -> datetime:
        return at(written, night.zone)

    assert add_business_hours(there("2003-04-01 01:00"), 3, night) == there("2003-04-01 05:00")
    assert add_business_hours(there("2003-10-01 01:00"), 5, night) == there("2003-10-01 05:00")


def test_an_opening_that_the_clock_jumps_over_is_the_end_of_the_jump() -> None:
    early = BusinessHours(time(3, 30), time(11), ZoneInfo("Asia/Baghdad"))

    opening = next_opening(at("2003-03-31 12:00", early.zone), early)

    assert opening == at("2003-04-01 04:00", early.zone)


def test_an_opening_that_comes_twice_is_the_first_of_the_two() -> None:
    early = BusinessHours(time(3, 30), time(11), ZoneInfo("Asia/Baghdad"))

    opening = next_opening(at("2003-09-30 12:00", early.zone), early)

    assert opening == datetime(2003, 9, 30, 23, 30, tzinfo=UTC)


def test_a_day_that_a_zone_left_out_is_no_time_to_work() -> None:
    # Samoa went from Thursday 29 to Saturday 31 December 2011
    apia = BusinessHours(time(9), time(17), ZoneInfo("Pacific/Apia"))
    thursday = at("2011-12-29 16:00", apia.zone)

    assert add_business_hours(thursday, 2, apia) == at("2012-01-02 10:00", apia.zone)


ZONES = st.sampled_from(
    ["UTC", "Australia/Sydney", "America/New_York", "Asia/Kathmandu", "Africa/Cairo"]
)
INSTANTS = st.datetimes(datetime(2020, 1, 1), datetime(2035, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
DAYS_OFF = st.frozensets(
    st.integers(0, 60).map(lambda days: date(2026, 11, 1) + timedelta(days=days)), max_size=20
)


@st.composite
def working_times(draw: st.DrawFn) -> BusinessHours:
    opens = draw(st.integers(0, 22 * 60))
    closes = draw(st.integers(opens + 30, 23 * 60 + 59))
    zone = ZoneInfo(draw(ZONES))
    return BusinessHours(time(*divmod(opens, 60)), time(*divmod(closes, 60)), zone, draw(DAYS_OFF))


@given(INSTANTS, working_times(), st.integers(1, 40), st.integers(1, 40))
def test_hours_that_follow_one_another_add_up(
    instant: datetime, hours: BusinessHours, one: int, other: int
) -> None:
    in_steps = add_business_hours(add_business_hours(instant, one, hours), other, hours)

    assert in_steps == add_business_hours(instant, one + other, hours)


@given(INSTANTS, working_times())
def test_whoever_waits_for_people_never_waits_backwards_nor_too_long(
    instant: datetime, hours: BusinessHours
) -> None:
    back = next_business_instant(instant, hours)
    local = back.astimezone(hours.zone)

    assert back >= instant
    assert is_business_instant(back, hours)
    assert next_business_instant(back, hours) == back
    assert local.weekday() < 5
    assert local.date() not in hours.days_off
    assert hours.opens <= local.time() < hours.closes


@given(INSTANTS, working_times(), st.integers(0, 30))
def test_days_of_business_end_in_working_time_and_in_order(
    instant: datetime, hours: BusinessHours, amount: int
) -> None:
    reached = add_days_of_business(instant, amount, hours)

    assert is_business_instant(reached, hours)
    assert instant <= reached < add_days_of_business(instant, amount + 1, hours)
