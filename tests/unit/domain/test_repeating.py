"""What may be sent again unseen, what is looked up first, and what is a person's."""

from dataclasses import replace
from datetime import timedelta

import pytest

from app.domain.delivery import NEVER_AGAIN, DeliveryKind
from app.domain.repeating import (
    GUARDS,
    MARGIN,
    Again,
    Guard,
    Unseen,
    tried_by_hand,
    verdict,
    when_unseen,
)

AGES = [timedelta(), timedelta(minutes=24), timedelta(hours=1), timedelta(days=3)]


def test_every_kind_of_effect_has_a_guard_and_says_whose_word_it_is() -> None:
    assert set(GUARDS) == set(DeliveryKind)
    assert all(guard.source for guard in GUARDS.values())


@pytest.mark.parametrize("age", AGES)
@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        (DeliveryKind.BOARD_CREATE, Unseen.LOOK_UP),
        (DeliveryKind.BOARD_ADD_ITEM, Unseen.LOOK_UP),
        (DeliveryKind.EMAIL_BEGUN, Unseen.LOOK_UP),
        (DeliveryKind.EMAIL_COMPLETE, Unseen.LOOK_UP),
        (DeliveryKind.BOARD_FIT_ITEMS, Unseen.SEND_AGAIN),
        (DeliveryKind.BOARD_ARCHIVE_GROUP, Unseen.SEND_AGAIN),
        (DeliveryKind.BOARD_WATCH, Unseen.SEND_AGAIN),
        (DeliveryKind.EMAIL_WITHDRAW, Unseen.SEND_AGAIN),
        (DeliveryKind.CHAT_POST, Unseen.SEND_AGAIN),
        (DeliveryKind.BILLING_SUBMIT, Unseen.ASK_A_PERSON),
        (DeliveryKind.EMAIL_QUOTE, Unseen.LOOK_UP),
        (DeliveryKind.EMAIL_RECAP, Unseen.LOOK_UP),
        (DeliveryKind.CHARGE_CREATE, Unseen.LOOK_UP),
        (DeliveryKind.SITE_APPLY, Unseen.SEND_AGAIN),
        (DeliveryKind.HOOK_POST, Unseen.SEND_AGAIN),
    ],
)
def test_what_becomes_of_an_unseen_effect(
    kind: DeliveryKind, age: timedelta, expected: Unseen
) -> None:
    assert when_unseen(kind, age) is expected


def test_what_is_never_sent_again_is_said_the_same_everywhere() -> None:
    persons = {kind for kind in DeliveryKind if when_unseen(kind, AGES[0]) is Unseen.ASK_A_PERSON}

    assert persons == NEVER_AGAIN


def test_an_effect_that_only_a_key_guards_is_repeated_while_the_vendor_surely_knows_it() -> None:
    guard = Guard(timedelta(minutes=30))
    end = timedelta(minutes=30) - MARGIN

    assert verdict(guard, end - timedelta(seconds=1)) is Unseen.SEND_AGAIN
    assert verdict(guard, end) is Unseen.ASK_A_PERSON
    assert verdict(replace(guard, looked_up=True), end) is Unseen.LOOK_UP


def test_help_scout_knows_no_keys_and_monday_for_half_an_hour() -> None:
    windows = {kind: GUARDS[kind].window for kind in DeliveryKind}

    assert windows[DeliveryKind.EMAIL_BEGUN] is windows[DeliveryKind.EMAIL_WITHDRAW] is None
    assert windows[DeliveryKind.BOARD_CREATE] == timedelta(minutes=30)
    assert GUARDS[DeliveryKind.CHAT_POST].forever


BOARD, CHAT = DeliveryKind.BOARD_CREATE, DeliveryKind.CHAT_POST


@pytest.mark.parametrize(
    ("kind", "outcomes", "expected"),
    [
        pytest.param(BOARD, ["refused"], Again(True, False), id="a refusal is definite"),
        pytest.param(BOARD, ["unknown", "refused"], Again(True, True), id="it is looked up"),
        pytest.param(CHAT, ["unknown", "refused"], Again(False, True), id="its key keeps it"),
        pytest.param(CHAT, ["transient", "given_up"], Again(False, False), id="it never got there"),
        pytest.param(CHAT, [None, None, None], Again(False, True), id="its workers died"),
        pytest.param(CHAT, ["fault"], Again(False, True), id="a fault of ours"),
        pytest.param(CHAT, [], Again(False, False), id="it was never tried"),
        pytest.param(DeliveryKind.BILLING_SUBMIT, ["unknown"], Again(True, False), id="looked at"),
    ],
)
def test_how_a_stuck_effect_is_tried_again_by_hand(
    kind: DeliveryKind, outcomes: list[str | None], expected: Again
) -> None:
    assert tried_by_hand(kind, outcomes) == expected


def test_after_a_restore_everything_may_have_happened() -> None:
    assert tried_by_hand(CHAT, ["refused"], in_epoch=True) == Again(False, True)
    assert tried_by_hand(BOARD, ["refused"], in_epoch=True) == Again(True, True)
