"""Keeping what came in: each document once, with its job, in one transaction; or only the fact."""

import json
import re
from collections.abc import Mapping, Sequence, Set
from dataclasses import InitVar, dataclass, field
from datetime import datetime
from decimal import Decimal
from hashlib import sha256
from typing import Any, Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.db.ids import new_id
from app.db.jobs import Job, enqueueing
from app.db.models import InboundEvent
from app.ports.inbound import CallNotParseable

LONGEST_CONTENT_TYPE: Final = 200
ROW_SIZE: Final = 1024
"""What a row weighs beside its body."""

# A statement a batch, with the jobs in it: each more would take as long again.
_KEEP: Final = (
    "WITH kept AS (INSERT INTO inbound_events"  # noqa: S608 - constants
    " (id, source, event_id, status, document, body,"
    " content_type, body_hash, repeats, differs, received_at)"
    " SELECT id, source, event_id, 'received', document::jsonb, body, content_type, body_hash, 0,"
    " false, coalesce($8::timestamptz, clock_timestamp())"
    " FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::bytea[], $6::text[],"
    " $7::text[]) AS came (id, source, event_id, document, body, content_type, body_hash)"
    " ON CONFLICT (source, event_id) WHERE status <> 'rejected' DO NOTHING RETURNING id"
    "), wanted AS (SELECT id AS place, '{\"event_id\":\"' || id || '\"}' AS payload FROM kept"
    f"), {enqueueing(Job.INBOUND, 'wanted')} SELECT id FROM kept"
)
_KEEP_BODIES: Final = (
    "UPDATE inbound_events SET body = held.body"
    " FROM unnest($1::uuid[], $2::bytea[]) AS held (id, body)"
    " WHERE inbound_events.id = held.id"
)
# Locked in the order of their ids, as they are inserted: two batches cannot wait for each other.
_COUNT: Final = (
    "WITH came AS ("
    " SELECT source, event_id, count(*) AS times, array_agg(body_hash) AS hashes"
    " FROM unnest($1::text[], $2::text[], $3::text[])"
    " AS one (source, event_id, body_hash) GROUP BY source, event_id"
    "), held AS ("
    " SELECT e.id, came.times, came.hashes FROM inbound_events e JOIN came USING (source, event_id)"
    " WHERE e.status <> 'rejected' ORDER BY e.source, e.event_id FOR UPDATE OF e"
    ")"
    " UPDATE inbound_events e SET repeats = e.repeats + held.times, differs = e.differs OR EXISTS"
    " (SELECT FROM unnest(held.hashes) AS one (hash) WHERE one.hash <> e.body_hash)"
    " FROM held WHERE e.id = held.id RETURNING e.source, e.event_id, e.id"
)


def _as_json(value: object) -> object:
    """What JSON has no word for: a number with a fraction is kept as text, exactly as it came."""
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, Mapping):
        return dict(value)
    raise CallNotParseable("A value is of a kind that an event cannot hold.")


_CANONICAL: Final = json.JSONEncoder(
    sort_keys=True,
    separators=(",", ":"),
    allow_nan=False,
    check_circular=False,  # what was read from a body holds nothing twice
    default=_as_json,
)
_NOT_KEPT: Final = re.compile("[\x00\ud800-\udfff]")
# What such a character looks like in JSON; so do an emoji and the text of an escape.
_ODD_ESCAPE: Final = re.compile(r"\\u(?:0000|d[89a-f])")


@dataclass(slots=True)
class Arrived:
    """One document of a call, ready to be kept.

    Attributes:
        event_id: The id by which a repeat is recognised.
        row_id: Ours, under which it is kept if it is new.
        text: The document's one form, however its keys were ordered.
        hash: SHA-256 of that.

    Raises:
        CallNotParseable: It holds what no database keeps: a NUL, half a surrogate pair, a value
            that JSON has no word for.
    """

    event_id: str
    document: InitVar[Mapping[str, object]]
    row_id: UUID = field(init=False, default_factory=new_id)
    text: str = field(init=False)
    hash: str = field(init=False)

    def __post_init__(self, document: Mapping[str, object]) -> None:
        try:
            self.text = _CANONICAL.encode(document)
        except ValueError:
            raise CallNotParseable("A number is not one that an event can hold.") from None
        if _ODD_ESCAPE.search(self.text):
            _check_texts(document)
        _check_texts(self.event_id)
        self.hash = sha256(self.text.encode()).hexdigest()


def _check_texts(value: object) -> None:
    if isinstance(value, str):
        if _NOT_KEPT.search(value):
            raise CallNotParseable("A text holds a NUL character or half a surrogate pair.")
    elif isinstance(value, Mapping):
        for key, held in value.items():
            _check_texts(key)
            _check_texts(held)
    elif isinstance(value, list | tuple):
        for held in value:
            _check_texts(held)


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


async def keep(driver: Any, calls: Sequence[Brought], *, now: datetime | None) -> set[UUID]:
    """Keep the documents of calls, each with the job that understands it; the caller commits.

    They are kept in the order of their ids, so that two batches with the same ones cannot wait
    for each other. Of two with the same id the first call's is kept.

    Args:
        driver: The driver's connection. It may be in no transaction where each call has but one
            document: they are kept by one statement.
        calls: As they came.
        now: The present instant; None for the database's own.

    Returns:
        The ids of the rows that are new; the others' event ids are known.
    """
    # The first row of a call keeps the body for all: an array may hold hundreds.
    rows = [(one, call, index == 0) for call in calls for index, one in enumerate(_in_order(call))]
    rows.sort(key=lambda row: (row[1].source, row[0].event_id))
    inserted = await driver.fetch(
        _KEEP,
        [one.row_id for one, _, _ in rows],
        [call.source for _, call, _ in rows],
        [one.event_id for one, _, _ in rows],
        [one.text for one, _, _ in rows],
        [call.body if bears else None for _, call, bears in rows],
        [call.content_type for _, call, _ in rows],
        [one.hash for one, _, _ in rows],
        now,
    )
    new = {row["id"] for row in inserted}
    await _keep_bodies(driver, calls, new)
    return new


def _in_order(call: Brought) -> list[Arrived]:
    return sorted(call.arrived, key=lambda one: one.event_id)


async def _keep_bodies(driver: Any, calls: Sequence[Brought], new: Set[UUID]) -> None:
    """Give the body of a call to the first document kept, where the first of all was a repeat."""
    without = {}
    for call in calls:
        row_ids = [one.row_id for one in _in_order(call)]
        kept = [row_id for row_id in row_ids if row_id in new]
        if kept and kept[0] != row_ids[0]:
            without[kept[0]] = call.body
    if without:
        await driver.execute(_KEEP_BODIES, list(without), list(without.values()))


async def count_repeats(driver: Any, calls: Sequence[Repeated]) -> dict[tuple[str, str], UUID]:
    """Count repeats at the first event with their id, flagged where one differs from it.

    The caller commits.

    Returns:
        The first event's id by source and event id; nothing where it is gone by now.
    """
    ones = [(call.source, one) for call in calls for one in call.arrived]
    counted = await driver.fetch(
        _COUNT,
        [source for source, _ in ones],
        [one.event_id for _, one in ones],
        [one.hash for _, one in ones],
    )
    return {(source, event_id): row_id for source, event_id, row_id in counted}


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
