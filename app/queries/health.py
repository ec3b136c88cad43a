"""Whether the service can do its work: the database, its version, and how far the workers are."""

from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.db import QUEUE_SCHEMA
from app.db.migrating import is_migrated

_LAG = text(
    "SELECT coalesce(extract(epoch FROM now() - min(since)), 0) FROM ("  # noqa: S608
    f"SELECT min(execute_after) AS since FROM {QUEUE_SCHEMA}.pgqueuer "
    "WHERE status = 'queued' AND execute_after <= now() "
    "UNION ALL SELECT min(enqueued_at) FROM inbound_events WHERE status = 'received'"
    ") AS waiting"
)


@dataclass(frozen=True, slots=True)
class HealthView:
    """How things stand.

    Attributes:
        migrated: Whether the database is at the version that this code works with.
        worker_lag_s: Age of the oldest job or event that nobody has dealt with, in real seconds.
    """

    migrated: bool
    worker_lag_s: float


async def health(session: AsyncSession) -> HealthView:
    """Ask the database; one that is away raises what every other request would raise."""
    if not await is_migrated(session):
        return HealthView(migrated=False, worker_lag_s=0.0)
    lag = await session.scalar(_LAG)
    return HealthView(migrated=True, worker_lag_s=round(float(lag or 0), 3))
