"""Faults that mean "another transaction was there first" are told from all others."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from app.db.engine import met_another


async def test_a_lock_that_cannot_be_had_is_worth_another_try(
    sessions: async_sessionmaker[AsyncSession],
) -> None:
    # given a lock that somebody holds
    async with sessions() as holder, sessions() as other:
        await holder.execute(text("SELECT pg_advisory_xact_lock(1)"))
        await other.execute(text("SET LOCAL lock_timeout = '20ms'"))

        # when
        with pytest.raises(DBAPIError) as fault:
            await other.execute(text("SELECT pg_advisory_xact_lock(1)"))

    # then
    assert met_another(fault.value)


async def test_a_statement_that_is_wrong_is_not(
    sessions: async_sessionmaker[AsyncSession],
) -> None:
    async with sessions() as session:
        with pytest.raises(DBAPIError) as fault:
            await session.execute(text("SELECT 1 / 0"))

    assert not met_another(fault.value)
