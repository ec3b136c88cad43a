"""The sweep of deadlines: what has come due is marked, and its rungs raised, by one statement."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

_SWEEP = text(
    """
WITH due AS MATERIALIZED (
    SELECT d.id, d.warned_at, d.breached_at, d.rungs_raised
    FROM run_deadlines d
    WHERE d.next_at <= :now
    ORDER BY d.next_at, d.id
    LIMIT :limit OFFSET :skip
    FOR UPDATE SKIP LOCKED
), moved AS (
    UPDATE run_deadlines d SET
        warned_at = CASE WHEN d.warn_at <= :now THEN coalesce(d.warned_at, :now) END,
        breached_at = CASE WHEN d.due_at <= :now THEN coalesce(d.breached_at, :now) END,
        rungs_raised = (SELECT count(*) FROM unnest(d.rung_ats) at WHERE at <= :now),
        next_at = (
            SELECT min(at) FROM unnest(d.rung_ats || d.warn_at || d.due_at) at WHERE at > :now
        )
    FROM due WHERE d.id = due.id
    RETURNING d.id, d.run_id, d.step, d.key, d.title, d.begun_at, d.due_at, d.tell, d.rung_roles,
        due.warned_at IS NULL AND d.warned_at IS NOT NULL AS warned,
        due.breached_at IS NULL AND d.breached_at IS NOT NULL AS breached,
        due.rungs_raised AS had_raised, d.rungs_raised
), raised AS (
    INSERT INTO escalations (id, run_id, deadline_id, step, rung, role, said, raised_at)
    SELECT changeover_uuid7(), m.run_id, m.id, m.step, n, m.rung_roles[n], m.title, :now
    FROM moved m CROSS JOIN generate_series(m.had_raised + 1, m.rungs_raised) n
)
SELECT id, run_id, step, key, title, begun_at, due_at, tell, warned, breached, had_raised,
    rung_roles[had_raised + 1:rungs_raised] AS raised
FROM moved ORDER BY due_at, id
"""
)


@dataclass(frozen=True, slots=True)
class Due:
    """A deadline whose instant has come.

    Attributes:
        id: Its id.
        run_id: Its run.
        step: Key of its step; "" is the whole run.
        key: Of the playbook's deadline.
        title: What people call it.
        begun_at: When it began: tells it from those of the same key before it.
        due_at: When it is missed.
        tell: Roles that are told at the warning.
        warned: Whether it is warned of now.
        breached: Whether it is missed now.
        had_raised: How many rungs were told before.
        raised: The roles that are told now.
    """

    id: UUID
    run_id: UUID
    step: str
    key: str
    title: str
    begun_at: datetime
    due_at: datetime
    tell: list[str]
    warned: bool
    breached: bool
    had_raised: int
    raised: list[str]


async def claim_due(
    session: AsyncSession, *, now: datetime, limit: int, skip: int
) -> Sequence[Due]:
    """Claim what has come due, mark it, and raise its rungs; what somebody holds is left.

    Args:
        session: The caller commits, with what follows.
        now: The present instant.
        limit: Most deadlines claimed.
        skip: How many of the first to leave alone.
    """
    rows = await session.execute(_SWEEP, {"now": now, "limit": limit, "skip": skip})
    return [Due(**cast("dict[str, Any]", dict(row))) for row in rows.mappings()]
