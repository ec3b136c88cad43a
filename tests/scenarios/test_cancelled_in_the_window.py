"""Diary of a client who changes their mind when half of the bill has been changed."""

from app.domain.carrying_out import Evidence
from app.services.endings import Because, cancel_plan, hold_plan, preview_cancelling
from app.services.tasks import Complete, complete_task
from tests.world import World, in_session, local, refusal


async def test_what_was_done_is_listed_and_becomes_work(world: World) -> None:
    # Friday 20 November - signed; Wednesday 2 December - SMS is ended, priority support started,
    # the sender number is registered
    await world.receive()
    plan = await world.plan()
    await world.at(local("2026-12-02 10:00"))
    await world.confirm(("cancel_service", "sms"), ("start_service", "priority_support"))
    (sender,) = [t for t in await world.tasks() if t.title == "Register the SMS sender number"]
    await world.do(complete_task, Complete(sender.id))

    # 11:00 - Support asks what cancelling would undo
    await world.at(local("2026-12-02 11:00"))
    steps = await in_session(
        world, lambda session: preview_cancelling(session, plan.id, office=world.office)
    )
    fates = {(step.subject, step.title): str(step.fate) for step in steps}
    assert fates["adjustment", "Cancel service 'SMS'"] == "cannot_be_undone"
    assert fates["adjustment", "Start service 'Priority Support'"] == "for_a_person"
    assert fates["adjustment", "Start service 'SMS'"] == "dropped"
    assert fates["task", "Register the SMS sender number"] == "for_a_person"
    assert fates["task", "Build the SMS automations"] == "dropped"
    assert fates["e-mail", "Upgrade Begun"] == "cannot_be_undone"
    assert fates["board", "The upgrade board"] == "for_a_person"
    assert {fate for (subject, _), fate in fates.items() if subject == "reminders"} == {"dropped"}
    assert (await world.plan()).state == "in_window"

    # 11:05 - it is cancelled: what was listed is what there is to do
    await world.at(local("2026-12-02 11:05"))
    await world.do(cancel_plan, Because(plan.id, "The client changed their mind."))
    open_tasks = {task.title for task in await world.tasks() if task.state == "open"}
    assert open_tasks == {
        "Start SMS again as it was",
        "Take back the start of Priority Support",
        "Take down what was set up",
        "Archive the upgrade board",
        "Tell the client that the upgrade is cancelled",
    }
    states = {(one.kind, one.service): one.state for one in await world.adjustments()}
    assert states["cancel_service", "sms"] == "confirmed"
    assert states["start_service", "sms"] == "voided"
    written = len(world.effects("monday"))

    # Thursday 3 December - people do it; a change of billing is shown with its reference
    await world.at(local("2026-12-03 09:00"))
    for task in await world.tasks():
        if task.state != "open":
            continue
        if task.kind == "reversal":
            assert await refusal(world.only(complete_task, Complete(task.id))) == "evidence_missing"
        await world.do(complete_task, Complete(task.id, evidence=Evidence("INV-7")))
    assert {one.reversal for one in await world.adjustments() if one.state == "confirmed"} == {
        "done"
    }

    # Months later - nothing more was written to the board, and no e-mail left
    await world.at(local("2027-03-01 00:00"))
    assert len(world.effects("monday")) == written
    assert [mail["subject"].split(":")[0] for mail in world.mails()] == ["Upgrade Begun"]
    assert (await world.plan()).state == "cancelled"


async def test_a_held_plan_can_be_cancelled_and_a_live_one_cannot(world: World) -> None:
    await world.receive()
    plan = await world.plan()
    await world.do(hold_plan, Because(plan.id, "A day to think."))
    await world.do(cancel_plan, Because(plan.id, "They thought."))
    assert (await world.plan()).state == "cancelled"

    again = world.only(cancel_plan, Because(plan.id, "Again."))
    assert await refusal(again) == "state_refuses"
