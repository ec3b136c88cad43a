"""The sweep of deadlines: what has come due is marked, raised and noted down by one statement."""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.domain.actor import Actor

# What an entry says of an instant is written as Python's `isoformat` writes it.
_SWEEP = """
WITH due AS MATERIALIZED (
    SELECT d.id, d.warned_at, d.breached_at, d.rungs_raised
    FROM run_deadlines d
    WHERE d.next_at <= :now{but}
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
    RETURNING d.id, d.run_id, d.step, d.key, d.title, d.begun_at, d.due_at, d.rung_roles,
        CASE WHEN cardinality(d.tell) > 0 THEN d.tell ELSE ARRAY(
            SELECT t.role FROM tasks t WHERE t.run_id = d.run_id AND t.step = d.step
        ) END AS tell,
        due.warned_at IS NULL AND d.warned_at IS NOT NULL AS warned,
        due.breached_at IS NULL AND d.breached_at IS NOT NULL AS breached,
        due.rungs_raised AS had_raised, d.rungs_raised,
        d.rung_roles[due.rungs_raised + 1:d.rungs_raised] AS raised
), escalated AS (
    INSERT INTO escalations (id, run_id, deadline_id, step, rung, role, said, raised_at)
    SELECT changeover_uuid7(), m.run_id, m.id, m.step, n, m.rung_roles[n], m.title, :now
    FROM moved m CROSS JOIN generate_series(m.had_raised + 1, m.rungs_raised) n
), noted AS (
    INSERT INTO audit (id, at, actor_kind, actor_id, actor_name, action, subject_kind, subject_id,
        after)
    SELECT changeover_uuid7(), :now, CAST(:actor_kind AS text), CAST(:actor_id AS text),
        CAST(:actor_name AS text),
        CASE WHEN m.breached THEN 'run.deadline_missed' WHEN m.warned THEN 'run.deadline_warned'
            ELSE 'run.escalated' END,
        'run', m.run_id, jsonb_build_object(
            'deadline', m.key,
            'title', m.title,
            'step', nullif(m.step, ''),
            'due_at', replace(
                to_char(m.due_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US'), '.000000', ''
            ) || '+00:00',
            'told', CASE WHEN m.warned AND NOT m.breached THEN m.tell ELSE m.raised END
        )
    FROM moved m
)
SELECT m.id, m.run_id, m.step, m.key, m.title, m.begun_at, m.due_at, m.tell, m.warned, m.breached,
    m.had_raised, m.raised, r.playbook, r.cause, r.subject_ref, r.text_id,
    CAST(r.people AS text) AS people, c.name AS client_name
FROM moved m
JOIN runs r ON r.id = m.run_id
LEFT JOIN clients c ON c.id = r.client_id
ORDER BY m.due_at, m.id
"""
_ALL = text(_SWEEP.format(but=""))
_BUT_SOME = text(
    _SWEEP.format(
        but=" AND NOT EXISTS (SELECT FROM runs r WHERE r.id = d.run_id"
        " AND r.text_id = ANY(CAST(:left_alone AS uuid[])))"
    )
)


@dataclass(frozen=True, slots=True)
class Due:
    """A deadline whose instant has come, with what is said of its run.

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
        playbook: Key of the run's playbook.
        cause: What started the run.
        subject_ref: What the run is about, as others call it.
        text_id: The text of its playbook.
        people: Who has its roles, by role.
        client_name: Whom it is about, where that is a client of ours.
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
    playbook: str
    cause: str
    subject_ref: str
    text_id: UUID
    people: Mapping[str, str]
    client_name: str | None


async def claim_due(
    session: AsyncSession,
    *,
    actor: Actor,
    now: datetime,
    limit: int,
    skip: int = 0,
    left_alone: Collection[UUID] = (),
) -> Sequence[Due]:
    """Claim what has come due, mark it, raise its rungs, note it; what somebody holds is left.

    The entry says that it is near, that it is missed (and who is told of that), or that the next
    rung is told.

    Args:
        session: The caller commits, with what follows.
        actor: In whose name it is noted.
        now: The present instant.
        limit: Most deadlines claimed.
        skip: How many of the first to leave alone.
        left_alone: Texts of playbooks whose runs are not touched.
    """
    given: dict[str, Any] = {
        "now": now,
        "limit": limit,
        "skip": skip,
        "actor_kind": str(actor.kind),
        "actor_id": actor.id,
        "actor_name": actor.name,
    }
    if left_alone:
        rows = await session.execute(_BUT_SOME, {**given, "left_alone": list(left_alone)})
    else:
        rows = await session.execute(_ALL, given)
    people: dict[str, Mapping[str, str]] = {}
    found = []
    for *columns, said, client_name in rows:
        # The runs of a day have the same people, as a rule.
        if said not in people:
            people[said] = json.loads(said)
        found.append(Due(*[*columns, people[said], client_name]))
    return found
