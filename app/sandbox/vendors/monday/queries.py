"""The root fields that read."""

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from .boards import Boards
from .errors import argument_invalid
from .nodes import BoardNode, Info, ItemNode, Nodes
from .paging import text_of
from .webhooks import Webhook, Webhooks

API_VERSION = "2026-10"
MAX_LIST = 500
T = TypeVar("T")


class Queries:
    """One method a root field; the names are the schema's."""

    def __init__(
        self,
        boards: Boards,
        nodes: Nodes,
        webhooks: Webhooks,
        budget_left: Callable[[], int],
    ) -> None:
        self._boards = boards
        self._nodes = nodes
        self._webhooks = webhooks
        self._budget_left = budget_left

    def boards(
        self,
        _info: Info,
        ids: Sequence[str] | None = None,
        limit: int | None = None,
        page: int | None = None,
        order_by: str | None = None,
        state: str | None = None,
        board_kind: str | None = None,
        workspace_ids: Sequence[str | None] | None = None,
        hierarchy_types: Sequence[str] | None = None,
    ) -> list[BoardNode]:
        """The boards, the newest first where that order is asked for."""
        found = [
            board
            for board in self._boards.boards.values()
            if (ids is None or board.id in ids)
            and state in (None, "active", "all")
            and board_kind in (None, board.kind)
            and (workspace_ids is None or board.workspace_id in workspace_ids)
            and (hierarchy_types is None or "classic" in hierarchy_types)
        ]
        if order_by is not None:
            # Newest first by id: the application's time may have been set back in between.
            found.sort(key=lambda board: int(board.id), reverse=True)
        return [self._nodes.board(board) for board in _page(found, limit, page, 25)]

    def items(
        self,
        _info: Info,
        ids: Sequence[str] | None = None,
        limit: int | None = None,
        page: int | None = None,
    ) -> list[ItemNode]:
        """The items with these ids, at most a hundred of them."""
        if ids is None or len(ids) > 100:
            raise argument_invalid("ids must name between 1 and 100 items")
        found = [self._boards.find_item(item_id) for item_id in ids]
        nodes = [ItemNode(self._nodes, *one) for one in found if one is not None]
        return _page(nodes, limit, page, 25)

    def items_page_by_column_values(
        self,
        _info: Info,
        board_id: str,
        limit: int,
        columns: Sequence[dict[str, Any]] | None = None,
        cursor: str | None = None,
    ) -> dict[str, Any]:
        """The items that hold one of the given texts in every named column."""
        now = self._boards.clock.real_now()
        if (cursor is None) is (columns is None):
            raise argument_invalid("either columns or cursor must be given")
        if cursor is not None:
            return self._nodes.page(self._nodes.cursors.following(cursor, limit, now))
        board = self._boards.board(board_id)
        users = self._boards.users
        ids = [
            item.id
            for item in board.seen_items(now)
            if all(
                text_of(board, item, one["column_id"], users) in one["column_values"]
                for one in columns or []
            )
        ]
        return self._nodes.page(self._nodes.cursors.first(ids, limit, now))

    def webhooks(
        self,
        _info: Info,
        board_id: str,
        app_webhooks_only: bool | None = None,
    ) -> list[Webhook]:
        """The webhooks of a board."""
        return self._webhooks.of_board(self._boards.board(board_id).id)

    def next_items_page(self, _info: Info, cursor: str, limit: int) -> dict[str, Any]:
        """The page behind a cursor."""
        now = self._boards.clock.real_now()
        return self._nodes.page(self._nodes.cursors.following(cursor, limit, now))

    def users(
        self,
        _info: Info,
        ids: Sequence[str] | None = None,
        name: str | None = None,
        emails: Sequence[str] | None = None,
        status: Sequence[str] | None = None,
        limit: int | None = None,
        page: int | None = None,
        kind: str | None = None,
    ) -> list[dict[str, Any]]:
        """The people of the account; an address nobody has gives an empty list."""
        wanted = None if emails is None else {email.casefold() for email in emails}
        found = [
            self._nodes.user(user)
            for user in self._boards.users
            if (ids is None or user["id"] in ids)
            and (wanted is None or user["email"].casefold() in wanted)
            and (name is None or name.casefold() in user["name"].casefold())
            and (status is None or user["status"] in status)
            and kind != "guests"
        ]
        return _page(found, limit, page, 200)

    def me(self, _info: Info) -> dict[str, Any]:
        """The person whose token is used."""
        return self._nodes.user(self._boards.users[0])

    def account(self, _info: Info) -> dict[str, Any]:
        """The account."""
        return self._boards.account

    def version(self, _info: Info) -> dict[str, Any]:
        """The version that is spoken."""
        return {"kind": "current", "value": API_VERSION, "display_name": API_VERSION}

    def complexity(self, _info: Info) -> dict[str, Any]:
        """What the query costs; every query of the stand-in costs the same."""
        left = self._budget_left() * 1000
        return {"before": left + 1000, "query": 1000, "after": left, "reset_in_x_seconds": 30}


def _page(found: Sequence[T], limit: int | None, page: int | None, usual: int) -> list[T]:
    size = usual if limit is None else limit
    number = 1 if page is None else page
    if not 1 <= size <= MAX_LIST or number < 1:
        raise argument_invalid(f"limit must be between 1 and {MAX_LIST}, page 1 or more")
    return list(found[(number - 1) * size : number * size])
