"""Puts the stand-ins together into one application that a server can run."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from datetime import datetime

from starlette.applications import Starlette
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import Receive, Scope, Send

from .automation.endpoint import AutomationEndpoint
from .chat.endpoint import ChatEndpoint
from .clock import InstantNotUnderstood, real_clock
from .control import Control
from .gate import RAW_SEND
from .helpscout.endpoint import HelpScoutEndpoint
from .helpscout.mailbox import Mailbox
from .monday.endpoint import MondayEndpoint
from .monday.hands import Hands
from .page import Page
from .posting import Post, post_over_http
from .provisioning.endpoint import ProvisioningEndpoint
from .settings import SandboxSettings
from .stage import Stage
from .stripe.endpoint import StripeEndpoint
from .stripe.intents import Intent

NOW_HEADER = "x-sandbox-now"
LOOK_EVERY_S = 0.2
CALL_EVERY_S = 0.05


class StandIns(Starlette):
    """The vendors on one port; every request first moves their time on."""

    def __init__(self, stage: Stage, post: Post) -> None:
        monday = MondayEndpoint(stage, post)
        helpscout = HelpScoutEndpoint(stage)
        chat = ChatEndpoint(stage)
        automation = AutomationEndpoint(stage, post)
        stripe, provisioning = StripeEndpoint(stage, post), ProvisioningEndpoint(stage)
        page = Page(stage, monday.boards, helpscout.mailbox, chat.rooms)
        self.stage = stage
        self._mailbox = helpscout.mailbox
        self._webhooks = monday.webhooks
        self._call_backs = automation.calls
        self._stripe = stripe
        vendors = (monday, helpscout, chat, automation, stripe, provisioning)
        parts = (*vendors, Control(stage), page, Hands(monday.boards))
        super().__init__(
            routes=[route for part in parts for route in part.routes()],
            exception_handlers={HTTPException: _http_error},
            lifespan=_lifespan,
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Take over the caller's time, send what has come due, then answer."""
        if scope["type"] == "http":
            scope[RAW_SEND] = send
            told = Headers(scope=scope).get(NOW_HEADER)
            try:
                if told is not None:
                    self.stage.clock.observe(told)
            except InstantNotUnderstood:
                error = {"error": "X-Sandbox-Now must be an RFC 3339 instant"}
                await JSONResponse(error, status_code=400)(scope, receive, send)
                return
            self.look()
        await super().__call__(scope, receive, send)

    @property
    def mailbox(self) -> Mailbox:
        """The helpdesk's mailbox, for whoever writes into it as a client does."""
        return self._mailbox

    def paid_late(self) -> list[Intent]:
        """Payments that are still being processed, for whoever lets them succeed."""
        return [each for each in self._stripe.intents.made if each.status == "processing"]

    def look(self) -> None:
        """Do what the time has come for."""
        self._mailbox.send_due()

    async def call_webhooks(self) -> int:
        """Tell of changed boards and bills who is to be told now; return how many were taken."""
        called = await self._webhooks.call_due() + await self._call_backs.call_due()
        return called + await self._stripe.call_due()


def make_app(
    settings: SandboxSettings | None = None,
    *,
    real_now: Callable[[], datetime] = real_clock,
    post: Post = post_over_http,
) -> StandIns:
    """Make the stand-in vendors as one ASGI application.

    Args:
        settings: Credentials and paces; the defaults where absent.
        real_now: The machine's clock, aware, for tests that live in another time.
        post: How webhooks are called; over HTTP where nothing else is given.
    """
    return StandIns(Stage.of(settings or SandboxSettings(), real_now), post)


@asynccontextmanager
async def _lifespan(app: StandIns) -> AsyncIterator[None]:
    tasks = [asyncio.create_task(_keep_looking(app)), asyncio.create_task(_keep_calling(app))]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task


async def _keep_looking(app: StandIns) -> None:
    while True:
        app.look()
        await asyncio.sleep(LOOK_EVERY_S)


async def _keep_calling(app: StandIns) -> None:
    while True:
        await app.call_webhooks()
        await asyncio.sleep(CALL_EVERY_S)


async def _http_error(_request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    headers = error.headers if isinstance(error, HTTPException) else None
    reason = error.detail if isinstance(error, HTTPException) else "Internal error"
    return JSONResponse({"message": reason}, status_code=status, headers=headers)
