"""The task board of a life, in memory: copies of a template that people tick and date."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import count

from app.domain.delivery import DeliveryKind
from app.ports.board import BoardItem, BoardRef, BoardSnapshot, ItemFit
from app.ports.errors import Refused
from tests.properties.lives.outside import Outside

TEMPLATE = {
    "SMS": ("Register the SMS sender number", "Order a short code"),
    "Google Business": ("Claim the Google Business profile",),
    "Handover": ("Brief Marketing on the new services",),
}
"""Some steps of the playbook are there, others are not; one item is nobody's step."""


@dataclass
class Board:
    """A board: its groups, and its items in order."""

    ref: BoardRef
    name: str
    groups: list[str]
    items: dict[str, BoardItem]


@dataclass
class Boards:
    """Implements `TaskBoard`; no key is known again, so that only looking first saves us."""

    outside: Outside
    held: dict[str, Board] = field(default_factory=dict)
    _numbers: Iterator[int] = field(default_factory=lambda: count(1))

    async def create(self, name: str, *, key: str) -> BoardRef:
        """Copy the template."""

        def effect() -> BoardRef:
            self.outside.took_effect(DeliveryKind.BOARD_CREATE, key, name)
            return self.copy(name)

        return await self.outside.change(effect)

    def copy(self, name: str) -> BoardRef:
        """Copy the template, whoever wants it."""
        ref = BoardRef(f"board {next(self._numbers)}", "https://board.example")
        items = [
            BoardItem(f"item {next(self._numbers)}", group, title, done=False)
            for group, titles in TEMPLATE.items()
            for title in titles
        ]
        self.held[ref.ref] = Board(ref, name, list(TEMPLATE), {one.ref: one for one in items})
        return ref

    async def find(self, marker: str) -> BoardRef | None:
        """The board whose name holds the marker."""

        def reading() -> BoardRef | None:
            return next((one.ref for one in self.held.values() if marker in one.name), None)

        return await self.outside.look(reading)

    async def named(self, ref: str) -> Sequence[BoardRef]:
        """The boards whose names hold the number."""

        def reading() -> Sequence[BoardRef]:
            return [one.ref for one in self.held.values() if ref in one.name.split()]

        return await self.outside.look(reading)

    async def snapshot(self, board_ref: str) -> BoardSnapshot:
        """The board as it is; a copy is whole at once."""

        def reading() -> BoardSnapshot:
            board = self.held[board_ref]
            items = tuple(board.items.values())
            return BoardSnapshot(board_ref, board.ref.url, tuple(board.groups), items)

        return await self.outside.look(reading)

    async def item(self, board_ref: str, item_ref: str) -> BoardItem | None:
        """One item."""
        return await self.outside.look(lambda: self.held[board_ref].items.get(item_ref))

    async def watch(self, board_ref: str, url: str, *, key: str) -> str:
        """Have changes told."""
        return await self.outside.change(lambda: f"watch of {board_ref} to {url}")

    async def archive_group(self, board_ref: str, group: str, *, key: str) -> None:
        """Take a group away with its items."""

        def effect() -> None:
            board = self.held[board_ref]
            board.groups = [each for each in board.groups if each != group]
            board.items = {ref: one for ref, one in board.items.items() if one.group != group}

        await self.outside.change(effect)

    async def add_item(self, board_ref: str, group: str, title: str, *, key: str) -> str:
        """Add an item, whether or not there is one like it."""

        def effect() -> str:
            ref = f"item {next(self._numbers)}"
            self.held[board_ref].items[ref] = BoardItem(ref, group, title, done=False)
            self.outside.took_effect(DeliveryKind.BOARD_ADD_ITEM, key, f"{group}: {title}")
            return ref

        return await self.outside.change(effect)

    async def find_item(self, board_ref: str, group: str, title: str) -> str | None:
        """The item with this title in this group."""

        def reading() -> str | None:
            items = self.held[board_ref].items.values()
            return next(
                (one.ref for one in items if (one.group, one.title) == (group, title)), None
            )

        return await self.outside.look(reading)

    async def fit_items(self, board_ref: str, fits: Sequence[ItemFit], *, key: str) -> None:
        """Set what is given."""

        def effect() -> None:
            items = self.held[board_ref].items
            for fit in fits:
                if fit.item_ref not in items:
                    raise Refused("There is no such item.")
                item = items[fit.item_ref]
                done = item.done if fit.done is None else fit.done
                items[item.ref] = replace(item, done=done, due_on=fit.due_on or item.due_on)

        await self.outside.change(effect)

    async def rename(self, board_ref: str, name: str, *, key: str) -> None:
        """Give the board a name."""

        def effect() -> None:
            self.held[board_ref].name = name

        await self.outside.change(effect)

    async def person_ref(self, email: str) -> str | None:
        """The person with this address."""
        return await self.outside.look(lambda: f"person {email}")

    async def probe(self) -> str:
        """Never asked in a life."""
        return "boards"

    def tick(self, board_ref: str, item_ref: str, *, done: bool, due_on: date | None) -> None:
        """Somebody works on the board itself."""
        items = self.held[board_ref].items
        items[item_ref] = replace(items[item_ref], done=done, due_on=due_on)
