"""What stands behind the door: calls that wait share a transaction, and repeats are counted."""

from collections.abc import Awaitable, Callable, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar
from uuid import UUID

from asyncpg import PostgresError
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from app.db.clock import DatabaseClock, real_now
from app.db.driver import Lines, engine_of
from app.db.engine import lost_connection
from app.web.database_errors import is_away, refusal_for
from app.web.refusals import Unavailable
from app.web.wired import Wired
from app.webhooks.group_commit import Bounds, GroupCommit
from app.webhooks.key_checks import KeyChecks
from app.webhooks.real_time import RealTime
from app.webhooks.storing import Arrived, Brought, Repeated, count_repeats, keep

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Stored:
    """What became of a document: the id under which it is kept, and whether it is new."""

    event_id: UUID
    is_new: bool


class Intake:
    """Keeps what comes in at one process' door.

    New events and repeats go separate ways: a repeat has to wait while its event is being worked
    on, and an event that is new must not wait with it.

    Args:
        wired: What the process works with.
        bounds: How much may be written at once, and how much may wait.
    """

    def __init__(self, wired: Wired, bounds: Bounds | None = None) -> None:
        self.wired = wired
        lines = Lines(engine_of(wired.sessions))
        self._lines = wired.lines or lines
        # A repeat waits for whoever works on its event, and not with the clock's connections.
        self._lines_of_repeats = lines
        self.keys = KeyChecks(wired)
        self.real_time = RealTime(self._ask_real_time)
        self._kept = GroupCommit(self._keep, bounds or Bounds())
        self._counted = GroupCommit(self._count, bounds or Bounds())

    async def store(self, call: Brought) -> list[Stored]:
        """Keep a call's documents once each, and return what became of them, in their order.

        It returns after the commit; a document whose id is known is counted at the first one, and
        flagged there if it differs.

        Raises:
            Unavailable: The database is away, or too much waits. What was kept of the call, if
                anything, is found again when it is repeated.
        """
        new = await self._kept.submit(call)
        known = [one for one in call.arrived if one.row_id not in new]
        if not known:
            return [Stored(one.row_id, is_new=True) for one in call.arrived]
        firsts = await self._counted.submit(Repeated(call.source, known))
        return [
            Stored(one.row_id, is_new=True)
            if one.row_id in new
            else _of_first(firsts.get((call.source, one.event_id)), one)
            for one in call.arrived
        ]

    async def close(self) -> None:
        """Take nothing more, and write what waits."""
        await self._kept.close()
        await self._counted.close()

    async def _keep(self, calls: Sequence[Brought]) -> list[Set[UUID]]:
        # One statement is a transaction by itself; arrays may take two.
        alone = all(len(call.arrived) == 1 for call in calls)
        connected = self._lines.driver if alone else self._lines.transaction

        async def kept() -> Set[UUID]:
            now = await self._instant()
            async with connected() as driver:
                return await keep(driver, calls, now=now)

        return [await _surely(kept)] * len(calls)

    async def _count(self, calls: Sequence[Repeated]) -> list[Mapping[tuple[str, str], UUID]]:
        async def counted() -> Mapping[tuple[str, str], UUID]:
            async with self._lines_of_repeats.transaction() as driver:
                return await count_repeats(driver, calls)

        return [await _surely(counted)] * len(calls)

    async def _instant(self) -> datetime | None:
        """The present instant; None where that is what the database reads as it writes."""
        clock = self.wired.clock
        if isinstance(clock, DatabaseClock) and not clock.is_movable:
            return None
        return await clock.now()

    async def _ask_real_time(self) -> float:
        async with self.wired.sessions() as session:
            return (await real_now(session)).timestamp()


async def _surely(write: Callable[[], Awaitable[T]]) -> T:
    """Write, and try once more where the connection was lost: the next one is new.

    What was committed although the connection broke is found again by its event id.

    Raises:
        Unavailable: The database is away, for all that wait.
    """
    try:
        try:
            return await write()
        except DBAPIError as fault:
            if not lost_connection(fault):
                raise
            return await write()
    except (DBAPIError, PoolTimeout, OSError, PostgresError) as fault:
        if not is_away(fault):
            raise
        raise refusal_for(fault) or Unavailable() from fault


def _of_first(row_id: UUID | None, one: Arrived) -> Stored:
    if row_id is None:
        raise Unavailable("The first event with this id was just removed; send it again.")
    # Its own id: it was committed just before the connection was lost.
    return Stored(row_id, is_new=row_id == one.row_id)
