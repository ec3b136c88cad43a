"""Lots: many deliveries claimed at once and settled together, each fenced by its own token."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

import pytest

from app.db.ids import new_id
from app.delivery.attempts import Claimed, Outcome
from app.delivery.leases import SPARE_S, LotLease
from app.delivery.lot_rows import claim_lot, settle_lot
from app.delivery.lots import deliver_lot
from app.delivery.sending import LeaseLost
from app.domain.delivery import DeliveryState
from app.domain.pacing import limits_of
from app.ports.clock import Clock
from app.scheduler.ticks import run_tick
from tests.integration.delivery.waiting import delivery, jobs_of, posts
from tests.world import World, together

DONE = Outcome(DeliveryState.DELIVERED, "delivered", result={"message_ref": "m"}, answered=True)


@pytest.fixture
async def begun(world: World) -> World:
    """The same world with a plan, whose own effects have been carried out."""
    await world.receive()
    world.said()
    return world


async def claimed(world: World, ids: Sequence[UUID]) -> list[Claimed]:
    async with world.sessions.begin() as session:
        return await claim_lot(session, ids, buckets=world.work.courier.buckets)


async def states(world: World, ids: Sequence[UUID]) -> list[str]:
    return [(await delivery(world, one)).state for one in ids]


async def row_and_attempts(world: World, one: UUID) -> tuple[dict[str, Any], list[Any]]:
    (row,) = await world.rows(
        "SELECT state, generation, result, reason, attempts, crashes, token, lease_until, version,"
        " settled_at, progress, next_attempt_at, held_at FROM deliveries WHERE id = :id",
        id=one,
    )
    tries = await world.rows(
        "SELECT number, outcome, detail, finished_at >= started_at,"
        " exchanges #- '{0,duration_ms}' #- '{0,request}' #- '{0,answer}' #- '{0,url}'"
        " FROM attempts WHERE delivery_id = :id",
        id=one,
    )
    kept = dict(row._mapping)
    kept["result"] = sorted(kept["result"])
    return kept, [tuple(each) for each in tries]


async def test_a_lot_is_posted_once_each_and_ends_as_one_by_one(begun: World) -> None:
    alone, *lot = await posts(begun, 6)

    await begun.work.courier.deliver(alone)
    await deliver_lot(begun.work.courier, lot)
    await deliver_lot(begun.work.courier, lot)  # a second job finds nothing to do

    assert len(begun.said()) == 6
    as_alone = await row_and_attempts(begun, alone)
    for one in lot:
        assert await row_and_attempts(begun, one) == as_alone


async def test_one_that_fails_takes_none_of_its_lot_with_it(begun: World) -> None:
    lot = await posts(begun, 5)
    begun.fault("google_chat", "messages.create", "500")

    await deliver_lot(begun.work.courier, lot)

    assert Counter(await states(begun, lot)) == {"delivered": 4, "uncertain": 1}
    assert len(begun.said()) == 4


async def test_one_that_is_a_fault_of_ours_takes_none_of_its_lot_with_it(begun: World) -> None:
    lot = await posts(begun, 20)
    await begun.change("UPDATE deliveries SET payload = '{}' WHERE id = :id", id=lot[0])

    # the fault is told once the others have had their turn
    with pytest.raises(KeyError):
        await deliver_lot(begun.work.courier, lot)

    assert Counter(await states(begun, lot)) == {"pending": 1, "delivered": 19}


@dataclass(frozen=True)
class Faulty:
    """A clock that fails the first time that it is read."""

    real: Clock
    reads: list[datetime]

    async def now(self) -> datetime:
        self.reads.append(await self.real.now())
        if len(self.reads) == 1:
            raise RuntimeError("A fault of ours.")
        return self.reads[-1]


async def test_what_cannot_be_settled_together_is_settled_one_by_one(begun: World) -> None:
    lot = await posts(begun, 3)
    courier = replace(begun.work.courier, clock=Faulty(begun.work.clock, []))

    await deliver_lot(courier, lot)

    assert Counter(await states(begun, lot)) == {"delivered": 3}
    assert len(begun.said()) == 3


async def test_what_a_lot_has_not_begun_is_let_go_at_once_when_the_worker_is_to_stop(
    begun: World,
) -> None:
    # given a lot whose last one goes by itself, and a worker that is told to stop
    lot = await posts(begun, 4)
    await begun.change("UPDATE deliveries SET state = 'uncertain' WHERE id = :id", id=lot[3])
    told = replace(begun.work.courier, stopping=lambda: True)

    assert not await deliver_lot(told, lot)

    # then nobody was called, and another worker may take everything up at once
    assert begun.said() == []
    assert await states(begun, lot) == ["pending", "pending", "pending", "uncertain"]
    rows = [await delivery(begun, one) for one in lot]
    assert [(row.token, row.lease_until, row.attempts) for row in rows] == [(None, None, 0)] * 4
    ends = await begun.rows("SELECT outcome FROM attempts WHERE delivery_id = ANY(:ids)", ids=lot)
    assert [end[0] for end in ends] == ["released"] * 3
    assert await deliver_lot(begun.work.courier, lot)
    assert Counter(await states(begun, lot)) == {"delivered": 4}
    assert len(begun.said()) == 4


async def test_jobs_of_single_deliveries_beside_their_lot_send_nothing_twice(begun: World) -> None:
    # given a lot that has waited so long that its deliveries have got jobs of their own
    lot = await posts(begun, 6)
    await begun.change("UPDATE deliveries SET enqueued_at = now() - interval '2 minutes'")
    await run_tick("recovery", begun.work)
    assert [await jobs_of(begun, one) for one in lot] == [1] * 6

    # when all come at once, and one fails so that it is tried again
    begun.fault("google_chat", "messages.create", "429")
    await together(
        lambda: deliver_lot(begun.work.courier, lot),
        *[lambda one=one: begun.work.courier.deliver(one) for one in lot],
    )

    # then each was tried once, and what is left has the job of its retry
    tried = await begun.rows(
        "SELECT count(*), count(DISTINCT delivery_id) FROM attempts WHERE delivery_id = ANY(:ids)",
        ids=lot,
    )
    assert tuple(tried[0]) == (6, 6)
    (late,) = [one for one in lot if (await delivery(begun, one)).state == "retrying"]
    assert await jobs_of(begun, late) >= 2

    # and once everything has run, each was posted once and no job is left
    await begun.change("UPDATE deliveries SET next_attempt_at = NULL")
    await begun.change("UPDATE jobs.pgqueuer SET execute_after = now()")
    await begun.run_until_idle()
    assert Counter(await states(begun, lot)) == {"delivered": 6}
    assert len(begun.said()) == 6
    assert [await jobs_of(begun, one) for one in lot] == [0] * 6


async def test_whoever_lost_one_of_a_lot_to_another_worker_does_not_settle_it(
    begun: World,
) -> None:
    lot = await posts(begun, 3)
    taken = await claimed(begun, lot)
    await begun.change(
        "UPDATE deliveries SET token = :token WHERE id = :id",
        token=new_id(),
        id=taken[1].delivery.id,
    )

    async with begun.sessions.begin() as session:
        settled = await settle_lot(session, [(one, DONE, []) for one in taken], now=begun.now)

    assert settled == {taken[0].token, taken[2].token}
    assert Counter(await states(begun, lot)) == {"delivered": 2, "sending": 1}


async def test_one_that_was_withdrawn_meanwhile_is_settled_by_itself(begun: World) -> None:
    (one,) = await posts(begun, 1)
    taken = await claimed(begun, [one])
    await begun.change("UPDATE deliveries SET withdraw = true WHERE id = :id", id=one)

    async with begun.sessions.begin() as session:
        assert not await settle_lot(session, [(taken[0], DONE, [])], now=begun.now)


@pytest.mark.parametrize(
    "otherwise",
    [
        pytest.param("state = 'uncertain'", id="it may have happened"),
        pytest.param("next_attempt_at = clock_timestamp() + interval '1 minute'", id="too early"),
        pytest.param("crashes = 2", id="it may be killing its workers"),
        pytest.param("paced_at = clock_timestamp()", id="it was promised a token"),
    ],
)
async def test_what_needs_a_thought_is_left_to_be_delivered_by_itself(
    begun: World, otherwise: str
) -> None:
    first, second = await posts(begun, 2)
    await begun.change(f"UPDATE deliveries SET {otherwise} WHERE id = :id", id=first)

    assert [one.delivery.id for one in await claimed(begun, [first, second])] == [second]


@pytest.mark.parametrize(
    "unwell",
    [
        "paused_at, paused_by, paused_because) VALUES ('google_chat', now(), 'me', 'A test')",
        "failures) VALUES ('google_chat', 1)",
    ],
)
async def test_a_system_that_is_not_well_is_asked_by_nobody_of_a_lot(
    begun: World, unwell: str
) -> None:
    lot = await posts(begun, 2)
    await begun.change(f"INSERT INTO outside_systems (system, {unwell}")

    assert await claimed(begun, lot) == []


async def test_a_lot_that_a_vendor_does_not_bear_takes_no_token_and_waits_one_by_one(
    begun: World,
) -> None:
    begun.work = replace(begun.work, limits=limits_of())
    lot = await posts(begun, 3)

    assert await claimed(begun, lot) == []
    await deliver_lot(begun.work.courier, lot)

    assert Counter(await states(begun, lot)) == {"delivered": 1, "pending": 2}


async def test_a_lots_lease_is_lost_by_each_for_itself(begun: World) -> None:
    taken = await claimed(begun, await posts(begun, 2))
    await begun.change(
        "UPDATE deliveries SET token = :token WHERE id = :id",
        token=new_id(),
        id=taken[0].delivery.id,
    )
    clock = iter([8.0 - SPARE_S, 8.0, 8.0 - SPARE_S])
    lease = LotLease(begun.sessions, taken, since=0.0, monotonic=lambda: next(clock))

    with pytest.raises(LeaseLost):
        await lease.check_of(taken[0])()
    await lease.check_of(taken[1])()
