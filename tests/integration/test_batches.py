"""Batches are no larger than they may be, however Postgres goes about choosing them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from sqlalchemy import URL, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.db.clock import real_now
from app.db.models import OutsideSystem
from app.delivery.circuits import release_held
from app.delivery.recovery import BATCH, ORPHANED_AFTER, enqueue_orphans
from app.domain.circuit import OPENS_AFTER
from app.domain.delivery import DeliveryKind
from app.services.sweeps import open_windows
from tests.builders import stored_plan, stored_staff
from tests.integration.delivery.waiting import posts
from tests.world import World, local, world_on


@pytest.fixture
async def world(database_url: URL) -> AsyncIterator[World]:
    """An installation with one plan."""
    async with world_on(database_url) as world:
        await stored_staff(world.sessions)
        await world.receive()
        await world.run_until_idle()
        yield world


@asynccontextmanager
async def asking_anew(world: World) -> AsyncIterator[AsyncSession]:
    """A transaction in which Postgres asks what stands below `IN` for each row of the table.

    It does so by itself where it takes the table for small.
    """
    async with world.sessions.begin() as session:
        for other in ("hashjoin", "mergejoin", "hashagg", "sort", "material"):
            await session.execute(text(f"SET LOCAL enable_{other} = off"))
        yield session


async def test_one_delivery_tries_a_system_that_is_down(world: World) -> None:
    of = str(DeliveryKind.CHAT_POST.system)
    await posts(world, 5)
    await world.change("UPDATE deliveries SET held_at = now() WHERE system = :of", of=of)
    async with world.sessions.begin() as session:
        at = await real_now(session)
        session.add(OutsideSystem(system=of, failures=OPENS_AFTER, opened_at=at, probe_at=at))
    async with asking_anew(world) as session:
        assert await release_held(session, real_now=await real_now(session)) == 1


async def test_so_many_rows_without_a_job_get_one_at_once(world: World) -> None:
    await posts(world, BATCH + 5)
    await world.change(
        "UPDATE deliveries SET enqueued_at = clock_timestamp() - 2 * CAST(:ago AS interval)",
        ago=ORPHANED_AFTER,
    )
    async with asking_anew(world) as session:
        assert await enqueue_orphans(session, real_now=await real_now(session)) == BATCH


async def test_so_many_plans_are_moved_at_once(world: World) -> None:
    for number in ("2", "3", "4"):
        await stored_plan(
            world.sessions,
            agreement__ref=f"PROP-{number}",
            client__ref=f"C-{number}",
            client__email=f"{number}@c.example",
        )
    now = local("2026-12-02 09:00")
    async with asking_anew(world) as session:
        assert await open_windows(session, office=world.office, now=now, limit=1) == 1
