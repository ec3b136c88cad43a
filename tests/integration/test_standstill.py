"""Sessions of processes that stand still: ended where they wait in the middle of a statement."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import asyncpg
import pytest
from sqlalchemy import URL

from app.db.engine import connect_raw
from app.db.standstill import STILL_FOR, end_standing_still
from tests.builders import Sessions

ENDED = (
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,  # the driver has not read yet that it was ended
    ConnectionError,
)


@pytest.fixture
async def connection(database_url: URL) -> AsyncIterator[Any]:
    """A connection of the service in a transaction."""
    connection = await connect_raw(database_url)
    await connection.execute("BEGIN")
    yield connection
    connection.terminate()


async def test_a_session_without_the_second_half_of_its_statement_is_ended(
    connection: Any, sessions: Sessions
) -> None:
    # given a transaction that has sent the first half of a statement
    await connection.prepare("SELECT 1 + $1::int")

    # when nobody has waited long enough, and when somebody has
    async with sessions() as session:
        assert await end_standing_still(session, still_for=STILL_FOR) == 0
        assert await end_standing_still(session, still_for=timedelta(0)) == 1

    # then its locks are free
    with pytest.raises(ENDED):
        await connection.fetch("SELECT 1")


async def test_a_session_that_waits_between_statements_is_left_to_its_own_timeout(
    connection: Any, sessions: Sessions
) -> None:
    await connection.fetch("SELECT 1")

    async with sessions() as session:
        assert await end_standing_still(session, still_for=timedelta(0)) == 0

    assert await connection.fetchval("SELECT 2") == 2
