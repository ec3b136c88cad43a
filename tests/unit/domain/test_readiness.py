"""What blocks a plan: from its Complete e-mail, from going live, and from being completed."""

from uuid import UUID

import pytest

from app.domain.adjustment import AdjustmentState
from app.domain.readiness import (
    AdjustmentFacts,
    Blocker,
    CompleteEmailState,
    TaskFacts,
    may_complete,
    what_blocks_going_live,
    what_blocks_the_complete_email,
)
from app.domain.task import TaskState

A_TASK, AN_ADJUSTMENT = UUID(int=1), UUID(int=2)
SETTLED_TASKS = {TaskState.DONE, TaskState.SKIPPED}
SETTLED_ADJUSTMENTS = {AdjustmentState.CONFIRMED, AdjustmentState.VOIDED}
SETTLED_EMAILS = {CompleteEmailState.DELIVERED, CompleteEmailState.DONE_BY_HAND}


def task(state: TaskState, *, blocks_ready: bool = True) -> TaskFacts:
    return TaskFacts(A_TASK, "Set up SMS", state, blocks_ready)


def adjustment(state: AdjustmentState) -> AdjustmentFacts:
    return AdjustmentFacts(AN_ADJUSTMENT, "Cancel service 'sms'", state)


@pytest.mark.parametrize("state", list(TaskState))
def test_a_blocking_task_is_in_the_way_until_it_is_done_or_skipped(state: TaskState) -> None:
    blockers = what_blocks_the_complete_email([task(state)], [])

    if state in SETTLED_TASKS:
        assert blockers == ()
    else:
        assert blockers == (Blocker("task_open", A_TASK, f"Task 'Set up SMS' is {state}."),)


@pytest.mark.parametrize("state", list(TaskState))
def test_a_task_that_blocks_nothing_is_never_in_the_way(state: TaskState) -> None:
    assert what_blocks_the_complete_email([task(state, blocks_ready=False)], []) == ()


@pytest.mark.parametrize("state", list(AdjustmentState))
def test_an_adjustment_is_in_the_way_until_it_is_confirmed_or_voided(
    state: AdjustmentState,
) -> None:
    blockers = what_blocks_the_complete_email([], [adjustment(state)])

    if state in SETTLED_ADJUSTMENTS:
        assert blockers == ()
    else:
        (blocker,) = blockers
        assert (blocker.code, blocker.subject_id) == ("adjustment_open", AN_ADJUSTMENT)
        assert "Cancel service 'sms'" in blocker.detail


@pytest.mark.parametrize("state", list(CompleteEmailState))
def test_going_live_waits_for_the_complete_email_as_well(state: CompleteEmailState) -> None:
    # given: tasks and adjustments that are all settled
    tasks, adjustments = [task(TaskState.DONE)], [adjustment(AdjustmentState.CONFIRMED)]

    blockers = what_blocks_going_live(tasks, adjustments, state)

    assert [blocker.code for blocker in blockers] == (
        [] if state in SETTLED_EMAILS else ["complete_email_open"]
    )
    assert all(blocker.subject_id is None for blocker in blockers)


def test_everything_in_the_way_is_listed_and_not_only_the_first() -> None:
    tasks = [task(TaskState.OPEN), task(TaskState.BLOCKED), task(TaskState.DONE)]
    adjustments = [adjustment(AdjustmentState.DUE), adjustment(AdjustmentState.FAILED)]

    blockers = what_blocks_going_live(tasks, adjustments, CompleteEmailState.NOT_SENT)

    assert [blocker.code for blocker in blockers] == [
        "task_open",
        "task_open",
        "adjustment_open",
        "adjustment_open",
        "complete_email_open",
    ]
    assert blockers[-1].detail == "The Upgrade Complete e-mail is not sent."


def test_the_complete_email_does_not_wait_for_itself() -> None:
    assert what_blocks_the_complete_email([], []) == ()
    assert what_blocks_going_live([], [], CompleteEmailState.NOT_SENT) != ()


@pytest.mark.parametrize("acknowledged", [True, False])
@pytest.mark.parametrize("state", list(TaskState))
def test_a_live_plan_is_completed_once_it_is_acknowledged_and_no_task_is_open(
    acknowledged: bool, state: TaskState
) -> None:
    lawful = acknowledged and state in SETTLED_TASKS

    assert may_complete(acknowledged=acknowledged, task_states=[TaskState.DONE, state]) is lawful


def test_a_plan_is_not_completed_while_an_email_to_its_client_is_under_way() -> None:
    assert not may_complete(acknowledged=True, task_states=[TaskState.DONE], mail_under_way=True)


def test_a_plan_without_tasks_is_completed_by_its_acknowledgement() -> None:
    assert may_complete(acknowledged=True, task_states=[])
