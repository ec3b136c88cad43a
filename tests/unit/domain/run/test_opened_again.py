"""What a step that is opened again does to those around it, and what counts as an answer."""

from datetime import timedelta

from app.domain.playbook.condition import Compare, Sign
from app.domain.playbook.form import Field, FieldKind
from app.domain.playbook.model import Anchor, AnchorSource, Offset, Side
from app.domain.playbook.who import From, Response
from app.domain.run.acting import completed, deviated, skipped
from app.domain.run.reopening import reopened
from tests.unit.domain.run.making import (
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

ASK = Field("wanted", "Wanted", FieldKind.YES_NO)
WHEN = Compare("wanted", Sign.IS, True)


def test_a_skipped_step_opened_again_waits_for_what_it_waits_for() -> None:
    book = playbook()
    run = after(book, begun(book), lambda m: skipped(m, "second", "Not needed.")).run
    again = after(book, run, lambda m: reopened(m, "second", "It is needed.")).run
    assert states(again) == {"first": "ready", "second": "waiting"}


def test_a_done_step_opened_again_waits_for_what_is_open_again() -> None:
    book = playbook(steps=(step("first"), step("second", waits_for=("first",)), step("end")))
    run = execute(book, execute(book, begun(book)).run, "second").run
    run = after(book, run, lambda m: reopened(m, "first", "Wrong.")).run
    run = after(book, run, lambda m: reopened(m, "second", "Wrong too.")).run
    assert states(run)["second"] == "waiting"


def test_what_was_left_out_by_a_void_answer_is_decided_anew() -> None:
    book = playbook(
        steps=(
            step("first", asks=(ASK,)),
            step("second", waits_for=("first",), when=WHEN),
            step("third", waits_for=("second",)),
        )
    )
    run = execute(book, begun(book), wanted=False).run
    assert states(run)["second"] == "left_out"
    run = after(book, run, lambda m: reopened(m, "first", "Wrong answer.")).run
    run = execute(book, run, wanted=True).run
    assert states(run) == {"first": "done", "second": "ready", "third": "waiting"}


def test_asking_to_deviate_or_skipping_is_a_response() -> None:
    book = playbook(
        deadlines=(
            deadline("answer", From.READY, of=Response.RESPONSE),
            deadline("whole", "begun", of=Response.RESPONSE, steps=()),
        ),
        deviations_approved_by="service_manager",
    )
    moved = after(book, begun(book), lambda m: deviated(m, "first", "No access."))
    assert moved.run.running == frozenset()


def test_skipping_is_the_runs_first_response() -> None:
    book = playbook(deadlines=(deadline("whole", "begun", of=Response.RESPONSE, steps=()),))
    moved = after(book, begun(book), lambda m: skipped(m, "first", "No access."))
    assert moved.run.running == frozenset()


def test_a_step_skipped_before_its_anchor_and_opened_again_is_due() -> None:
    book = playbook(
        steps=(step("first"), step("second", due=Offset(1, "done")), step("end")),
        anchors=(
            Anchor("begun", "Begun", AnchorSource.START, Side.AFTER),
            Anchor("done", "Done", AnchorSource.STEP, Side.AFTER, "first"),
        ),
    )
    run = after(book, begun(book), lambda m: skipped(m, "second", "No.")).run
    run = execute(book, run).run
    run = after(book, run, lambda m: reopened(m, "second", "Yes.")).run
    assert run.steps["second"].due_at is not None


def test_a_deadline_counts_from_when_its_step_was_done_again() -> None:
    book = playbook(
        steps=(step("first"), step("second", waits_for=("first",))),
        anchors=(
            Anchor("begun", "Begun", AnchorSource.START, Side.AFTER),
            Anchor("done", "Done", AnchorSource.STEP, Side.AFTER, "first"),
        ),
        deadlines=(deadline("in_time", "done", steps=("second",)),),
    )
    run = execute(book, begun(book)).run
    again = after(book, run, lambda m: reopened(m, "first", "The wrong house."))
    assert again.over == {("in_time", "second")}

    later = MONDAY + timedelta(days=1)
    done = after(book, again.run, lambda m: completed(m, "first", {}, TINA), now=later)

    assert [each.due_at for each in done.begun] == [later + timedelta(hours=2)]
