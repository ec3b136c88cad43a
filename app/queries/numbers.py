"""The numbers that only the database knows: what waits, for how long, and for whom."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.db import QUEUE_SCHEMA
from app.db.models import Plan
from app.domain.plan import PlanState
from app.queries.systems import SystemView, systems
from app.queries.waiting_quotes import waiting_quotes_counted

_JOBS = text(
    f"SELECT entrypoint, status::text, count(*) FROM {QUEUE_SCHEMA}.pgqueuer GROUP BY 1, 2"  # noqa: S608
)
_EVENTS = text(
    "SELECT status, count(*) FROM inbound_events"
    " WHERE status IN ('received', 'quarantined') GROUP BY status"
)
_STUCK = text(
    "SELECT system, state, count(*) FROM deliveries WHERE state IN ('failed', 'parked')"
    " GROUP BY system, state"
)


@dataclass(frozen=True, slots=True)
class Numbers:
    """How things stand; times are ages in seconds.

    Attributes:
        systems: With their unsettled deliveries, and whether they are paused or down.
        stuck: Deliveries that wait for a person: system, state, count.
        jobs: Of the queue: kind, status, count.
        events: Not dealt with: status, count.
        quotes: Changes of users that wait for a person: what is to be done, count.
        oldest_due_s: Age of the oldest delivery that is due, by system.
        transition_lag_s: How long ago the oldest plan should have moved that has not.
    """

    systems: Sequence[SystemView]
    stuck: Sequence[tuple[str, str, int]]
    jobs: Sequence[tuple[str, str, int]]
    events: Sequence[tuple[str, int]]
    quotes: Sequence[tuple[str, int]]
    oldest_due_s: Sequence[tuple[str, float]]
    transition_lag_s: float


async def numbers(session: AsyncSession, *, now: datetime) -> Numbers:
    """Count what waits.

    Args:
        session: Any.
        now: The application's clock, by which plans move.
    """
    at = await session.scalar(select(func.clock_timestamp()))
    seen = await systems(session)
    due = [
        (str(one.system), max((at - one.oldest_due_at).total_seconds(), 0.0))
        for one in seen
        if at is not None and one.oldest_due_at is not None
    ]
    return Numbers(
        systems=seen,
        stuck=[(row[0], row[1], row[2]) for row in await session.execute(_STUCK)],
        jobs=[(row[0], row[1], row[2]) for row in await session.execute(_JOBS)],
        events=[(row[0], row[1]) for row in await session.execute(_EVENTS)],
        quotes=list((await waiting_quotes_counted(session)).items()),
        oldest_due_s=due,
        transition_lag_s=await _transition_lag_s(session, now=now),
    )


async def _transition_lag_s(session: AsyncSession, *, now: datetime) -> float:
    """Age of the oldest window that has not opened, or live instant at which nothing happened."""
    windows = select(func.min(Plan.window_opens_at)).where(
        Plan.state == PlanState.SCHEDULED, Plan.window_opens_at <= now
    )
    lives = select(func.min(Plan.live_at)).where(
        Plan.state == PlanState.IN_WINDOW, Plan.live_at <= now
    )
    found = [await session.scalar(windows), await session.scalar(lives)]
    return max([(now - one).total_seconds() for one in found if one is not None], default=0.0)
