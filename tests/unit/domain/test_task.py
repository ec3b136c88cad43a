"""The tasks of a plan: what each state allows, and how late one may be due."""

from datetime import date

import pytest

from app.domain.task import (
    SETTLED,
    DueAfterLive,
    TaskRefuses,
    TaskState,
    due_day,
    task_may,
)

OPEN, BLOCKED = TaskState.OPEN, TaskState.BLOCKED
DONE, SKIPPED = TaskState.DONE, TaskState.SKIPPED
LIVE_ON = date(2026, 12, 7)


@pytest.mark.parametrize(
    ("action", "allowed"),
    [
        ("complete", {OPEN, BLOCKED}),
        ("skip", {OPEN, BLOCKED}),
        ("block", {OPEN}),
        ("reopen", {BLOCKED, DONE, SKIPPED}),
    ],
)
@pytest.mark.parametrize("state", list(TaskState))
def test_an_action_is_allowed_in_its_states_and_refused_in_all_others(
    action: str, allowed: set[TaskState], state: TaskState
) -> None:
    if state in allowed:
        task_may(action, state)
        return
    with pytest.raises(TaskRefuses) as refused:
        task_may(action, state)
    assert refused.value.facts == {"state": str(state), "allowed_states": sorted(map(str, allowed))}


def test_a_refusal_says_in_which_states_it_would_be_possible() -> None:
    with pytest.raises(TaskRefuses, match="while it is blocked or open"):
        task_may("complete", DONE)


@pytest.mark.parametrize("state", list(TaskState))
def test_every_state_of_a_task_can_be_left_again(state: TaskState) -> None:
    lawful = set()
    for action in ("complete", "skip", "block", "reopen"):
        try:
            task_may(action, state)
        except TaskRefuses:
            continue
        lawful.add(action)

    assert lawful


def test_a_task_that_is_done_or_skipped_holds_nothing_up() -> None:
    assert {DONE, SKIPPED} == SETTLED


@pytest.mark.parametrize("day", [date(2026, 11, 1), date(2026, 12, 6), LIVE_ON])
def test_a_task_may_be_due_up_to_the_live_date(day: date) -> None:
    assert due_day(day, live_on=LIVE_ON) == day


def test_a_task_may_not_be_due_after_the_live_date() -> None:
    with pytest.raises(DueAfterLive) as refused:
        due_day(date(2026, 12, 8), live_on=LIVE_ON)

    assert refused.value.pointer == "/due_on"
    assert refused.value.facts == {"live_on": "2026-12-07"}


def test_without_a_live_date_a_task_may_be_due_on_any_day() -> None:
    assert due_day(date(2030, 1, 1), live_on=None) == date(2030, 1, 1)
