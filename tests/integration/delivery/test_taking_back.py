"""Effects that are taken back while a worker has them in hand, and those that were tried before."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from app.db.clock import real_now
from app.db.models import Attempt
from app.delivery.attempts import LEASE, Outcome, claim
from app.delivery.lots import deliver_lot
from app.domain.delivery import DeliveryKind, DeliveryState
from app.scheduler.ticks import recover
from app.services.decisions import Decide
from app.services.deliveries import decide
from app.services.endings import Because, cancel_plan, hold_plan
from app.services.letters import as_it_reads
from app.services.tasks import Complete, complete_task, reopen_task
from tests.integration.delivery.attempting import begun, settled, taken, the
from tests.integration.delivery.waiting import delivery, intended
from tests.world import World, local, together


@pytest.mark.parametrize("service", [hold_plan, cancel_plan])
async def test_a_mail_that_is_in_a_workers_hands_is_taken_back_when_it_settles(
    world: World, service: object
) -> None:
    # given a Begun e-mail in a worker's hands while the plan is held or cancelled
    await begun(world)
    mail = await the(world, "email.begun")
    claimed = await taken(world, mail)
    plan = await world.plan()
    assert callable(service)
    await world.only(service, Because(plan.id, "Wait."))

    # when the worker goes on and sends it
    outcome = await world.work.courier.attempt(claimed)
    assert outcome.state is DeliveryState.DELIVERED
    await world.work.courier._settle(claimed, outcome, [])
    await world.run_until_idle()

    # then it is taken back, and the client gets nothing
    await world.at(local("2026-11-25 10:00"))
    assert world.mails() == []
    assert (await the(world, "email.begun")).state == "cancelled"


async def test_a_mail_whose_scheduling_went_unanswered_is_taken_back_all_the_same(
    world: World,
) -> None:
    # given a draft that was scheduled, while the answer was lost
    await begun(world)
    world.fault("helpscout", "threads.schedule", "drop_after_effect")
    mail = await the(world, "email.begun")
    await world.work.courier.deliver(mail.id)
    uncertain = await the(world, "email.begun")
    assert (uncertain.state, bool(uncertain.progress)) == ("uncertain", True)

    # when the plan is cancelled before anybody looked
    await world.do(cancel_plan, Because((await world.plan()).id, "Signed by mistake."))

    # then the helpdesk does not send it by itself
    await world.at(local("2026-11-25 10:00"))
    assert world.mails() == []


async def test_a_withdrawn_mail_of_a_dead_worker_is_not_sent_again(world: World) -> None:
    await begun(world)
    mail = await the(world, "email.begun")
    await taken(world, mail, ago=LEASE + timedelta(seconds=1))
    await world.only(cancel_plan, Because((await world.plan()).id, "Signed by mistake."))

    await recover(world.work)
    await world.run_until_idle()

    mail = await the(world, "email.begun")
    assert (mail.state, mail.settled_at) == ("cancelled", world.now)
    assert "conversations.create" not in world.operations("helpscout")
    (told,) = [one for one in await world.audit() if one.action == "email.begun.taken_back"]
    assert (told.subject_id, told.plan_id) == (mail.id, mail.plan_id)


async def test_a_stuck_mail_of_a_plan_that_moved_cannot_be_tried_again(world: World) -> None:
    # given an e-mail that failed, and a plan that is held and goes on
    await begun(world)
    await world.change(
        "UPDATE deliveries SET state = 'failed', settled_at = now() WHERE kind = 'email.begun'"
    )
    await world.do(hold_plan, Because((await world.plan()).id, "Wait."))

    assert (await the(world, "email.begun")).state == "cancelled"


async def test_a_cancelled_plan_and_a_worker_at_the_same_moment_agree(world: World) -> None:
    # given effects that workers take in hand while the plan is being cancelled
    await begun(world)
    plan = await world.plan()
    ids = [one.id for one in await world.deliveries()]

    results = await together(
        lambda: world.only(cancel_plan, Because(plan.id, "Signed by mistake.")),
        *[lambda one=one: world.work.courier.deliver(one) for one in ids],
    )

    # then nothing fails, and nothing is left in hand
    assert [result for result in results if isinstance(result, Exception)] == []
    await world.run_until_idle()
    assert {one.state for one in await world.deliveries()} <= {"delivered", "cancelled"}
    await world.at(local("2026-11-25 10:00"))
    assert world.mails() == []


async def test_an_older_fit_that_is_tried_again_does_not_land_on_a_newer_one(world: World) -> None:
    # given a ticked task whose fit meets a limit, and the same task opened again
    await world.receive()
    task = (await world.tasks())[0]
    world.fault("monday", "change_multiple_column_values", "429")
    await world.only(complete_task, Complete(task.id))
    await world.only(reopen_task, task.id)

    # when both are worked off, side by side
    world.at_once = True
    await world.run_until_idle()

    # then the board shows what is so
    item = next(item for item in (await world.board()).items if item.title == task.title)
    assert item.status != "Done"


async def test_a_board_that_is_skipped_is_a_persons(world: World) -> None:
    await begun(world)
    board = await the(world, "board.create")
    await world.do(decide, Decide(board.id, "skip", "We make it ourselves."))

    await world.run_until_idle()

    assert (await world.plan()).board_state == "by_hand"


async def test_each_attempt_is_written_down_with_its_end(world: World) -> None:
    await begun(world)
    world.fault("google_chat", "messages.create", "500")

    await world.run_until_idle()

    chat = await the(world, "chat.post")
    async with world.sessions() as session:
        tries = list(
            await session.scalars(
                select(Attempt).where(Attempt.delivery_id == chat.id).order_by(Attempt.number)
            )
        )
    assert [one.number for one in tries] == [1, 2]
    assert tries[-1].outcome == "delivered"
    assert all(one.exchanges for one in tries)
    assert "sandbox-token" not in str([one.exchanges for one in tries])


async def test_what_was_only_in_hand_beside_a_killer_is_not_parked_with_it(world: World) -> None:
    # given three deliveries that were in hand twice when their worker was killed
    await begun(world)
    kinds = ("board.create", "email.begun", "chat.post")
    for _ in range(2):
        for kind in kinds:
            await taken(world, await the(world, kind), ago=LEASE + timedelta(seconds=1))
        await recover(world.work)

    # when one of them is tried, the others are not tried beside it
    killer, beside, another = [await the(world, kind) for kind in kinds]
    await taken(world, killer, ago=LEASE + timedelta(seconds=1))
    for one in (beside, another):
        async with world.sessions.begin() as session:
            assert await claim(session, one.id, real_now=await real_now(session)) is None

    # and once it has killed its worker again, it alone is parked
    await recover(world.work)
    await world.run_until_idle()
    assert (await the(world, "board.create")).state == "parked"
    assert (await the(world, "email.begun")).state == "delivered"
    assert {one.state for one in await world.deliveries("chat.post")} == {"delivered"}


async def test_a_message_that_may_be_there_keeps_its_key_also_after_a_refusal(world: World) -> None:
    # given a message that was posted and never answered, and then refused
    await begun(world)
    chat = await the(world, "chat.post")
    world.fault("google_chat", "messages.create", "drop_after_effect")
    await world.work.courier.deliver(chat.id)
    await world.change("UPDATE deliveries SET next_attempt_at = NULL WHERE id = :id", id=chat.id)
    await settled(
        world,
        await taken(world, await the(world, "chat.post")),
        Outcome(DeliveryState.FAILED, "refused", "No."),
    )
    said = len(world.said())

    # when a person has it tried again
    await world.only(decide, Decide(chat.id, "retry"))
    await world.run_until_idle()

    # then it is under the same key, and in the room once
    assert (await delivery(world, chat.id)).key == chat.key
    assert (said, len(world.said())) == (1, 0)


async def test_an_email_that_left_before_a_backup_is_found_also_when_it_would_be_too_late(
    world: World,
) -> None:
    # given one that was sent, and a database that has forgotten it
    await begun(world)
    mail = await the(world, "email.begun")
    await world.work.courier.deliver(mail.id)
    await world.change(
        "UPDATE deliveries SET state = 'uncertain', progress = '{}', result = NULL,"
        " settled_at = NULL WHERE id = :id",
        id=mail.id,
    )

    # when it is looked for a minute before the live instant
    world.clock.at = local("2026-12-06 23:59")
    await world.work.courier.deliver(mail.id)

    # then nobody is told that it never left
    assert (await the(world, "email.begun")).state == "delivered"


async def test_a_message_whose_template_is_gone_is_parked_and_can_be_read(world: World) -> None:
    # given a message of a wave, and a catalog without its template
    await world.receive()
    words = {
        "client": "Harbour Dental",
        "plan_ref": "UPG-1",
        "from_package": "sprint",
        "to_package": "scale",
        "live_on": "2026-12-07",
        "link": None,
        "details": ["One thing is open."],
    }
    payload = {
        "room": "support",
        "thread": "UPG-1",
        "template": "of_another_catalog",
        "words": words,
        "people": [],
    }
    ids = await intended(world, DeliveryKind.CHAT_POST, 2, payload)

    # when it is tried, by itself and in a lot
    await world.work.courier.deliver(ids[0])
    await deliver_lot(world.work.courier, ids[1:])

    # then it waits for a person, and says what it had to say
    for one in ids:
        assert (await delivery(world, one)).state == "parked"
    read = as_it_reads(payload, world.office)
    assert read["text"].startswith("Harbour Dental (UPG-1)\nOne thing is open.\n")
