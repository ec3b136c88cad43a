"""What a board shows is a change only where it differs from the task."""

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

DUE = date(2026, 12, 1)
OTHER = date(2026, 12, 2)
TICKED, OPENED, MOVED = BoardChange.TICKED, BoardChange.OPENED, BoardChange.MOVED


@pytest.mark.parametrize(
    ("shown", "state", "changes"),
    [
        (Shown(True, DUE), TaskState.OPEN, (TICKED,)),
        (Shown(True, DUE), TaskState.BLOCKED, (TICKED,)),
        (Shown(True, DUE), TaskState.SKIPPED, (TICKED,)),
        (Shown(True, OTHER), TaskState.OPEN, (TICKED, MOVED)),
        (Shown(False, DUE), TaskState.DONE, (OPENED,)),
        (Shown(False, OTHER), TaskState.OPEN, (MOVED,)),
        (Shown(True, DUE), TaskState.DONE, ()),
        (Shown(False, DUE), TaskState.OPEN, ()),
        (Shown(False, DUE), TaskState.SKIPPED, ()),
        (Shown(False, None), TaskState.BLOCKED, ()),
        (Shown(None, OTHER), TaskState.DONE, (MOVED,)),
        (NOTHING_SHOWN, TaskState.DONE, ()),
    ],
)
def test_only_a_difference_is_a_change(
    shown: Shown, state: TaskState, changes: tuple[BoardChange, ...]
) -> None:
    assert changes_on_board(shown, state=state, due_on=DUE) == changes


def test_a_task_without_a_day_takes_the_boards() -> None:
    shown = Shown(False, DUE)

    assert changes_on_board(shown, state=TaskState.OPEN, due_on=None) == (MOVED,)


@pytest.mark.parametrize("kind", list(TaskKind))
def test_only_setup_is_opened_again_from_the_board(kind: TaskKind) -> None:
    if kind is TaskKind.SETUP:
        may_open_from_board(kind)
        return
    with pytest.raises(OpenedHereOnly):
        may_open_from_board(kind)


@pytest.mark.parametrize(
    ("item", "shown"),
    [
        ({}, NOTHING_SHOWN),
        ({"done": True}, Shown(True, None)),
        ({"done": False, "due_on": "2026-12-01"}, Shown(False, DUE)),
        ({"done": "true", "due_on": 20261201.5}, NOTHING_SHOWN),
        ({"done": 1, "due_on": "1 December"}, NOTHING_SHOWN),
        ({"due_on": "2026-13-01"}, NOTHING_SHOWN),
    ],
)
def test_a_hint_names_the_item_and_may_say_what_it_shows(
    item: dict[str, object], shown: Shown
) -> None:
    document = {"board": {"ref": 77}, "item": {"ref": "88", **item}}

    assert read_board_hint(document) == BoardHint("77", "88", shown)


@pytest.mark.parametrize(
    "document",
    [
        {},
        {"board": {"ref": "77"}},
        {"item": {"ref": "88"}},
        {"board": "77", "item": {"ref": "88"}},
        {"board": {"ref": "77"}, "item": {"ref": None}},
    ],
)
def test_a_hint_that_names_no_item_is_not_understood(document: dict[str, object]) -> None:
    with pytest.raises(DocumentNotUnderstood):
        read_board_hint(document)
