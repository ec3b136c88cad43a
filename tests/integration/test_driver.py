"""The driver's own connections out of the pool: committed, taken back, and never a dead one."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from asyncpg import UndefinedTableError
from sqlalchemy import URL, event, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncEngine

from app.db.driver import Lines
from app.db.engine import lost_connection, make_engine, went_away
from app.web.database_errors import is_away

KEEP = "CREATE TABLE kept (number int)"
END_OF_IT = "SELECT pg_terminate_backend(pg_backend_pid())"


@pytest.fixture
async def quick(database_url: URL) -> AsyncIterator[AsyncEngine]:
    """An engine that does not ask first whether a connection lives."""
    engine = make_engine(database_url, pool_size=1, asks_first=False)
    yield engine
    await engine.dispose()


async def test_what_a_transaction_did_is_there_after_it(quick: AsyncEngine) -> None:
    async with Lines(quick).transaction() as driver:
        await driver.execute(KEEP)

    async with Lines(quick).driver() as driver:
        assert await driver.fetchval("SELECT count(*) FROM kept") == 0


async def test_what_failed_is_taken_back_whole(quick: AsyncEngine) -> None:
    async def keep_and_fail() -> None:
        async with Lines(quick).transaction() as driver:
            await driver.execute(KEEP)
            await driver.execute("INSERT INTO nowhere VALUES (1)")

    with pytest.raises(UndefinedTableError):
        await keep_and_fail()

    async with Lines(quick).driver() as driver:
        assert await driver.fetchval("SELECT to_regclass('kept')") is None
        assert not driver.is_in_transaction()


async def test_a_lost_connection_is_told_as_everywhere(quick: AsyncEngine) -> None:
    with pytest.raises(DBAPIError) as caught:
        async with Lines(quick).driver() as driver:
            await driver.execute(END_OF_IT)

    assert lost_connection(caught.value)


async def test_a_connection_that_is_lost_as_it_is_opened_is_told_as_everywhere(
    engine: AsyncEngine,
) -> None:
    # given a server that ends a connection before it is ready for use
    @event.listens_for(engine.sync_engine, "connect", insert=True)
    def cut(connection: Any, *_: object) -> None:
        connection.driver_connection.terminate()

    # when
    with pytest.raises(DBAPIError) as of_a_session:
        await engine.connect()
    with pytest.raises(DBAPIError) as of_lines:
        async with Lines(engine, keeps=1).driver():
            pass

    # then
    for fault in (of_a_session.value, of_lines.value):
        assert lost_connection(fault)
        assert went_away(fault)
        assert is_away(fault)


async def test_a_connection_that_died_in_the_pool_is_given_to_nobody(quick: AsyncEngine) -> None:
    # given
    async with Lines(quick).driver() as driver:
        before = driver.get_server_pid()
        driver.terminate()

    # when
    async with quick.connect() as connection:
        after = await connection.scalar(text("SELECT pg_backend_pid()"))

    # then
    assert after != before


async def test_whoever_waits_has_a_kept_connection_when_it_is_free(
    quick: AsyncEngine,
) -> None:
    lines = Lines(quick, keeps=1)

    async def ask() -> object:
        async with lines.driver() as driver:
            return await driver.fetchval("SELECT pg_backend_pid()")

    async with asyncio.timeout(5):
        seen = await asyncio.gather(*(ask() for _ in range(20)))

    assert len(set(seen)) == 1
    await lines.close()


async def test_whoever_waits_too_long_is_told(quick: AsyncEngine) -> None:
    lines = Lines(quick, keeps=1, patience_s=0.05)

    async with lines.driver():
        with pytest.raises(PoolTimeout):
            async with lines.driver():
                pass

    async with lines.driver() as driver:
        assert await driver.fetchval("SELECT 1") == 1
    await lines.close()
