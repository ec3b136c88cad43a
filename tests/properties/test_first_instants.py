"""The first instant of a day, for every zone that this machine knows."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo, available_timezones

from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.calendar import (
    add_business_days,
    day_of,
    first_instant_of,
    is_business_day,
    is_monday,
    mondays_around,
    parse_day,
)

ZONES = sorted(available_timezones() - {"Factory", "localtime", "posixrules"})
DAYS = st.dates(date(1970, 1, 2), date(2037, 12, 31))


@settings(deadline=None)
@given(zone=st.sampled_from(ZONES).map(ZoneInfo), day=DAYS)
def test_no_instant_of_a_day_comes_before_its_first(zone: ZoneInfo, day: date) -> None:
    begins = first_instant_of(day, zone)

    # A day may be left out altogether; then it begins as the next one does.
    assert day_of(begins, zone) in (day, day + timedelta(days=1))
    for minutes in (*range(1, 120), 180, 360, 720, 1439):
        assert day_of(begins - timedelta(minutes=minutes), zone) < day
    assert day_of(begins - timedelta(microseconds=1), zone) < day


@settings(deadline=None)
@given(zone=st.sampled_from(ZONES).map(ZoneInfo), day=DAYS)
def test_days_begin_in_their_order(zone: ZoneInfo, day: date) -> None:
    assert first_instant_of(day, zone) <= first_instant_of(day + timedelta(days=1), zone)


@settings(deadline=None)
@given(zone=st.sampled_from(ZONES).map(ZoneInfo), day=DAYS)
def test_the_first_instant_read_back_is_its_day(zone: ZoneInfo, day: date) -> None:
    begins = first_instant_of(day, zone)

    assert parse_day(begins.isoformat(), zone) == day_of(begins, zone)


def test_every_jump_over_midnight_of_this_century_is_met_to_the_second() -> None:
    # given: every zone and the days from 2020 to 2030 whose midnight does not exist
    jumped = [
        (zone, day)
        for zone in map(ZoneInfo, ("Africa/Cairo", "Asia/Beirut", "America/Havana"))
        for day in (date(2020, 1, 1) + timedelta(days=n) for n in range(4018))
        if first_instant_of(day, zone).astimezone(zone).hour != 0
    ]

    # then: the instant before is the day before, and the clock jumps right there
    assert len(jumped) > 20
    for zone, day in jumped:
        begins = first_instant_of(day, zone)
        assert day_of(begins, zone) == day
        assert day_of(begins - timedelta(seconds=1), zone) == day - timedelta(days=1)


@given(day=DAYS)
def test_the_mondays_around_a_day_are_a_week_or_two_apart(day: date) -> None:
    before, after = mondays_around(day)

    assert is_monday(before)
    assert is_monday(after)
    assert before < day < after
    assert (after - before).days == (14 if is_monday(day) else 7)


@given(day=DAYS, days=st.integers(1, 60), holidays=st.frozensets(DAYS, max_size=5))
def test_business_days_counted_there_and_back_return(
    day: date, days: int, holidays: frozenset[date]
) -> None:
    there = add_business_days(day, days, holidays)

    assert is_business_day(there, holidays)
    back = add_business_days(there, -days, holidays)
    assert back == day if is_business_day(day, holidays) else back < day


@given(day=DAYS, at=st.times(), zone=st.sampled_from(ZONES).map(ZoneInfo))
def test_an_instant_with_its_zone_is_always_understood(day: date, at: time, zone: ZoneInfo) -> None:
    instant = datetime.combine(day, at, tzinfo=UTC)

    assert parse_day(instant.isoformat(), zone) == instant.astimezone(zone).date()
