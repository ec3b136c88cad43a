"""Bounds what is read of a request, whatever it says of its length; refuses encoded bodies."""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, TypeVar

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.web.problems import refusal_answer
from app.web.refusals import BodyTooLarge, LengthInvalid, MediaTypeNotTaken, Refusal
from app.web.request_id import request_id_of

ONE_MIB: Final = 1024 * 1024

F = TypeVar("F", bound=Callable[..., Any])

_MARK: Final = "__bounds_its_body__"


def bounds_its_body(endpoint: F) -> F:
    """Mark an endpoint that reads its body by `read_bounded` and keeps the fact of a refusal."""
    setattr(endpoint, _MARK, True)
    return endpoint


def is_bounding(endpoint: object) -> bool:
    """Whether an endpoint bounds its body itself."""
    return getattr(endpoint, _MARK, False) is True


class BodyLimit:
    """Answers 413 and 415 before a route sees the request.

    Args:
        limit: Most bytes of a body.
        larger: Paths that may take more, with their own limit in bytes.
        bounding: Paths whose endpoints bound their bodies themselves.
    """

    def __init__(
        self,
        app: ASGIApp,
        limit: int = ONE_MIB,
        larger: Mapping[str, int] | None = None,
        bounding: Sequence[re.Pattern[str]] = (),
    ) -> None:
        self.app = app
        self.limit = limit
        self.larger = dict(larger or {})
        self.bounding = tuple(bounding)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on with a `receive` that counts."""
        if scope["type"] != "http" or any(one.match(scope["path"]) for one in self.bounding):
            await self.app(scope, receive, send)
            return
        limit = self.larger.get(scope["path"], self.limit)
        refused = _refusal(Headers(scope=scope), limit)
        if refused is not None:
            await refusal_answer(refused, request_id_of(scope))(scope, receive, send)
            return
        await self.app(scope, _counting(receive, limit), send)


async def read_bounded(request: Request, limit: int) -> bytes:
    """The body of a request, for an endpoint that bounds it itself.

    Raises:
        MediaTypeNotTaken: It is encoded.
        LengthInvalid: Its length is not a number.
        BodyTooLarge: It is over the limit, whatever it says of its length.
    """
    refused = _refusal(request.headers, limit)
    if refused is not None:
        raise refused
    read = bytearray()
    async for chunk in request.stream():
        read += chunk
        if len(read) > limit:
            raise _too_large(limit)
    return bytes(read)


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
