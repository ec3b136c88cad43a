"""What stands behind the door: calls that wait share a transaction, and repeats are counted."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from asyncpg import PostgresError
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from app.db.clock import real_now
from app.web.database_errors import is_away, refusal_for
from app.web.refusals import Unavailable
from app.web.wired import Wired
from app.webhooks.group_commit import Bounds, GroupCommit
from app.webhooks.key_checks import KeyChecks
from app.webhooks.real_time import RealTime
from app.webhooks.storing import Brought, Repeated, count_repeats, keep

_OF_THE_DATABASE = (DBAPIError, PoolTimeout, OSError, PostgresError)


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
        kept = await self._kept.submit(call)
        stored = [Stored(row_id, is_new=True) if row_id else None for row_id in kept]
        known = [one for one, row in zip(call.arrived, stored, strict=True) if row is None]
        firsts = iter(await self._counted.submit(Repeated(call.source, known)) if known else ())
        return [row or _of_first(next(firsts)) for row in stored]

    async def close(self) -> None:
        """Take nothing more, and write what waits."""
        await self._kept.close()
        await self._counted.close()

    async def _keep(self, calls: Sequence[Brought]) -> list[list[UUID | None]]:
        try:
            now = await self.wired.clock.now()
            async with self.wired.sessions.begin() as session:
                return await keep(session, calls, now=now)
        except _OF_THE_DATABASE as fault:
            raise _for_all(fault) from fault

    async def _count(self, calls: Sequence[Repeated]) -> list[list[UUID | None]]:
        try:
            async with self.wired.sessions.begin() as session:
                return await count_repeats(session, calls)
        except _OF_THE_DATABASE as fault:
            raise _for_all(fault) from fault

    async def _ask_real_time(self) -> float:
        async with self.wired.sessions() as session:
            return (await real_now(session)).timestamp()


def _for_all(fault: Exception) -> Exception:
    """The same fault, unless the database is away: then for all that wait, said once."""
    return (refusal_for(fault) or fault) if is_away(fault) else fault


def _of_first(row_id: UUID | None) -> Stored:
    if row_id is None:
        raise Unavailable("The first event with this id was just removed; send it again.")
    return Stored(row_id, is_new=False)
