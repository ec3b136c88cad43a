"""Who may call: API keys, the roles of a route, and the check that no route forgot to say."""

import hmac
import re
import secrets
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Final, NamedTuple, TypeVar
from uuid import UUID

from sqlalchemy import Select, func, or_, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.datastructures import Headers

from app.db.models.api_keys import ApiKey
from app.db.models.staff import Staff
from app.domain.actor import Actor, ActorKind
from app.domain.roles import Role
from app.web.refusals import RoleNotAllowed, Unauthenticated
from app.web.wired import Environment, Wired

ANY_ROLE: Final = tuple(Role)
"""For `@allow(*ANY_ROLE)`: whoever has a key."""

F = TypeVar("F", bound=Callable[..., Any])

_MARK: Final = "__access__"
_BEARER: Final = re.compile(r"[Bb][Ee][Aa][Rr][Ee][Rr] +(\S+)")
_BOOTSTRAP: Final = Actor(
    kind=ActorKind.KEY, id="bootstrap", name="Bootstrap key", role=Role.ADMIN.value
)


@dataclass(frozen=True, slots=True)
class Access:
    """Who may call an endpoint: these roles, or (`public_because`) anybody."""

    roles: frozenset[Role] = frozenset()
    public_because: str | None = None


class NewKey(NamedTuple):
    """A key just made: `plain` is shown once and kept nowhere."""

    plain: str
    hash: bytes
    prefix: str


def make_key(environment: Environment) -> NewKey:
    """Make a key of 32 random bytes: too many to guess, so its plain hash is safe to keep."""
    plain = f"cov_{environment}_{secrets.token_urlsafe(32)}"
    return NewKey(plain=plain, hash=hash_of(plain), prefix=plain[: len(f"cov_{environment}_") + 6])


def hash_of(plain: str) -> bytes:
    """What is kept of a key."""
    return sha256(plain.encode()).digest()


def allow(*roles: Role | str) -> Callable[[F], F]:
    """Mark an endpoint with the roles that may call it; `admin` always may.

    Raises:
        ValueError: No role, or one that does not exist.
    """
    if not roles:
        raise ValueError("allow() needs a role; admin alone is allow('admin')")
    return _marked(Access(roles=frozenset(Role(role) for role in roles) | {Role.ADMIN}))


def public(because: str) -> Callable[[F], F]:
    """Mark an endpoint that needs no API key, and say why."""
    return _marked(Access(public_because=because))


def access_of(endpoint: object) -> Access | None:
    """The mark of an endpoint, if it has one."""
    mark = getattr(endpoint, _MARK, None)
    return mark if isinstance(mark, Access) else None


def check_role(actor: Actor, roles: Iterable[Role]) -> None:
    """Refuse an actor whose role is not among them; `admin` always is.

    Raises:
        RoleNotAllowed: It is not; the answer names the roles that may.
    """
    named = sorted({Role(role).value for role in roles} | {Role.ADMIN.value})
    if actor.role not in named:
        raise RoleNotAllowed(
            f"This takes a key with one of the roles {', '.join(named)}.",
            facts={"roles": named},
        )


async def authenticate(headers: Headers, wired: Wired) -> Actor:
    """Find out who is calling, by `Authorization: Bearer` or `X-API-Key`.

    Raises:
        Unauthenticated: No key, two different ones, or one that is unknown or revoked.
    """
    key = _key_in(headers)
    if key is None:
        raise Unauthenticated
    if wired.bootstrap_key and hmac.compare_digest(hash_of(key), hash_of(wired.bootstrap_key)):
        return _BOOTSTRAP
    if not re.fullmatch(rf"cov_{wired.environment}_[A-Za-z0-9_-]{{43}}", key):
        raise Unauthenticated
    actor = await _holder(wired, hash_of(key))
    if actor is None:
        raise Unauthenticated
    return actor


def _marked(access: Access) -> Callable[[F], F]:
    def mark(endpoint: F) -> F:
        setattr(endpoint, _MARK, access)
        return endpoint

    return mark


def _key_in(headers: Headers) -> str | None:
    given = [match[1] if match else "" for match in map(_BEARER.fullmatch, _all(headers))]
    keys = {*given, *(value.strip() for value in headers.getlist("x-api-key"))}
    if len(keys) > 1:
        raise Unauthenticated("Two different keys were given.")
    key = keys.pop() if keys else ""
    # A key is ASCII; what is not cannot be one, and would not encode as it came.
    return key if key and key.isascii() else None


def _all(headers: Headers) -> list[str]:
    return [value.strip() for value in headers.getlist("authorization")]


async def _holder(wired: Wired, key_hash: bytes) -> Actor | None:
    unseen = or_(
        ApiKey.last_used_at.is_(None),
        ApiKey.last_used_at < func.now() - text("interval '5 minutes'"),
    )
    async with wired.sessions() as session:
        wanted = valid_keys().add_columns(unseen.label("unseen"))
        row = (await session.execute(wanted.where(ApiKey.key_hash == key_hash))).one_or_none()
        if row is None:
            return None
        if row.unseen:
            await _note_use(session, key_hash)
        return holder_of(row)


def valid_keys() -> Select[UUID, str, str, UUID | None]:
    """Keys that open something: not revoked, and of nobody or of somebody who is active.

    A person's key signs with the person's name, whatever the key is called.
    """
    name = func.coalesce(Staff.name, ApiKey.name).label("name")
    return (
        select(ApiKey.id, name, ApiKey.role, ApiKey.staff_id)
        .outerjoin(Staff, Staff.id == ApiKey.staff_id)
        .where(ApiKey.revoked_at.is_(None), or_(ApiKey.staff_id.is_(None), Staff.active))
    )


def holder_of(row: Any) -> Actor:
    """Who holds a key that `valid_keys` found."""
    return Actor(ActorKind.KEY, str(row.id), row.name, row.role, row.staff_id)


async def _note_use(session: AsyncSession, key_hash: bytes) -> None:
    # Real time, and once in five minutes: a row written on every read would be a hot row.
    used = update(ApiKey).where(ApiKey.key_hash == key_hash).values(last_used_at=func.now())
    await session.execute(used.execution_options(synchronize_session=False))
    await session.commit()
