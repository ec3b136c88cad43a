"""What queries see of the boards: one small class for each type of the schema."""

import json
from collections.abc import Sequence
from typing import Any

from graphql import GraphQLResolveInfo

from ..clock import written
from .boards import Board, Boards, Column, Group, Item
from .columns import value_view
from .paging import Cursors, Page, matching

# The context of an execution is the address that the caller used.
Info = GraphQLResolveInfo[str]


class ColumnNode:
    """A column."""

    description = None
    archived = False

    def __init__(self, column: Column) -> None:
        self.id = column.id
        self.title = column.title
        self.type = column.type
        self._labels = column.labels

    def settings(self, _info: Info) -> dict[str, Any]:
        """The settings as an object."""
        if self.type != "status":
            return {}
        return {"type": "status", "labels": [{**one, "id": one["index"]} for one in self._labels]}

    def settings_str(self, _info: Info) -> str:
        """The settings in the older form, a string."""
        if self.type != "status":
            return "{}"
        return json.dumps(
            {
                "done_colors": [one["index"] for one in self._labels if one["is_done"]],
                "labels": {str(one["index"]): one["label"] for one in self._labels},
            }
        )


class Nodes:
    """Makes nodes; holds what all of them need."""

    def __init__(self, boards: Boards, cursors: Cursors) -> None:
        self.boards = boards
        self.cursors = cursors

    def board(self, board: Board) -> "BoardNode":
        """The node of a board."""
        return BoardNode(self, board)

    def user(self, user: dict[str, Any]) -> dict[str, Any]:
        """The node of a user."""
        slug = self.boards.account["slug"]
        url = f"https://{slug}.monday.example/users/{user['id']}"
        return {**user, "account": self.boards.account, "url": url}

    def page(self, page: Page) -> dict[str, Any]:
        """The node of a page of items."""
        items = [self.boards.find_item(item_id) for item_id in page.item_ids]
        return {
            "cursor": page.cursor,
            "items": [ItemNode(self, *found) for found in items if found is not None],
        }

    def first_page(
        self,
        board: Board,
        group_id: str | None,
        limit: int,
        cursor: str | None,
        query: dict[str, Any] | None,
    ) -> dict[str, Any]:
        """The page of items that `items_page` answers with."""
        now = self.boards.clock.real_now()
        if cursor is not None:
            return self.page(self.cursors.following(cursor, limit, now))
        items = board.seen_items(now, group_id)
        users = self.boards.users
        ids = [item.id for item in items if query is None or matching(board, item, query, users)]
        return self.page(self.cursors.first(ids, limit, now))


class BoardNode:
    """A board."""

    state = "active"
    hierarchy_type = "classic"
    type = "board"

    def __init__(self, nodes: Nodes, board: Board) -> None:
        self._nodes = nodes
        self._board = board
        self.id = board.id
        self.name = board.name
        self.description = board.description
        self.board_kind = board.kind
        self.board_folder_id = board.folder_id
        self.workspace_id = board.workspace_id
        self.created_at = written(board.created_at)
        self.updated_at = written(board.updated_at)
        self.created_from_board_id = board.created_from

    def url(self, info: Info) -> str:
        """Where a person sees the board: on the stand-ins' page."""
        return f"{info.context}/#board-{self.id}"

    def columns(
        self,
        _info: Info,
        ids: Sequence[str | None] | None = None,
        types: Sequence[str] | None = None,
    ) -> list[ColumnNode]:
        """The columns, in their order."""
        return [
            ColumnNode(column)
            for column in self._board.columns
            if (ids is None or column.id in ids) and (types is None or column.type in types)
        ]

    def groups(self, _info: Info, ids: Sequence[str | None] | None = None) -> list["GroupNode"]:
        """The groups that are neither archived nor still to be copied."""
        return [
            GroupNode(self._nodes, self._board, group)
            for group in self._board.seen_groups(self._nodes.boards.clock.real_now())
            if ids is None or group.id in ids
        ]

    def top_group(self, info: Info) -> "GroupNode | None":
        """The first group."""
        groups = self.groups(info)
        return groups[0] if groups else None

    def items_count(self, _info: Info) -> int:
        """The number of items, lower than the template's until the copy is whole."""
        return len(self._board.seen_items(self._nodes.boards.clock.real_now()))

    def items_page(
        self,
        _info: Info,
        limit: int,
        cursor: str | None = None,
        query_params: dict[str, Any] | None = None,
    ) -> dict[str, Any]:
        """The board's items, page by page."""
        return self._nodes.first_page(self._board, None, limit, cursor, query_params)


class GroupNode:
    """A group."""

    def __init__(self, nodes: Nodes, board: Board, group: Group) -> None:
        self._nodes = nodes
        self._board = board
        self.id = group.id
        self.title = group.title
        self.color = group.color
        self.archived = group.archived
        self.deleted = group.deleted

    def position(self, _info: Info) -> str:
        """The place among the groups, as the text that monday makes of it."""
        ids = [group.id for group in self._board.groups]
        return str(65536 * (ids.index(self.id) + 1))

    def items_page(
        self,
        _info: Info,
        limit: int,
        cursor: str | None = None,
        query_params: dict[str, Any] | None = None,
    ) -> dict[str, Any]:
        """The group's items, page by page."""
        return self._nodes.first_page(self._board, self.id, limit, cursor, query_params)


class ItemNode:
    """An item."""

    def __init__(self, nodes: Nodes, board: Board, item: Item) -> None:
        self._nodes = nodes
        self._board = board
        self._item = item
        self.id = item.id
        self.name = item.name
        self.state = item.state
        self.created_at = written(item.created_at)
        self.updated_at = written(item.updated_at)

    def board(self, _info: Info) -> BoardNode:
        """The board that holds the item."""
        return BoardNode(self._nodes, self._board)

    def group(self, _info: Info) -> GroupNode | None:
        """The group that holds the item."""
        for group in self._board.groups:
            if group.id == self._item.group_id:
                return GroupNode(self._nodes, self._board, group)
        return None

    def url(self, info: Info) -> str:
        """Where a person sees the item: at its board on the stand-ins' page."""
        return f"{info.context}/#board-{self._board.id}"

    def column_values(
        self,
        _info: Info,
        ids: Sequence[str] | None = None,
        types: Sequence[str] | None = None,
    ) -> list[dict[str, Any]]:
        """The values of every column but the name."""
        values, users = self._item.values, self._nodes.boards.users
        return [
            {
                **value_view(column, values.get(column.id, {}), users),
                "column": ColumnNode(column),
            }
            for column in self._board.columns
            if column.type != "name"
            and (ids is None or column.id in ids)
            and (types is None or column.type in types)
        ]
