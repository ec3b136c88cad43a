"""What a person does on a board: the page's forms tick an item, or give it another date."""

from collections.abc import Mapping
from datetime import date
from typing import Any
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from ..strict import BodyRefused, read_body
from .boards import Board, Boards, Column

SUPPORT = 1
"""Place of the person who works on boards among the account's users."""


class Hands:
    """Takes the page's forms."""

    def __init__(self, boards: Boards) -> None:
        self._boards = boards

    def routes(self) -> list[Route]:
        """The one address of the forms."""
        return [Route("/hands/items/{item_id}", self.change, methods=["POST"])]

    async def change(self, request: Request) -> Response:
        """Change an item as its form says, and show its board again."""
        if request.headers.get("sec-fetch-site", "none") not in ("none", "same-origin"):
            return _refusal(403, "only the sandbox's own page may do this")
        found = self._boards.find_item(request.path_params["item_id"])
        if found is None:
            return _refusal(404, "there is no such item")
        board, item = found
        try:
            raw = await read_body(request, limit=10_000)
            values = _values(board, dict(parse_qsl(raw.decode("ascii"), keep_blank_values=True)))
        except BodyRefused as refused:
            return _refusal(refused.status, refused.reason)
        except ValueError:
            return _refusal(400, "the form must hold done (true or false) or due_on (a day)")
        person = str(self._boards.users[SUPPORT]["id"])
        self._boards.set_values(board, item, values, user_id=person)
        return RedirectResponse(f"/#board-{board.id}", status_code=303)


def _values(board: Board, form: Mapping[str, str]) -> dict[str, dict[str, Any]]:
    values: dict[str, dict[str, Any]] = {}
    if (done := form.get("done")) is not None:
        column = _column(board, "status")
        if done not in ("true", "false"):
            raise ValueError(done)
        index = next(label["index"] for label in column.labels if label["is_done"])
        values[column.id] = {"index": index} if done == "true" else {}
    if (due_on := form.get("due_on")) is not None:
        day = {"date": date.fromisoformat(due_on).isoformat()} if due_on else {}
        values[_column(board, "date").id] = day
    if not values:
        raise ValueError(form)
    return values


def _column(board: Board, kind: str) -> Column:
    for column in board.columns:
        if column.type == kind:
            return column
    raise ValueError(kind)


def _refusal(status: int, reason: str) -> Response:
    return JSONResponse({"error": reason}, status_code=status)
