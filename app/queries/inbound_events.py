"""The inbox as people read it: what came in, what became of it, and why."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal
from uuid import UUID

from sqlalchemy import Row, Select, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.db.models import InboundEvent
from app.domain.errors import EventNotFound

InboundState = Literal["received", "processed", "ignored", "quarantined", "rejected"]

NEWEST: Final = (InboundEvent.received_at, InboundEvent.id)
"""The columns that lists are ordered by."""


@dataclass(frozen=True, slots=True)
class InboundEventSummary:
    """An event from outside, as a list shows it.

    Attributes:
        event_id: The sender's id of it, or one that was made for it.
        repeats: How often the same id came again.
        differs: Whether it came again with another content.
    """

    id: UUID
    source: str
    event_id: str | None
    status: str
    reason: str | None
    agreement_ref: str | None
    plan_id: UUID | None
    repeats: int
    differs: bool
    received_at: datetime
    processed_at: datetime | None


@dataclass(frozen=True, slots=True)
class InboundEventView:
    """An event with its document, in our canonical shape; a rejected one has none."""

    id: UUID
    source: str
    event_id: str | None
    status: str
    reason: str | None
    agreement_ref: str | None
    plan_id: UUID | None
    repeats: int
    differs: bool
    received_at: datetime
    processed_at: datetime | None
    content_type: str | None
    document: dict[str, Any] | None


@dataclass(frozen=True, slots=True)
class InboundEventFilter:
    """Which events a list holds; None means any."""

    source: str | None = None
    status: str | None = None
    agreement_ref: str | None = None
    plan_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Quarantine:
    """The events that wait for somebody to put something right: how many, and the newest."""

    count: int
    newest: InboundEventSummary


_COLUMNS: Final = (
    InboundEvent.id,
    InboundEvent.source,
    InboundEvent.event_id,
    InboundEvent.status,
    InboundEvent.reason,
    InboundEvent.agreement_ref,
    InboundEvent.plan_id,
    InboundEvent.repeats,
    InboundEvent.differs,
    InboundEvent.received_at,
    InboundEvent.processed_at,
)


def inbound_events_listed(by: InboundEventFilter) -> Select[*tuple[Any, ...]]:
    """The events that a filter lets through, to be ordered and cut by `NEWEST`."""
    wanted: Select[*tuple[Any, ...]] = select(*_COLUMNS)
    for column, value in (
        (InboundEvent.source, by.source),
        (InboundEvent.status, by.status),
        (InboundEvent.agreement_ref, by.agreement_ref),
        (InboundEvent.plan_id, by.plan_id),
    ):
        if value is not None:
            wanted = wanted.where(column == value)
    return wanted


def inbound_summary_of(row: Row[*tuple[Any, ...]]) -> InboundEventSummary:
    """A row of the list."""
    return InboundEventSummary(**{column.key: getattr(row, column.key) for column in _COLUMNS})


async def quarantine(session: AsyncSession) -> Quarantine | None:
    """What is quarantined, or None where nothing is."""
    wanted = inbound_events_listed(InboundEventFilter(status="quarantined"))
    newest = wanted.order_by(*(column.desc() for column in NEWEST)).limit(1)
    row = (await session.execute(newest)).one_or_none()
    if row is None:
        return None
    return Quarantine(await quarantined_count(session), inbound_summary_of(row))


async def quarantined_count(session: AsyncSession) -> int:
    """How many events wait to be replayed."""
    wanted = select(func.count()).where(InboundEvent.status == "quarantined")
    return await session.scalar(wanted) or 0


async def inbound_event_by_id(session: AsyncSession, event_id: UUID) -> InboundEventView:
    """One event with its document.

    Raises:
        EventNotFound: there is none with this id.
    """
    wanted: Select[*tuple[Any, ...]] = select(
        *_COLUMNS, InboundEvent.content_type, InboundEvent.document
    )
    row = (await session.execute(wanted.where(InboundEvent.id == event_id))).one_or_none()
    if row is None:
        raise EventNotFound("There is no inbound event with this id.")
    return InboundEventView(**row._asdict())
