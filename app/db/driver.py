"""The driver's own connection, for statements sent so often that the toolkit costs more than they.

A session takes five times the processor time of the statement that it sends. What is written for
every call that comes in, and the question for the time, go to the driver straight. It raises errors
of its own (`asyncpg`); only a lost connection is told as everywhere.
"""

import contextlib
from collections.abc import AsyncIterator
from typing import Any

from asyncpg import InterfaceError, InternalClientError, PostgresError
from sqlalchemy import event, text
from sqlalchemy.exc import DBAPIError, InvalidatePoolError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker


class NotInTransaction(RuntimeError):
    """The driver has begun no transaction, so what is written would not share its fate."""


@contextlib.asynccontextmanager
async def driver_of(engine: AsyncEngine) -> AsyncIterator[Any]:
    """A connection of the pool, outside any transaction.

    Whatever fails, the connection is given up with it: nobody gets one in an unknown state.

    Raises:
        DBAPIError: The connection was lost (`engine.lost_connection`).
    """
    async with engine.connect() as connection:
        driver = (await connection.get_raw_connection()).driver_connection
        try:
            yield driver
        except BaseException as fault:
            await connection.invalidate()
            if _is_lost(fault):
                # The others of the pool broke with it, as a rule, and may not know it yet.
                await engine.dispose()
                raise DBAPIError(None, None, fault, connection_invalidated=True) from fault
            raise


@contextlib.asynccontextmanager
async def transaction_on(engine: AsyncEngine) -> AsyncIterator[Any]:
    """A connection of the pool in a transaction, which is committed unless something fails."""
    async with driver_of(engine) as driver:
        await driver.execute("BEGIN")
        yield driver
        await driver.execute("COMMIT")


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


def drop_closed(engine: AsyncEngine) -> None:
    """Have the pool give out no connection that is known to be closed, and none as old as it."""

    @event.listens_for(engine.sync_engine, "checkout")
    def look(connection: Any, *_: object) -> None:
        if connection.driver_connection.is_closed():
            raise InvalidatePoolError
