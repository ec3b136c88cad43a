"""A Complete e-mail that did not leave after all, or may have left, is counted as what it is."""

from dataclasses import replace

import pytest

from app.domain.delivery import DeliveryState
from app.domain.playbook.upgrade import Sender
from app.services.client_mail import CompleteEmailSentBefore, send_complete_email
from app.services.decisions import Decide
from app.services.deliveries import decide
from app.services.endings import Because, acknowledge_plan, hold_plan, resume_plan
from app.services.tasks import Complete, complete_task, reopen_task
from tests.world import World, local, refusal


async def all_but_the_mail(world: World) -> None:
    """A plan in its window of which everything is done but the Complete e-mail."""
    await world.at(local("2026-12-01 00:01"))
    await world.receive()
    await world.at(local("2026-12-01 09:00"))
    await world.set_up()
    await world.confirm()


async def test_a_mail_sent_by_hand_that_is_opened_again_blocks_the_plan_again(
    quiet_world: World,
) -> None:
    # Given a plan that is ready, its Complete e-mail sent by hand
    world = quiet_world
    await all_but_the_mail(world)
    await world.send_complete()
    (task,) = [one for one in await world.tasks() if one.key.startswith("effect:email.complete")]
    await world.do(complete_task, Complete(task.id))
    assert (await world.plan()).blockers == 0

    # When Support takes that back
    await world.do(reopen_task, task.id)

    # Then the e-mail is in the way, and the plan does not go live without it
    plan = await world.plan()
    assert (plan.complete_email, plan.blockers) == ("not_sent", 1)
    await world.at(local("2026-12-07 00:00"))
    assert (await world.plan()).state == "missed"


async def test_a_withdrawal_that_is_left_out_leaves_the_mail_as_sent(world: World) -> None:
    # Given a plan that is held while the helpdesk has its Complete e-mail scheduled
    await all_but_the_mail(world)
    await world.send_complete()
    plan = await world.plan()
    await world.only(hold_plan, Because(plan.id, "The client asks to wait."))
    assert (await world.plan()).complete_email == "requested"

    # When an operator leaves the withdrawal out, and the plan goes on
    (withdrawal,) = await world.deliveries("email.withdraw")
    await world.only(decide, Decide(withdrawal.id, "skip", "The helpdesk is down."))
    await world.do(resume_plan, plan.id)

    # Then the e-mail counts as sent, as the helpdesk sends it; nobody waits for it for ever
    assert (await world.plan()).complete_email == "delivered"
    (mail,) = await world.deliveries("email.complete")
    assert (mail.state, mail.reason) == (DeliveryState.DELIVERED, "It could not be taken back.")
    await world.at(local("2026-12-01 10:00"))
    assert [mail["subject"] for mail in world.mails()].count(mail.payload["subject"]) == 1


AGAIN = "Ask for the Upgrade Complete e-mail again"


async def asks_again(world: World) -> list[str]:
    """The states of the tasks that ask for the e-mail again."""
    return [task.state for task in await world.tasks() if task.title == AGAIN]


async def test_a_hold_takes_the_mail_back_and_people_are_told_to_ask_for_it_again(
    world: World,
) -> None:
    # Given a plan whose Complete e-mail is with the helpdesk, held and resumed before it has left
    await all_but_the_mail(world)
    await world.send_complete()
    plan = await world.plan()
    await world.do(hold_plan, Because(plan.id, "The client asks to wait."))
    assert await asks_again(world) == ["open"]
    world.said()

    # When it goes on
    await world.do(resume_plan, plan.id)

    # Then Support hears that the e-mail is to be asked for again
    said = [line for room, line in world.said() if room == "support"]
    assert len([line for line in said if "*Ask for Upgrade Complete again: Harbour" in line]) == 1
    plan = await world.plan()
    assert (plan.complete_email, plan.blockers) == ("not_sent", 1)

    # and asked for again, it leaves once, and nobody is asked any more
    await world.send_complete()
    assert await asks_again(world) == ["done"]
    await world.do(acknowledge_plan, plan.id)
    await world.at(local("2026-12-01 10:00"))
    assert len([one for one in world.mails() if "Complete" in one["subject"]]) == 1
    await world.at(local("2026-12-07 00:00"))
    assert (await world.plan()).state == "completed"


async def test_what_is_to_be_asked_for_again_is_never_due_after_the_live_date(world: World) -> None:
    # Given a plan that was missed as its Complete e-mail had not left
    await all_but_the_mail(world)
    plan = await world.plan()
    await world.only(send_complete_email, plan.id)
    world.clock.at = local("2026-12-09 09:00")

    # When it is held
    await world.only(hold_plan, Because(plan.id, "The client declined."))

    # Then the task has the plan's own day (I10)
    (task,) = [task for task in await world.tasks() if task.title == AGAIN]
    assert task.due_on == plan.live_on


async def test_while_the_mail_is_being_taken_back_that_is_said(world: World) -> None:
    # Given a hold that the helpdesk has not followed yet
    await all_but_the_mail(world)
    await world.send_complete()
    plan = await world.plan()
    await world.only(hold_plan, Because(plan.id, "The client asks to wait."))
    await world.only(resume_plan, plan.id)

    # When somebody asks for the e-mail at once
    with pytest.raises(CompleteEmailSentBefore) as refused:
        await world.only(send_complete_email, plan.id)

    # Then they are told that it is on its way back, and minutes later it may be asked for
    assert "is being taken back" in refused.value.detail
    await world.run_until_idle()
    await world.send_complete()
    assert (await world.plan()).complete_email == "delivered"
    assert await refusal(world.only(send_complete_email, plan.id)) == "complete_email_sent_before"


async def test_a_mail_that_could_not_be_taken_back_is_not_asked_for_again(world: World) -> None:
    await all_but_the_mail(world)
    await world.send_complete()
    plan = await world.plan()
    await world.only(hold_plan, Because(plan.id, "The client asks to wait."))
    (withdrawal,) = await world.deliveries("email.withdraw")
    await world.only(decide, Decide(withdrawal.id, "skip", "The helpdesk is down."))
    world.said()

    await world.do(resume_plan, plan.id)

    assert await asks_again(world) == ["skipped"]
    assert not [line for _, line in world.said() if "Ask for Upgrade Complete again" in line]


async def test_a_mail_by_hand_is_asked_for_again_after_a_hold(quiet_world: World) -> None:
    world = quiet_world
    await all_but_the_mail(world)
    await world.send_complete()
    plan = await world.plan()

    await world.do(hold_plan, Because(plan.id, "The client asks to wait."))
    await world.do(resume_plan, plan.id)

    assert await asks_again(world) == ["open"]
    titles = [task.title for task in await world.tasks() if task.state == "open"]
    assert "Tell support: complete email wanted" in titles
    await world.send_complete()
    assert await asks_again(world) == ["done"]


async def test_where_the_service_sends_the_mail_it_does_so_again_after_a_hold(
    world: World,
) -> None:
    # Given a playbook by which the service sends it
    book = world.office.playbook
    by_itself = replace(book, complete_email=replace(book.complete_email, sent_by=Sender.SERVICE))
    catalog = replace(world.office.catalog, playbooks={book.key: by_itself})
    world.work = replace(world.work, office=replace(world.office, catalog=catalog))
    await all_but_the_mail(world)
    assert (await world.plan()).complete_email == "delivered"
    plan = await world.plan()

    # When the plan is held before it has left, and goes on
    await world.do(hold_plan, Because(plan.id, "The client asks to wait."))
    assert (await world.plan()).complete_email == "not_sent"
    await world.do(resume_plan, plan.id)

    # Then it is sent again, and nobody is asked for it
    assert (await world.plan()).complete_email == "delivered"
    assert await asks_again(world) == []
    await world.at(local("2026-12-01 10:00"))
    assert len([one for one in world.mails() if "Complete" in one["subject"]]) == 1
