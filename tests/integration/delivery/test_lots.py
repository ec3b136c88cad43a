"""Lots: many deliveries claimed at once and settled together, each fenced by its own token."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest

from app.db.base import new_id
from app.delivery.attempts import Claimed, Outcome
from app.delivery.leases import SPARE_S, LotLease
from app.delivery.lot_rows import claim_lot, settle_lot
from app.delivery.lots import deliver_lot
from app.delivery.sending import LeaseLost
from app.domain.delivery import DeliveryState
from app.domain.pacing import limits_of
from tests.integration.delivery.waiting import delivery, posts
from tests.world import World

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
