"""API keys for callers; a key may belong to a member of staff."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from app.db.base import new_id
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
