"""The audit trail: written with every change, sealed into a chain, checked on demand (I9)."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.db.audit import content_of
from app.db.ids import new_id
from app.db.models import AuditEntry
from app.domain.actor import Actor
from app.domain.audit import GENESIS, link

SEALING = 7_461_103  # advisory lock: one sealer at a time
BATCH = 2000


def record(  # noqa: PLR0913 - one argument a column
    session: AsyncSession,
    *,
    actor: Actor,
    action: str,
    subject: tuple[str, UUID],
    now: datetime,
    plan_id: UUID | None = None,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
    reason: str | None = None,
) -> None:
    """Write down who did what, in the transaction that does it.

    Args:
        session: The session of the change.
        actor: Who.
        action: What, in the past tense: `task.completed`.
        subject: Kind and id of what was changed.
        now: When.
        plan_id: The plan that it belongs to, if it belongs to one.
        before: The changed values as they were, JSON-ready.
        after: The changed values as they are.
        reason: Why, where a person said so.
    """
    session.add(
        AuditEntry(
            id=new_id(),
            at=now,
            actor_kind=str(actor.kind),
            actor_id=actor.id,
            actor_name=actor.name,
            action=action,
            subject_kind=subject[0],
            subject_id=subject[1],
            plan_id=plan_id,
            before=dict(before) if before is not None else None,
            after=dict(after) if after is not None else None,
            reason=reason,
        )
    )


async def seal(session: AsyncSession) -> int:
    """Chain entries that are not sealed yet, at most a batch; return how many.

    A chain written inline would serialise every writer, so a tick writes it afterwards; one
    sealer works at a time, and whoever comes second goes home.
    """
    mine = await session.scalar(text(f"SELECT pg_try_advisory_xact_lock({SEALING})"))
    if not mine:
        return 0
    last = await session.execute(
        select(AuditEntry.number, AuditEntry.hash)
        .where(AuditEntry.number.is_not(None))
        .order_by(AuditEntry.number.desc())
        .limit(1)
    )
    number, previous = last.one_or_none() or (0, GENESIS)
    entries = await session.scalars(
        select(AuditEntry).where(AuditEntry.number.is_(None)).order_by(AuditEntry.id).limit(BATCH)
    )
    sealed = 0
    for entry in entries:
        number = (number or 0) + 1
        entry.number, entry.previous_hash = number, previous
        entry.hash = link(previous or GENESIS, content_of(entry))
        previous = entry.hash
        sealed += 1
    return sealed
