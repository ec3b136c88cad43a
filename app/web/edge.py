"""The edge of every request: its id, the headers of its answer, and the catch of last resort."""

import structlog
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.web.headers import completed
from app.web.problems import internal_error
from app.web.request_id import HEADER, id_for, remember

_ID_HEADER = HEADER.lower().encode()
_log = structlog.get_logger(__name__)


class Edge:
    """Gives a request its id, bound to each log line, and its answer that id and its headers.

    What the application raises is logged once, with the id, and answered as a problem: an
    exception that went further would be logged again by the server, or answered twice.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Run the request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        request_id = id_for(scope)
        remember(scope, request_id)
        started = False

        async def send_completed(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                headers = completed(message.get("headers", ()))
                message["headers"] = [*headers, (_ID_HEADER, request_id.encode())]
            await send(message)

        with structlog.contextvars.bound_contextvars(request_id=request_id):
            try:
                await self.app(scope, receive, send_completed)
            except ClientDisconnect:
                return  # Nobody is left to be answered.
            except Exception:  # noqa: BLE001 - the edge of a request: it is logged and answered here
                _log.exception("request failed", method=scope["method"], path=scope["path"])
                if not started:
                    await internal_error(request_id)(scope, receive, send_completed)
