"""The board of a cancelled plan is a person's: nothing of ours is done on it any more."""

from datetime import timedelta

from app.db.clock import real_now
from app.delivery.attempts import Outcome, claim
from app.domain.delivery import DeliveryState
from app.services.decisions import Decide
from app.services.deliveries import decide, follow_up
from app.services.endings import Because, cancel_plan
from app.services.tasks import Complete, complete_task
from tests.builders import signed_document
from tests.world import MOST_ROUNDS, World, refusal

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
    assert {one.state for one in await world.tasks() if one.kind == "setup"} == {"skipped"}


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


async def test_what_a_worker_has_in_hand_is_not_tried_again(world: World) -> None:
    # Given a board that is being fitted while the plan is cancelled, and monday refusing for now
    await world.receive()
    plan = await world.plan()
    task = (await world.tasks())[0]
    await world.only(complete_task, Complete(task.id))
    (fit,) = [one for one in await world.deliveries("board.fit_items") if one.state == "pending"]
    async with world.sessions.begin() as session:
        claimed = await claim(session, fit.id, real_now=await real_now(session))
    assert claimed is not None
    await world.only(cancel_plan, Because(plan.id, "Signed by mistake."))
    written = world.operations("monday")

    # When the attempt fails
    later = Outcome(DeliveryState.RETRYING, "transient", "Busy.", retry_in=timedelta(seconds=1))
    await world.work.courier._settle(claimed, later, [])
    await world.run_until_idle()

    # Then it was the last one
    assert (await world.deliveries("board.fit_items"))[-1].state == "cancelled"
    assert world.operations("monday") == written


async def test_a_failed_write_is_not_tried_again_by_hand(world: World) -> None:
    await world.receive()
    plan = await world.plan()
    (fit, *_) = await world.deliveries("board.fit_items")
    await world.change(
        "UPDATE deliveries SET state = 'failed', result = NULL WHERE id = :id", id=fit.id
    )
    await world.do(cancel_plan, Because(plan.id, "Signed by mistake."))

    assert await refusal(world.do(decide, Decide(fit.id, "retry"))) == "delivery_state_refuses"
    await world.do(decide, Decide(fit.id, "skip", "Nobody needs it."))


async def test_late_jobs_read_nothing_and_write_nothing(world: World) -> None:
    # Given a cancelled plan with its board, and jobs for it that come late
    await world.receive()
    plan = await world.plan()
    item_ref = (await world.tasks())[0].board_item_ref
    await world.do(cancel_plan, Because(plan.id, "Signed by mistake."))
    written, version = world.operations("monday"), (await world.plan()).version
    reads = len(world.vendors.stage.ledger.lines(system="monday"))

    # When they run
    assert item_ref is not None
    await world.work.board_reader.read_board(plan.id, 0)
    await world.work.board_reader.read_item(plan.id, item_ref, 0)
    await world.work.board_reader.find_board(plan.id, 0, None)
    await world.run_until_idle()

    assert world.operations("monday") == written
    assert len(world.vendors.stage.ledger.lines(system="monday")) == reads
    assert (await world.plan()).version == version
