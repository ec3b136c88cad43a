"""Fills the gauges of what waits in the database, when a scraper asks."""

from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from app import telemetry
from app.ports.clock import Clock
from app.queries.numbers import Numbers, numbers


async def show(sessions: async_sessionmaker[AsyncSession], clock: Clock) -> None:
    """Ask the database and fill the gauges; one that is away is told by a gauge, and no error."""
    try:
        now = await clock.now()
        async with sessions() as session:
            found = await numbers(session, now=now)
    except (DBAPIError, PoolTimeout, OSError):
        telemetry.database_up.set(0)
        return
    telemetry.database_up.set(1)
    _fill(found)


def _fill(found: Numbers) -> None:
    for gauge in (
        telemetry.deliveries_waiting,
        telemetry.oldest_due_seconds,
        telemetry.queue_jobs,
        telemetry.events_waiting,
        telemetry.quotes_waiting,
    ):
        gauge.clear()
    for one in found.systems:
        system = str(one.system)
        telemetry.system_down.labels(system).set(one.state == "down" or one.down_since is not None)
        telemetry.system_paused.labels(system).set(one.paused_at is not None)
        telemetry.deliveries_held.labels(system).set(one.held)
        for state, count in one.unsettled.items():
            telemetry.deliveries_waiting.labels(system, state).set(count)
    for system, state, count in found.stuck:
        telemetry.deliveries_waiting.labels(system, state).set(count)
    for system, seconds in found.oldest_due_s:
        telemetry.oldest_due_seconds.labels(system).set(seconds)
    for job, status, count in found.jobs:
        telemetry.queue_jobs.labels(job, status).set(count)
    for status, count in found.events:
        telemetry.events_waiting.labels(status).set(count)
    for why, count in found.quotes:
        telemetry.quotes_waiting.labels(why).set(count)
    telemetry.transition_lag_seconds.set(found.transition_lag_s)
