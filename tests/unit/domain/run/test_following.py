"""What a new version of a playbook means for a run that is open."""

from dataclasses import replace
from datetime import UTC, datetime
from fractions import Fraction

import pytest

from app.domain.approval import ApprovalState
from app.domain.playbook.condition import Compare, Sign
from app.domain.playbook.form import Field, FieldKind, as_given
from app.domain.playbook.model import (
    Anchor,
    AnchorSource,
    ChecklistItem,
    Criterion,
    Evidence,
    Offset,
    Side,
    Stage,
)
from app.domain.playbook.who import ApprovalRule, Threshold
from app.domain.run.acting import Check, cancelled, checked, completed, ticked
from app.domain.run.errors import RunOver
from app.domain.run.fate import FateOfStep, Following, StepFate
from app.domain.run.following import dropped_steps
from app.domain.run.model import StepState
from tests.unit.domain.run.followed import (
    ANN,
    MONDAY,
    TUESDAY,
    ZONE,
    after,
    begin,
    begun,
    book,
    fates,
    follow,
    items,
    moved_run,
    step,
)

# Steps ----------------------------------------------------------------------------------------


def test_done_stays_open_goes_new_comes_and_the_rest_is_the_same() -> None:
    old = book(step("call"), step("old_done"), step("old_open"), step("stay"))
    run = after(old, begun(old), completed, "call", {}, ANN)
    run = after(old, run, completed, "old_done", {}, ANN)
    new = book(step("call", title="Ring"), step("stay"), step("extra"))

    found = follow(old, new, run)

    assert fates(found) == {
        "call": "stays_done",
        "stay": "same",
        "extra": "comes_new",
        "old_done": "stays_done",
        "old_open": "dropped",
    }
    assert dropped_steps(found) == {"old_open"}
    assert list(moved_run(found).steps) == ["call", "stay", "extra"]
    assert moved_run(found).steps["extra"].state is StepState.READY
    assert found.in_words(ZONE) == (
        "Extra: comes new, due by 00:00 on Thursday 26 November 2026.",
        "Old_Open: is dropped.",
    )


def test_a_changed_step_says_its_day_its_role_and_its_items() -> None:
    old = book(step("call", checklist=items("Dial", "Greet", "Thank")))
    run = after(old, begun(old), ticked, "call", 1, None, ANN)
    new_items = items("Smile", "Greet", "Dial")
    new = book(step("call", role="sales", due=Offset(1, "start"), checklist=new_items))

    found = follow(old, new, run)

    assert moved_run(found).steps["call"].ticks == {1: run.steps["call"].ticks[1]}
    assert found.in_words(ZONE) == (
        "Call: due by 00:00 on Thursday 26 November 2026, now due by 00:00 on Wednesday "
        "25 November 2026; is done by sales, not support; is checked as well: Smile; "
        "is checked no more: Thank; 1 tick stays.",
    )


def test_other_words_and_nothing_else_are_told_as_that() -> None:
    old, new = book(step("call")), book(step("call", instructions="Smile."))
    found = follow(old, new, begun(old))
    assert found.in_words(ZONE) == ("Call: is worded anew.",)


def test_nothing_changes_where_nothing_does() -> None:
    old = book(step("call"), step("mail"))
    found = follow(old, old, after(old, begun(old), completed, "call", {}, ANN))
    assert found.in_words(ZONE) == ("Nothing changes for the run.",)
    assert [each.in_words(ZONE) for each in found.steps] == [
        "Call: stays done.",
        "Mail: stays as it is.",
    ]


def test_a_tick_goes_where_its_item_wants_other_evidence() -> None:
    old = book(step("call", checklist=items("Dial")))
    run = after(old, begun(old), ticked, "call", 0, None, ANN)
    wanting = (ChecklistItem("Dial", evidence=Evidence.LINK),)
    found = follow(old, book(step("call", checklist=wanting)), run)
    assert moved_run(found).steps["call"].ticks == {}


@pytest.mark.parametrize("same", [True, False])
def test_what_was_executed_is_executed_again_where_it_is_judged_otherwise(same: bool) -> None:
    rule = ApprovalRule("yes", "Yes", "", (Threshold(None, False, "lead"),))
    old = book(step("call", approval="yes"), approvals=(rule,))
    run = after(old, begun(old), completed, "call", {}, ANN)
    other = replace(rule, thresholds=(Threshold(None, False, "ceo"),))
    new = book(step("call", approval="yes"), approvals=(rule if same else other,))

    found = follow(old, new, run)

    mine = moved_run(found).steps["call"]
    if same:
        assert (mine.state, mine.approval) == ("awaiting_approval", ApprovalState.REQUESTED)
    else:
        assert (mine.state, mine.approval) == ("ready", None)
        assert mine.reason == "Version 2 judges it otherwise."
        assert found.steps[0].again


def test_a_step_that_is_executed_again_says_so() -> None:
    old = book(step("call", verified_by="lead"))
    run = after(old, begun(old), completed, "call", {}, ANN)
    found = follow(old, book(step("call", verified_by="ceo")), run)
    assert found.in_words(ZONE) == ("Call: is executed again.",)


def test_answers_stay_as_far_as_they_are_asked() -> None:
    rating = Field("rating", "Rating", FieldKind.WHOLE, required=False)
    note = Field("note", "Note", FieldKind.TEXT, required=False)
    old = book(step("call", asks=(rating, note), verified_by="lead"))
    run = after(old, begun(old), completed, "call", {"rating": "7", "note": "Fine"}, ANN)
    found = follow(old, book(step("call", asks=(rating,), verified_by="lead")), run)
    assert moved_run(found).steps["call"].answers == {"rating": 7}


def is_new(value: bool) -> Compare:
    return Compare("is_new", Sign.IS, value)


NEWNESS = Field("is_new", "New", FieldKind.YES_NO, required=False)


def test_a_step_left_out_comes_where_its_condition_holds_now() -> None:
    old = book(step("call"), step("greet", when=is_new(False)), inputs=(NEWNESS,))
    new = book(step("call"), step("greet", when=is_new(True)), inputs=(NEWNESS,))
    run = begun(old, is_new=True)
    assert run.steps["greet"].state is StepState.LEFT_OUT

    assert fates(follow(old, new, run))["greet"] == "comes_new"
    assert fates(follow(old, old, run))["greet"] == "stays_done"


def test_what_nobody_has_begun_waits_again_or_is_left_out() -> None:
    old = book(step("call"), step("greet"), step("pack"), inputs=(NEWNESS,))
    new = book(
        step("call"),
        step("greet", waits_for=("call",)),
        step("pack", when=is_new(False)),
        inputs=(NEWNESS,),
    )
    run = after(old, begun(old, is_new=True), begin, "call")

    steps = moved_run(follow(old, new, run)).steps

    assert [str(each.state) for each in steps.values()] == ["ready", "waiting", "left_out"]


def test_what_somebody_has_begun_goes_on() -> None:
    old = book(step("call"), step("greet"))
    new = book(step("call"), step("greet", waits_for=("call",)))
    run = after(old, begun(old), begin, "greet")
    assert moved_run(follow(old, new, run)).steps["greet"].state is StepState.READY


def test_a_run_that_has_nothing_left_is_completed() -> None:
    old, new = book(step("call"), step("greet")), book(step("call"))
    run = after(old, begun(old), completed, "call", {}, ANN)
    assert str(moved_run(follow(old, new, run)).state) == "completed"


def test_a_run_that_is_over_does_not_move() -> None:
    old = book(step("call"))
    run = after(old, begun(old), cancelled, "It is over.")
    with pytest.raises(RunOver):
        follow(old, old, run)


# Inputs ---------------------------------------------------------------------------------------


def test_a_run_that_lacks_an_input_finishes_on_the_old_version() -> None:
    email = Field("email", "E-mail of the owner", FieldKind.EMAIL)
    old, new = book(step("call")), book(step("call"), inputs=(email,))

    found = follow(old, new, begun(old))

    assert found.moved is None
    assert found.in_words(ZONE) == (
        "The run cannot move, and finishes on the old version: email is missing: "
        "E-mail of the owner.",
    )


def test_inputs_stay_as_they_were_given() -> None:
    fields = (
        Field("day", "Day", FieldKind.DAY),
        Field("names", "Names", FieldKind.TEXTS),
        Field("share", "Share", FieldKind.NUMBER),
        NEWNESS,
    )
    old = book(step("call"), inputs=fields)
    run = begun(old, day="2026-12-01", names=["Jo"], share="12.50", is_new=False)
    assert moved_run(follow(old, old, run)).inputs == run.inputs
    assert as_given({"half": Fraction(1, 2)}) == {"half": "0.5"}


def test_inputs_that_are_asked_no_more_are_told() -> None:
    old, new = book(step("call"), inputs=(NEWNESS,)), book(step("call"))
    found = follow(old, new, begun(old, is_new=True))
    assert moved_run(found).inputs == {}
    assert found.in_words(ZONE) == ("is_new: is asked no more.",)


# Stages ---------------------------------------------------------------------------------------


def stage(key: str, *exits: str, after: tuple[str, ...] = ()) -> Stage:
    return Stage(key, key.title(), None, None, after, (), tuple(Criterion(t) for t in exits))


def test_a_closed_stage_opens_for_a_new_step_and_keeps_what_was_checked() -> None:
    old = book(
        step("call", stage="first"),
        step("pack", stage="last"),
        stages=(stage("first", "All agree", "All paid"), stage("last", "x", after=("first",))),
    )
    run = after(old, begun(old), completed, "call", {}, ANN)
    run = after(old, run, checked, Check("first", "exit", 0), ANN)
    run = after(old, run, checked, Check("first", "exit", 1), ANN)
    assert run.stages["first"].closed_at == MONDAY
    new = book(
        step("call", stage="first"),
        step("greet", stage="first"),
        step("pack", stage="last"),
        stages=(stage("first", "All paid"), stage("last", "x"), stage("more", "y")),
    )

    stages = moved_run(follow(old, new, run)).stages

    assert stages["first"].closed_at is None
    assert list(stages["first"].checked) == ["exit/0"]
    assert stages["more"].entered_at == TUESDAY


# Anchors --------------------------------------------------------------------------------------


def test_new_anchors_are_known_where_their_origin_is() -> None:
    day = Field("launch_on", "Launch", FieldKind.DAY)
    told = Anchor("told", "Told", AnchorSource.EVENT, Side.AFTER)
    old = book(step("call"), step("pack"), anchors=(told, *book().anchors), inputs=(day,))
    run = begun(old, launch_on="2026-12-01")
    run = after(old, run, completed, "call", {}, ANN)
    new_anchors = (
        Anchor("told_again", "Told", AnchorSource.EVENT, Side.AFTER),
        Anchor("begun", "Begun", AnchorSource.START, Side.AFTER),
        Anchor("launch", "Launch", AnchorSource.FIELD, Side.BOTH, "launch_on"),
        Anchor("called", "Called", AnchorSource.STEP, Side.AFTER, "call"),
        Anchor("packed", "Packed", AnchorSource.STEP, Side.AFTER, "pack"),
        Anchor("new", "New", AnchorSource.STEP, Side.AFTER, "extra"),
    )
    new = book(
        step("call", due=Offset(1, "begun")),
        step("pack", due=Offset(0, "launch")),
        step("extra", due=Offset(1, "packed")),
        anchors=new_anchors,
        inputs=(day,),
    )

    found = follow(old, new, run)

    assert moved_run(found).anchors == {
        "told_again": MONDAY,
        "begun": MONDAY,
        "launch": datetime(2026, 11, 30, 14, 0, tzinfo=UTC),
        "called": MONDAY,
    }
    assert moved_run(found).steps["pack"].due_at == datetime(2026, 12, 1, 14, 0, tzinfo=UTC)
    assert found.steps[2].in_words(ZONE) == "Extra: comes new, due at a time not known yet."


def test_a_fate_is_told_in_words_of_its_own() -> None:
    lonely = FateOfStep("call", "Call", StepFate.CHANGES, StepState.READY, items_gone=("Dial",))
    assert lonely.in_words(ZONE) == "Call: is checked no more: Dial."


def test_a_run_whose_own_text_cannot_be_read_says_that_it_cannot_move() -> None:
    found = Following((), {}, unreadable="Its text cannot be read.")

    assert found.moved is None
    assert found.in_words(ZONE) == ("The run cannot move. Its text cannot be read.",)
