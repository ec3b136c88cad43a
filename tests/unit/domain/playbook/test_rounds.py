"""What has come round for a playbook since it was last looked at."""

from dataclasses import replace
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

import pytest

from app.domain.playbook.cycle import CyclePeriod
from app.domain.playbook.governance import Governance, ReviewCycle
from app.domain.playbook.rounds import NOTHING, ComeRound, come_round
from app.domain.playbook.trigger import Every, Schedule, Trigger, last_time
from app.domain.playbook.week import Weekday
from tests.unit.domain.playbook.making import general

BRISBANE = ZoneInfo("Australia/Brisbane")
NEW_YORK = ZoneInfo("America/New_York")
DAILY = Schedule(Every.DAY, time(9))
MONDAYS = Schedule(Every.WEEK, time(10), weekday=Weekday.MONDAY)
BOOK = general(
    review_cycle=ReviewCycle.MONTHLY,
    trigger=Trigger(schedules=(DAILY, MONDAYS, DAILY)),
    governance=Governance("New", "None"),
)


def at(text: str, zone: ZoneInfo = BRISBANE) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone)


def come(after: str, now: str, since: str = "2026-11-20 12:00") -> ComeRound:
    return come_round(BOOK, since=at(since), after=at(after), now=at(now), zone=BRISBANE)


def test_nothing_comes_between_two_looks_at_one_time() -> None:
    assert come("2026-11-24 09:00", "2026-11-24 23:59") == NOTHING


def test_what_came_several_times_unseen_starts_one_run_for_each_schedule() -> None:
    # given: nobody looked from Friday on; it is Tuesday, 08:00
    found = come("2026-11-20 12:00", "2026-11-24 08:00")

    assert found.times == (at("2026-11-23 09:00"), at("2026-11-23 10:00"))
    assert found.spot_check == CyclePeriod(date(2026, 11, 16), date(2026, 11, 23))
    assert (found.report, found.review) == (None, 0)


def test_a_version_starts_nothing_before_its_day() -> None:
    found = come("2026-11-24 08:00", "2026-11-25 08:59", since="2026-11-25 00:00")
    assert found.times == ()

    # at the very instant of its midnight it does
    found = come("2026-11-24 08:00", "2026-11-25 09:00", since="2026-11-25 09:00")
    assert found.times == (at("2026-11-25 09:00"),)


def test_a_month_is_reported_when_it_is_over_and_a_review_counts_from_the_version() -> None:
    assert come("2026-11-30 23:59", "2026-12-01 00:00").report == CyclePeriod(
        date(2026, 11, 1), date(2026, 12, 1)
    )
    assert come("2026-12-19 23:59", "2026-12-20 00:00").review == 1
    assert come("2026-12-20 00:00", "2027-01-19 23:59").review == 0
    assert come("2026-12-20 00:00", "2027-03-20 00:00").review == 4


def test_without_governance_nobody_checks_or_reports() -> None:
    book = replace(BOOK, governance=None, trigger=Trigger(by_hand=True))
    since = at("2026-11-20 12:00")

    found = come_round(book, since=since, after=since, now=at("2026-12-02 09:00"), zone=BRISBANE)

    assert found == NOTHING


@pytest.mark.parametrize(
    ("schedule", "after", "until", "last"),
    [
        (DAILY, "2026-11-18 09:00", "2026-11-20 08:59", "2026-11-19 09:00"),
        (DAILY, "2026-11-19 09:00", "2026-11-20 08:59", None),
        (DAILY, "2026-11-19 09:00", "2026-11-20 09:00", "2026-11-20 09:00"),
        (MONDAYS, "2026-10-01 00:00", "2026-11-23 09:59", "2026-11-16 10:00"),
        (Schedule(Every.MONTH, time(9), day=5), "2026-10-05 09:00", "2026-11-04 12:00", None),
        # The clocks are put on at 02:00 on 8 March: 02:30 comes as it is 03:00.
        (Schedule(Every.DAY, time(2, 30)), "2026-03-07 12:00", "2026-03-08 12:00", "skipped"),
        # They are put back at 02:00 on 1 November: 01:30 comes twice, and counts once.
        (Schedule(Every.DAY, time(1, 30)), "2026-10-31 12:00", "2026-11-01 12:00", "double"),
    ],
)
def test_the_last_time_of_a_schedule_is_told(
    schedule: Schedule, after: str, until: str, last: str | None
) -> None:
    expected = {"skipped": "2026-03-08 03:00", "double": "2026-11-01 01:30"}.get(str(last), last)

    found = last_time(schedule, at(after, NEW_YORK), at(until, NEW_YORK), NEW_YORK)

    assert found == (at(expected, NEW_YORK).astimezone(UTC) if expected else None)
