"""Answers what nothing else answered: logged once, with the request's id, and never twice."""

import structlog
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.web.problems import internal_error
from app.web.request_id import request_id_of

_log = structlog.get_logger(__name__)


class LastResort:
    """The outermost catch: an exception that went further would be logged again by the server."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Run the request; whatever it raises becomes a 500 problem."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        started = False

        async def noting_send(message: Message) -> None:
            nonlocal started
            started = started or message["type"] == "http.response.start"
            await send(message)

        try:
            await self.app(scope, receive, noting_send)
        except ClientDisconnect:
            return  # Nobody is left to be answered.
        except Exception:  # noqa: BLE001 - the edge of a request: it is logged and answered here
            _log.exception("request failed", method=scope["method"], path=scope["path"])
            if not started:
                await internal_error(request_id_of(scope))(scope, receive, send)
