"""The driver's own connection, for statements sent so often that the toolkit costs more than they.

A session takes five times the processor time of the statement that it sends. What is written for
every call that comes in, and the question for the time, go to the driver straight. It raises errors
of its own (`asyncpg`); only a lost connection is told as everywhere.
"""

import asyncio
import contextlib
import sys
import time
from collections.abc import AsyncIterator, Iterator
from typing import Any

from asyncpg import InterfaceError, InternalClientError, PostgresError
from sqlalchemy import event, text
from sqlalchemy.exc import DBAPIError, InvalidatePoolError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import (
    AsyncConnection,
    AsyncEngine,
    AsyncSession,
    async_sessionmaker,
)

from app.db.ids import follow


class NotInTransaction(RuntimeError):
    """The driver has begun no transaction, so what is written would not share its fate."""


class Lines:
    """Connections of an engine, for the driver's own statements.

    Args:
        engine: Where they come from; it need not ask them first.
        keeps: How many it uses at a time, all kept out of the engine's pool: to take one from
            there and to give it back costs more than a statement. None are kept unless it is said.
        patience_s: How long one is waited for.
    """

    def __init__(self, engine: AsyncEngine, *, keeps: int = 0, patience_s: float = 30) -> None:
        self._engine = engine
        self._patience_s = patience_s
        self._keeps = keeps
        # Whoever waited in the pool would not see that one beside it came free.
        self._turns = asyncio.Semaphore(keeps or sys.maxsize)
        self._free: list[tuple[AsyncConnection, Any]] = []

    @contextlib.asynccontextmanager
    async def driver(self) -> AsyncIterator[Any]:
        """A connection, outside any transaction.

        Whatever fails, the connection is given up with it: nobody gets one in an unknown state.

        Raises:
            DBAPIError: The connection was lost (`engine.lost_connection`).
            sqlalchemy.exc.TimeoutError: None came free in time.
        """
        await self._turn()
        try:
            connection, driver = await self._take()
            try:
                yield driver
            except BaseException as fault:
                await _give_up(connection)
                if _is_lost(fault):
                    # The others broke with it, as a rule, and may not know it yet.
                    await self.close()
                    raise DBAPIError(None, None, fault, connection_invalidated=True) from fault
                raise
            await self._give_back(connection, driver)
        finally:
            self._turns.release()

    @contextlib.asynccontextmanager
    async def transaction(self) -> AsyncIterator[Any]:
        """A connection in a transaction, which is committed unless something fails."""
        async with self.driver() as driver:
            await driver.execute("BEGIN")
            yield driver
            await driver.execute("COMMIT")

    async def close(self) -> None:
        """Close those that are free, here and in the engine's pool."""
        free, self._free = self._free, []
        for connection, _ in free:
            await _give_up(connection)
        await self._engine.dispose()

    async def _turn(self) -> None:
        if not self._turns.locked():
            await self._turns.acquire()
            return
        try:
            async with asyncio.timeout(self._patience_s):
                await self._turns.acquire()
        except TimeoutError:
            raise PoolTimeout(f"No connection came free in {self._patience_s} seconds.") from None

    async def _give_back(self, connection: AsyncConnection, driver: Any) -> None:
        if self._keeps:  # no more are in use than are kept
            self._free.append((connection, driver))
        else:
            await connection.close()

    async def _take(self) -> tuple[AsyncConnection, Any]:
        while self._free:
            connection, driver = self._free.pop()
            if not driver.is_closed():
                return connection, driver
            await _give_up(connection)
        connection = await self._engine.connect()
        return connection, (await connection.get_raw_connection()).driver_connection


@contextlib.contextmanager
def told_as_everywhere() -> Iterator[None]:
    """Have errors of the driver come as the toolkit's, as from any statement of a session.

    Raises:
        DBAPIError: With the driver's error as its `orig`.
    """
    try:
        yield
    except (PostgresError, InterfaceError, InternalClientError) as fault:
        lost = _is_lost(fault)
        raise DBAPIError(None, None, fault, connection_invalidated=lost) from fault


async def _give_up(connection: AsyncConnection) -> None:
    await connection.invalidate()
    await connection.close()


async def driver_in(session: AsyncSession) -> Any:
    """The connection of a session, inside its transaction.

    Raises:
        NotInTransaction: The session is in autocommit.
    """
    await session.flush()
    connection = await session.connection()
    driver = (await connection.get_raw_connection()).driver_connection
    if driver is not None and not driver.is_in_transaction():
        await connection.execute(text("SELECT 1"))
    if driver is None or not driver.is_in_transaction():
        raise NotInTransaction("The session has no transaction.")
    return driver


def engine_of(sessions: async_sessionmaker[AsyncSession]) -> AsyncEngine:
    """The engine that sessions are made on."""
    engine = sessions.kw["bind"]
    assert isinstance(engine, AsyncEngine)
    return engine


# Postgres' classes of errors for: the connection broke, the server goes down.
_LOST = ("08", "57P")


def _is_lost(fault: BaseException) -> bool:
    if isinstance(fault, PostgresError):
        return str(fault.sqlstate).startswith(_LOST)
    # What the driver says of a connection that it knows to be closed, or was cut off from in the
    # middle of a word; not of a wrong argument.
    broken = isinstance(fault, InterfaceError | InternalClientError | OSError)
    return broken and not isinstance(fault, ValueError)


def hear_the_time(engine: AsyncEngine) -> None:
    """Ask each connection for the database's time as it is opened: ids are made by it."""

    @event.listens_for(engine.sync_engine, "connect")
    def ask(connection: Any, *_: object) -> None:
        asked_at = time.time()
        told = connection.run_async(lambda driver: driver.fetchval("SELECT clock_timestamp()"))
        follow(told, asked_at=asked_at)


def drop_closed(engine: AsyncEngine) -> None:
    """Have the pool give out no connection that is known to be closed, and none as old as it."""

    @event.listens_for(engine.sync_engine, "checkout")
    def look(connection: Any, *_: object) -> None:
        if connection.driver_connection.is_closed():
            raise InvalidatePoolError
