"""Waves: one faulty plan holds up no other, two sweepers move each once, one clock decides."""

from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import URL

from app.db.clock import DatabaseClock, move_clock, real_now
from app.db.driver import Lines
from app.db.engine import make_engine
from app.scheduler.ticks import TICKS
from app.services import waves
from tests.builders import stored_staff
from tests.world import World, local, together, world_on

LIVE_AT = local("2026-12-07 00:00")
READY = (
    "UPDATE plans SET state = 'in_window', blockers = 0, complete_email = 'delivered'",
    "UPDATE tasks SET state = 'done', done_at = now(),"
    " step_state = CASE WHEN step IS NOT NULL THEN 'done' END",
)


@pytest.fixture
async def world(database_url: URL) -> AsyncIterator[World]:
    """An installation with every vendor connected."""
    async with world_on(database_url) as world:
        await stored_staff(world.sessions)
        yield world


async def ready_plans(world: World, number: int) -> list[UUID]:
    """So many plans that nothing blocks, all live at one instant."""
    for each in range(number):
        await world.receive(
            agreement__ref=f"P-{each}",
            client__ref=f"C-{each}",
            client__email=f"owner{each}@client.example",
        )
    for statement in READY:
        await world.change(statement)
    await world.change("DELETE FROM jobs.pgqueuer")
    await world.change("UPDATE deliveries SET state = 'delivered'")
    return [plan.id for plan in await world.plans()]


async def test_a_plan_that_the_database_refuses_stays_and_the_others_go_live(world: World) -> None:
    ids = await ready_plans(world, 5)
    await world.change(
        "ALTER TABLE audit ADD CONSTRAINT refused CHECK"
        f" (plan_id <> '{ids[2]}' OR action <> 'plan.went_live') NOT VALID"
    )
    world.clock.at = LIVE_AT

    assert await TICKS["live"].run(world.work) == 4

    states = [plan.state for plan in await world.plans()]
    assert states == ["live", "live", "in_window", "live", "live"]


async def test_two_sweepers_at_once_let_each_plan_go_live_once(world: World) -> None:
    ids = await ready_plans(world, 6)
    world.clock.at = LIVE_AT

    async def sweep() -> int:
        moved, after = 0, None
        while True:
            async with world.sessions.begin() as session:
                swept = await waves.go_live(
                    session, office=world.office, now=world.now, limit=2, after=after
                )
            moved, after = moved + swept.moved, swept.last
            if after is None:
                return moved

    moved = await together(sweep, sweep)

    assert sum(moved) == len(ids)
    went = [entry.plan_id for entry in await world.audit() if entry.action == "plan.went_live"]
    assert Counter(went) == dict.fromkeys(ids, 1)
    said = Counter(one.plan_id for one in await world.deliveries() if one.state == "pending")
    assert said == dict.fromkeys(ids, 2)


async def test_what_a_wave_says_reaches_the_rooms_in_full(world: World) -> None:
    await ready_plans(world, 1)
    world.said()

    await world.at(LIVE_AT)

    assert world.said() == [
        ("marketing", "Mia Marketing: *Live: Harbour Dental*. Sprint has ended and Scale begins."),
        ("support", "Sue Support: *Live: Harbour Dental*. Sprint has ended and Scale begins."),
    ]


async def test_the_databases_clock_decides_however_far_the_hosts_is_from_it(
    world: World, database_url: URL
) -> None:
    # Given a plan, and a database whose clock is years from that of the worker's host
    await ready_plans(world, 1)
    engine = make_engine(database_url, pool_size=2)
    work = replace(world.work, clock=DatabaseClock(Lines(engine), movable=True))

    async def database_is_at(instant: datetime) -> None:
        async with world.sessions.begin() as session:
            await move_clock(session, instant - await real_now(session))

    try:
        # When it is ten years behind the host, then nothing is live
        await world.change(
            "UPDATE plans SET live_at = :at, window_opens_at = :opens",
            at=datetime(2020, 3, 2, tzinfo=UTC),
            opens=datetime(2020, 2, 25, tzinfo=UTC),
        )
        await database_is_at(datetime(2020, 3, 1, 23, 59, tzinfo=UTC))
        assert await TICKS["live"].run(work) == 0

        # and when it comes to the instant, the plan is, at the database's time
        await database_is_at(datetime(2020, 3, 2, tzinfo=UTC))
        assert await TICKS["live"].run(work) == 1
        plan = await world.plan()
        assert plan.went_live_at is not None
        assert plan.went_live_at - datetime(2020, 3, 2, tzinfo=UTC) < timedelta(minutes=1)
    finally:
        await engine.dispose()
