"""The route class that owns the unit of work: one request, one transaction, one answer."""

import json
from collections.abc import Callable, Coroutine, Iterable, Sequence
from datetime import datetime
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, FastAPI, params
from fastapi.dependencies.utils import get_flat_params
from fastapi.routing import APIRoute, iter_route_contexts
from pydantic import BaseModel
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.requests import Request
from starlette.responses import Response

from app.domain.actor import Actor
from app.web import idempotency
from app.web.bodies import StrictRequest
from app.web.csv_rows import csv_page, wants_csv
from app.web.etags import unchanged
from app.web.pages import Page
from app.web.refusals import (
    BodyNotExpected,
    ParameterInvalid,
    ParameterRepeated,
    ParameterUnknown,
    Unauthenticated,
)
from app.web.security import access_of, authenticate, check_role
from app.web.wired import Wired

_READS: Final = frozenset({"GET", "HEAD", "OPTIONS"})


class GuardedRoute(APIRoute):
    """Authenticates, reads, opens the session, runs the endpoint, commits, and only then answers.

    Whatever goes wrong on the way, also an answer of 400 and above, rolls everything back.
    """

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Wrap the framework's handler, which fills the parameters and runs the endpoint."""
        run = super().get_route_handler()
        names = query_names(self)

        async def handle(plain: Request) -> Response:
            request = StrictRequest(plain.scope, plain.receive)
            # The actor is known before a byte of the body is read: strangers cost little.
            request.state.actor = await _admitted(request, self.endpoint)
            check_query(request, names)
            body = b"" if request.method in _READS else await request.read()
            if self.body_field is None and request.document not in (None, {}):
                raise BodyNotExpected("No body is expected here.")
            return self._finished(request, await _in_one_transaction(request, body, run))

        return handle

    def _finished(self, request: Request, response: Response) -> Response:
        if request.method != "GET" or response.status_code != 200:
            return response
        if unchanged(request, response):
            kept = {n: v for n, v in response.headers.items() if not n.startswith("content-")}
            return Response(status_code=304, headers=kept)
        item = page_item(self)
        if item is None:
            return response
        response.headers["Vary"] = "Accept"
        if wants_csv(request.headers):
            return csv_page(item, json.loads(bytes(response.body)))
        return response


def page_item(route: APIRoute) -> type[BaseModel] | None:
    """The model of one item where the route answers with a `Page`, which CSV can be made of."""
    model = route.response_model
    if not (isinstance(model, type) and issubclass(model, Page)):
        return None
    (item,) = model.__pydantic_generic_metadata__["args"] or (None,)
    return item if isinstance(item, type) and issubclass(item, BaseModel) else None


def make_router(*, tags: Sequence[str], prefix: str = "") -> APIRouter:
    """A router whose routes are guarded and own their unit of work."""
    return APIRouter(prefix=prefix, tags=list(tags), route_class=GuardedRoute)


def query_names(route: APIRoute) -> frozenset[str]:
    """The query parameters that a route takes."""
    return frozenset(
        field.alias
        for field in get_flat_params(route.dependant)
        if isinstance(field.field_info, params.Query)
    )


def check_query(request: Request, names: Iterable[str]) -> None:
    """Refuse what would otherwise be ignored: a filter misspelt is a list too long.

    Raises:
        ParameterUnknown: The route has no such parameter.
        ParameterRepeated: One parameter is given twice.
        ParameterInvalid: A value or the path holds a NUL, which nothing stored contains.
    """
    given = [name for name, _ in request.query_params.multi_items()]
    if not set(given) <= set(names):
        raise ParameterUnknown(
            f"This address takes the parameters: {', '.join(sorted(names)) or 'none'}."
        )
    if len(given) > len(set(given)):
        twice = next(name for name in given if given.count(name) > 1)
        raise ParameterRepeated("This parameter may be given once.", parameter=twice)
    values = [request.url.path, *(value for _, value in request.query_params.multi_items())]
    if any("\x00" in value for value in values):
        raise ParameterInvalid("The address holds a NUL.")


def wired_of(request: Request) -> Wired:
    """The wired objects of the application."""
    wired: Wired = request.app.state.wired
    return wired


def session_of(request: Request) -> AsyncSession:
    """The session of the request's unit of work; the route commits it, the endpoint does not."""
    session: AsyncSession = request.state.session
    return session


def actor_of(request: Request) -> Actor:
    """Who is calling.

    Raises:
        Unauthenticated: The route is public and nobody was asked.
    """
    actor: Actor | None = request.state.actor
    if actor is None:
        raise Unauthenticated
    return actor


async def now_of(request: Request) -> datetime:
    """Business time, read once per request.

    As a dependency it is read before the session's first statement, so that a request never
    holds one connection while it waits for another.
    """
    if not hasattr(request.state, "now"):
        request.state.now = await wired_of(request).clock.now()
    now: datetime = request.state.now
    return now


WiredDep = Annotated[Wired, Depends(wired_of)]
SessionDep = Annotated[AsyncSession, Depends(session_of)]
ActorDep = Annotated[Actor, Depends(actor_of)]
NowDep = Annotated[datetime, Depends(now_of)]


def assert_guarded(app: FastAPI) -> None:
    """Refuse to start with a route that does not say who may call it, or has no stable name.

    Raises:
        RuntimeError: Names every such route.
    """
    faults: list[str] = []
    for context in iter_route_contexts(app.routes):
        if access_of(context.endpoint) is None:
            faults.append(f"{context.path}: neither @allow(...) nor @public(...)")
        route = context.original_route
        if not isinstance(route, APIRoute):
            continue
        if not isinstance(route, GuardedRoute):
            faults.append(f"{context.path}: not made by make_router()")
        if route.operation_id is None and route.include_in_schema:
            faults.append(f"{context.path}: no operation_id")
    if faults:
        raise RuntimeError("Routes are not ready to be served:\n" + "\n".join(faults))


async def _admitted(request: Request, endpoint: object) -> Actor | None:
    access = access_of(endpoint)
    if access is None:
        raise RuntimeError("an endpoint without @allow or @public was called")
    if access.public_because is not None:
        return None
    actor = await authenticate(request.headers, wired_of(request))
    check_role(actor, access.roles)
    return actor


async def _in_one_transaction(
    request: StrictRequest, body: bytes, run: Callable[[Request], Coroutine[Any, Any, Response]]
) -> Response:
    claim = idempotency.claim_of(request, request.state.actor, body)
    async with wired_of(request).sessions() as session:
        request.state.session = session
        if claim is not None:
            stored = await idempotency.replay(session, claim, now=await now_of(request))
            if stored is not None:
                return stored
        response = await run(request)
        if response.status_code >= 400:
            await session.rollback()
            return response
        if claim is not None and response.status_code < 300:
            await idempotency.keep(session, claim, response, now=await now_of(request))
        await session.commit()
        return response
