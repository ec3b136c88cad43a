"""A worker that is told to stop: what it has begun it ends."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from sqlalchemy import URL, text

from app.db.ids import new_id
from app.db.models import InboundEvent
from app.worker import working
from tests.world import World, world_on


@pytest.fixture
async def world(database_url: URL) -> AsyncIterator[World]:
    """An installation without vendors."""
    async with world_on(database_url, connected=False) as world:
        yield world


async def test_a_tick_that_is_under_way_ends_and_nothing_is_told_of_it(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    # given what a tick forgets, once it may write
    async with world.sessions.begin() as session:
        long_ago = world.now - timedelta(days=31)
        session.add(
            InboundEvent(id=new_id(), source="agreement", status="rejected", received_at=long_ago)
        )

    async def work_for_a_moment() -> None:
        async with working(world.work):
            await asyncio.sleep(0.5)

    # when its worker is told to stop while it waits for somebody
    async with world.sessions.begin() as somebody:
        await somebody.execute(text("LOCK TABLE inbound_events IN SHARE MODE"))
        worker = asyncio.create_task(work_for_a_moment())
        await asyncio.sleep(1)
        assert not worker.done()
    await worker

    # then it has done its work
    assert await world.rows("SELECT id FROM inbound_events") == []
    assert [record.getMessage() for record in caplog.records if record.levelname == "ERROR"] == []
