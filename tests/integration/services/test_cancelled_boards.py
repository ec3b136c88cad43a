"""A board that is still being made when its plan is cancelled is not worked on any more."""

from app.services.deliveries import follow_up
from app.services.endings import Because, cancel_plan
from tests.builders import signed_document
from tests.world import MOST_ROUNDS, World

MADE = {"ref": "4711", "url": "https://board.example/4711"}


async def until_the_board_fills(world: World) -> None:
    """A plan whose board exists, and has not been read yet."""
    await world.store_event(signed_document())
    for _ in range(MOST_ROUNDS):
        await world.run_jobs()
        if [plan for plan in await world.plans() if plan.board_state == "filling"]:
            return
    raise AssertionError("The board was never made.")


async def test_a_board_that_is_being_filled_is_left_as_it_is(world: World) -> None:
    # Given a plan whose board is being filled
    await until_the_board_fills(world)
    plan = await world.plan()

    # When the plan is cancelled
    await world.do(cancel_plan, Because(plan.id, "The client changed their mind."))

    # Then nothing was fitted, archived or added, and no task came from it
    assert (await world.plan()).board_state == "by_hand"
    assert [one.kind for one in await world.deliveries() if one.system == "monday"] == [
        "board.create"
    ]
    assert {task.state for task in await world.tasks()} == {"skipped"}


async def test_a_board_that_is_made_too_late_is_kept_and_not_read(world: World) -> None:
    # Given a plan that is cancelled while a worker has its board in hand
    await world.store_event(signed_document())
    await world.run_jobs()
    plan = await world.plan()
    await world.only(cancel_plan, Because(plan.id, "The client changed their mind."))
    (delivery,) = await world.deliveries("board.create")
    await world.change("DELETE FROM jobs.pgqueuer")

    # When the worker comes back with the board
    async with world.sessions.begin() as session:
        late = await session.merge(delivery)
        late.state, late.result = "delivered", MADE
        await follow_up(session, late, office=world.office, now=world.now)

    # Then its address is known, and nobody is sent to look at it
    plan = await world.plan()
    assert (plan.board_ref, plan.board_state) == ("4711", "by_hand")
    assert await world.rows("SELECT 1 FROM jobs.pgqueuer WHERE entrypoint = 'read_board'") == []
