"""The boards that the stand-in holds, and what of them can be seen while a copy fills up."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from ..clock import SandboxClock
from ..ids import Numbers
from ..settings import SandboxSettings, Tuning
from .errors import FieldRefused, not_found

SEED = Path(__file__).with_name("template.json")


@dataclass(slots=True)
class Column:
    """A column; `labels` only for a status."""

    id: str
    title: str
    type: str
    labels: list[dict[str, Any]] = field(default_factory=list)


@dataclass(slots=True)
class Group:
    """A group; `appears_at` (real time) lies ahead while the copy of a template fills."""

    id: str
    title: str
    color: str
    appears_at: datetime
    archived: bool = False
    deleted: bool = False


@dataclass(slots=True)
class Item:
    """An item; `values` holds the raw column values by column id, without the empty ones."""

    id: str
    name: str
    group_id: str
    appears_at: datetime
    created_at: datetime
    updated_at: datetime
    state: str = "active"
    values: dict[str, dict[str, Any]] = field(default_factory=dict)


@dataclass(slots=True)
class Board:
    """A board; `created_at` in the application's time."""

    id: str
    name: str
    created_at: datetime
    updated_at: datetime
    description: str | None = None
    kind: str = "public"
    workspace_id: str | None = None
    folder_id: str | None = None
    created_from: str | None = None
    is_template: bool = False
    columns: list[Column] = field(default_factory=list)
    groups: list[Group] = field(default_factory=list)
    items: dict[str, Item] = field(default_factory=dict)

    def column(self, column_id: str) -> Column | None:
        """The column with this id, if there is one."""
        return next((column for column in self.columns if column.id == column_id), None)

    def seen_groups(self, now: datetime) -> list[Group]:
        """The groups that a reader sees at this real instant."""
        return [
            group
            for group in self.groups
            if group.appears_at <= now and not group.archived and not group.deleted
        ]

    def seen_items(self, now: datetime, group_id: str | None = None) -> list[Item]:
        """The items that a reader sees at this real instant, in the order of their groups."""
        return [
            item
            for group in self.seen_groups(now)
            if group_id in (None, group.id)
            for item in self.items.values()
            if item.group_id == group.id and item.appears_at <= now and item.state == "active"
        ]


@dataclass(frozen=True, slots=True)
class Change:
    """One column of an item that holds something else than before."""

    board: Board
    item: Item
    column: Column
    before: dict[str, Any]
    after: dict[str, Any]
    user_id: str

    @property
    def group(self) -> Group:
        """The item's group."""
        return next(one for one in self.board.groups if one.id == self.item.group_id)

    def shown(self, raw: dict[str, Any]) -> dict[str, Any] | None:
        """A raw value as a webhook tells it."""
        if not raw or self.column.type != "status":
            return raw or None
        label = next(one for one in self.column.labels if one["index"] == raw["index"])
        return {"label": {"index": label["index"], "text": label["label"]}, "post_id": None}


class Boards:
    """Every board, item and user of the one account."""

    def __init__(
        self, settings: SandboxSettings, tuning: Tuning, clock: SandboxClock, numbers: Numbers
    ) -> None:
        seed = json.loads(SEED.read_text(encoding="utf-8"))
        self.clock = clock
        self.numbers = numbers
        self._tuning = tuning
        self.account: dict[str, Any] = seed["account"]
        self.users: list[dict[str, Any]] = [
            {**user, "kind": "member", "status": "ACTIVE", "is_deleted": False}
            for user in seed["users"]
        ]
        self._board_of_item: dict[str, str] = {}
        self.on_change: Callable[[Change], None] | None = None
        self.boards: dict[str, Board] = {}
        self._seed(settings.template_board_id, seed["board"])

    def board(self, board_id: str) -> Board:
        """The board with this id; raises FieldRefused."""
        if (board := self.boards.get(board_id)) is None:
            raise FieldRefused(
                "InvalidBoardIdException",
                "Board not found",
                status_code=404,
                error_data={"board_id": board_id[:100]},
            )
        return board

    def group(self, board: Board, group_id: str) -> Group:
        """The group of the board that can be seen under this id; raises FieldRefused."""
        for group in board.seen_groups(self.clock.real_now()):
            if group.id == group_id:
                return group
        raise not_found("Group", group_id)

    def find_item(self, item_id: str) -> tuple[Board, Item] | None:
        """The item that can be seen under this id, with its board."""
        board = self.boards.get(self._board_of_item.get(item_id, ""))
        if board is None:
            return None
        item = board.items[item_id]
        seen = any(one.id == item_id for one in board.seen_items(self.clock.real_now()))
        return (board, item) if seen else None

    def item(self, item_id: str | None) -> tuple[Board, Item]:
        """The item that can be seen under this id, with its board; raises FieldRefused."""
        found = self.find_item(item_id or "")
        if found is None:
            raise not_found("Item", item_id)
        return found

    def add_item(
        self, board: Board, group: Group, name: str, appears_at: datetime | None = None
    ) -> Item:
        """Put a new item at the end of a group."""
        now = self.clock.now()
        item_id = str(self.numbers.next())
        item = Item(item_id, name, group.id, appears_at or self.clock.real_now(), now, now)
        board.items[item.id] = item
        self._board_of_item[item.id] = board.id
        board.updated_at = now
        return item

    def set_values(
        self,
        board: Board,
        item: Item,
        values: dict[str, dict[str, Any]],
        *,
        user_id: str | None = None,
    ) -> bool:
        """Set raw column values, empty ones clearing; return whether anything changed.

        Each column that changed is told of; by the token's owner where nobody else is named.
        """
        before = item.values
        item.values = {key: raw for key, raw in {**before, **values}.items() if raw}
        if item.values == before:
            return False
        item.updated_at = board.updated_at = self.clock.now()
        person = user_id or str(self.users[0]["id"])
        for column in board.columns:
            was, now = before.get(column.id, {}), item.values.get(column.id, {})
            if was != now and self.on_change is not None:
                self.on_change(Change(board, item, column, was, now, person))
        return True

    def new_group_id(self) -> str:
        """A group id as monday makes them: a word, unlike the template's."""
        return f"group_{self.numbers.next():x}"

    def copy(self, template: Board, name: str, *, with_items: bool) -> Board:
        """Make a board from another; its groups and items appear one by one while it fills.

        People and dates stay behind, as they do when monday duplicates a board.
        """
        board = self.make(template, name)
        board.created_from = template.id
        self.fill(board, template, with_items=with_items)
        return board

    def make(self, like: Board, name: str) -> Board:
        """Make a board with the columns of another, and nothing on it yet."""
        now = self.clock.now()
        board = Board(str(self.numbers.next()), name, now, now)
        board.columns = [
            Column(column.id, column.title, column.type, [dict(label) for label in column.labels])
            for column in like.columns
        ]
        self.boards[board.id] = board
        return board

    def fill(self, board: Board, template: Board, *, with_items: bool) -> None:
        """Have the template's groups and items appear on a board, one by one."""
        started_at = self.clock.real_now()
        groups = template.seen_groups(started_at)
        items = template.seen_items(started_at) if with_items else []
        step = timedelta(seconds=self._tuning.board_fill_s / max(1, len(groups) + len(items)))
        appears_at = started_at
        for original in groups:
            appears_at += step
            group = Group(self.new_group_id(), original.title, original.color, appears_at)
            board.groups.append(group)
            for source in (item for item in items if item.group_id == original.id):
                appears_at += step
                item = self.add_item(board, group, source.name, appears_at)
                item.values = _without(source.values, template, {"people", "date"})

    def _seed(self, board_id: str, seed: dict[str, Any]) -> None:
        now = self.clock.real_now()
        board = Board(board_id, seed["name"], now, now, is_template=True)
        board.columns = [Column(**column) for column in seed["columns"]]
        self.boards[board.id] = board
        for one in seed["groups"]:
            group = Group(one["id"], one["title"], one["color"], now)
            board.groups.append(group)
            for name in one["items"]:
                self.add_item(board, group, name)


def _without(
    values: dict[str, dict[str, Any]], board: Board, types: set[str]
) -> dict[str, dict[str, Any]]:
    left_out = {column.id for column in board.columns if column.type in types}
    return {column_id: dict(raw) for column_id, raw in values.items() if column_id not in left_out}
