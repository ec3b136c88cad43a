"""Days and times as the console says them."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from app.console.when import When

# 13:12 on Friday 20 November in Brisbane.
BRISBANE = When(datetime(2026, 11, 20, 3, 12, tzinfo=UTC), ZoneInfo("Australia/Brisbane"))


@pytest.mark.parametrize(
    ("gap", "words"),
    [
        (timedelta(days=17), "in 17 days"),
        (timedelta(days=2), "in 2 days"),
        (timedelta(days=1, hours=23, minutes=59), "in 47 hours"),
        (timedelta(hours=1, minutes=59), "in 1 hour"),
        (timedelta(minutes=1), "in 1 minute"),
        (timedelta(seconds=59), "now"),
        (timedelta(0), "now"),
        (-timedelta(minutes=42), "42 minutes ago"),
        (-timedelta(hours=5), "5 hours ago"),
        (-timedelta(days=3), "3 days ago"),
    ],
)
def test_an_instant_is_so_far_off(gap: timedelta, words: str) -> None:
    assert BRISBANE.until(BRISBANE.now + gap) == words


def test_days_are_the_clients_and_not_utcs() -> None:
    # given
    late = When(datetime(2026, 12, 6, 14, 30, tzinfo=UTC), BRISBANE.zone)

    # then
    assert late.today == date(2026, 12, 7)
    assert late.moment(late.now) == "Mon 7 Dec, 00:30"
    assert late.machine(late.now) == "2026-12-06T14:30:00Z"


@pytest.mark.parametrize(
    ("day", "words"),
    [
        (date(2026, 11, 20), "today"),
        (date(2026, 11, 21), "tomorrow"),
        (date(2026, 11, 19), "yesterday"),
        (date(2026, 12, 1), "in 11 days"),
        (date(2026, 11, 10), "10 days ago"),
    ],
)
def test_a_day_is_so_far_off(day: date, words: str) -> None:
    assert BRISBANE.away(day) == words


@pytest.mark.parametrize(
    ("days", "words"),
    [
        ([1, 2, 3, 4, 5, 6], "Tue 1 to Sun 6 Dec"),
        ([1, 2, 4, 5, 6], "Tue 1 to Wed 2 Dec, Fri 4 to Sun 6 Dec"),
        ([3], "Thu 3 Dec"),
        ([], ""),
    ],
)
def test_safe_days_are_said_in_runs(days: list[int], words: str) -> None:
    assert BRISBANE.runs([date(2026, 12, day) for day in days]) == words


def test_runs_over_the_end_of_a_month_or_a_year_say_both() -> None:
    # given
    eve, new_year = date(2026, 12, 31), date(2027, 1, 1)

    # then
    assert BRISBANE.runs([date(2026, 11, 30), date(2026, 12, 1)]) == "Mon 30 Nov to Tue 1 Dec"
    assert BRISBANE.runs([eve, new_year]) == "Thu 31 Dec to Fri 1 Jan 2027"


@pytest.mark.parametrize(
    ("zone", "name", "offset"),
    [
        ("Australia/Brisbane", "Brisbane time", "UTC+10:00"),
        ("America/Argentina/Buenos_Aires", "Buenos Aires time", "UTC-03:00"),
        ("Asia/Kathmandu", "Kathmandu time", "UTC+05:45"),
        ("UTC", "UTC", "UTC+00:00"),
    ],
)
def test_a_zone_is_named_as_people_say_it(zone: str, name: str, offset: str) -> None:
    # given
    when = When(BRISBANE.now, ZoneInfo(zone))

    # then
    assert (when.zone_name, when.offset) == (name, offset)
