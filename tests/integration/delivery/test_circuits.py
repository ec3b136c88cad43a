"""Systems that are down: one tries them, the others wait without an attempt and without a job."""

import asyncio
from dataclasses import replace
from uuid import UUID

import pytest

from app.db.clock import real_now
from app.delivery.admission import buckets_of
from app.delivery.asking import NotNow, asking
from app.delivery.attempts import claim
from app.domain.circuit import OPENS_AFTER
from app.domain.delivery import DeliveryKind, System
from app.domain.pacing import limits_of
from app.scheduler.ticks import run_tick
from tests.integration.delivery.waiting import claimed, delivery, intended, jobs_of, posts
from tests.world import World, together


@pytest.fixture
async def begun(world: World) -> World:
    """The same world with a plan."""
    await world.receive()
    return world


async def down(world: World, *, for_s: int = 60) -> None:
    """Google Chat counts as down; it may be tried in so many seconds."""
    await world.change(
        "INSERT INTO outside_systems (system, failures, opened_at, probe_at) VALUES"
        " ('google_chat', 5, clock_timestamp(), clock_timestamp() + make_interval(secs => :s))"
        " ON CONFLICT (system) DO UPDATE SET probe_at = excluded.probe_at",
        s=for_s,
    )


async def paused(world: World) -> None:
    await world.change(
        "INSERT INTO outside_systems (system, paused_at, paused_by, paused_because)"
        " VALUES ('google_chat', clock_timestamp(), 'tester', 'A test')"
    )


async def is_down(world: World) -> bool:
    rows = await world.rows("SELECT 1 FROM outside_systems WHERE opened_at IS NOT NULL")
    return bool(rows)


async def until_one_waits(world: World) -> None:
    """Somebody waits for what another transaction holds."""
    waits = "SELECT 1 FROM pg_stat_activity WHERE datname = current_database()"
    for _ in range(500):
        if await world.rows(f"{waits} AND wait_event_type = 'Lock'"):
            return
        await asyncio.sleep(0.01)
    raise AssertionError("Nobody waits.")


async def held(world: World, one: UUID) -> bool:
    row = await delivery(world, one)
    return row.held_at is not None and row.attempts == 0 and await jobs_of(world, one) == 0


async def test_a_system_that_fails_again_and_again_counts_as_down(begun: World) -> None:
    ids = await posts(begun, OPENS_AFTER + 1)
    begun.fault("google_chat", "messages.create", "500", times=OPENS_AFTER)

    for one in ids[:-1]:
        assert not await is_down(begun)
        await begun.work.courier.deliver(one)

    # then the next one is not sent: it waits, without an attempt and without a job
    assert await is_down(begun)
    said = len(begun.effects("google_chat"))
    await begun.work.courier.deliver(ids[-1])
    assert await held(begun, ids[-1])
    assert len(begun.effects("google_chat")) == said


async def test_one_success_in_between_starts_the_count_anew(begun: World) -> None:
    ids = await posts(begun, 2 * OPENS_AFTER)

    for place, one in enumerate(ids):
        if place % OPENS_AFTER != OPENS_AFTER - 1:
            begun.fault("google_chat", "messages.create", "500")
        await begun.work.courier.deliver(one)

    assert not await is_down(begun)


async def test_a_refusal_and_a_limit_are_answers(begun: World) -> None:
    ids = await posts(begun, OPENS_AFTER + 1)
    begun.fault("google_chat", "messages.create", "429", times=OPENS_AFTER + 1)

    for one in ids:
        await begun.work.courier.deliver(one)

    assert not await is_down(begun)


async def test_of_many_workers_one_tries_a_system_that_is_down(begun: World) -> None:
    ids = await posts(begun, 6)
    await down(begun, for_s=-1)

    taken = await together(*[lambda one=one: claimed(begun, one) for one in ids])

    probes = [one for one in taken if one is not None]
    assert [one.probe for one in probes] == [True]
    assert sum([await held(begun, one) for one in ids]) == 5


async def test_whoever_is_not_the_one_to_try_it_spends_no_token(begun: World) -> None:
    # given two deliveries that both find the board system due to be tried
    begun.work = replace(begun.work, limits=limits_of())
    first, second = await intended(begun, DeliveryKind.BOARD_CREATE, 2, {"name": "Board UPG-1"})
    await begun.change(
        "INSERT INTO outside_systems (system, failures, opened_at, probe_at) VALUES"
        " ('monday', 5, clock_timestamp(), clock_timestamp() - interval '1 second')"
    )
    async with begun.sessions.begin() as session:
        taken = await claim(
            session,
            first,
            real_now=await real_now(session),
            buckets=begun.work.courier.buckets,
        )
        also = asyncio.create_task(claimed(begun, second))
        await until_one_waits(begun)
    assert taken is not None
    assert taken.probe

    # when the other one learns that it was too late
    assert await also is None

    # then one attempt has been paid for
    assert await held(begun, second)
    (day,) = await begun.rows("SELECT level FROM vendor_budgets WHERE name = 'monday/day'")
    (whole,) = [one.burst for _, one in buckets_of(limits_of(), System.BOARD) if one.daily]
    assert day[0] == whole - taken.tokens


async def test_the_others_are_released_once_it_is_up_again(begun: World) -> None:
    # given messages that are held, and a system whose pause is over
    ids = await posts(begun, 5)
    await down(begun)
    for one in ids:
        await begun.work.courier.deliver(one)
    await run_tick("held", begun.work)
    assert [await held(begun, one) for one in ids] == [True] * 5
    await down(begun, for_s=-1)

    # when the tick comes, one of them gets a job, and tries it
    await run_tick("held", begun.work)
    assert sum([await held(begun, one) for one in ids]) == 4
    await begun.work.courier.deliver(ids[0])
    assert (await delivery(begun, ids[0])).state == "delivered"
    assert not await is_down(begun)

    # then all get one
    await run_tick("held", begun.work)
    assert [await jobs_of(begun, one) for one in ids] == [1] * 5


async def test_an_attempt_that_tries_a_down_system_in_vain_counts_for_nothing(
    begun: World,
) -> None:
    (one,) = await posts(begun, 1)
    await down(begun, for_s=-1)
    begun.fault("google_chat", "messages.create", "500")

    await begun.work.courier.deliver(one)

    after = await delivery(begun, one)
    assert (after.state, after.attempts) == ("uncertain", 0)
    (row,) = await begun.rows("SELECT probes, probe_at > clock_timestamp() FROM outside_systems")
    assert tuple(row) == (1, True)


async def test_a_paused_system_gets_nothing_until_it_is_resumed(begun: World) -> None:
    (one,) = await posts(begun, 1)
    await paused(begun)

    await begun.work.courier.deliver(one)
    await run_tick("held", begun.work)
    assert await held(begun, one)

    await begun.change("DELETE FROM outside_systems")
    await begun.run_until_idle()
    assert (await delivery(begun, one)).state == "delivered"


async def test_what_is_held_gets_no_job_from_those_who_look_for_lost_ones(begun: World) -> None:
    (one,) = await posts(begun, 1)
    await paused(begun)
    await begun.work.courier.deliver(one)
    await begun.change(
        "UPDATE deliveries SET enqueued_at = now() - interval '1 hour' WHERE id = :id", id=one
    )

    await run_tick("recovery", begun.work)

    assert await held(begun, one)


async def test_a_reading_that_is_held_off_counts_as_no_try(begun: World) -> None:
    plan = await begun.plan()
    await begun.change("UPDATE plans SET board_state = 'filling'")
    await begun.change(
        "INSERT INTO outside_systems (system, paused_at, paused_by, paused_because)"
        " VALUES ('monday', clock_timestamp(), 'tester', 'A test')"
    )
    await begun.change("DELETE FROM jobs.pgqueuer")

    await begun.work.board_reader.read_board(plan.id, 3)

    (job,) = await begun.rows("SELECT convert_from(payload, 'UTF8') FROM jobs.pgqueuer")
    assert '"tries":3' in job[0]


async def test_a_reading_may_be_what_finds_a_system_up_again(begun: World) -> None:
    await begun.change(
        "INSERT INTO outside_systems (system, failures, opened_at, probe_at) VALUES"
        " ('monday', 5, clock_timestamp(), clock_timestamp() - interval '1 second')"
    )
    plan = await begun.plan()
    await begun.change("UPDATE plans SET board_state = 'filling'")

    await begun.work.board_reader.read_board(plan.id, 1)

    assert not await is_down(begun)


async def test_while_one_tries_a_down_system_no_reading_goes_beside_it(begun: World) -> None:
    await down(begun, for_s=-1)
    (one,) = await posts(begun, 1)
    assert await claimed(begun, one) is not None

    with pytest.raises(NotNow):
        async with asking(begun.sessions, System.CHAT, ()):
            raise AssertionError("It was asked.")
