"""The task board: one board a plan, made from a template."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol


@dataclass(frozen=True, slots=True)
class BoardRef:
    """A board as its system knows it."""

    ref: str
    url: str


@dataclass(frozen=True, slots=True)
class BoardItem:
    """One line of a board; `group` is the title of the group that holds it."""

    ref: str
    group: str
    title: str
    done: bool
    due_on: date | None = None


@dataclass(frozen=True, slots=True)
class BoardSnapshot:
    """A board as read; `whole` once it holds all that its template holds, or more."""

    ref: str
    url: str
    groups: tuple[str, ...]
    items: tuple[BoardItem, ...]
    whole: bool = True


@dataclass(frozen=True, slots=True)
class ItemFit:
    """What an item is to hold; None leaves a value as it is. Values are absolute."""

    item_ref: str
    assignee_ref: str | None = None
    due_on: date | None = None
    done: bool | None = None


class TaskBoard(Protocol):
    """A board system. Every method raises the errors of `app.ports.errors`.

    `key` is the idempotency key of the effect: equal over all attempts of one delivery.
    """

    async def create(self, name: str, *, key: str) -> BoardRef:
        """Copy the template board under `name`, which carries the plan's marker."""

    async def find(self, marker: str) -> BoardRef | None:
        """The board copied from the template whose name contains `marker`, if there is one."""

    async def named(self, ref: str) -> Sequence[BoardRef]:
        """Every board whose name holds `ref` as a word of its own, the newest first.

        Whoever made it, and of whatever; never the template itself.
        """

    async def snapshot(self, board_ref: str) -> BoardSnapshot:
        """Read the board; it is not whole while the copy of its template is still being filled."""

    async def item(self, board_ref: str, item_ref: str) -> BoardItem | None:
        """Read one item again, or None where the board does not hold it (any more)."""

    async def watch(self, board_ref: str, url: str, *, key: str) -> str:
        """Have changes of the board's items told to `url`; return the ref of what tells them.

        A board that is watched already stays so.
        """

    async def archive_group(self, board_ref: str, group: str, *, key: str) -> None:
        """Archive the group with this title; one that is gone already counts as done."""

    async def add_item(self, board_ref: str, group: str, title: str, *, key: str) -> str:
        """Add an item to the group with this title (made if absent); return the item's ref."""

    async def find_item(self, board_ref: str, group: str, title: str) -> str | None:
        """The ref of the item with this title in this group, if there is one."""

    async def fit_items(self, board_ref: str, fits: Sequence[ItemFit], *, key: str) -> None:
        """Set people, dates and done marks; absolute, so a repeat changes nothing."""

    async def rename(self, board_ref: str, name: str, *, key: str) -> None:
        """Give the board this name; absolute, so a repeat changes nothing."""

    async def person_ref(self, email: str) -> str | None:
        """The board system's id of the active person with this address, if there is one."""

    async def probe(self) -> str:
        """Check the credentials; return a sentence that names the account."""
