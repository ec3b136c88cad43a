"""Who is at the console: an API key shown once becomes a session, asked about at every request."""

import hmac
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import Response

from app.console import tickets
from app.db.clock import real_now
from app.db.models import ApiKey
from app.domain.actor import Actor
from app.web.refusals import Unauthenticated, Unavailable
from app.web.security import authenticate, holder_of, valid_keys
from app.web.wired import Wired

COOKIE: Final = "changeover_console"
PATH: Final = "/console"
_BOOTSTRAP: Final = "bootstrap"


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A person at the console; `form_token` is what their forms carry."""

    actor: Actor
    form_token: str


async def ticket_for(wired: Wired, session: AsyncSession, key: str) -> str:
    """The token that an API key is exchanged for.

    Raises:
        Unauthenticated: The key is unknown or revoked.
        Unavailable: The installation has no secret to sign with.
    """
    signing = _signing_key(wired)
    if not key.isascii():
        raise Unauthenticated("This key is not known here, or was revoked.")
    try:
        actor = await authenticate(Headers({"x-api-key": key}), wired)
    except Unauthenticated:
        raise Unauthenticated("This key is not known here, or was revoked.") from None
    holder = _holder_of_bootstrap(wired, signing) if actor.id == _BOOTSTRAP else actor.id
    return tickets.issue(signing, holder, now=await real_now(session))


async def whoever_is_signed_in(
    request: Request, wired: Wired, session: AsyncSession
) -> SignedIn | None:
    """The person behind the request's cookie, if its key is still good now."""
    token = request.cookies.get(COOKIE)
    if not token or not token.isascii() or not wired.secret_key:
        return None
    signing = _signing_key(wired)
    ticket = tickets.read(signing, token, now=await real_now(session))
    if ticket is None:
        return None
    actor = await _actor(ticket.holder, wired, session, signing)
    return SignedIn(actor, tickets.form_token(signing, token)) if actor else None


def remember(response: Response, token: str, *, secure: bool) -> None:
    """Put the token into the browser: out of reach of scripts and of other sites."""
    response.set_cookie(
        COOKIE,
        token,
        max_age=int(tickets.LIFETIME.total_seconds()),
        path=PATH,
        secure=secure,
        httponly=True,
        samesite="strict",
    )


def forget(response: Response, *, secure: bool) -> None:
    """Take the token out of the browser."""
    response.delete_cookie(COOKIE, path=PATH, secure=secure, httponly=True, samesite="strict")


def _signing_key(wired: Wired) -> bytes:
    try:
        return tickets.signing_key(wired.secret_key)
    except ValueError:
        raise Unavailable(
            "This installation has no secret key yet, so it signs nobody in."
        ) from None


def _holder_of_bootstrap(wired: Wired, signing: bytes) -> str:
    # Bound to the key itself: once it is changed or taken away, its sessions end.
    return f"{_BOOTSTRAP}:{tickets.fingerprint(signing, wired.bootstrap_key or '')}"


async def _actor(holder: str, wired: Wired, session: AsyncSession, signing: bytes) -> Actor | None:
    if holder.startswith(f"{_BOOTSTRAP}:"):
        same = hmac.compare_digest(holder, _holder_of_bootstrap(wired, signing))
        if not same or not wired.bootstrap_key:
            return None
        return await authenticate(Headers({"x-api-key": wired.bootstrap_key}), wired)
    found = await session.execute(valid_keys().where(ApiKey.id == UUID(holder)))
    row = found.one_or_none()
    return holder_of(row) if row is not None else None
