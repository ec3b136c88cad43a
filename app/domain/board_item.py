"""What a board shows of a task, against what the task holds: a tick, an untick, another day."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from app.domain.errors import Conflict
from app.domain.fields import DocumentNotUnderstood, Reader
from app.domain.task import TaskKind, TaskState

ISO_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)


class BoardChange(StrEnum):
    """What somebody did to an item, in the words in which a room is told of it."""

    TICKED = "was ticked on the board"
    OPENED = "was opened again on the board"
    MOVED = "was given another date on the board"


class OpenedHereOnly(Conflict):
    """Only setup is opened again by opening its item."""

    code = "opened_here_only"


@dataclass(frozen=True, slots=True)
class Shown:
    """What an item shows; None where nothing is known of it."""

    done: bool | None
    due_on: date | None


NOTHING_SHOWN = Shown(None, None)


def changes_on_board(
    shown: Shown, *, state: TaskState, due_on: date | None
) -> tuple[BoardChange, ...]:
    """What of an item differs from its task; nothing, where the item echoes what we wrote.

    A date taken off the board moves nothing: the task keeps its day.

    Args:
        shown: What the item shows.
        state: The task's state.
        due_on: The task's due day.

    Source: docs/domain/upgrade.md, "What happens" 2 and 3.
    """
    changes: list[BoardChange] = []
    if shown.done is not None and shown.done is not (state is TaskState.DONE):
        changes.append(BoardChange.TICKED if shown.done else BoardChange.OPENED)
    if shown.due_on is not None and shown.due_on != due_on:
        changes.append(BoardChange.MOVED)
    return tuple(changes)


def may_open_from_board(kind: TaskKind) -> None:
    """Refuse to open a task again from the board that stands for more than setup.

    Raises:
        OpenedHereOnly: ticking it changed billing, an e-mail or an outside system.
    """
    if kind is not TaskKind.SETUP:
        raise OpenedHereOnly("What it stands for was carried out; only here can it be taken back.")


@dataclass(frozen=True, slots=True)
class BoardHint:
    """What a board's event says: which item changed, and what it is said to show now."""

    board_ref: str
    item_ref: str
    shown: Shown


def read_board_hint(document: Mapping[str, object]) -> BoardHint:
    """Read a `board.item_changed` document; what the item is said to show may be left out.

    Raises:
        DocumentNotUnderstood: the board or the item is not named.
    """
    reader = Reader(document)
    board_ref = reader.inner("board").text("ref", required=True)
    item = reader.inner("item")
    item_ref = item.text("ref", required=True)
    if board_ref is None or item_ref is None:
        raise DocumentNotUnderstood(reader.faults)
    done = item.value("done")
    return BoardHint(
        board_ref, item_ref, Shown(done if isinstance(done, bool) else None, _day(item))
    )


def _day(item: Reader) -> date | None:
    """A day that cannot be read is only a hint lost: the item is read again anyway."""
    written = item.value("due_on")
    try:
        if isinstance(written, str) and ISO_DAY.fullmatch(written):
            return date.fromisoformat(written)
    except ValueError:
        pass
    return None
