"""What becomes of each step of a plan that is cancelled."""

import pytest

from app.domain.adjustment import AdjustmentKind, AdjustmentState
from app.domain.cancelling import (
    Fate,
    fate_of_adjustment,
    fate_of_board,
    fate_of_email,
    fate_of_task,
)
from app.domain.delivery import DeliveryState
from app.domain.task import TaskKind, TaskState

A, K, D = AdjustmentState, AdjustmentKind, DeliveryState


@pytest.mark.parametrize("state", [A.SCHEDULED, A.DUE, A.FAILED])
@pytest.mark.parametrize("kind", list(K))
def test_a_change_of_the_bill_that_was_not_made_is_dropped(
    kind: AdjustmentKind, state: AdjustmentState
) -> None:
    assert fate_of_adjustment(kind, state, put_back=False) is Fate.DROPPED


@pytest.mark.parametrize("state", [A.CONFIRMED, A.SUBMITTED, A.UNCERTAIN])
def test_the_ending_of_a_service_cannot_be_undone_and_the_rest_is_put_back_by_a_person(
    state: AdjustmentState,
) -> None:
    fates = {kind: fate_of_adjustment(kind, state, put_back=False) for kind in K}

    assert fates == {
        K.CANCEL_SERVICE: Fate.CANNOT_BE_UNDONE,
        K.START_SERVICE: Fate.FOR_A_PERSON,
        K.CHARGE: Fate.FOR_A_PERSON,
        K.CREDIT: Fate.FOR_A_PERSON,
    }


def test_what_is_void_or_was_put_back_is_no_step_any_more() -> None:
    assert fate_of_adjustment(K.CREDIT, A.VOIDED, put_back=False) is None
    assert fate_of_adjustment(K.START_SERVICE, A.CONFIRMED, put_back=True) is None


def test_open_tasks_are_dropped_and_what_was_set_up_is_taken_down() -> None:
    fates = {
        (kind, state): fate_of_task(kind, state)
        for kind in (TaskKind.SETUP, TaskKind.FOLLOW_UP, TaskKind.EFFECT)
        for state in TaskState
    }

    assert {key for key, fate in fates.items() if fate is Fate.FOR_A_PERSON} == {
        (TaskKind.SETUP, TaskState.DONE)
    }
    dropped = {state for (_, state), fate in fates.items() if fate is Fate.DROPPED}
    assert dropped == {TaskState.OPEN, TaskState.BLOCKED}


def test_what_a_person_has_to_put_back_stays_theirs() -> None:
    assert fate_of_task(TaskKind.REVERSAL, TaskState.OPEN) is Fate.FOR_A_PERSON
    assert fate_of_task(TaskKind.REVERSAL, TaskState.DONE) is None


def test_a_task_of_an_adjustment_shares_its_fate() -> None:
    assert {fate_of_task(TaskKind.ADJUSTMENT, state) for state in TaskState} == {None}


@pytest.mark.parametrize(
    ("state", "has_left", "fate"),
    [
        (D.PENDING, False, Fate.DROPPED),
        (D.RETRYING, False, Fate.DROPPED),
        (D.FAILED, False, Fate.DROPPED),
        (D.PARKED, False, Fate.DROPPED),
        (D.SENDING, False, Fate.REVERSED),
        (D.UNCERTAIN, False, Fate.REVERSED),
        (D.DELIVERED, False, Fate.REVERSED),
        (D.DELIVERED, True, Fate.CANNOT_BE_UNDONE),
        (D.DONE_BY_HAND, False, Fate.CANNOT_BE_UNDONE),
        (D.EXPIRED, False, None),
        (D.CANCELLED, False, None),
        (D.SKIPPED, False, None),
    ],
)
def test_an_email_is_dropped_taken_back_or_read_already(
    state: DeliveryState, has_left: bool, fate: Fate | None
) -> None:
    assert fate_of_email(state, has_left=has_left) is fate


def test_a_board_that_was_made_is_archived_by_a_person() -> None:
    assert fate_of_board(is_made=True, is_wanted=False) is Fate.FOR_A_PERSON
    assert fate_of_board(is_made=False, is_wanted=True) is Fate.DROPPED
    assert fate_of_board(is_made=False, is_wanted=False) is None
