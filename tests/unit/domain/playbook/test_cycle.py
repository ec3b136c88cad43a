"""Periods of the calendar, and how often a cycle has passed."""

from datetime import date

import pytest

from app.domain.playbook.cycle import CyclePeriod, last_ended, times_passed
from app.domain.playbook.governance import ReviewCycle


def day(text: str) -> date:
    return date.fromisoformat(text)


@pytest.mark.parametrize(
    ("cycle", "today", "since", "until"),
    [
        # 23 November 2026 is a Monday: the week before it is over, its own is not.
        ("weekly", "2026-11-22", "2026-11-09", "2026-11-16"),
        ("weekly", "2026-11-23", "2026-11-16", "2026-11-23"),
        ("monthly", "2026-11-30", "2026-10-01", "2026-11-01"),
        ("monthly", "2027-01-01", "2026-12-01", "2027-01-01"),
        ("quarterly", "2026-12-31", "2026-07-01", "2026-10-01"),
        ("half_yearly", "2026-07-01", "2026-01-01", "2026-07-01"),
        ("annual", "2026-11-23", "2025-01-01", "2026-01-01"),
    ],
)
def test_the_last_period_that_is_over_is_whole(
    cycle: str, today: str, since: str, until: str
) -> None:
    assert last_ended(ReviewCycle(cycle), day(today)) == CyclePeriod(day(since), day(until))


def test_a_period_is_written_with_its_last_day() -> None:
    assert str(CyclePeriod(day("2026-11-16"), day("2026-11-23"))) == "16 to 22 November 2026"


@pytest.mark.parametrize(
    ("cycle", "since", "today", "times"),
    [
        ("weekly", "2026-11-20", "2026-11-26", 0),
        ("weekly", "2026-11-20", "2026-11-27", 1),
        ("weekly", "2026-11-20", "2026-11-01", 0),
        ("monthly", "2026-01-31", "2026-02-27", 0),
        ("monthly", "2026-01-31", "2026-02-28", 1),
        ("monthly", "2026-01-31", "2026-03-30", 1),
        ("quarterly", "2026-11-20", "2027-02-19", 0),
        ("quarterly", "2026-11-20", "2027-05-20", 2),
        ("half_yearly", "2026-11-20", "2026-05-20", 0),
        ("annual", "2024-02-29", "2025-02-28", 1),
    ],
)
def test_a_cycle_has_passed_when_its_day_has_come(
    cycle: str, since: str, today: str, times: int
) -> None:
    assert times_passed(ReviewCycle(cycle), day(since), day(today)) == times
