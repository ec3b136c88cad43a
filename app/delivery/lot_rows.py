"""A lot's two transactions: claimed by one before the calls, settled by few after them."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Row, any_, cast, func, or_, select, text
from sqlalchemy.dialects.postgresql import ARRAY as PG_ARRAY
from sqlalchemy.dialects.postgresql import UUID as PG_UUID
from sqlalchemy.ext.asyncio import AsyncSession

from app.db.clock import real_now
from app.db.ids import new_id
from app.db.models import Delivery, OutsideSystem
from app.delivery import budgets, circuits
from app.delivery.admission import SUSPECT_AFTER, BucketsOf
from app.delivery.attempts import LEASE, Claimed, Outcome
from app.delivery.budgets import Buckets
from app.delivery.turns import IN_TURN
from app.domain.circuit import CLOSED, Passage
from app.domain.delivery import DeliveryKind, DeliveryState
from app.domain.pacing import expected_cost
from app.ports.exchange import Exchange

NEVER_TRIED_OR_RIPE = (DeliveryState.PENDING, DeliveryState.RETRYING)
"""What may have happened unseen is looked up, each by itself."""

_COLUMNS = (
    Delivery.id,
    Delivery.plan_id,
    Delivery.kind,
    Delivery.system,
    Delivery.key,
    Delivery.payload,
    Delivery.progress,
    Delivery.not_after,
    Delivery.attempts,
)

_BEGIN = text(
    """
    WITH begun AS (
        UPDATE deliveries d
        SET state = 'sending', token = g.token, held_at = NULL, attempts = d.attempts + 1,
            lease_until = clock_timestamp() + make_interval(secs => CAST(:lease_s AS float8)),
            version = d.version + 1
        FROM unnest(CAST(:ids AS uuid[]), CAST(:tokens AS uuid[])) AS g(id, token)
        WHERE d.id = g.id
        RETURNING d.id, d.token
    )
    INSERT INTO attempts (id, delivery_id, number, started_at, exchanges)
    SELECT b.token, b.id, 1 + coalesce(
            (SELECT max(a.number) FROM attempts a WHERE a.delivery_id = b.id), 0
        ), clock_timestamp(), '[]'
    FROM begun b
    """
)

# Fenced row by row, and waiting for none: a row that somebody holds is settled by itself.
_SETTLE = text(
    """
    WITH given AS MATERIALIZED (
        SELECT * FROM unnest(
            CAST(:ids AS uuid[]), CAST(:tokens AS uuid[]), CAST(:results AS text[]),
            CAST(:details AS text[]), CAST(:exchanges AS text[])
        ) AS g(id, token, result, detail, exchanges)
    ), mine AS MATERIALIZED (
        SELECT d.id FROM deliveries d JOIN given g ON g.id = d.id AND g.token = d.token
        WHERE NOT d.withdraw
        ORDER BY d.id
        FOR NO KEY UPDATE OF d SKIP LOCKED
    ), settled AS (
        UPDATE deliveries d
        SET state = 'delivered', token = NULL, lease_until = NULL, crashes = 0, reason = g.detail,
            result = CAST(g.result AS jsonb), settled_at = CAST(:now AS timestamptz),
            version = d.version + 1
        FROM mine m JOIN given g ON g.id = m.id
        WHERE d.id = m.id
        RETURNING d.id, g.token, g.detail, g.exchanges
    ), closed AS (
        UPDATE attempts a
        SET finished_at = clock_timestamp(), outcome = 'delivered', detail = s.detail,
            exchanges = CAST(s.exchanges AS jsonb)
        FROM settled s WHERE a.id = s.token
    )
    SELECT token FROM settled
    """
)

_RELEASE = text(
    """
    WITH mine AS MATERIALIZED (
        SELECT d.id, d.token FROM deliveries d
        JOIN unnest(CAST(:ids AS uuid[]), CAST(:tokens AS uuid[])) AS g(id, token)
            ON g.id = d.id AND g.token = d.token
        WHERE NOT d.withdraw
        ORDER BY d.id
        FOR NO KEY UPDATE OF d SKIP LOCKED
    ), released AS (
        UPDATE deliveries d
        SET state = CASE WHEN d.attempts > 1 THEN 'retrying' ELSE 'pending' END,
            token = NULL, lease_until = NULL, attempts = d.attempts - 1, reason = :why,
            enqueued_at = clock_timestamp(), version = d.version + 1
        FROM mine m
        WHERE d.id = m.id
        RETURNING m.token
    ), closed AS (
        UPDATE attempts a
        SET finished_at = clock_timestamp(), outcome = 'released', detail = :why
        FROM released r WHERE a.id = r.token
    )
    SELECT token FROM released
    """
)


async def claim_lot(
    session: AsyncSession, ids: Sequence[UUID], *, buckets: BucketsOf
) -> list[Claimed]:
    """Take in hand what may go at once, and write the attempts down, before anything is sent.

    Left out, for `attempts.claim`: what was tried before and may have happened, whose time has not
    come, what may have to wait for another, may be killing its workers, or that somebody holds; and
    whatever goes to a system that is down, paused or asked as much as it bears.

    Args:
        session: Committed by the caller before the calls go out.
        ids: Which.
        buckets: What their systems are limited by.
    """
    unwell = await _unwell(session)
    rows = await session.execute(
        select(*_COLUMNS)
        .where(
            Delivery.id == any_(cast(list(ids), PG_ARRAY(PG_UUID(as_uuid=True)))),
            Delivery.state.in_([str(state) for state in NEVER_TRIED_OR_RIPE]),
            or_(
                Delivery.next_attempt_at.is_(None),
                Delivery.next_attempt_at <= func.clock_timestamp(),
            ),
            Delivery.kind.not_in([str(kind) for kind in IN_TURN]),
            Delivery.crashes < SUSPECT_AFTER,
            Delivery.paced_at.is_(None),
            Delivery.hook_id.is_(None),  # each subscriber is a system to itself
            Delivery.system.not_in(unwell),
        )
        .order_by(Delivery.id)
        .with_for_update(skip_locked=True)
    )
    lot = [_claimed(row) for row in rows]
    lot = [one for group in _by_buckets(lot, buckets) for one in await _afforded(session, *group)]
    if lot:
        values = {
            "ids": [one.delivery.id for one in lot],
            "tokens": [one.token for one in lot],
            "lease_s": LEASE.total_seconds(),
        }
        await session.execute(_BEGIN, values)
    return lot


async def _unwell(session: AsyncSession) -> list[str]:
    """The systems that are paused, or of which something is known but that they are well."""
    at = await real_now(session)
    return [
        row.system
        for row in await session.scalars(select(OutsideSystem))
        if circuits.passage_of(row, real_now=at) is not Passage.GO
        or circuits.circuit_of(row) != CLOSED
    ]


def _claimed(row: Row[*tuple[Any, ...]]) -> Claimed:
    """The attempt at a row; the object is the caller's own, and in no session."""
    values = {column.key: getattr(row, column.key) for column in _COLUMNS}
    delivery = Delivery(**{**values, "attempts": row.attempts + 1})
    return Claimed(delivery, new_id(), unsure=False)


def _by_buckets(
    lot: Sequence[Claimed], buckets: BucketsOf
) -> Sequence[tuple[Buckets, Sequence[Claimed]]]:
    """The lot in groups that take from the same buckets, in the order in which all lock them."""
    groups: dict[tuple[str, ...], tuple[Buckets, list[Claimed]]] = {}
    for one in lot:
        its = buckets(one.delivery)
        names = tuple(name for name, _ in its)
        groups.setdefault(names, (its, []))[1].append(one)
    return [groups[names] for names in sorted(groups)]


async def _afforded(
    session: AsyncSession, buckets: Buckets, group: Sequence[Claimed]
) -> Sequence[Claimed]:
    """The group with its tokens, where the system has them at once for all of it; else nobody.

    Those that have to wait stand in the system's queue, each for itself.
    """
    if not buckets:
        return group
    priced = [
        replace(one, tokens=expected_cost(DeliveryKind(one.delivery.kind), unsure=False))
        for one in group
    ]
    price = sum(one.tokens for one in priced)
    if price > min(limit.burst for _, limit in buckets):
        return ()
    wait = await budgets.take(session, buckets, price)
    if wait:
        await budgets.give_back(session, buckets, price)
    return priced if wait == timedelta() else ()


async def settle_lot(
    session: AsyncSession,
    ended: Sequence[tuple[Claimed, Outcome, Sequence[Exchange]]],
    *,
    now: datetime,
) -> set[UUID]:
    """Write down together that attempts were delivered, each fenced by its own token.

    Returns:
        The tokens of those that were settled; the others have been taken over, are withdrawn, or
        are held by somebody, and each is settled by itself.
    """
    values = {
        "ids": [claimed.delivery.id for claimed, _, _ in ended],
        "tokens": [claimed.token for claimed, _, _ in ended],
        "results": [_json(outcome.result) for _, outcome, _ in ended],
        "details": [outcome.detail for _, outcome, _ in ended],
        "exchanges": [json.dumps([asdict(one) for one in wire]) for _, _, wire in ended],
        "now": now,
    }
    return set(await session.scalars(_SETTLE, values))


async def release_lot(session: AsyncSession, lot: Sequence[Claimed], *, why: str) -> set[UUID]:
    """Let go together of what was claimed and not begun; such an attempt counts as none.

    Their lot's own job brings them up again.

    Returns:
        The tokens of those that were let go; the others are settled each by itself.
    """
    values = {
        "ids": [claimed.delivery.id for claimed in lot],
        "tokens": [claimed.token for claimed in lot],
        "why": why,
    }
    return set(await session.scalars(_RELEASE, values))


def _json(result: Mapping[str, Any] | None) -> str | None:
    return json.dumps(dict(result)) if result is not None else None
