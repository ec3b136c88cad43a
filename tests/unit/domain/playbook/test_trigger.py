"""When a schedule comes round."""

from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

import pytest

from app.domain.playbook.trigger import Every, Schedule, next_time
from app.domain.playbook.week import Weekday

NEW_YORK = ZoneInfo("America/New_York")
BRISBANE = ZoneInfo("Australia/Brisbane")
DAILY = Schedule(Every.DAY, time(9))
MONDAYS = Schedule(Every.WEEK, time(9), weekday=Weekday.MONDAY)
ON_THE_5TH = Schedule(Every.MONTH, time(9), day=5)


def at(text: str, zone: ZoneInfo) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone)


@pytest.mark.parametrize(
    ("schedule", "after", "then"),
    [
        (DAILY, "2026-11-20 08:59", "2026-11-20 09:00"),
        # What comes at this very instant has come; the next one is tomorrow's.
        (DAILY, "2026-11-20 09:00", "2026-11-21 09:00"),
        (MONDAYS, "2026-11-20 12:00", "2026-11-23 09:00"),
        (MONDAYS, "2026-11-23 08:00", "2026-11-23 09:00"),
        (ON_THE_5TH, "2026-11-05 09:00", "2026-12-05 09:00"),
        (ON_THE_5TH, "2026-11-04 23:00", "2026-11-05 09:00"),
    ],
)
def test_a_schedule_comes_round_on_the_organisations_clock(
    schedule: Schedule, after: str, then: str
) -> None:
    assert next_time(schedule, at(after, BRISBANE), BRISBANE) == at(then, BRISBANE)


def test_an_instant_of_another_zone_is_taken_as_it_is() -> None:
    evening = datetime(2026, 11, 19, 23, 30, tzinfo=UTC)  # 09:30 on the 20th in Brisbane

    assert next_time(DAILY, evening, BRISBANE) == at("2026-11-21 09:00", BRISBANE)


def test_nine_in_the_morning_stays_nine_when_the_clocks_change() -> None:
    before = at("2026-10-31 09:00", NEW_YORK)

    found = next_time(DAILY, before, NEW_YORK)

    assert found == datetime(2026, 11, 1, 14, tzinfo=UTC)


def test_a_time_that_the_clocks_skip_comes_as_soon_as_they_go_on() -> None:
    half_past_two = Schedule(Every.DAY, time(2, 30))

    found = next_time(half_past_two, at("2026-03-07 12:00", NEW_YORK), NEW_YORK)

    assert found == at("2026-03-08 03:00", NEW_YORK)
