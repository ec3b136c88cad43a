"""Zones, the instants at which days begin, days read by rule, and working days."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from app.domain.calendar import (
    add_business_days,
    day_of,
    first_instant_of,
    is_business_day,
    is_monday,
    live_instant,
    mondays_around,
    next_working_monday,
    parse_day,
    spoken_span,
    window_opens_on,
    zone_of,
)
from app.domain.errors import DayNotUnderstood, ZoneUnknown

SYDNEY = ZoneInfo("Australia/Sydney")
MONDAY = date(2026, 12, 7)


@pytest.mark.parametrize(
    "name", ["Australia/Sydney", "UTC", "EST5EDT", "America/Argentina/Buenos_Aires", "Etc/GMT+5"]
)
def test_a_zone_is_known_by_its_iana_name(name: str) -> None:
    assert zone_of(name).key == name


@pytest.mark.parametrize(
    "name",
    [
        "",
        " ",
        "../etc",
        "../etc/passwd",
        "/etc/localtime",
        "/usr/share/zoneinfo/UTC",
        "America",
        "Australia/sydney",
        "AEST",
        "Sydney",
        "+10:00",
        "Mars/Olympus",
        "UTC\x00",
        "U\x00TC",
        "localtime",
        "posixrules",
        "Factory",
        "right/UTC",
        "posix/UTC",
        "tzdata.zi",
        "A" * 5000,
        "Australia/Sydney ",
        "Australia//Sydney",
        "Australia/../UTC",
        "\u00c5",
        None,
        10,
        ["UTC"],
    ],
)
def test_what_is_no_iana_zone_is_refused(name: object) -> None:
    with pytest.raises(ZoneUnknown) as refused:
        zone_of(name)

    assert refused.value.code == "zone_unknown"
    assert len(refused.value.detail) < 160


@pytest.mark.parametrize(
    ("zone", "day", "begins"),
    [
        ("Australia/Sydney", "2026-12-07", "2026-12-06T13:00:00"),  # 00:00 at +11
        ("UTC", "2026-12-07", "2026-12-07T00:00:00"),
        ("America/Los_Angeles", "2026-12-07", "2026-12-07T08:00:00"),  # 00:00 at -8
        ("Africa/Cairo", "2026-04-24", "2026-04-23T22:00:00"),  # 00:00 +2 becomes 01:00 +3
        ("Asia/Beirut", "2026-03-29", "2026-03-28T22:00:00"),  # 00:00 +2 becomes 01:00 +3
        ("America/Havana", "2026-03-08", "2026-03-08T05:00:00"),  # 00:00 -5 becomes 01:00 -4
        ("America/Santiago", "2026-09-06", "2026-09-06T04:00:00"),  # 00:00 -4 becomes 01:00 -3
        ("America/Havana", "2026-11-01", "2026-11-01T04:00:00"),  # two midnights; the first, -4
        ("Asia/Tehran", "2021-03-22", "2021-03-21T20:30:00"),  # a Monday: 00:00 becomes 01:00
        ("Asia/Tehran", "2022-03-22", "2022-03-21T20:30:00"),  # a Tuesday, on which windows open
        ("Asia/Tehran", "2020-09-21", "2020-09-20T20:30:00"),  # a Monday: 00:00 becomes 23:00
        ("Antarctica/Vostok", "2023-12-18", "2023-12-17T17:00:00"),  # a Monday with two midnights
        ("America/St_Johns", "2006-10-29", "2006-10-29T02:30:00"),  # 00:01 falls back to 23:01
        ("America/Scoresbysund", "2024-03-31", "2024-03-31T01:00:00"),  # -1 to -2, then -1 again
        ("Pacific/Apia", "2011-12-30", "2011-12-30T10:00:00"),  # the day was left out
        ("Pacific/Apia", "2011-12-31", "2011-12-30T10:00:00"),
        ("Pacific/Kwajalein", "1993-08-21", "1993-08-21T12:00:00"),  # left out as well
        ("America/Toronto", "1919-03-31", "1919-03-31T04:30:00"),  # 23:30 -5 became 00:30 -4
    ],
)
def test_a_day_begins_at_the_first_instant_that_exists_on_it(
    zone: str, day: str, begins: str
) -> None:
    begun = first_instant_of(date.fromisoformat(day), ZoneInfo(zone))

    assert begun == datetime.fromisoformat(begins).replace(tzinfo=UTC)
    assert begun.tzinfo is UTC


def test_where_midnight_does_not_exist_the_day_begins_as_the_clock_jumps() -> None:
    cairo = ZoneInfo("Africa/Cairo")

    begun = first_instant_of(date(2026, 4, 24), cairo)

    assert begun.astimezone(cairo).isoformat() == "2026-04-24T01:00:00+03:00"
    assert day_of(begun - timedelta(microseconds=1), cairo) == date(2026, 4, 23)


def test_the_live_instant_begins_the_live_date() -> None:
    assert live_instant(MONDAY, SYDNEY) == datetime(2026, 12, 6, 13, tzinfo=UTC)


def test_an_instant_falls_on_the_day_of_its_zone() -> None:
    instant = datetime(2026, 12, 6, 14, tzinfo=UTC)

    assert day_of(instant, ZoneInfo("Australia/Brisbane")) == MONDAY
    assert day_of(instant, ZoneInfo("America/New_York")) == date(2026, 12, 6)


@pytest.mark.parametrize(
    "instant",
    [datetime(2026, 12, 6, 14, tzinfo=UTC).replace(tzinfo=None), datetime.max.replace(tzinfo=UTC)],
)
def test_an_instant_without_zone_or_calendar_falls_on_no_day(instant: datetime) -> None:
    with pytest.raises(DayNotUnderstood):
        day_of(instant, SYDNEY)


@pytest.mark.parametrize(
    ("day", "before", "after"),
    [
        ("2026-12-07", "2026-11-30", "2026-12-14"),  # a Monday is not its own neighbour
        ("2026-12-08", "2026-12-07", "2026-12-14"),
        ("2026-12-13", "2026-12-07", "2026-12-14"),
    ],
)
def test_the_mondays_around_a_day_are_strictly_before_and_after_it(
    day: str, before: str, after: str
) -> None:
    around = mondays_around(date.fromisoformat(day))

    assert around == (date.fromisoformat(before), date.fromisoformat(after))
    assert all(is_monday(monday) for monday in around)


def test_the_window_opens_on_the_tuesday_before_the_live_date() -> None:
    assert window_opens_on(MONDAY) == date(2026, 12, 1)
    assert window_opens_on(MONDAY, 4) == date(2026, 12, 3)
    assert not is_monday(window_opens_on(MONDAY))


@pytest.mark.parametrize(
    ("text", "zone", "day"),
    [
        ("2026-12-07", "Australia/Brisbane", "2026-12-07"),
        ("2026-12-07", "America/Los_Angeles", "2026-12-07"),  # a day needs no zone
        ("2026-12-06T14:00:00Z", "Australia/Brisbane", "2026-12-07"),
        ("2026-12-06T13:59:59.999999999z", "Australia/Brisbane", "2026-12-06"),
        ("2026-12-07t09:00:00+11:00", "America/New_York", "2026-12-06"),
        ("2026-12-07T00:00:00-00:00", "UTC", "2026-12-07"),
        ("2028-02-29", "UTC", "2028-02-29"),
        ("1900-01-01", "UTC", "1900-01-01"),
        ("2200-12-31", "UTC", "2200-12-31"),
    ],
)
def test_a_day_is_read_by_rule(text: str, zone: str, day: str) -> None:
    assert parse_day(text, ZoneInfo(zone)) == date.fromisoformat(day)


@pytest.mark.parametrize(
    "text",
    [
        "",
        " 2026-12-07",
        "2026-12-07 ",
        "2026-12-07\n",
        "2026-12-7",
        "20261207",
        "07/12/2026",
        "12/07/2026",
        "2026/12/07",
        "2026-W50-1",
        "2026-341",
        "Monday",
        "next Monday",
        "2026-12",
        "2026-12-07T09:00:00",
        "2026-12-07T09:00Z",
        "2026-12-07 09:00:00Z",
        "2026-12-07T09:00:00 Z",
        "2026-12-07T09:00:00+1100",
        "2026-12-07T09:00:00+11",
        "2026-12-07T09Z",
        "2026-12-07Z",
        "1796601600",
        "1796601600000",
        "-1",
        "0",
        "1e9",
        "\u0662026-12-07",
        "2026-12-07\x00",
        "2026-02-30",
        "2026-13-01",
        "2026-00-00",
        "2026-12-07T24:00:00Z",
        "2026-12-07T09:60:00Z",
        "2026-12-07T23:59:60Z",
        "2026-12-07T09:00:00+25:00",
        "0000-01-01",
        "0001-01-01",
        "1899-12-31",
        "2201-01-01",
        "9999-12-31",
        "9999-12-31T23:59:59Z",
        "0001-01-01T00:00:00+12:00",
        "+12026-12-07",
        "2" * 10_000,
        1796601600,
        1796601600.0,
        True,
        None,
        date(2026, 12, 7),
        ["2026-12-07"],
    ],
)
def test_a_day_is_never_guessed(text: object) -> None:
    with pytest.raises(DayNotUnderstood) as refused:
        parse_day(text, SYDNEY)

    assert refused.value.code == "day_not_understood"
    assert len(refused.value.detail) < 180


@pytest.mark.parametrize(
    ("first", "last", "written"),
    [
        ("2026-12-07", "2026-12-07", "7 December 2026"),
        ("2026-12-07", "2026-12-09", "7 to 9 December 2026"),
        ("2026-11-30", "2026-12-02", "30 November to 2 December 2026"),
        ("2026-12-30", "2027-01-02", "30 December 2026 to 2 January 2027"),
        ("2026-12-07", "2027-12-07", "7 December 2026 to 7 December 2027"),
    ],
)
def test_a_run_of_days_is_written_out_with_both_ends(first: str, last: str, written: str) -> None:
    assert spoken_span(date.fromisoformat(first), date.fromisoformat(last)) == written


def test_business_days_are_monday_to_friday_without_holidays() -> None:
    assert is_business_day(MONDAY)
    assert not is_business_day(MONDAY, {MONDAY})
    assert not is_business_day(date(2026, 12, 5))


@pytest.mark.parametrize(
    ("day", "days", "reached"),
    [
        ("2026-12-04", 1, "2026-12-07"),  # Friday and one: Monday
        ("2026-12-07", -1, "2026-12-04"),
        ("2026-12-05", 1, "2026-12-07"),  # from a Saturday
        ("2026-12-06", -1, "2026-12-04"),  # from a Sunday, back
        ("2026-12-05", 0, "2026-12-05"),  # nothing to count: unchanged
        ("2026-12-23", 2, "2026-12-29"),  # Christmas Friday and a Monday in lieu do not count
        ("2026-12-29", -2, "2026-12-23"),
        ("2026-12-07", 10, "2026-12-21"),
    ],
)
def test_business_days_are_counted_past_weekends_and_holidays(
    day: str, days: int, reached: str
) -> None:
    holidays = {date(2026, 12, 25), date(2026, 12, 28)}

    assert add_business_days(date.fromisoformat(day), days, holidays) == date.fromisoformat(reached)


def test_the_next_working_monday_is_no_holiday() -> None:
    holidays = {date(2026, 12, 28), date(2027, 1, 4)}

    assert next_working_monday(date(2026, 12, 21), holidays) == date(2027, 1, 11)
    assert next_working_monday(date(2026, 12, 21)) == date(2026, 12, 28)
