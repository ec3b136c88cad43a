"""What somebody did to an item of a board, against what its task holds."""

from collections.abc import Mapping
from datetime import date

import pytest

from app.domain.board_item import (
    NOTHING_SHOWN,
    BoardChange,
    BoardHint,
    OpenedHereOnly,
    Shown,
    changes_on_board,
    may_open_from_board,
    read_board_hint,
)
from app.domain.fields import DocumentNotUnderstood
from app.domain.task import TaskKind, TaskState

DUE_ON, ANOTHER_DAY = date(2026, 12, 2), date(2026, 12, 4)
DONE, OPEN = TaskState.DONE, TaskState.OPEN
UNDONE = sorted(set(TaskState) - {DONE})


def changes(shown: Shown, state: TaskState = OPEN) -> set[BoardChange]:
    return set(changes_on_board(shown, state=state, due_on=DUE_ON))


@pytest.mark.parametrize("state", UNDONE)
def test_an_item_that_is_ticked_ticks_a_task_that_is_not_done(state: TaskState) -> None:
    assert changes(Shown(done=True, due_on=DUE_ON), state) == {BoardChange.TICKED}


def test_an_item_that_is_opened_opens_a_task_that_was_done() -> None:
    assert changes(Shown(done=False, due_on=DUE_ON), DONE) == {BoardChange.OPENED}


def test_an_item_on_another_day_moves_its_task() -> None:
    assert changes(Shown(done=False, due_on=ANOTHER_DAY)) == {BoardChange.MOVED}


def test_an_item_may_be_ticked_and_moved_at_once() -> None:
    assert changes(Shown(done=True, due_on=ANOTHER_DAY)) == {
        BoardChange.TICKED,
        BoardChange.MOVED,
    }


@pytest.mark.parametrize("state", list(TaskState))
def test_an_item_that_echoes_what_we_wrote_changes_nothing(state: TaskState) -> None:
    assert changes(Shown(done=state is DONE, due_on=DUE_ON), state) == set()


@pytest.mark.parametrize("state", list(TaskState))
def test_what_is_not_shown_changes_nothing(state: TaskState) -> None:
    assert changes(NOTHING_SHOWN, state) == set()


def test_a_day_on_the_board_dates_a_task_that_had_none() -> None:
    shown = Shown(done=None, due_on=DUE_ON)

    assert changes_on_board(shown, state=OPEN, due_on=None) == (BoardChange.MOVED,)


def test_setup_is_opened_again_from_the_board() -> None:
    may_open_from_board(TaskKind.SETUP)


@pytest.mark.parametrize("kind", sorted(set(TaskKind) - {TaskKind.SETUP}))
def test_what_changed_something_outside_is_not_opened_from_the_board(kind: TaskKind) -> None:
    with pytest.raises(OpenedHereOnly):
        may_open_from_board(kind)


@pytest.mark.parametrize(
    ("item", "shown"),
    [
        ({"done": True, "due_on": "2026-12-02"}, Shown(done=True, due_on=DUE_ON)),
        ({"done": False}, Shown(done=False, due_on=None)),
        ({"done": "yes", "due_on": "soon"}, NOTHING_SHOWN),
        ({"done": 1, "due_on": 7}, NOTHING_SHOWN),
        ({}, NOTHING_SHOWN),
    ],
)
def test_a_hint_names_its_item_and_tells_of_it_what_can_be_read(
    item: dict[str, object], shown: Shown
) -> None:
    document = {"board": {"ref": 501}, "item": {"ref": "77", **item}}

    assert read_board_hint(document) == BoardHint("501", "77", shown)


@pytest.mark.parametrize(
    ("document", "pointers"),
    [
        ({}, ["/board/ref", "/item/ref"]),
        ({"board": {"ref": "501"}}, ["/item/ref"]),
        ({"item": {"ref": "77"}}, ["/board/ref"]),
        ({"board": "501", "item": {"ref": "77"}}, ["/board", "/board/ref"]),
    ],
)
def test_a_hint_without_its_board_or_its_item_is_not_understood(
    document: Mapping[str, object], pointers: list[str]
) -> None:
    with pytest.raises(DocumentNotUnderstood) as refused:
        read_board_hint(document)

    assert [fault.pointer for fault in refused.value.faults] == pointers
