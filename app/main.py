"""The ASGI process: routers, middleware, error handlers, and the worker inside it by default."""

import contextlib
from collections.abc import AsyncIterator
from typing import Any

from app.api.hook_bodies import written_of
from app.api.router import ROUTERS, TAGS
from app.bootstrap import Built, build
from app.console.router import console_router
from app.sandbox.clock import clock_router
from app.settings import load_settings
from app.web.application import Service, make_app
from app.webhooks.intake import Intake
from app.webhooks.router import WEBHOOK_PATHS, webhook_routes
from app.worker import spare_collector, working


def create_app(built: Built | None = None) -> Service:
    """The application, ready to be served.

    Args:
        built: What it works with; made from the environment where it is not given.
    """
    parts = built or build(load_settings())
    intake = Intake(parts.wired)

    @contextlib.asynccontextmanager
    async def lifespan(app: Any) -> AsyncIterator[None]:
        del app
        async with contextlib.AsyncExitStack() as stack:
            stack.push_async_callback(parts.close)
            if parts.settings.worker:
                await stack.enter_async_context(working(parts.work))
            stack.push_async_callback(intake.close)
            spare_collector()
            yield

    routers = [*ROUTERS, console_router()]
    if parts.settings.env == "sandbox":
        routers.append(clock_router(parts.work))
    return make_app(
        parts.wired,
        routers,
        raw_routes=webhook_routes(intake),
        written=written_of(WEBHOOK_PATHS, parts.wired.office.catalog),
        tags=TAGS,
        lifespan=lifespan,
    )
