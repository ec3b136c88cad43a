"""Pages of items: cursors that expire, and the few filters that the stand-in understands."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from .boards import Board, Item
from .columns import Users, value_view
from .errors import FieldRefused, argument_invalid

MAX_PAGE = 500
MAX_CURSORS = 2000
CURSOR_LIVES = timedelta(minutes=60)


@dataclass(frozen=True, slots=True)
class Page:
    """The items of one page, and the cursor of the next; None where it is the last."""

    item_ids: tuple[str, ...]
    cursor: str | None


class Cursors:
    """Remembers what is left behind each cursor, in real time."""

    def __init__(self) -> None:
        self._rest: dict[str, tuple[datetime, tuple[str, ...]]] = {}

    def first(self, item_ids: Sequence[str], limit: int, now: datetime) -> Page:
        """Cut the first page."""
        if not 1 <= limit <= MAX_PAGE:
            raise argument_invalid(f"limit must be between 1 and {MAX_PAGE}")
        rest = tuple(item_ids[limit:])
        cursor = None
        if rest:
            cursor = uuid4().hex
            self._rest[cursor] = (now, rest)
            while len(self._rest) > MAX_CURSORS:
                del self._rest[next(iter(self._rest))]
        return Page(tuple(item_ids[:limit]), cursor)

    def following(self, cursor: str, limit: int, now: datetime) -> Page:
        """Cut the page behind a cursor; raises FieldRefused where it is unknown or has expired."""
        made_at, rest = self._rest.get(cursor, (now - CURSOR_LIVES, ()))
        if now - made_at >= CURSOR_LIVES:
            raise FieldRefused(
                "CursorExpiredError",
                "The cursor provided for pagination has expired. Please refresh your query and"
                " obtain a new cursor to continue fetching items.",
                status_code=400,
            )
        return self.first(rest, limit, now)


def matching(board: Board, item: Item, query: dict[str, Any], users: Users) -> bool:
    """Whether an item fits the `query_params` of a page."""
    if query.get("ids") is not None and item.id not in query["ids"]:
        return False
    fits = [_rule_fits(board, item, rule, users) for rule in query.get("rules") or []]
    if not fits:
        return True
    return any(fits) if query.get("operator") == "or" else all(fits)


def _rule_fits(board: Board, item: Item, rule: dict[str, Any], users: Users) -> bool:
    text = text_of(board, item, rule["column_id"], users)
    wanted = rule["compare_value"]
    values = [str(one) for one in (wanted if isinstance(wanted, list) else [wanted])]
    if rule["operator"] == "contains_text":
        return any(value.casefold() in text.casefold() for value in values)
    return (text in values) is (rule["operator"] == "any_of")


def text_of(board: Board, item: Item, column_id: str, users: Users) -> str:
    """A column's value as text; the item's name for the column `name`."""
    column = board.column(column_id)
    if column is None:
        raise FieldRefused(
            "InvalidColumnIdException",
            "This column ID doesn't exist for the board",
            status_code=400,
            error_data={"column_id": column_id[:100]},
        )
    if column.type == "name":
        return item.name
    return str(value_view(column, item.values.get(column.id, {}), users)["text"])
