"""An older change of a board's items that failed does not undo a newer one."""

import asyncio
from uuid import UUID

from app.db.clock import real_now
from app.delivery.attempts import claim
from app.domain.delivery import DeliveryKind
from app.services.decisions import Decide
from app.services.deliveries import decide
from tests.builders import TESTER
from tests.integration.delivery.waiting import claimed, intended
from tests.world import World, refusal


async def test_a_fit_is_not_tried_again_after_a_newer_one_of_the_same_items(world: World) -> None:
    # given a board whose first fit failed, and a newer one of one of its items
    await world.receive()
    (older,) = await world.deliveries("board.fit_items")
    await world.change(
        "UPDATE deliveries SET state = 'failed', result = NULL WHERE id = :id", id=older.id
    )
    payload = {**older.payload, "fits": older.payload["fits"][:1]}
    (newer,) = await intended(world, DeliveryKind.BOARD_FIT_ITEMS, 1, payload)
    written = world.operations("monday")

    # when the newer one is in hand or was made, the older one is not tried again
    for state in ("sending", "delivered", "done_by_hand"):
        await world.change(
            "UPDATE deliveries SET state = CAST(:state AS text),"
            " token = CASE WHEN CAST(:state AS text) = 'sending' THEN id END"
            " WHERE id = :id",
            state=state,
            id=newer,
        )
        assert (
            await refusal(world.do(decide, Decide(older.id, "retry"))) == "delivery_state_refuses"
        )
    assert world.operations("monday") == written

    # then it can be left out
    await world.do(decide, Decide(older.id, "skip", "The newer one counts."))


async def test_a_fit_is_tried_again_beside_a_newer_one_of_other_items(world: World) -> None:
    await world.receive()
    (older,) = await world.deliveries("board.fit_items")
    await world.change(
        "UPDATE deliveries SET state = 'failed', result = NULL WHERE id = :id", id=older.id
    )
    fit = {**older.payload["fits"][0], "item_ref": "4711"}
    (newer,) = await intended(
        world, DeliveryKind.BOARD_FIT_ITEMS, 1, {**older.payload, "fits": [fit]}
    )
    await world.change("UPDATE deliveries SET state = 'delivered' WHERE id = :id", id=newer)

    await world.do(decide, Decide(older.id, "retry"))

    await world.run_until_idle()
    (again,) = [one for one in await world.deliveries("board.fit_items") if one.id == older.id]
    assert again.state == "delivered"


async def two_fits(world: World) -> tuple[UUID, UUID]:
    """A fit that failed, and a newer one of the same items that has not left yet."""
    await world.receive()
    (older,) = await world.deliveries("board.fit_items")
    await world.change(
        "UPDATE deliveries SET state = 'failed', result = NULL WHERE id = :id", id=older.id
    )
    (newer,) = await intended(world, DeliveryKind.BOARD_FIT_ITEMS, 1, older.payload)
    return older.id, newer


async def test_a_newer_fit_waits_for_an_older_one_that_is_just_being_tried_again(
    world: World,
) -> None:
    older, newer = await two_fits(world)

    # when a worker comes for the newer one while a person decides
    async with world.sessions.begin() as person:
        command = Decide(older, "retry")
        await decide(person, command, office=world.office, actor=TESTER, now=world.now)
        taking = asyncio.create_task(claimed(world, newer))
        await asyncio.sleep(0.3)

    # then it finds the older one before it
    assert await taking is None
    assert await claimed(world, older) is not None


async def test_an_older_fit_is_not_tried_again_while_a_newer_one_is_just_being_taken(
    world: World,
) -> None:
    older, newer = await two_fits(world)

    # when a person decides while a worker takes the newer one in hand
    async with world.sessions.begin() as worker:
        real = await real_now(worker)
        assert await claim(worker, newer, real_now=real) is not None
        deciding = asyncio.create_task(refusal(world.only(decide, Decide(older, "retry"))))
        await asyncio.sleep(0.3)

    assert await deciding == "delivery_state_refuses"
