"""Versions of a playbook: which come after which, who approves, and where they stand."""

from datetime import UTC, date, datetime, time, timedelta

import pytest

from app.domain.approval import ApprovalState
from app.domain.business_hours import BusinessHours
from app.domain.calendar import zone_of
from app.domain.playbook.governance import Governance
from app.domain.playbook.version import (
    VersionNotHigher,
    VersionRefuses,
    VersionState,
    approvers,
    check_higher,
    check_pending,
    effective_day,
    reminded_at,
    state_of,
    takes_force_at,
)

ZONE = zone_of("Australia/Brisbane")
MIDNIGHT = datetime(2026, 11, 22, 14, 0, tzinfo=UTC)
YES, NO, OPEN = ApprovalState.APPROVED, ApprovalState.REFUSED, ApprovalState.REQUESTED


def test_a_version_is_higher_than_every_one_that_is_known() -> None:
    check_higher(1, [])
    check_higher(4, [3, 1])
    with pytest.raises(VersionNotHigher, match="Version 3 is known already"):
        check_higher(3, [3, 1])


@pytest.mark.parametrize("state", list(VersionState))
def test_a_version_is_withdrawn_before_it_takes_force(state: VersionState) -> None:
    if state in (VersionState.AWAITING_APPROVAL, VersionState.SCHEDULED):
        check_pending(state)
    else:
        with pytest.raises(VersionRefuses):
            check_pending(state)


def test_who_approves_today_approves_the_next_version_too() -> None:
    new = Governance("Faster", "Less time", approvals=("sales", "lead"))
    present = Governance("First", "None", approvals=("lead", "ceo"))
    assert approvers(new, present) == ("sales", "lead", "ceo")
    assert approvers(new, None) == ("sales", "lead")


@pytest.mark.parametrize(
    ("decided", "minutes", "state"),
    [
        ([], 0, VersionState.IN_FORCE),
        ([], -1, VersionState.SCHEDULED),
        ([YES, YES], 0, VersionState.IN_FORCE),
        ([YES, OPEN], 0, VersionState.AWAITING_APPROVAL),
        ([OPEN, NO], 0, VersionState.REFUSED),
    ],
)
def test_approvals_and_its_day_say_where_a_version_stands(
    decided: list[ApprovalState], minutes: int, state: VersionState
) -> None:
    now = MIDNIGHT + timedelta(minutes=minutes)
    assert state_of(decided, MIDNIGHT, now=now) is state


def test_a_version_takes_force_at_the_organisations_midnight() -> None:
    monday = Governance("Faster", "Less time", effective_on=date(2026, 11, 23))
    at_once = Governance("Faster", "Less time")
    assert effective_day(monday, ZONE, now=MIDNIGHT) == date(2026, 11, 23)
    assert effective_day(at_once, ZONE, now=MIDNIGHT) == date(2026, 11, 23)
    assert takes_force_at(date(2026, 11, 23), ZONE) == MIDNIGHT


@pytest.mark.parametrize(
    ("due", "told"),
    [
        # Wednesday, whatever the time: on Thursday morning.
        ("2026-11-25 00:00", "2026-11-26 09:00"),
        ("2026-11-25 23:59", "2026-11-26 09:00"),
        # Friday and Saturday: on Monday morning.
        ("2026-11-27 12:00", "2026-11-30 09:00"),
        ("2026-11-28 12:00", "2026-11-30 09:00"),
    ],
)
def test_who_is_late_is_reminded_when_the_next_working_day_opens(due: str, told: str) -> None:
    hours = BusinessHours(time(9), time(17), ZONE)
    at = [datetime.fromisoformat(text).replace(tzinfo=ZONE) for text in (due, told)]
    assert reminded_at(at[0], hours) == at[1]
