"""What people do with the steps of a run, and what each state refuses."""

from datetime import UTC, datetime, timedelta
from fractions import Fraction

import pytest

from app.domain.approval import ApprovalState
from app.domain.fields import DocumentNotUnderstood
from app.domain.playbook.form import Field, FieldKind
from app.domain.playbook.model import Anchor, AnchorSource, ChecklistItem, Evidence, Offset, Side
from app.domain.playbook.moment import Moment
from app.domain.playbook.who import ApprovalRule, From, Response, Threshold
from app.domain.run.acting import (
    blocked,
    cancelled,
    completed,
    deviated,
    reopened,
    skipped,
    ticked,
    unblocked,
)
from app.domain.run.errors import (
    DeviationWanted,
    EvidenceWanted,
    ItemOutOfTurn,
    ItemsOpen,
    ItemUnknown,
    NothingAsked,
    NotTheVerifier,
    PersonWanted,
    RunOver,
    SamePerson,
    StepRefuses,
    StepUnknown,
)
from app.domain.run.judging import decided, returned, verified
from app.domain.run.model import Asked, Moved, Person, Run, RunState, Tick
from app.domain.run.transitions import BY_HAND, TRANSITIONS, Action, moved
from tests.unit.domain.run.making import (
    BLOCKED,
    MONDAY,
    NOBODY,
    TINA,
    VERA,
    after,
    begun,
    deadline,
    playbook,
    states,
    step,
)

CHECKS = (
    ChecklistItem("Asked"),
    ChecklistItem("Wished", required=False),
    ChecklistItem("Linked", evidence=Evidence.LINK),
    ChecklistItem("Counted", evidence=Evidence.NUMBER),
    ChecklistItem("Noted", evidence=Evidence.NOTE),
)
LISTED = playbook(steps=(step("first", checklist=CHECKS, ordered=True),))
VERIFIED = playbook(steps=(step("first", verified_by="service_manager"), step("second")))


def tick(run: Run, number: int, evidence: str | None = None, by: Person = TINA) -> Run:
    return after(LISTED, run, lambda m: ticked(m, "first", number, evidence, by)).run


def execute(
    book: object, run: Run, key: str = "first", by: Person = TINA, **given: object
) -> Moved:
    return after(book, run, lambda m: completed(m, key, given, by))  # type: ignore[arg-type]


def test_an_ordered_list_is_ticked_from_its_first_required_item() -> None:
    run = begun(LISTED)

    with pytest.raises(ItemOutOfTurn) as refused:
        tick(run, 2, "https://agency.example/doc")
    assert refused.value.facts == {"open": ["Asked"]}

    run = tick(run, 0, "  ")
    run = tick(run, 2, "https://agency.example/doc")
    assert run.steps["first"].ticks == {
        0: Tick("Tina", MONDAY, None),
        2: Tick("Tina", MONDAY, "https://agency.example/doc"),
    }
    assert run.steps["first"].started_at == MONDAY


def test_whoever_ticked_an_item_first_stays_named() -> None:
    run = tick(tick(begun(LISTED), 0), 0, by=VERA)

    assert run.steps["first"].ticks[0].by == "Tina"


@pytest.mark.parametrize("number", [-1, 5])
def test_an_item_that_is_not_there_is_not_ticked(number: int) -> None:
    with pytest.raises(ItemUnknown):
        tick(begun(LISTED), number)


@pytest.mark.parametrize(
    ("number", "wrong", "right"),
    [
        (2, "see the wiki", "http://agency.example/"),
        (2, "https://agency.example/a b", "https://agency.example/ab"),
        (3, "a few", "12.5"),
        (3, "Infinity", "0"),
        (4, " ", "Written down."),
        (4, None, "Written down."),
    ],
)
def test_an_item_is_ticked_with_the_evidence_it_asks_for(
    number: int, wrong: str | None, right: str
) -> None:
    book = playbook(steps=(step("first", checklist=CHECKS),))
    run = begun(book)

    with pytest.raises(EvidenceWanted):
        after(book, run, lambda m: ticked(m, "first", number, wrong, TINA))

    done = after(book, run, lambda m: ticked(m, "first", number, right, TINA)).run
    assert done.steps["first"].ticks[number].evidence == right


def test_a_step_is_done_once_its_required_items_are_ticked_and_the_next_is_ready() -> None:
    book = playbook(
        steps=(
            step("first", checklist=CHECKS[:2]),
            step("second", waits_for=("first",)),
            step("third"),
        )
    )
    run = begun(book)

    with pytest.raises(ItemsOpen):
        execute(book, run)
    run = after(book, run, lambda m: ticked(m, "first", 0, None, TINA)).run
    done = execute(book, run)

    assert states(done.run) == {"first": "done", "second": "ready", "third": "ready"}
    assert [(each.moment, each.step) for each in done.happenings] == [
        (Moment.DONE, "first"),
        (Moment.READY, "second"),
    ]
    assert done.run.steps["first"].executor == TINA


def test_a_step_that_asks_is_not_done_without_an_answer() -> None:
    asks = (Field("satisfaction", "Satisfaction", FieldKind.NUMBER),)
    book = playbook(steps=(step("first", asks=asks),))
    run = begun(book)

    with pytest.raises(DocumentNotUnderstood) as refused:
        execute(book, run)
    assert [fault.pointer for fault in refused.value.faults] == ["/answers/satisfaction"]
    assert execute(book, run, satisfaction="9.5").run.state is RunState.COMPLETED


def test_what_counts_from_a_done_step_gets_its_date_and_its_deadline() -> None:
    anchors = (
        Anchor("begun", "Begun", AnchorSource.START, Side.AFTER),
        Anchor("then", "Then", AnchorSource.STEP, Side.AFTER, "first"),
    )
    book = playbook(
        anchors=anchors,
        steps=(
            step("first", due=Offset(1, "then")),
            step("second", due=Offset(2, "then")),
            step("third"),
        ),
        deadlines=(deadline("late", "then", steps=("first", "second")),),
    )

    done = execute(book, begun(book))

    assert done.run.steps["second"].due_at == datetime(2026, 11, 26, tzinfo=UTC)
    assert done.run.steps["first"].due_at is None
    assert [(each.key, each.step) for each in done.begun] == [("late", "second")]


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


# Blocked, reopened, cancelled ------------------------------------------------------------------


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
