"""An older change of a board's items that failed does not undo a newer one."""

from app.domain.delivery import DeliveryKind
from app.services.decisions import Decide
from app.services.deliveries import decide
from tests.integration.delivery.waiting import intended
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
