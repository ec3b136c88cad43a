"""The unit of work of a page: who is asking, one session, one answer, and errors as pages."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from urllib.parse import urlencode

import structlog
from asyncpg import PostgresError
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.requests import ClientDisconnect, Request
from starlette.responses import RedirectResponse, Response

from app.console.admission import SignedIn, whoever_is_signed_in
from app.console.forms import check_token, fields_of, refuse_other_sites
from app.console.rendering import error_page
from app.domain.errors import DomainError
from app.domain.roles import Role
from app.web.database_errors import refusal_for
from app.web.request_id import request_id_of
from app.web.routing import now_of, wired_of
from app.web.security import ANY_ROLE, allow, check_role, public
from app.web.wired import Wired

SIGN_IN: Final = "/console/sign-in"
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Visit:
    """One request for a page by somebody who is signed in.

    Attributes:
        fields: Of the form, where one was sent; its token was checked.
        session: Committed after an answer below 400, else rolled back.
    """

    request: Request
    wired: Wired
    session: AsyncSession
    who: SignedIn
    now: datetime
    fields: Mapping[str, str]


Endpoint = Callable[[Request], Awaitable[Response]]
Handler = Callable[[Visit], Awaitable[Response]]


def for_roles(handler: Handler, *roles: Role) -> Endpoint:
    """The endpoint of a page that takes a sign-in; without `roles`, any role will do."""

    async def endpoint(request: Request) -> Response:
        return await _answered(request, lambda: _visited(request, handler, roles or ANY_ROLE))

    return allow(*(roles or ANY_ROLE))(endpoint)


def for_everybody(handler: Endpoint, because: str) -> Endpoint:
    """The endpoint of a page that takes no sign-in, and why."""

    async def endpoint(request: Request) -> Response:
        return await _answered(request, lambda: handler(request))

    return public(because)(endpoint)


def to_sign_in(request: Request) -> Response:
    """The way to the sign-in page, and from there back to the page that was asked for."""
    wanted = request.url.path if request.method in ("GET", "HEAD") else _page_of_form(request)
    return RedirectResponse(f"{SIGN_IN}?{urlencode({'next': wanted})}", status_code=303)


def _page_of_form(request: Request) -> str:
    # A form is sent to an address below its page.
    return request.url.path.rpartition("/")[0]


async def _visited(request: Request, handler: Handler, roles: tuple[Role, ...]) -> Response:
    wired = wired_of(request)
    async with wired.sessions() as session:
        who = await whoever_is_signed_in(request, wired, session)
        if who is None:
            return to_sign_in(request)
        check_role(who.actor, roles)
        fields: Mapping[str, str] = {}
        if request.method == "POST":
            refuse_other_sites(request)
            fields = await fields_of(request)
            check_token(fields, who.form_token)
        visit = Visit(request, wired, session, who, await now_of(request), fields)
        answer = await handler(visit)
        if answer.status_code < 400:
            await session.commit()
        return answer


async def _answered(request: Request, run: Callable[[], Awaitable[Response]]) -> Response:
    try:
        answer = await run()
    except ClientDisconnect:
        raise
    except DomainError as refused:
        answer = error_page(request, refused)
    except (DBAPIError, PoolTimeout, OSError, PostgresError) as failed:
        refusal = refusal_for(failed)
        answer = error_page(request, refusal) if refusal else _unforeseen(request)
    except Exception:  # noqa: BLE001 - the edge of a request: it is logged and answered here
        answer = _unforeseen(request)
    # Clients' data: after signing out, "back" shows nothing.
    answer.headers.setdefault("Cache-Control", "no-store")
    return answer


def _unforeseen(request: Request) -> Response:
    _log.exception("page failed", path=request.url.path, request_id=request_id_of(request.scope))
    return error_page(request, None)
