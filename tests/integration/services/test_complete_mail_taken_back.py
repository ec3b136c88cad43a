"""A Complete e-mail that did not leave after all, or may have left, is counted as what it is."""

from app.domain.delivery import DeliveryState
from app.services.deliveries import Decide, decide
from app.services.endings import Because, hold_plan, resume_plan
from app.services.tasks import Complete, complete_task, reopen_task
from tests.world import World, local


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
