"""Reads boards from monday.com: lists of them, the template's facts, a layout, all items."""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass

from app.adapters.answers import must_be
from app.adapters.monday import operations as ops
from app.adapters.monday.client import VENDOR, MondayApi
from app.adapters.monday.reading import (
    Board,
    Item,
    board,
    item,
    items_page,
    mapping,
    objects,
    text,
)
from app.domain.board_search import names_ref
from app.ports.board import BoardRef
from app.ports.errors import Refused, Transient

TEMPLATE_KEPT_S = 300.0
# monday's own limit of 10,000 items a board.
ITEM_PAGES_READ = 20
BOARD_PAGES_SEARCHED = 5


@dataclass(frozen=True, slots=True)
class Listed:
    """A board as a list shows it; `copy_of` is the board that it was duplicated from."""

    board: BoardRef
    copy_of: str


class BoardReader:
    """Reads boards; raises the errors of `app.ports.errors`.

    Args:
        api: monday's API.
        template_id: The board that every plan's board is a copy of.
        monotonic: Seconds of a clock that never goes back, for the age of the template's facts.
    """

    def __init__(self, api: MondayApi, template_id: str, *, monotonic: Callable[[], float]) -> None:
        self._api = api
        self._template_id = template_id
        self._monotonic = monotonic
        self._template: tuple[float, Board] | None = None

    async def template(self) -> Board:
        """What the template holds, read anew every five minutes."""
        now = self._monotonic()
        if self._template is not None and now - self._template[0] < TEMPLATE_KEPT_S:
            return self._template[1]
        data = await self._api.run(ops.TEMPLATE_FACTS, {"ids": [self._template_id]})
        shown = objects(data, "boards")
        if not shown:
            raise Refused(
                "monday.com does not show the template board to this token.",
                code="template_board_not_found",
            )
        facts = _asked_for(board(shown[0]), self._template_id)
        self._template = (now, facts)
        return facts

    async def named(self, marker: str) -> AsyncIterator[Listed]:
        """The boards whose names hold the marker, among the newest 500; monday has no search.

        Each comes once, though boards that are made meanwhile push others onto the next page. What
        monday lists beside boards is left out: documents, and the hidden boards of subitems, which
        have their parent's name in their own.
        """
        seen: set[str] = set()
        for page in range(1, BOARD_PAGES_SEARCHED + 1):
            data = await self._api.run(
                ops.BOARDS_NEWEST_FIRST, {"limit": ops.BOARDS_A_PAGE, "page": page}
            )
            shown = objects(data, "boards")
            for raw in shown:
                ref = text(raw, "id")
                is_board = raw.get("type") in (None, "board") and ref != self._template_id
                named = text(raw, "name", otherwise="")
                if is_board and ref not in seen and names_ref(named, marker):
                    seen.add(ref)
                    copy_of = text(raw, "created_from_board_id", otherwise="")
                    yield Listed(BoardRef(ref, text(raw, "url", otherwise="")), copy_of)
            if len(shown) < ops.BOARDS_A_PAGE:
                return

    async def layout(self, board_ref: str) -> Board:
        """The groups and columns of a board, without its items."""
        data = await self._api.run(ops.BOARD_LAYOUT, {"ids": [board_ref]})
        return _asked_for(board(_only(objects(data, "boards"))), board_ref)

    async def whole(self, board_ref: str) -> tuple[Board, tuple[Item, ...]]:
        """A board with all its items, page by page, each item once."""
        try:
            return await self._walk(board_ref)
        except _CursorLost:
            # Cursors are short-lived; a second walk starts with a fresh one.
            try:
                return await self._walk(board_ref)
            except _CursorLost:
                raise Transient(
                    "monday.com lost its place while listing items.", code="cursor_lost"
                ) from None

    async def item(self, board_ref: str, item_ref: str) -> tuple[Board, Item] | None:
        """One item with its board's columns, or None where the board does not hold it."""
        data = await self._api.run(ops.ITEM_AGAIN, {"ids": [item_ref]})
        for raw in objects(data, "items"):
            holder = board(mapping(raw.get("board")))
            must_be(VENDOR, "item", raw.get("id"), item_ref, effect=False)
            if holder.ref == board_ref and raw.get("state") == "active":
                return holder, item(raw)
        return None

    async def _walk(self, board_ref: str) -> tuple[Board, tuple[Item, ...]]:
        data = await self._api.run(ops.BOARD_WHOLE, {"ids": [board_ref], "limit": ops.ITEMS_A_PAGE})
        raw = _only(objects(data, "boards"))
        _asked_for(board(raw), board_ref)
        first, cursor = items_page(raw.get("items_page"))
        found = {one.ref: one for one in first}
        seen: set[str] = set()
        while cursor is not None and cursor not in seen and len(seen) < ITEM_PAGES_READ:
            seen.add(cursor)
            page, cursor = await self._next_page(cursor)
            found |= {one.ref: one for one in page}
        return board(raw), tuple(found.values())

    async def _next_page(self, cursor: str) -> tuple[tuple[Item, ...], str | None]:
        try:
            data = await self._api.run(
                ops.NEXT_ITEMS, {"cursor": cursor, "limit": ops.ITEMS_A_PAGE}
            )
        except Refused as refusal:
            if "cursor" in (refusal.code or "").lower():
                raise _CursorLost from None
            raise
        return items_page(data["next_items_page"])


def _asked_for(read: Board, board_ref: str) -> Board:
    must_be(VENDOR, "board", read.ref, board_ref, effect=False)
    return read


class _CursorLost(Exception):
    """monday no longer knows the cursor of a page walk."""


def _only(shown: Sequence[Mapping[str, object]]) -> Mapping[str, object]:
    if not shown:
        raise Refused("monday.com does not show the board.", code="board_not_found")
    return shown[0]
