"""Items that need the same new group: it is made once, whatever monday.com forgets."""

import asyncio

import httpx
import pytest

from app.domain.delivery import DeliveryKind
from tests.integration.delivery.waiting import claimed, intended, jobs_of
from tests.world import World

GROUP = "Billing"
READ_S = 0.3
"""Long enough for all to have read the board before one of them makes the group."""


async def read_slowly(answer: httpx.Response) -> None:
    """Let whoever has read what groups a board has go on a little later."""
    if b"query BoardLayout" in answer.request.content:
        await asyncio.sleep(READ_S)


@pytest.mark.parametrize("keys", ["remembered", "forgotten"])
async def test_items_that_want_a_new_group_at_once_make_it_once(world: World, keys: str) -> None:
    # given workers side by side, and a vendor that may forget under which key it made a group
    world.at_once = True
    world.http.event_hooks["response"].append(read_slowly)
    if keys == "forgotten":
        world.fault("monday", "create_group", "forget")

    # when a plan is signed whose nine items more all belong into a group that is not there
    await world.receive()

    # then it is made once, and all are in it
    board = await world.board()
    assert board.groups.count(GROUP) == 1
    assert sum(item.group == GROUP for item in board.items) == 9


async def test_only_items_of_the_same_group_wait_and_only_while_one_is_in_hand(
    world: World,
) -> None:
    # given an item that goes first into a group
    await world.receive()
    place = {"board_ref": "77", "title": "An item", "task_id": "-"}
    first, second = await intended(
        world, DeliveryKind.BOARD_ADD_ITEM, 2, {**place, "group": "Sample"}
    )
    (elsewhere,) = await intended(
        world, DeliveryKind.BOARD_ADD_ITEM, 1, {**place, "group": "Another"}
    )
    assert await claimed(world, first) is not None

    # then one of the same group comes back later, and one of another group goes
    assert await claimed(world, second) is None
    assert await jobs_of(world, second) == 1
    assert await claimed(world, elsewhere) is not None

    # when the first has had no answer, and waits for its next try
    await world.change(
        "UPDATE deliveries SET state = 'uncertain', token = NULL, lease_until = NULL,"
        " next_attempt_at = clock_timestamp() + interval '10 minutes' WHERE id = :id",
        id=first,
    )

    # then it holds nobody up
    assert await claimed(world, second) is not None
