"""The application's clock: the database's own, moved by an offset in the sandbox."""

import time
from datetime import UTC, datetime, timedelta

from sqlalchemy import text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from app.db.driver import Lines
from app.db.engine import lost_connection
from app.db.ids import follow
from app.db.models.sandbox_clock import SandboxClock

THE_ROW = 1


class DatabaseClock:
    """The clock that all processes share: no host's own clock decides anything.

    Args:
        lines: By which the time is asked.
        movable: Whether the offset of the sandbox counts; never in production.

    Attributes:
        is_movable: As given; where it is False, `clock_timestamp()` in any statement is this clock.
    """

    def __init__(self, lines: Lines, *, movable: bool) -> None:
        self._lines = lines
        self.is_movable = movable
        self._question = (
            "SELECT clock_timestamp()"
            " + coalesce((SELECT ahead_by FROM sandbox_clock), interval '0')"
            if movable
            else "SELECT clock_timestamp()"
        )

    async def now(self) -> datetime:
        """The present instant of the application, in UTC."""
        try:
            return await self._ask()
        except DBAPIError as fault:
            if not lost_connection(fault):
                raise
            return await self._ask()

    async def _ask(self) -> datetime:
        async with self._lines.driver() as driver:
            asked_at = time.time()
            instant: datetime = await driver.fetchval(self._question)
        if not self.is_movable:
            follow(instant, asked_at=asked_at)
        return instant.astimezone(UTC)


async def move_clock(session: AsyncSession, ahead_by: timedelta) -> None:
    """Set the sandbox clock's distance from real time; it runs on from there at normal speed."""
    statement = insert(SandboxClock).values(id=THE_ROW, ahead_by=ahead_by)
    await session.execute(
        statement.on_conflict_do_update(
            index_elements=[SandboxClock.id], set_={"ahead_by": ahead_by}
        )
    )


async def real_now(session: AsyncSession) -> datetime:
    """The database's own clock: leases, backoff and ages of signatures follow it."""
    instant: datetime = (await session.execute(text("SELECT clock_timestamp()"))).scalar_one()
    return instant.astimezone(UTC)
