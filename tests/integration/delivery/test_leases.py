"""Holding a delivery: renewed while its worker lives, and no call begins once it is lost."""

import asyncio
import time
from datetime import timedelta

import pytest
from sqlalchemy import text

from app.db.clock import real_now
from app.delivery.attempts import LEASE, Claimed, claim
from app.delivery.leases import BEAT_S, SPARE_S, Lease
from app.delivery.sending import LeaseLost
from app.ports.gate import gated
from app.scheduler.queue import inbound
from app.scheduler.ticks import recover
from tests.builders import signed_document
from tests.world import World


class Watch:
    """A monotonic clock that is set by hand."""

    def __init__(self) -> None:
        self.at = time.monotonic()

    def __call__(self) -> float:
        return self.at


async def in_hand(world: World, *, ago: timedelta = timedelta()) -> Claimed:
    """The board's delivery in a worker's hands, perhaps for a while."""
    event = await world.store_event(signed_document())
    await inbound(world.work, {"event_id": str(event)})
    await world.change("DELETE FROM jobs.pgqueuer")
    (board,) = await world.deliveries("board.create")
    async with world.sessions.begin() as session:
        claimed = await claim(session, board.id, real_now=await real_now(session) - ago)
    assert claimed is not None
    return claimed


async def left_s(world: World) -> float:
    """Seconds that are left of the only lease, by the database's clock."""
    async with world.sessions() as session:
        left = await session.scalar(
            text(
                "SELECT extract(epoch FROM lease_until - clock_timestamp()) FROM deliveries"
                " WHERE state = 'sending'"
            )
        )
    return float(left or 0)


async def test_a_lease_is_renewed_while_its_worker_lives(world: World) -> None:
    # given a delivery in hand, whose lease is nearly over
    claimed = await in_hand(world, ago=LEASE - timedelta(seconds=1))
    lease = Lease(world.sessions, claimed, since=time.monotonic())
    assert await left_s(world) < 1

    # when its worker's heart beats
    async with lease.kept():
        await asyncio.wait_for(_renewed(world), 3 * BEAT_S)

    # then nobody takes it for dead
    await recover(world.work)
    assert [one.state for one in await world.deliveries("board.create")] == ["sending"]


async def _renewed(world: World) -> None:
    # The database is what is watched; it has no event to wait for.
    while await left_s(world) < LEASE.total_seconds() - BEAT_S:  # noqa: ASYNC110
        await asyncio.sleep(0.05)


async def test_a_call_long_after_the_claim_asks_for_the_lease_again(world: World) -> None:
    claimed, watch = await in_hand(world, ago=LEASE - timedelta(seconds=1)), Watch()
    lease = Lease(world.sessions, claimed, since=watch.at, monotonic=watch)

    # when it is early, nothing is asked; later on the lease is renewed first
    await lease.check()
    early = await left_s(world)
    watch.at += LEASE.total_seconds() - SPARE_S
    await lease.check()

    assert early < 1
    assert await left_s(world) > LEASE.total_seconds() - 1


async def test_a_worker_that_wakes_up_too_late_calls_nobody(world: World) -> None:
    # given a worker that paused beyond its lease, and whose delivery was taken back
    claimed, watch = await in_hand(world, ago=LEASE + timedelta(seconds=1)), Watch()
    lease = Lease(world.sessions, claimed, since=watch.at, monotonic=watch)
    await recover(world.work)
    watch.at += LEASE.total_seconds() + 1

    # when it goes on as if nothing had been
    with pytest.raises(LeaseLost), gated(lease.check):
        await world.work.systems.the_board().create("A board", key="k")

    # then the vendor heard nothing of it
    assert "duplicate_board" not in world.operations("monday")


async def test_a_worker_that_cannot_ask_the_database_calls_nobody(world: World) -> None:
    # given a delivery in hand, and a database that cannot be reached any more
    claimed, watch = await in_hand(world), Watch()
    await world.change("ALTER TABLE deliveries RENAME COLUMN token TO token_away")
    lease = Lease(world.sessions, claimed, since=watch.at, monotonic=watch)
    watch.at += LEASE.total_seconds()

    with pytest.raises(LeaseLost):
        await lease.check()

    # and its heart goes on beating for when it is back
    async with lease.kept():
        await asyncio.sleep(0)


async def test_a_plan_that_somebody_holds_does_not_hold_up_the_recovery_of_others(
    world: World,
) -> None:
    # given two plans with a delivery of a dead worker each, and the first plan held by somebody
    for number in (1, 2):
        event = await world.store_event(
            signed_document(
                agreement__ref=f"P-{number}",
                client__ref=f"C-{number}",
                client__email=f"owner{number}@client.example",
            )
        )
        await inbound(world.work, {"event_id": str(event)})
    await world.change(
        "UPDATE deliveries SET state = 'sending', token = gen_random_uuid(),"
        " lease_until = now() - interval '1 minute' WHERE kind = 'board.create'"
    )
    held, other = (plan.id for plan in await world.plans())
    async with world.sessions.begin() as somebody:
        await somebody.execute(text("SELECT 1 FROM plans WHERE id = :id FOR UPDATE"), {"id": held})

        await recover(world.work)

    states = {one.plan_id: one.state for one in await world.deliveries("board.create")}
    assert states == {held: "sending", other: "uncertain"}
