"""One effect for one idempotency key: the answer is kept in the transaction of its effect."""

import re
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Final

from sqlalchemy import delete, func, insert, select
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.requests import Request
from starlette.responses import Response

from app.db.answers import outlived
from app.db.models.idempotency import IdempotencyKey
from app.domain.actor import Actor
from app.web.refusals import IdempotencyInFlight, IdempotencyKeyInvalid, IdempotencyMismatch

HEADER: Final = "Idempotency-Key"
_KEY: Final = re.compile(r"[\x20-\x7e]{1,255}")
_KEPT_HEADERS: Final = ("content-type", "etag", "location")


@dataclass(frozen=True, slots=True)
class Claim:
    """A request that says under which key it is to be carried out once."""

    actor_id: str
    key: str
    fingerprint: bytes

    @property
    def lock(self) -> int:
        """The advisory lock of the key: eight bytes of a hash, as Postgres takes them."""
        scope = f"idempotency\n{self.actor_id}\n{self.key}".encode()
        return int.from_bytes(sha256(scope).digest()[:8], signed=True)


def claim_of(request: Request, actor: Actor | None, body: bytes) -> Claim | None:
    """The claim of a POST that carries the header; None for every other request.

    Raises:
        IdempotencyKeyInvalid: The key is not 1 to 255 printable ASCII characters, or is repeated.
    """
    given = request.headers.getlist(HEADER)
    if request.method != "POST" or actor is None or not given:
        return None
    if len(given) > 1 or not _KEY.fullmatch(given[0]):
        raise IdempotencyKeyInvalid(f"{HEADER} takes 1 to 255 printable ASCII characters, once.")
    query = request.scope.get("query_string", b"")
    target = f"{request.method}\n{request.url.path}\n".encode() + query
    fingerprint = sha256(sha256(target).digest() + sha256(body).digest()).digest()
    return Claim(actor_id=actor.id, key=given[0], fingerprint=fingerprint)


async def replay(session: AsyncSession, claim: Claim, *, now: datetime) -> Response | None:
    """Take the key for this transaction; the stored answer, where there is one.

    Raises:
        IdempotencyInFlight: Another transaction holds the key.
        IdempotencyMismatch: The key was used for another request.
    """
    if not await session.scalar(select(func.pg_try_advisory_xact_lock(claim.lock))):
        raise IdempotencyInFlight(
            "The first request with this key is still being carried out.",
            headers={"Retry-After": "1"},
        )
    mine = (IdempotencyKey.actor_id == claim.actor_id, IdempotencyKey.key == claim.key)
    await session.execute(delete(IdempotencyKey).where(*mine, outlived(now)))
    found = await session.execute(
        select(
            IdempotencyKey.fingerprint,
            IdempotencyKey.status,
            IdempotencyKey.body,
            IdempotencyKey.headers,
        ).where(*mine)
    )
    row = found.one_or_none()
    if row is None:
        return None
    if row.fingerprint != claim.fingerprint:
        raise IdempotencyMismatch("This key was used for another request; take a new one.")
    headers = {**row.headers, "Idempotency-Replayed": "true"}
    return Response(row.body, status_code=row.status, headers=headers)


async def keep(session: AsyncSession, claim: Claim, response: Response, *, now: datetime) -> None:
    """Keep the answer beside its effect; only an answer that had one (2xx) is kept."""
    headers = {name: response.headers[name] for name in _KEPT_HEADERS if name in response.headers}
    await session.execute(
        insert(IdempotencyKey).values(
            actor_id=claim.actor_id,
            key=claim.key,
            fingerprint=claim.fingerprint,
            status=response.status_code,
            body=bytes(response.body),
            headers=headers,
            created_at=now,
        )
    )
