"""Puts the application together: routers, middlewares, error handlers and its document."""

from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from functools import cached_property
from typing import Any, Final, Protocol

from fastapi import APIRouter, FastAPI
from starlette.middleware import Middleware
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from app.web.body_limit import ONE_MIB, BodyLimit, is_bounding
from app.web.docs import install_docs
from app.web.edge import Edge
from app.web.openapi import Written, document_of
from app.web.problems import install
from app.web.routing import assert_guarded
from app.web.straight import Straight
from app.web.wired import Wired

_DESCRIPTION: Final = (
    "Takes a client from signed agreement to live service.\n\n"
    "Every error is a problem document (RFC 9457) with a stable `code`. Parsing is strict: what "
    "a route does not know, it refuses. Lists are newest first and continue by `cursor`."
)


class Lifespan(Protocol):
    """What runs around the serving: started before the first request, ended after the last."""

    def __call__(self, app: Any) -> AbstractAsyncContextManager[None]:
        """Enter at start, leave at shutdown."""


class Service(FastAPI):
    """The application, whose document is completed by ours."""

    written: Written = Written()
    straight_routes: Sequence[Route] = ()

    @cached_property
    def _entered(self) -> ASGIApp:
        """The framework, and the way around it for raw routes that bound their bodies."""
        return Straight(super().__call__, self.straight_routes)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Take in a call."""
        await self._entered(scope, receive, send)

    def openapi(self) -> dict[str, Any]:
        """The complete document, built once."""
        if self.openapi_schema is None:
            self.openapi_schema = document_of(self, self.written)
        return self.openapi_schema


def make_app(
    wired: Wired,
    routers: Sequence[APIRouter],
    *,
    raw_routes: Sequence[Route] = (),
    written: Written | None = None,
    tags: Sequence[Mapping[str, str]] = (),
    lifespan: Lifespan | None = None,
    max_body_bytes: int = ONE_MIB,
    larger_bodies: Mapping[str, int] | None = None,
) -> Service:
    """The application, ready to be served.

    Args:
        wired: The objects that requests work with.
        routers: Made by `make_router`.
        raw_routes: Starlette routes outside the unit of work, each endpoint marked `@public`.
        written: What the document says beyond the routers.
        tags: Name and description of each tag, in the order of the document.
        lifespan: What runs around the serving.
        max_body_bytes: Most bytes of a body.
        larger_bodies: Paths that take more, with their limit in bytes.

    Raises:
        RuntimeError: A route does not say who may call it, or has no operation id.
    """
    bounding = [route for route in raw_routes if is_bounding(route.endpoint)]
    app = Service(
        title="Changeover",
        summary="From signed agreement to live service",
        description=_DESCRIPTION,
        version=wired.version,
        contact={"name": "The operators of this installation"},
        license_info={"name": "Proprietary", "identifier": "LicenseRef-Proprietary"},
        servers=[{"url": "/", "description": "This installation"}],
        openapi_tags=[dict(tag) for tag in tags],
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        lifespan=lifespan,
        middleware=[
            # Pure ASGI only: one `@app.middleware` costs two thirds of the throughput.
            Middleware(Edge),
            Middleware(
                BodyLimit,
                limit=max_body_bytes,
                larger=larger_bodies,
                bounding=[route.path_regex for route in bounding],
            ),
        ],
    )
    app.state.wired = wired
    app.written = written or Written()
    app.straight_routes = bounding
    install(app)
    install_docs(app)
    app.router.routes.extend(raw_routes)
    for router in routers:
        app.include_router(router)
    assert_guarded(app)
    return app
