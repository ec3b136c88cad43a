"""Outside effects: where each goes, what may be done with one, and when an e-mail is too late."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

import app
from app.domain.delivery import (
    CLIENT_EMAILS,
    MAIL_LEAD,
    STUCK,
    UNSETTLED,
    WAITING,
    DeliveryKind,
    DeliveryRefuses,
    DeliveryState,
    System,
    TooLate,
    delivery_may,
    sending_time,
)

S = DeliveryState
LIVE_AT = datetime(2026, 12, 6, 14, tzinfo=UTC)
SETTLED_FOR_GOOD = {S.DELIVERED, S.EXPIRED, S.CANCELLED, S.SKIPPED, S.DONE_BY_HAND}


@pytest.mark.parametrize("kind", list(DeliveryKind))
def test_every_kind_of_delivery_has_a_system(kind: DeliveryKind) -> None:
    expected = {
        "board": System.BOARD,
        "email": System.MAIL,
        "chat": System.CHAT,
        "billing": System.BILLING,
        "charge": System.CHARGES,
        "site": System.PROVISIONING,
        "hook": System.HOOKS,
    }

    assert kind.system is expected[kind.value.partition(".")[0]]


def test_every_system_receives_something() -> None:
    assert {kind.system for kind in DeliveryKind} == set(System)


def test_what_the_client_reads_is_held_back_at_the_live_instant() -> None:
    assert {DeliveryKind.EMAIL_BEGUN, DeliveryKind.EMAIL_COMPLETE} == CLIENT_EMAILS


@pytest.mark.parametrize("state", list(DeliveryState))
def test_every_state_is_under_way_or_a_persons_or_settled_and_only_one_of_them(
    state: DeliveryState,
) -> None:
    groups = [state in UNSETTLED, state in STUCK, state in SETTLED_FOR_GOOD]

    assert groups.count(True) == 1


def test_a_worker_may_take_up_all_that_is_unsettled_but_what_another_has_in_hand() -> None:
    assert {S.SENDING} == UNSETTLED - WAITING


@pytest.mark.parametrize("state", list(DeliveryState))
def test_every_state_is_given_to_a_delivery_by_somebody(state: DeliveryState) -> None:
    # given: the text of the whole application, save the file that declares the states
    root = Path(app.__file__).parent
    texts = [
        path.read_text()
        for path in sorted(root.rglob("*.py"))
        if path != root / "domain" / "delivery.py" and "sandbox" not in path.parts
    ]

    # then: somewhere it is assigned, or handed on as an attempt's outcome
    name = rf"DeliveryState\.{state.name}\b"
    given = re.compile(rf"(?<![=!<>])=(?!=)[^\n]*{name}|Outcome\(\s*{name}")
    assert any(given.search(text) for text in texts)


@pytest.mark.parametrize(
    ("action", "allowed"),
    [
        ("retry", {S.FAILED, S.PARKED}),
        ("skip", {S.FAILED, S.PARKED, S.PENDING, S.RETRYING, S.UNCERTAIN}),
        ("mark-done", {S.FAILED, S.PARKED, S.UNCERTAIN}),
    ],
)
@pytest.mark.parametrize("state", list(DeliveryState))
def test_an_operator_may_do_what_the_state_allows_and_nothing_else(
    action: str, allowed: set[DeliveryState], state: DeliveryState
) -> None:
    if state in allowed:
        delivery_may(action, state)
        return
    with pytest.raises(DeliveryRefuses) as refused:
        delivery_may(action, state)
    assert refused.value.facts == {"state": str(state), "allowed_states": sorted(map(str, allowed))}


@pytest.mark.parametrize("action", ["retry", "skip", "mark-done"])
@pytest.mark.parametrize("state", sorted({*SETTLED_FOR_GOOD, S.SENDING}))
def test_what_is_settled_or_in_a_workers_hands_is_left_alone(
    action: str, state: DeliveryState
) -> None:
    with pytest.raises(DeliveryRefuses, match="this is possible while it is"):
        delivery_may(action, state)


def test_an_email_is_asked_for_two_minutes_ahead() -> None:
    now = LIVE_AT - timedelta(days=1)

    assert sending_time(now, not_after=LIVE_AT) == now + timedelta(minutes=2)


def test_the_last_email_leaves_just_before_the_live_instant() -> None:
    last = LIVE_AT - MAIL_LEAD - timedelta(microseconds=1)

    assert sending_time(last, not_after=LIVE_AT) == LIVE_AT - timedelta(microseconds=1)


@pytest.mark.parametrize(
    "now",
    [LIVE_AT - MAIL_LEAD, LIVE_AT, LIVE_AT + timedelta(days=7)],
    ids=["would leave at it", "at it", "a week after it"],
)
def test_an_email_that_would_leave_at_the_live_instant_or_later_is_too_late(now: datetime) -> None:
    late = sending_time(now, not_after=LIVE_AT)

    assert isinstance(late, TooLate)
    assert "2026-12-06T14:00:00Z" in late.detail


def test_without_a_live_instant_an_email_may_leave_at_any_time() -> None:
    assert sending_time(LIVE_AT, not_after=None) == LIVE_AT + MAIL_LEAD
