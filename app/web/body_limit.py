"""Bounds what is read of a request, whatever it says of its length; refuses encoded bodies."""

from collections.abc import Mapping
from typing import Final

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.web.problems import refusal_answer
from app.web.refusals import BodyTooLarge, LengthInvalid, MediaTypeNotTaken, Refusal
from app.web.request_id import request_id_of

ONE_MIB: Final = 1024 * 1024


class BodyLimit:
    """Answers 413 and 415 before a route sees the request.

    Args:
        limit: Most bytes of a body.
        larger: Paths that may take more, with their own limit in bytes.
    """

    def __init__(
        self, app: ASGIApp, limit: int = ONE_MIB, larger: Mapping[str, int] | None = None
    ) -> None:
        self.app = app
        self.limit = limit
        self.larger = dict(larger or {})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on with a `receive` that counts."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        limit = self.larger.get(scope["path"], self.limit)
        refused = _refusal(Headers(scope=scope), limit)
        if refused is not None:
            await refusal_answer(refused, request_id_of(scope))(scope, receive, send)
            return
        await self.app(scope, _counting(receive, limit), send)


def _refusal(headers: Headers, limit: int) -> Refusal | None:
    if any(value.strip().lower() != "identity" for value in headers.getlist("content-encoding")):
        return MediaTypeNotTaken(
            "Send the body as it is: no Content-Encoding is taken.",
            headers={"Accept-Encoding": "identity"},
        )
    length = headers.get("content-length")
    if length is None:
        return None
    if not (length.isascii() and length.isdigit()):
        return LengthInvalid("The Content-Length is not a number.")
    # Compared by its digits first: int() refuses numbers of thousands of digits.
    digits = length.lstrip("0") or "0"
    return _too_large(limit) if len(digits) > 15 or int(digits) > limit else None


def _counting(receive: Receive, limit: int) -> Receive:
    seen = 0

    async def counted() -> Message:
        nonlocal seen
        message = await receive()
        if message["type"] == "http.request":
            seen += len(message.get("body", b""))
            if seen > limit:
                raise _too_large(limit)
        return message

    return counted


def _too_large(limit: int) -> BodyTooLarge:
    return BodyTooLarge(f"A body may have at most {limit} bytes.")
