"""What follows by itself: stages, conditions, blocks, and the end of a run."""

from fractions import Fraction

import pytest

from app.domain.playbook.condition import Compare, Sign
from app.domain.playbook.form import Field, FieldKind
from app.domain.playbook.model import Anchor, AnchorSource, Criterion, Side, Stage
from app.domain.playbook.moment import Moment
from app.domain.playbook.who import From
from app.domain.run.acting import Check, cancelled, checked, completed
from app.domain.run.errors import CriterionDecides, EndsByCode, ItemUnknown, StepUnknown
from app.domain.run.model import Run, RunState
from app.domain.run.reopening import reopened
from tests.unit.domain.run.making import (
    TINA,
    after,
    begun,
    deadline,
    playbook,
    states,
    step,
)

LARGE = Compare("size", Sign.ABOVE, Fraction(10))
SIZE = Field("size", "Size", FieldKind.WHOLE, required=False)


def stage(key: str, **parts: object) -> Stage:
    return Stage(key, key.title(), None, None, **parts)  # type: ignore[arg-type]


def test_a_step_whose_condition_does_not_hold_is_no_part_of_the_run() -> None:
    book = playbook(
        inputs=(SIZE,),
        steps=(step("first", when=LARGE), step("second", waits_for=("first",))),
        deadlines=(deadline("first_in_time", "begun"), deadline("first_ready", From.READY)),
    )

    small, large = begun(book, size=10), begun(book, size=11)

    assert states(small) == {"first": "left_out", "second": "ready"}
    assert small.running == frozenset()
    assert states(large) == {"first": "ready", "second": "waiting"}


def test_a_step_that_blocks_another_is_awaited_by_it() -> None:
    book = playbook(steps=(step("first", blocks=frozenset({"second"})), step("second")))
    run = begun(book)
    assert states(run) == {"first": "ready", "second": "waiting"}

    run = after(book, run, lambda m: completed(m, "first", {}, TINA)).run
    assert states(run)["second"] == "ready"


STAGED = playbook(
    inputs=(SIZE,),
    stages=(
        stage("plan", exit=(Criterion("Agreed"), Criterion("Large", LARGE))),
        stage("build", after=("plan",), entry=(Criterion("Paid"),)),
    ),
    steps=(step("first", stage="plan"), step("second", stage="build")),
)


def met(run: Run, key: str, side: str, number: int = 0) -> Run:
    return after(STAGED, run, lambda m: checked(m, Check(key, side, number), TINA)).run


def test_a_stage_closes_once_its_steps_are_done_and_every_criterion_is_met() -> None:
    run = begun(STAGED, size=11)
    run = after(STAGED, run, lambda m: completed(m, "first", {}, TINA)).run
    assert run.stages["plan"].closed_at is None

    closed = after(STAGED, run, lambda m: checked(m, Check("plan", "exit", 0), TINA))
    assert [each.moment for each in closed.happenings] == [Moment.STAGE_CLOSED]
    assert states(closed.run)["second"] == "waiting"

    run = met(closed.run, "build", "entry")
    assert states(run)["second"] == "ready"
    over = after(STAGED, run, lambda m: completed(m, "second", {}, TINA)).run
    assert over.state is RunState.COMPLETED


def test_a_stage_stays_open_while_its_own_condition_does_not_hold() -> None:
    run = begun(STAGED, size=10)
    run = after(STAGED, run, lambda m: completed(m, "first", {}, TINA)).run
    run = met(run, "plan", "exit")

    assert (run.state, run.stages["plan"].closed_at) == (RunState.RUNNING, None)


def test_a_stage_is_open_again_with_its_step() -> None:
    run = begun(STAGED, size=11)
    run = after(STAGED, run, lambda m: completed(m, "first", {}, TINA)).run
    run = met(run, "plan", "exit")

    run = after(STAGED, run, lambda m: reopened(m, "first", "Forgotten.")).run

    assert run.stages["plan"].closed_at is None


def test_only_what_a_person_decides_is_checked_by_one() -> None:
    run = begun(STAGED)

    with pytest.raises(StepUnknown):
        met(run, "paint", "exit")
    with pytest.raises(ItemUnknown):
        met(run, "plan", "exit", 2)
    with pytest.raises(CriterionDecides):
        met(run, "plan", "exit", 1)


def test_a_run_is_completed_without_what_does_not_hold_its_end_up() -> None:
    book = playbook(
        steps=(step("first"), step("second", blocks=frozenset())),
        deadlines=(deadline("whole", "begun", steps=()),),
    )

    over = after(book, begun(book), lambda m: completed(m, "first", {}, TINA))

    assert states(over.run) == {"first": "done", "second": "left_out"}
    assert over.over == {("whole", "")}
    assert over.happenings[-1].moment is Moment.COMPLETED


def test_where_no_step_holds_the_end_up_every_one_does() -> None:
    book = playbook(steps=(step("first", blocks=frozenset()), step("second", blocks=frozenset())))
    run = after(book, begun(book), lambda m: completed(m, "first", {}, TINA)).run
    assert run.state is RunState.RUNNING

    assert after(book, run, lambda m: completed(m, "second", {}, TINA)).run.state is (
        RunState.COMPLETED
    )


def test_a_run_that_is_kept_by_code_is_over_when_that_says_so() -> None:
    live = Anchor("live", "Live", AnchorSource.PROCEDURE, Side.BEFORE)
    book = playbook(anchors=(*playbook().anchors, live), steps=(step("first"),))

    done = after(book, begun(book), lambda m: completed(m, "first", {}, TINA))

    assert (states(done.run), done.run.state) == ({"first": "done"}, RunState.RUNNING)
    assert Moment.COMPLETED not in [each.moment for each in done.happenings]
    with pytest.raises(EndsByCode):
        after(book, done.run, lambda m: cancelled(m, "No."))
    assert not playbook().is_kept_by_code
