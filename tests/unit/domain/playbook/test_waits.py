"""What a plan waits for people to do, state by state."""

import pytest

from app.domain.plan import OPEN_STATES, PlanState
from app.domain.playbook.reminder import Awaited
from app.domain.playbook.reminding import waits_of

TASKS = {Awaited.OVERDUE_TASKS, Awaited.BLOCKED_TASKS}


@pytest.mark.parametrize(
    ("state", "awaited"),
    [
        (PlanState.NEEDS_REVIEW, {Awaited.REVIEW}),
        (PlanState.AWAITING_LIVE_DATE, {Awaited.LIVE_DATE}),
        (PlanState.SCHEDULED, {Awaited.ACKNOWLEDGEMENT, *TASKS}),
        (PlanState.IN_WINDOW, {Awaited.ACKNOWLEDGEMENT, *TASKS}),
        (PlanState.MISSED, {Awaited.ACKNOWLEDGEMENT, Awaited.MISSED_PLAN, *TASKS}),
        (PlanState.ON_HOLD, set()),
        (PlanState.LIVE, TASKS),
        (PlanState.COMPLETED, set()),
        (PlanState.CANCELLED, TASKS),
    ],
)
def test_a_plan_waits_for_what_its_state_asks_of_people(
    state: PlanState, awaited: set[Awaited]
) -> None:
    assert waits_of(state, acknowledged=False, queued=False, undecided=False) == awaited


def test_what_was_acknowledged_is_not_waited_for() -> None:
    waits = waits_of(PlanState.IN_WINDOW, acknowledged=True, queued=False, undecided=False)

    assert waits == TASKS


def test_a_plan_that_is_to_begin_after_another_waits_for_no_decision() -> None:
    waits = waits_of(PlanState.NEEDS_REVIEW, acknowledged=False, queued=True, undecided=False)

    assert waits == set()


@pytest.mark.parametrize("state", PlanState)
def test_a_changed_agreement_waits_for_a_decision_while_the_plan_is_open(state: PlanState) -> None:
    waits = waits_of(state, acknowledged=True, queued=True, undecided=True)

    assert (Awaited.REVIEW in waits) is (state in OPEN_STATES)
