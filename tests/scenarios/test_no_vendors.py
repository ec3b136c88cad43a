"""A diary without any outside system: every effect is a person's task, and the plan goes live."""

from app.services.client_mail import send_complete_email
from app.services.endings import acknowledge_plan
from app.services.tasks import Complete, complete_task
from tests.world import World, local, refusal


async def test_with_no_vendor_connected_people_do_it_all(quiet_world: World) -> None:
    world = quiet_world
    # Friday 20 November - signed: chat, e-mail and board are tasks
    await world.at(local("2026-11-20 13:12"))
    await world.receive()
    by_hand = [task for task in await world.tasks() if task.kind == "effect"]
    assert [(task.title, task.role, str(task.due_on)) for task in by_hand] == [
        ("Tell support: begun", "support", "2026-11-20"),
        ("Send the Upgrade Begun e-mail", "support", "2026-11-20"),
        ("Make the upgrade board", "support", "2026-11-20"),
    ]
    assert "To: owner@harbourdental.example" in by_hand[1].instructions
    assert "Name it: Harbour Dental: Sprint to Scale, live 2026-12-07" in by_hand[2].instructions
    assert not any(task.blocks_ready for task in by_hand)
    assert await world.deliveries() == []

    # Tuesday 1 December - set up, billed
    await world.at(local("2026-12-01 10:00"))
    await world.set_up()
    await world.confirm()

    # 10:30 - the Complete e-mail is a task, once, with its CC
    await world.at(local("2026-12-01 10:30"))
    plan = await world.plan()
    await world.send_complete()
    again = world.only(send_complete_email, plan.id)
    assert await refusal(again) == "complete_email_sent_before"
    (mail,) = [task for task in await world.tasks() if "Upgrade Complete" in task.title]
    assert mail.title == "Send the Upgrade Complete e-mail"
    assert "CC: marketing@agency.example" in mail.instructions
    assert (await world.plan()).blockers == 1
    await world.do(complete_task, Complete(mail.id))
    plan = await world.plan()
    assert (plan.complete_email, plan.blockers) == ("done_by_hand", 0)
    await world.do(acknowledge_plan, plan.id)

    # Monday 7 December, 00:00 - live; Marketing and Support are told by hand
    await world.at(local("2026-12-07 00:00"))
    assert (await world.plan()).state == "live"
    told = [task.title for task in await world.tasks() if task.state == "open"]
    assert told == ["Tell marketing: live", "Tell support: live"]

    # 09:00 - they are, and it is completed, with no task open
    await world.at(local("2026-12-07 09:00"))
    await world.set_up()
    assert (await world.plan()).state == "completed"
    assert {task.state for task in await world.tasks()} == {"done"}


async def test_a_complete_e_mail_by_hand_comes_too_late_at_the_live_instant(
    quiet_world: World,
) -> None:
    world = quiet_world
    await world.receive()
    await world.at(local("2026-12-01 10:00"))
    await world.set_up()
    await world.confirm()
    await world.send_complete()
    (mail,) = [task for task in await world.tasks() if "Upgrade Complete" in task.title]

    await world.at(local("2026-12-07 00:00"))

    assert (await world.plan()).state == "missed"
    late = world.only(complete_task, Complete(mail.id))
    assert await refusal(late) == "complete_email_too_late"
