"""The audit trail as people read it, and whether its chain holds."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Row, Select, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.db.audit import content_of
from app.db.models import AuditEntry
from app.domain.audit import GENESIS, SealedEntry, first_broken

BATCH: Final = 2000

NEWEST: Final = (AuditEntry.at, AuditEntry.id)
"""The columns that lists are ordered by."""


@dataclass(frozen=True, slots=True)
class AuditActorView:
    """Who did it."""

    kind: str
    id: str
    name: str


@dataclass(frozen=True, slots=True)
class AuditSubjectView:
    """What was changed."""

    kind: str
    id: UUID


@dataclass(frozen=True, slots=True)
class AuditEntryView:
    """Who changed what, when, from what to what; `number` and `hash` once it is sealed."""

    id: UUID
    at: datetime
    actor: AuditActorView
    action: str
    subject: AuditSubjectView
    plan_id: UUID | None
    before: dict[str, Any] | None
    after: dict[str, Any] | None
    reason: str | None
    number: int | None
    hash: str | None


@dataclass(frozen=True, slots=True)
class AuditFilter:
    """Which entries a list holds; None means any."""

    plan_id: UUID | None = None
    subject_id: UUID | None = None
    actor_id: str | None = None
    action: str | None = None


@dataclass(frozen=True, slots=True)
class ChainView:
    """Whether the chain holds.

    Attributes:
        intact: Whether every sealed entry is as it was sealed, in its place.
        sealed: Entries that the chain covers.
        unsealed: Entries that the next tick will add to it.
        first_broken: Number of the first entry whose link does not hold.
    """

    intact: bool
    sealed: int
    unsealed: int
    first_broken: int | None


def audit_listed(by: AuditFilter) -> Select[*tuple[Any, ...]]:
    """The entries that a filter lets through, to be ordered and cut by `NEWEST`."""
    wanted: Select[*tuple[Any, ...]] = select(
        AuditEntry.id,
        AuditEntry.at,
        AuditEntry.actor_kind,
        AuditEntry.actor_id,
        AuditEntry.actor_name,
        AuditEntry.action,
        AuditEntry.subject_kind,
        AuditEntry.subject_id,
        AuditEntry.plan_id,
        AuditEntry.before,
        AuditEntry.after,
        AuditEntry.reason,
        AuditEntry.number,
        AuditEntry.hash,
    )
    for column, value in (
        (AuditEntry.plan_id, by.plan_id),
        (AuditEntry.subject_id, by.subject_id),
        (AuditEntry.actor_id, by.actor_id),
        (AuditEntry.action, by.action),
    ):
        if value is not None:
            wanted = wanted.where(column == value)
    return wanted


def entry_of(row: Row[*tuple[Any, ...]]) -> AuditEntryView:
    """A row of the list."""
    return AuditEntryView(
        id=row.id,
        at=row.at,
        actor=AuditActorView(row.actor_kind, row.actor_id, row.actor_name),
        action=row.action,
        subject=AuditSubjectView(row.subject_kind, row.subject_id),
        plan_id=row.plan_id,
        before=row.before,
        after=row.after,
        reason=row.reason,
        number=row.number,
        hash=row.hash,
    )


async def verify_chain(session: AsyncSession) -> ChainView:
    """Walk the sealed entries in the order of their numbers and check every link.

    Entries that no tick has sealed yet are counted, not checked.

    Source: docs/api.md, "Playbooks, approvals, deliveries, the rest".
    """
    sealed, previous, broken = 0, GENESIS, None
    while broken is None:
        batch = list(
            await session.scalars(
                select(AuditEntry)
                .where(AuditEntry.number > sealed)
                .order_by(AuditEntry.number)
                .limit(BATCH)
            )
        )
        if not batch:
            break
        broken = first_broken(_links(batch), after=previous)
        sealed, previous = batch[-1].number or 0, batch[-1].hash or ""
        session.expunge_all()
    counted = await session.execute(
        select(func.count(AuditEntry.number), func.count()).select_from(AuditEntry)
    )
    of_chain, of_all = counted.one()
    return ChainView(broken is None, of_chain, of_all - of_chain, broken)


def _links(batch: list[AuditEntry]) -> Iterator[SealedEntry]:
    for entry in batch:
        yield SealedEntry(
            entry.number or 0, content_of(entry), entry.previous_hash or "", entry.hash or ""
        )
