"""An attempt's two transactions: claimed once, fenced by a token, recovered after a death."""

from datetime import timedelta

import pytest

from app.db.clock import real_now
from app.db.models import Delivery
from app.delivery.attempts import LEASE, Claimed, Outcome, claim, remember
from app.delivery.recovery import MOST_CRASHES
from app.delivery.sending import LeaseLost
from app.domain.delivery import DeliveryState
from app.scheduler.ticks import recover
from app.services.decisions import Decide
from app.services.deliveries import decide
from tests.builders import signed_document
from tests.integration.delivery.attempting import DONE, begun, settled, taken, the
from tests.world import World, together


async def test_of_many_workers_one_takes_a_delivery_in_hand(world: World) -> None:
    await begun(world)
    chat = await the(world, "chat.post")

    async def take() -> object:
        async with world.sessions.begin() as session:
            return await claim(session, chat.id, real_now=await real_now(session))

    taken_by = await together(*[take] * 5)

    assert sum(one is not None for one in taken_by) == 1
    assert (await the(world, "chat.post")).attempts == 1


async def test_a_claim_waits_for_whoever_holds_the_row_and_may_roll_back(world: World) -> None:
    # given a request that holds the delivery and then fails
    await begun(world)
    chat = await the(world, "chat.post")

    async def request() -> None:
        async with world.sessions() as session:
            await session.get_one(Delivery, chat.id, with_for_update=True)
            await session.rollback()

    # when its only job comes at that moment
    _, claimed = await together(request, lambda: taken(world, chat))

    # then it is not lost
    assert isinstance(claimed, Claimed)


async def test_a_paused_worker_that_wakes_after_its_lease_changes_nothing(world: World) -> None:
    # given a worker that paused longer than its lease, and another that did the work
    await begun(world)
    mail = await the(world, "email.begun")
    paused = await taken(world, mail, ago=LEASE + timedelta(seconds=1))
    await recover(world.work)
    await world.run_until_idle()
    before = await the(world, "email.begun")
    assert before.state == "delivered"

    # when it wakes up and settles, in any way, or keeps ids of steps
    for outcome in (DONE, Outcome(DeliveryState.FAILED, "refused", "No.")):
        with pytest.raises(LeaseLost):
            await settled(world, paused, outcome)
    with pytest.raises(LeaseLost):
        async with world.sessions.begin() as session:
            await remember(session, paused, {"conversation_ref": "wrong"})

    # then nothing of it is there
    after = await the(world, "email.begun")
    assert (after.state, after.version, after.progress, after.result) == (
        before.state,
        before.version,
        before.progress,
        before.result,
    )


@pytest.mark.parametrize("kind", ["board.create", "email.begun", "chat.post"])
async def test_a_worker_that_dies_after_its_effect_does_not_have_it_repeated(
    world: World, kind: str
) -> None:
    # given a worker that carried the effect out and died before it could say so
    await begun(world)
    delivery = await the(world, kind)
    await world.work.courier.deliver(delivery.id)
    effects = world.operations("monday") + world.operations("helpscout")
    said = len(world.effects("google_chat"))
    await world.change(
        "UPDATE deliveries SET state = 'sending', token = gen_random_uuid(), result = NULL,"
        " settled_at = NULL, progress = '{}', lease_until = now() - interval '1 second'"
        " WHERE id = :id",
        id=delivery.id,
    )
    if kind == "board.create":
        await world.change("UPDATE plans SET board_ref = NULL, board_state = 'intended'")

    # when it is recovered, and everything runs on
    await recover(world.work)
    recovered = await the(world, kind)
    assert recovered.state == "uncertain"
    await world.work.courier.deliver(delivery.id)

    # then it is delivered, found and not repeated
    assert (await the(world, kind)).state == "delivered"
    assert world.operations("monday") + world.operations("helpscout") == effects
    assert len(world.effects("google_chat")) == said


async def test_a_delivery_that_kills_its_workers_is_parked_and_told(world: World) -> None:
    await begun(world)
    mail = await the(world, "email.begun")

    for _ in range(MOST_CRASHES):
        await taken(world, mail, ago=LEASE + timedelta(seconds=1))
        await recover(world.work)

    parked = await the(world, "email.begun")
    assert (parked.state, parked.settled_at) == ("parked", world.now)
    await world.run_until_idle()
    assert any("*Not delivered" in line for _, line in world.said())
    assert world.mails() == []


async def test_a_parked_board_that_was_made_is_found_when_it_is_tried_again(world: World) -> None:
    # given a board that was made by a worker that died three times over
    await begun(world)
    board = await the(world, "board.create")
    await world.work.courier.deliver(board.id)
    await world.change(
        "UPDATE deliveries SET state = 'parked', result = NULL WHERE kind = 'board.create'"
    )
    await world.change("UPDATE plans SET board_ref = NULL, board_state = 'intended'")
    await world.change("UPDATE attempts SET outcome = NULL WHERE delivery_id = :id", id=board.id)

    # when a person has it tried again
    await world.do(decide, Decide(board.id, "retry"))

    # then there is one board, and the plan has it
    assert world.operations("monday").count("duplicate_board") == 1
    assert (await world.plan()).board_state == "ready"


async def test_a_job_that_comes_a_little_early_comes_again(world: World) -> None:
    # given an effect that is to be tried again in a moment, and no other job
    await begun(world)
    chat = await the(world, "chat.post")
    await world.change("DELETE FROM jobs.pgqueuer")
    await world.change(
        "UPDATE deliveries SET state = 'retrying',"
        " next_attempt_at = clock_timestamp() + interval '2 seconds'"
    )

    # when its job runs before that, as the queue's own reckoning has it
    await world.work.courier.deliver(chat.id)

    # then nothing is sent yet, and a job is left that comes in time
    assert world.effects("google_chat") == []
    ((waits,),) = await world.rows(
        "SELECT execute_after > (SELECT max(next_attempt_at) FROM deliveries) FROM jobs.pgqueuer"
    )
    assert waits


async def test_a_row_without_a_job_gets_one_again(world: World) -> None:
    # given effects whose jobs are gone, as after a run that failed with the database away
    await begun(world)
    await world.change("DELETE FROM jobs.pgqueuer")
    await world.change("UPDATE deliveries SET enqueued_at = now() - interval '2 minutes'")

    await world.run_until_idle()

    assert {one.state for one in await world.deliveries()} == {"delivered"}


async def test_an_event_without_a_job_gets_one_again(world: World) -> None:
    await world.store_event(signed_document())
    await world.change("DELETE FROM jobs.pgqueuer")
    await world.change("UPDATE inbound_events SET enqueued_at = now() - interval '2 minutes'")

    await world.run_until_idle()

    assert (await world.plan()).state == "scheduled"
