"""Keeping what came in: each document once, with its job, in one transaction; or only the fact."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import InitVar, dataclass, field
from datetime import datetime
from decimal import Decimal
from hashlib import sha256
from typing import Any, Final
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.db.base import new_id
from app.db.jobs import Job, enqueue_all
from app.db.models import InboundEvent
from app.ports.inbound import CallNotParseable

LONGEST_CONTENT_TYPE: Final = 200
ROW_SIZE: Final = 1024
"""What a row weighs beside its body."""

_KEEP: Final = text(
    "INSERT INTO inbound_events (id, source, event_id, status, document, body, content_type,"
    " body_hash, repeats, differs, received_at)"
    " SELECT id, source, event_id, 'received', document::jsonb, body, content_type, body_hash, 0,"
    " false, :now"
    " FROM unnest(CAST(:ids AS uuid[]), CAST(:sources AS text[]), CAST(:event_ids AS text[]),"
    " CAST(:documents AS text[]), CAST(:bodies AS bytea[]), CAST(:content_types AS text[]),"
    " CAST(:hashes AS text[]))"
    " AS came (id, source, event_id, document, body, content_type, body_hash)"
    " ON CONFLICT (source, event_id) WHERE status <> 'rejected' DO NOTHING RETURNING id"
)
_KEEP_BODIES: Final = text(
    "UPDATE inbound_events SET body = held.body"
    " FROM unnest(CAST(:ids AS uuid[]), CAST(:bodies AS bytea[])) AS held (id, body)"
    " WHERE inbound_events.id = held.id"
)
# Locked in the order of their ids, as they are inserted: two batches cannot wait for each other.
_COUNT: Final = text(
    "WITH came AS ("
    " SELECT source, event_id, count(*) AS times, array_agg(body_hash) AS hashes"
    " FROM unnest(CAST(:sources AS text[]), CAST(:event_ids AS text[]), CAST(:hashes AS text[]))"
    " AS one (source, event_id, body_hash) GROUP BY source, event_id"
    "), held AS ("
    " SELECT e.id, came.times, came.hashes FROM inbound_events e JOIN came USING (source, event_id)"
    " WHERE e.status <> 'rejected' ORDER BY e.source, e.event_id FOR UPDATE OF e"
    ")"
    " UPDATE inbound_events e SET repeats = e.repeats + held.times, differs = e.differs OR EXISTS"
    " (SELECT FROM unnest(held.hashes) AS one (hash) WHERE one.hash <> e.body_hash)"
    " FROM held WHERE e.id = held.id RETURNING e.source, e.event_id, e.id"
)


@dataclass(slots=True)
class Arrived:
    """One document of a call, ready to be kept.

    Attributes:
        text: The document's one form, however its keys were ordered.
        hash: SHA-256 of that.
    """

    event_id: str
    document: InitVar[Mapping[str, Any]]
    text: str = field(init=False)
    hash: str = field(init=False)

    def __post_init__(self, document: Mapping[str, Any]) -> None:
        self.text = json.dumps(document, sort_keys=True, separators=(",", ":"))
        self.hash = sha256(self.text.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Brought:
    """A call's documents, with what is kept of the call itself."""

    source: str
    content_type: str | None
    body: bytes
    arrived: Sequence[Arrived]

    @property
    def size(self) -> int:
        """About as many bytes as it takes while it waits."""
        return len(self.body) + ROW_SIZE * len(self.arrived)


@dataclass(frozen=True, slots=True)
class Repeated:
    """The documents of a call whose ids were known already."""

    source: str
    arrived: Sequence[Arrived]

    @property
    def size(self) -> int:
        """About as many bytes as it takes while it waits."""
        return ROW_SIZE * len(self.arrived)


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


async def keep(
    session: AsyncSession, calls: Sequence[Brought], *, now: datetime
) -> list[list[UUID | None]]:
    """Keep the documents of calls, each with the job that understands it; the caller commits.

    They are kept in the order of their ids, so that two batches with the same ones cannot wait
    for each other. Of two with the same id the first call's is kept.

    Args:
        session: The transaction of the calls.
        calls: As they came.
        now: The present instant.

    Returns:
        For each call, the id under which each document is kept, in the order of the call; None
        where an event with its id is there already.
    """
    ids = [[new_id() for _ in call.arrived] for call in calls]
    rows = sorted(
        (call.source, one.event_id, of_call, of_one)
        for of_call, call in enumerate(calls)
        for of_one, one in enumerate(call.arrived)
    )
    bodies: list[bytes | None] = []
    bearers: dict[int, UUID] = {}
    for _, _, of_call, of_one in rows:
        # The first row of a call keeps the body for all: an array may hold hundreds.
        bodies.append(None if of_call in bearers else calls[of_call].body)
        bearers.setdefault(of_call, ids[of_call][of_one])
    arrived = [calls[of_call].arrived[of_one] for _, _, of_call, of_one in rows]
    inserted = await session.execute(
        _KEEP,
        {
            "ids": [ids[of_call][of_one] for _, _, of_call, of_one in rows],
            "sources": [source for source, _, _, _ in rows],
            "event_ids": [event_id for _, event_id, _, _ in rows],
            "documents": [one.text for one in arrived],
            "bodies": bodies,
            "content_types": [calls[of_call].content_type for _, _, of_call, _ in rows],
            "hashes": [one.hash for one in arrived],
            "now": now,
        },
    )
    new = set(inserted.scalars())
    kept = [[row_id if row_id in new else None for row_id in of_call] for of_call in ids]
    await _keep_bodies(session, calls, kept, bearers)
    jobs = [{"event_id": str(row_id)} for of_call in kept for row_id in of_call if row_id]
    if jobs:
        await enqueue_all(session, Job.INBOUND, jobs)
    return kept


async def _keep_bodies(
    session: AsyncSession,
    calls: Sequence[Brought],
    kept: Sequence[Sequence[UUID | None]],
    bearers: Mapping[int, UUID],
) -> None:
    """Give the body of a call to the first document kept, where the first of all was a repeat."""
    without = {
        row_ids[0]: calls[of_call].body
        for of_call, whole in enumerate(kept)
        if (row_ids := [one for one in whole if one]) and bearers[of_call] not in row_ids
    }
    if without:
        held = {"ids": list(without), "bodies": list(without.values())}
        await session.execute(_KEEP_BODIES, held)


async def count_repeats(
    session: AsyncSession, calls: Sequence[Repeated]
) -> list[list[UUID | None]]:
    """Count repeats at the first event with their id, flagged where one differs from it.

    The caller commits.

    Returns:
        For each call, the first event's id for each document; None where it is gone by now.
    """
    ones = [(call.source, one) for call in calls for one in call.arrived]
    counted = await session.execute(
        _COUNT,
        {
            "sources": [source for source, _ in ones],
            "event_ids": [one.event_id for _, one in ones],
            "hashes": [one.hash for _, one in ones],
        },
    )
    firsts: dict[tuple[str, str], UUID] = {
        (source, event_id): row_id for source, event_id, row_id in counted
    }
    return [[firsts.get((call.source, one.event_id)) for one in call.arrived] for call in calls]


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
