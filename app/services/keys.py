"""API keys for callers; a key may belong to a member of staff."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.db.ids import new_id
from app.db.models import ApiKey
from app.domain.actor import Actor
from app.domain.errors import Invalid
from app.domain.roles import Role
from app.services.audit import record
from app.services.people import by_email


class KeyRefused(Invalid):
    """A key for a role or a person that does not exist."""

    code = "key_refused"


@dataclass(frozen=True, slots=True)
class NewKeyFor:
    """Whom a key is made for; only the key's hash is kept."""

    name: str
    role: str
    staff_email: str | None
    key_hash: bytes
    prefix: str


async def keep_key(session: AsyncSession, new: NewKeyFor, *, actor: Actor, now: datetime) -> ApiKey:
    """Keep a key that was just made.

    Raises:
        KeyRefused: there is no such role, or nobody active with this address.
    """
    if new.role not in list(Role):
        raise KeyRefused(f"The roles are: {', '.join(Role)}.", pointer="/role")
    if not new.name.strip():
        raise KeyRefused("Say what the key is for.", pointer="/name")
    person = await by_email(session, new.staff_email) if new.staff_email else None
    if new.staff_email and person is None:
        raise KeyRefused("Nobody active here has this e-mail address.", pointer="/staff")
    key = ApiKey(
        id=new_id(),
        name=new.name.strip(),
        role=new.role,
        staff_id=person.id if person else None,
        key_hash=new.key_hash,
        prefix=new.prefix,
        created_at=now,
    )
    session.add(key)
    record(
        session,
        actor=actor,
        action="api_key.created",
        subject=("api_key", key.id),
        now=now,
        after={"name": key.name, "role": key.role, "prefix": key.prefix},
    )
    await session.flush()
    return key


async def revoke_key(session: AsyncSession, prefix: str, *, actor: Actor, now: datetime) -> ApiKey:
    """Take a key away: from its next call on it opens nothing; where events come in, from 2 s on.

    Args:
        session: The caller commits.
        prefix: The key's first characters, as `keys list` shows them.
        actor: Who takes it away.
        now: When.

    Raises:
        KeyRefused: no key in force begins so, or several do.
    """
    found = await session.scalars(
        select(ApiKey).where(ApiKey.prefix == prefix, ApiKey.revoked_at.is_(None)).limit(2)
    )
    keys = list(found)
    if len(keys) != 1:
        raise KeyRefused("There is not exactly one key in force that begins so.", pointer="/prefix")
    (key,) = keys
    key.revoked_at = now
    record(
        session,
        actor=actor,
        action="api_key.revoked",
        subject=("api_key", key.id),
        now=now,
        before={"name": key.name, "role": key.role, "prefix": key.prefix},
    )
    return key


async def keys_in_force(session: AsyncSession) -> list[ApiKey]:
    """The keys that were made and not taken away, the oldest first."""
    found = await session.scalars(
        select(ApiKey).where(ApiKey.revoked_at.is_(None)).order_by(ApiKey.created_at, ApiKey.id)
    )
    return list(found)
