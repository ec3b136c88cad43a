"""Keeping what came in: each document once, with its job, in one transaction; or only the fact."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from hashlib import sha256
from typing import Any, Final
from uuid import UUID

from sqlalchemy import text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.db.base import new_id
from app.db.jobs import Job, enqueue
from app.db.models import InboundEvent
from app.ports.inbound import CallNotParseable, InboundCall

LONGEST_CONTENT_TYPE: Final = 200


@dataclass(frozen=True, slots=True)
class Arrived:
    """One document of a call, ready to be kept."""

    event_id: str
    document: dict[str, Any]

    @property
    def hash(self) -> str:
        """The document's SHA-256, the same however its keys are ordered."""
        canonical = json.dumps(self.document, sort_keys=True, separators=(",", ":"))
        return sha256(canonical.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Stored:
    """What became of a document: the id under which it is kept, and whether it is new."""

    event_id: UUID
    is_new: bool


def storable(document: Mapping[str, object]) -> dict[str, Any]:
    """The document as the database can keep it: numbers with a fraction as text.

    Raises:
        CallNotParseable: A text holds a NUL or half a surrogate pair, which no database keeps.
    """
    return {plain_text(key): _value(value) for key, value in document.items()}


def _value(value: object) -> object:
    if isinstance(value, str):
        return plain_text(value)
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, Mapping):
        return storable(value)
    if isinstance(value, list | tuple):
        return [_value(each) for each in value]
    if value is None or isinstance(value, bool | int):
        return value
    raise CallNotParseable("A value is of a kind that an event cannot hold.")


def plain_text(value: str) -> str:
    """A text that the database can keep.

    Raises:
        CallNotParseable: It holds a NUL or half a surrogate pair.
    """
    if "\x00" in value or any("\ud800" <= character <= "\udfff" for character in value):
        raise CallNotParseable("A text holds a NUL character or half a surrogate pair.")
    return value


async def store(
    session: AsyncSession, call: InboundCall, arrived: Sequence[Arrived], *, now: datetime
) -> list[Stored]:
    """Keep the documents of a call, each with the job that understands it; the caller commits.

    A document whose id is known is counted at the first one, and flagged there if it differs.
    They are kept in the order of their ids, so that two calls with the same ones cannot wait for
    each other; the answer is in the order of the call.

    Args:
        session: The transaction of the call.
        call: As it came.
        arrived: Its documents.
        now: The present instant.
    """
    stored: dict[int, Stored] = {}
    body: bytes | None = call.body
    for index in sorted(range(len(arrived)), key=lambda each: arrived[each].event_id):
        one = arrived[index]
        row_id = await _insert(session, call, one, body, now=now)
        if row_id is None:
            stored[index] = Stored(await _repeated(session, call.source, one), is_new=False)
            continue
        # The first row of a call keeps the body for all: an array may hold hundreds.
        body = None
        await enqueue(session, Job.INBOUND, {"event_id": str(row_id)})
        stored[index] = Stored(row_id, is_new=True)
    return [stored[index] for index in range(len(arrived))]


async def _insert(
    session: AsyncSession, call: InboundCall, one: Arrived, body: bytes | None, *, now: datetime
) -> UUID | None:
    inserted = await session.execute(
        insert(InboundEvent)
        .values(
            id=new_id(),
            source=call.source,
            event_id=one.event_id,
            status="received",
            document=one.document,
            body=body,
            content_type=content_type_of(call.headers),
            body_hash=one.hash,
            repeats=0,
            differs=False,
            received_at=now,
        )
        .on_conflict_do_nothing(
            index_elements=[InboundEvent.source, InboundEvent.event_id],
            index_where=text("status <> 'rejected'"),
        )
        .returning(InboundEvent.id)
    )
    row_id: UUID | None = inserted.scalar_one_or_none()
    return row_id


async def _repeated(session: AsyncSession, source: str, one: Arrived) -> UUID:
    first = (
        InboundEvent.source == source,
        InboundEvent.event_id == one.event_id,
        InboundEvent.status != "rejected",
    )
    counted = await session.execute(
        update(InboundEvent)
        .where(*first)
        .values(
            repeats=InboundEvent.repeats + 1,
            differs=InboundEvent.differs | (InboundEvent.body_hash != one.hash),
        )
        .returning(InboundEvent.id)
        .execution_options(synchronize_session=False)
    )
    row_id: UUID = counted.scalar_one()
    return row_id


async def keep_the_fact(
    session: AsyncSession, source: str, headers: Mapping[str, str], reason: str, *, now: datetime
) -> None:
    """Keep that a call was refused and why; nothing of what it said."""
    session.add(
        InboundEvent(
            id=new_id(),
            source=source,
            event_id=None,
            status="rejected",
            reason=reason,
            document=None,
            body=None,
            content_type=content_type_of(headers),
            received_at=now,
        )
    )
    await session.flush()


def content_type_of(headers: Mapping[str, str]) -> str | None:
    """The media type that a call names, without what else its header may hold."""
    name = headers.get("content-type", "").partition(";")[0].strip().lower()
    plain = name.isascii() and name.isprintable() and len(name) <= LONGEST_CONTENT_TYPE
    return name if name and plain else None
