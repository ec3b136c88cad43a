"""Steps that are blocked, skipped and opened again, cancelled runs; what each state refuses."""

from datetime import timedelta

import pytest

from app.domain.playbook.moment import Moment
from app.domain.playbook.who import From, Response
from app.domain.run.acting import blocked, cancelled, skipped, ticked, unblocked
from app.domain.run.errors import (
    RunOver,
    StepRefuses,
    StepUnknown,
)
from app.domain.run.model import RunState
from app.domain.run.reopening import reopened
from app.domain.run.transitions import BY_HAND, TRANSITIONS, Action, moved
from tests.unit.domain.run.making import (
    BLOCKED,
    CHECKS,
    MONDAY,
    TINA,
    after,
    begun,
    deadline,
    execute,
    playbook,
    states,
    step,
)


def test_a_block_starts_a_clock_that_ends_when_the_step_goes_on() -> None:
    book = playbook(deadlines=(BLOCKED,))
    run = begun(book)

    stuck = after(book, run, lambda m: blocked(m, "first", "No access."))
    assert (states(stuck.run)["first"], stuck.run.steps["first"].reason) == (
        "blocked",
        "No access.",
    )
    assert [each.due_at for each in stuck.begun] == [MONDAY.replace(hour=11)]

    on = after(book, stuck.run, lambda m: unblocked(m, "first"))
    assert states(on.run)["first"] == "ready"
    assert on.over == {("blocked", "first")}
    assert on.run.running == frozenset()


def test_the_first_answer_ends_what_waits_for_one() -> None:
    answer = deadline("answer", From.READY, of=Response.RESPONSE)
    done = deadline("done", From.READY)
    begins = deadline("once_begun", From.STARTED)
    whole = deadline("whole", "begun", of=Response.RESPONSE, steps=())
    book = playbook(
        deadlines=(answer, done, begins, whole, BLOCKED),
        steps=(step("first", checklist=CHECKS[:1]),),
    )

    moved = after(book, begun(book), lambda m: ticked(m, "first", 0, None, TINA))

    assert moved.over == {("answer", "first"), ("whole", "")}
    assert moved.run.running == {("done", "first"), ("once_begun", "first")}


def test_a_reopened_step_is_new_and_what_waits_for_it_waits_again() -> None:
    book = playbook(
        deadlines=(deadline("second_in_time", From.READY, steps=("second",)),),
        steps=(
            step("first", checklist=CHECKS[:2]),
            step("second", waits_for=("first",)),
            step("third", waits_for=("first",), checklist=CHECKS[:1]),
            step("fourth"),
        ),
    )
    run = after(book, begun(book), lambda m: ticked(m, "first", 0, None, TINA)).run
    run = execute(book, run).run
    run = after(book, run, lambda m: ticked(m, "third", 0, None, TINA)).run

    again = after(book, run, lambda m: reopened(m, "first", "The list was wrong."))

    first = again.run.steps["first"]
    assert states(again.run) == {
        "first": "ready",
        "second": "waiting",
        "third": "ready",
        "fourth": "ready",
    }
    assert (first.reopenings, first.ticks, first.executor, first.done_at) == (1, {}, None, None)
    assert again.over == {("second_in_time", "second")}
    assert again.happenings[0].moment is Moment.REOPENED


def test_a_skipped_step_that_is_opened_again_was_never_done() -> None:
    book = playbook()
    run = after(book, begun(book), lambda m: skipped(m, "first", "No.")).run

    run = after(book, run, lambda m: reopened(m, "first", "It is needed.")).run

    assert run.steps["first"].reopenings == 0


def test_a_cancelled_run_is_over_and_nothing_of_it_is_due() -> None:
    book = playbook(deadlines=(deadline("whole", "begun", steps=()),))
    over = after(book, begun(book), lambda m: cancelled(m, "The client left."))

    assert (over.run.state, over.run.running) == (RunState.CANCELLED, frozenset())
    assert states(over.run) == {"first": "left_out", "second": "left_out"}
    assert over.run.steps["first"].reason == "The run was cancelled."
    with pytest.raises(RunOver) as refused:
        execute(book, over.run)
    assert refused.value.facts["allowed_states"] == ["running"]
    with pytest.raises(RunOver):
        after(book, over.run, lambda m: cancelled(m, "Again."))


def test_what_a_state_refuses_it_says_with_the_states_that_allow_it() -> None:
    book = playbook()
    run = begun(book)

    with pytest.raises(StepRefuses) as refused:
        execute(book, run, "second")
    assert refused.value.facts == {
        "state": "waiting",
        "allowed_states": ["ready"],
        "waits_for": ["Do first"],
    }
    assert refused.value.detail.endswith("while it is ready. It waits for: Do first.")
    with pytest.raises(StepUnknown):
        execute(book, run, "third")


def test_every_action_by_hand_is_in_the_table_and_a_false_one_is_refused() -> None:
    assert set(BY_HAND) <= {str(action) for action in TRANSITIONS}
    for action, row in TRANSITIONS.items():
        for state in set(type(next(iter(row.sources)))) - row.sources:
            with pytest.raises(StepRefuses):
                moved(state, action)


def test_a_deadline_that_ran_out_with_its_step_begins_anew_at_the_next_block() -> None:
    book = playbook(deadlines=(BLOCKED,))
    run = after(book, begun(book), lambda m: blocked(m, "first", "No access.")).run
    run = after(book, run, lambda m: unblocked(m, "first")).run
    later = MONDAY + timedelta(hours=3)

    stuck = after(book, run, lambda m: blocked(m, "first", "Again."), now=later)

    assert [each.due_at for each in stuck.begun] == [later + timedelta(hours=2)]
    assert Action.BLOCK in TRANSITIONS
