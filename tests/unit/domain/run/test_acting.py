"""What people do with the steps of a run, and what each state refuses."""

from datetime import UTC, datetime

import pytest

from app.domain.fields import DocumentNotUnderstood
from app.domain.playbook.form import Field, FieldKind
from app.domain.playbook.model import Anchor, AnchorSource, Offset, Side
from app.domain.playbook.moment import Moment
from app.domain.run.acting import (
    ticked,
)
from app.domain.run.errors import (
    EvidenceWanted,
    ItemOutOfTurn,
    ItemsOpen,
    ItemUnknown,
)
from app.domain.run.model import Person, Run, RunState, Tick
from tests.unit.domain.run.making import (
    CHECKS,
    MONDAY,
    TINA,
    VERA,
    after,
    begun,
    deadline,
    execute,
    playbook,
    states,
    step,
)

LISTED = playbook(steps=(step("first", checklist=CHECKS, ordered=True),))


def tick(run: Run, number: int, evidence: str | None = None, by: Person = TINA) -> Run:
    return after(LISTED, run, lambda m: ticked(m, "first", number, evidence, by)).run


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
