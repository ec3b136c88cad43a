"""Gives every request an id, bound to each log line and sent back in the answer."""

import re

import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.db.base import new_id

HEADER = "X-Request-Id"
_NAME = HEADER.lower().encode()
_TAKEN = re.compile(rb"[A-Za-z0-9._-]{1,128}")


def request_id_of(scope: Scope) -> str:
    """The id of the request that `scope` belongs to."""
    state = scope.get("state") or {}
    return str(state.get("request_id", ""))


class RequestId:
    """Takes a caller's id where it is harmless, else makes one."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Run the request with its id bound."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        request_id = _given(scope) or str(new_id())
        scope.setdefault("state", {})["request_id"] = request_id

        async def send_with_id(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", ()), (_NAME, request_id.encode())]
            await send(message)

        with structlog.contextvars.bound_contextvars(request_id=request_id):
            await self.app(scope, receive, send_with_id)


def _given(scope: Scope) -> str | None:
    values = [value for key, value in scope["headers"] if key.lower() == _NAME]
    if len(values) != 1 or not _TAKEN.fullmatch(values[0]):
        return None
    return bytes(values[0]).decode("ascii")
