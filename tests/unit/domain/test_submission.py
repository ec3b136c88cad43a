"""What an automation may change of a bill: released, meant, in time, and on a safe day."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from app.domain.adjustment import AdjustmentKind, AdjustmentState, BillingMode
from app.domain.agreement import EventType
from app.domain.carrying_out import AdjustmentInHand, TypedNamesDiffer
from app.domain.delivery import DeliveryState
from app.domain.errors import DomainError
from app.domain.plan import PlanState, TransitionRefused
from app.domain.submission import (
    CALL_BACKS,
    RELEASABLE,
    BillingByHand,
    NothingToRelease,
    PlanToRelease,
    ReleasedBefore,
    ReleaseTooLate,
    may_be_submitted,
    may_release,
    must_be_automated,
    release_names,
    state_after,
    too_late_at,
)

BRISBANE = ZoneInfo("Australia/Brisbane")
LIVE_AT = datetime(2026, 12, 6, 14, tzinfo=UTC)
OPENS_AT = LIVE_AT - timedelta(days=6)
SIGNED = datetime(2026, 11, 20, 3, tzinfo=UTC)
PLAN = PlanToRelease(PlanState.SCHEDULED, LIVE_AT, None, "Harbour Dental", "sprint", left=7)
TYPED = "Harbour Dental / sprint"


def on(day: int, hour: int = 0) -> datetime:
    """An hour of a day of December 2026 in Brisbane."""
    return datetime(2026, 12, day, hour, tzinfo=BRISBANE).astimezone(UTC)


def due(*days: int, state: AdjustmentState = AdjustmentState.DUE) -> AdjustmentInHand:
    safe = tuple(date(2026, 12, day) for day in days)
    kind = AdjustmentKind.CANCEL_SERVICE
    return AdjustmentInHand(kind, state, "sms", OPENS_AT, LIVE_AT, safe)


def test_every_kind_of_change_has_a_call_back_of_its_own() -> None:
    assert set(CALL_BACKS) == set(AdjustmentKind)
    assert len(set(CALL_BACKS.values())) == len(AdjustmentKind)
    assert CALL_BACKS[AdjustmentKind.CANCEL_SERVICE] is EventType.SERVICE_CANCELLED


@pytest.mark.parametrize("state", sorted(RELEASABLE))
def test_a_plan_is_released_before_its_window_opens_and_in_it(state: PlanState) -> None:
    may_release(replace(PLAN, state=state), typed=TYPED, now=SIGNED)


@pytest.mark.parametrize("state", sorted(set(PlanState) - RELEASABLE))
def test_in_no_other_state_and_the_refusal_says_in_which(state: PlanState) -> None:
    with pytest.raises(TransitionRefused) as caught:
        may_release(replace(PLAN, state=state), typed=TYPED, now=SIGNED)

    assert caught.value.facts == {
        "state": str(state),
        "allowed_states": ["in_window", "scheduled"],
    }


@pytest.mark.parametrize(
    ("change", "typed", "now", "expected"),
    [
        ({}, TYPED, LIVE_AT, ReleaseTooLate),
        ({"released_by": "Sue Support"}, TYPED, SIGNED, ReleasedBefore),
        ({"left": 0}, TYPED, SIGNED, NothingToRelease),
        ({}, "Harbour Dental / scale", SIGNED, TypedNamesDiffer),
        ({}, "harbour dental / sprint", SIGNED, TypedNamesDiffer),
        ({}, "Harbour Dental/sprint", SIGNED, TypedNamesDiffer),
        ({}, "", SIGNED, TypedNamesDiffer),
    ],
)
def test_a_release_is_refused_for_its_own_reason(
    change: dict[str, Any], typed: str, now: datetime, expected: type[DomainError]
) -> None:
    with pytest.raises(expected):
        may_release(replace(PLAN, **change), typed=typed, now=now)


def test_what_is_typed_names_the_client_and_the_package_left() -> None:
    assert release_names("Harbour Dental", "sprint") == TYPED


def test_where_people_change_the_bills_there_is_nothing_to_release() -> None:
    must_be_automated(BillingMode.HOOK)

    with pytest.raises(BillingByHand) as caught:
        must_be_automated(BillingMode.MANUAL)

    assert caught.value.facts == {"mode": "manual"}


@pytest.mark.parametrize(
    ("one", "now", "expected"),
    [
        (due(1, 2), OPENS_AT - timedelta(seconds=1), False),
        (due(1, 2), OPENS_AT, True),
        (due(1, 2), on(2, 23), True),
        (due(1, 2), on(3), False),
        (due(6), LIVE_AT - timedelta(seconds=1), True),
        (due(6, 7), LIVE_AT, False),
        (due(), on(2), False),
    ],
)
def test_it_is_submitted_in_its_window_on_a_safe_day(
    one: AdjustmentInHand, now: datetime, expected: bool
) -> None:
    assert may_be_submitted(one, zone=BRISBANE, now=now) is expected


@pytest.mark.parametrize("state", sorted(set(AdjustmentState) - {AdjustmentState.DUE}))
def test_only_what_is_due_is_submitted(state: AdjustmentState) -> None:
    assert not may_be_submitted(due(1, state=state), zone=BRISBANE, now=on(1))


@pytest.mark.parametrize(
    ("days", "today", "expected"),
    [
        ((1, 2), 1, on(3)),
        ((1, 2, 4, 5, 6), 2, on(3)),
        ((1, 2, 4, 5, 6), 4, LIVE_AT),
        ((6,), 6, LIVE_AT),
    ],
)
def test_a_request_is_too_late_when_the_run_of_safe_days_ends(
    days: tuple[int, ...], today: int, expected: datetime
) -> None:
    assert too_late_at(due(*days), zone=BRISBANE, now=on(today, 9)) == expected


@pytest.mark.parametrize(
    ("ended", "seen", "expected"),
    [
        (DeliveryState.CANCELLED, True, AdjustmentState.DUE),
        (DeliveryState.CANCELLED, False, AdjustmentState.DUE),
        (DeliveryState.EXPIRED, True, AdjustmentState.FAILED),
        (DeliveryState.FAILED, True, AdjustmentState.FAILED),
        (DeliveryState.FAILED, False, AdjustmentState.UNCERTAIN),
        (DeliveryState.PARKED, True, AdjustmentState.UNCERTAIN),
        (DeliveryState.PARKED, False, AdjustmentState.UNCERTAIN),
    ],
)
def test_what_nobody_saw_is_uncertain_and_never_failed(
    ended: DeliveryState, seen: bool, expected: AdjustmentState
) -> None:
    assert state_after(ended, seen=seen) is expected
