"""What others say of a step: whoever verifies it, and whoever approves it or a deviation."""

from fractions import Fraction

import pytest

from app.domain.approval import ApprovalState
from app.domain.playbook.form import Field, FieldKind
from app.domain.playbook.model import ChecklistItem
from app.domain.playbook.moment import Moment
from app.domain.playbook.who import ApprovalRule, Threshold
from app.domain.run.acting import (
    deviated,
    skipped,
    ticked,
)
from app.domain.run.errors import (
    DeviationWanted,
    ItemsOpen,
    NothingAsked,
    NotTheVerifier,
    PersonWanted,
    SamePerson,
)
from app.domain.run.judging import decided, returned, verified
from app.domain.run.model import Asked, Moved, Person, Run
from tests.unit.domain.run.making import (
    CHECKS,
    NOBODY,
    TINA,
    VERA,
    after,
    begun,
    execute,
    playbook,
    states,
    step,
)

VERIFIED = playbook(steps=(step("first", verified_by="service_manager"), step("second")))


# A second person -----------------------------------------------------------------------------


def test_quality_is_accepted_by_somebody_else_than_who_executed_it() -> None:
    run = execute(VERIFIED, begun(VERIFIED)).run
    assert states(run)["first"] == "in_review"
    both = Person("Tina", TINA.id, "service_manager")

    for by, error in ((NOBODY, PersonWanted), (both, SamePerson), (TINA, SamePerson)):
        with pytest.raises(error):
            after(VERIFIED, run, lambda m, by=by: verified(m, "first", by))  # type: ignore[misc]
    other = Person("Otto", VERA.id, "technician")
    with pytest.raises(NotTheVerifier):
        after(VERIFIED, run, lambda m: verified(m, "first", other))

    done = after(VERIFIED, run, lambda m: verified(m, "first", VERA)).run
    assert (states(done)["first"], done.steps["first"].verifier) == ("done", VERA)


def test_nobody_executes_a_verified_step_unnamed() -> None:
    with pytest.raises(PersonWanted):
        execute(VERIFIED, begun(VERIFIED), by=NOBODY)


def test_quality_that_is_not_accepted_is_worked_through_again() -> None:
    book = playbook(
        steps=(step("first", verified_by="service_manager", checklist=(ChecklistItem("Asked"),)),)
    )
    run = after(book, begun(book), lambda m: ticked(m, "first", 0, None, TINA)).run
    run = execute(book, run).run

    again = after(book, run, lambda m: returned(m, "first", "Not asked.", VERA)).run

    first = again.steps["first"]
    assert (str(first.state), first.returns, first.reason, first.ticks) == (
        "ready",
        1,
        "Not asked.",
        {},
    )


# Approvals -----------------------------------------------------------------------------------

RULE = ApprovalRule(
    "budget",
    "The budget",
    "budget",
    (Threshold(Fraction(5000), False, None), Threshold(None, True, "director")),
)
ASKED = (Field("budget", "Budget", FieldKind.NUMBER),)
APPROVED = playbook(
    approvals=(RULE,), steps=(step("first", approval="budget", asks=ASKED), step("second"))
)


def test_a_small_amount_asks_nobody_and_a_larger_one_waits() -> None:
    run = begun(APPROVED)

    assert states(execute(APPROVED, run, budget="4999.99").run)["first"] == "done"

    waiting = execute(APPROVED, run, budget="5000")
    assert states(waiting.run)["first"] == "awaiting_approval"
    (question,) = waiting.questions
    assert (question.role, question.said) == ("director", "The budget: 5,000")
    assert waiting.happenings[-1].moment is Moment.APPROVAL_REQUESTED


def test_an_approved_step_is_done_and_a_refused_one_is_to_be_done_again() -> None:
    run = execute(APPROVED, begun(APPROVED), budget="5000").run
    yes, no = ApprovalState.APPROVED, ApprovalState.REFUSED

    done = after(APPROVED, run, lambda m: decided(m, "first", Asked.STEP, yes, None))
    assert (states(done.run)["first"], done.happenings[0].moment) == ("done", Moment.DONE)

    back = after(APPROVED, run, lambda m: decided(m, "first", Asked.STEP, no, "Too much."))
    assert (states(back.run)["first"], back.run.steps["first"].reason) == ("ready", "Too much.")
    assert back.happenings[0].moment is Moment.APPROVAL_REFUSED

    with pytest.raises(NothingAsked):
        after(APPROVED, back.run, lambda m: decided(m, "first", Asked.STEP, yes, None))


def test_a_rule_without_a_figure_always_asks_its_role() -> None:
    rule = ApprovalRule("always", "The text", "", (Threshold(None, True, "director"),))
    book = playbook(
        approvals=(rule,), steps=(step("first", approval="always", verified_by="service_manager"),)
    )

    waiting = execute(book, begun(book))
    assert waiting.questions[0].said == "The text"
    yes = ApprovalState.APPROVED
    on = after(book, waiting.run, lambda m: decided(m, "first", Asked.STEP, yes, None)).run
    assert states(on)["first"] == "in_review"


# Deviations, skips ----------------------------------------------------------------------------

STRICT = playbook(
    deviations_approved_by="director",
    steps=(step("first", checklist=CHECKS[:1]), step("second", waits_for=("first",))),
)


def allowed(run: Run, state: ApprovalState = ApprovalState.APPROVED) -> Moved:
    asked = after(STRICT, run, lambda m: deviated(m, "first", "By telephone."))
    assert asked.questions[0].role == "director"
    return after(
        STRICT, asked.run, lambda m: decided(m, "first", Asked.DEVIATION, state, "So be it.")
    )


def test_a_step_is_done_otherwise_than_written_once_that_is_approved() -> None:
    run = begun(STRICT)
    with pytest.raises(DeviationWanted):
        after(STRICT, run, lambda m: skipped(m, "first", "Not needed."))

    yes = allowed(run)
    assert [each.moment for each in yes.happenings] == [Moment.DEVIATED]
    assert states(execute(STRICT, yes.run).run)["first"] == "done"
    left = after(STRICT, yes.run, lambda m: skipped(m, "first", "Not needed.")).run
    assert states(left) == {"first": "skipped", "second": "ready"}


def test_a_refused_deviation_changes_nothing() -> None:
    no = allowed(begun(STRICT), ApprovalState.REFUSED)

    assert no.happenings == ()
    with pytest.raises(ItemsOpen):
        execute(STRICT, no.run)
    with pytest.raises(NothingAsked):
        after(
            STRICT,
            no.run,
            lambda m: decided(m, "first", Asked.DEVIATION, ApprovalState.APPROVED, None),
        )


def test_what_was_done_as_written_needs_no_deviation_any_more() -> None:
    run = after(STRICT, begun(STRICT), lambda m: deviated(m, "first", "By telephone.")).run
    run = after(STRICT, run, lambda m: ticked(m, "first", 0, None, TINA)).run

    assert execute(STRICT, run).run.steps["first"].deviation is None


def test_without_an_approver_a_deviation_is_asked_of_the_owner_and_a_skip_is_free() -> None:
    book = playbook()
    run = begun(book)

    asked = after(book, run, lambda m: deviated(m, "first", "By telephone."))
    assert asked.questions[0].role == "service_manager"
    assert states(after(book, run, lambda m: skipped(m, "first", "No.")).run)["first"] == "skipped"
