"""Diaries of plans that are not ready on their Monday, and how people rescue them."""

from app.domain.carrying_out import Evidence
from app.services.adjustments import Confirm, confirm_adjustment
from app.services.endings import Because, acknowledge_plan
from app.services.forcing import force_live
from app.services.live_dates import SetLiveDate, set_live_date
from app.services.tasks import skip_task
from tests.world import World, day, local, refusal


async def test_a_missed_plan_is_moved_to_a_later_monday_and_goes_live(world: World) -> None:
    # Friday 20 November - signed; nobody works on it
    await world.at(local("2026-11-20 13:12"))
    await world.receive()

    # Monday 7 December, 00:00 - missed, not live
    await world.at(local("2026-12-06 23:59"))
    world.said()
    await world.at(local("2026-12-07 00:00"))
    plan = await world.plan()
    assert (plan.state, plan.complete_email, plan.went_live_at) == ("missed", "expired", None)
    posts = world.effects("google_chat")[-2:]
    assert all("*Not live: Harbour Dental*" in post["text"] for post in posts)
    assert all("Lea Lead" in post["text"] for post in posts)
    assert "Task 'Register the SMS sender number' is open." in posts[0]["text"]

    # 09:00 - a bill cannot be changed any more, and the old Monday cannot be set again
    await world.at(local("2026-12-07 09:00"))
    past = world.only(set_live_date, SetLiveDate(plan.id, day("2026-12-07"), "again"))
    assert await refusal(past) == "live_date_past"

    # 09:05 - Support moves it to Monday 21 December
    await world.at(local("2026-12-07 09:05"))
    world.said()
    await world.do(set_live_date, SetLiveDate(plan.id, day("2026-12-21"), "Not ready."))
    plan = await world.plan()
    assert (plan.state, plan.complete_email) == ("scheduled", "not_sent")
    assert [(room, line.split(":")[1]) for room, line in world.said()] == [
        ("support", " *Moved"),
        ("marketing", " *Moved"),
    ]
    assert {str(one.effective_on) for one in await world.adjustments()} == {"2026-12-21"}
    assert {one.state for one in await world.adjustments()} == {"scheduled"}
    follow_up = (await world.tasks())[-1]
    assert follow_up.title == "Tell the client of the new live date, Monday 21 December 2026"
    board = await world.board()
    assert "live 2026-12-21" in board.name
    assert {item.due_on for item in board.items if item.group == "Handover"} == {"2026-12-16"}

    # Tuesday 15 to Monday 21 December - this time everything is done
    await world.at(local("2026-12-15 10:00"))
    await world.set_up()
    await world.confirm()
    await world.send_complete()
    await world.do(acknowledge_plan, plan.id)
    await world.at(local("2026-12-20 23:59"))
    assert len(world.mails()) == 2
    await world.at(local("2026-12-21 00:00"))
    plan = await world.plan()
    assert (plan.state, plan.went_live_at) == ("completed", local("2026-12-21 00:00"))


async def test_a_missed_plan_is_forced_live_with_what_it_lacks(world: World) -> None:
    # Friday 20 November - signed; Tuesday 1 December - all is billed, one task stays open
    await world.at(local("2026-11-20 13:12"))
    await world.receive()
    await world.at(local("2026-12-01 10:00"))
    await world.confirm()
    await world.at(local("2026-12-07 00:00"))
    plan = await world.plan()
    assert plan.state == "missed"

    # Monday 7 December, 08:00 - the lead forces it
    await world.at(local("2026-12-07 08:00"))
    world.said()
    await world.do(force_live, Because(plan.id, "The client waits for it."))
    plan = await world.plan()
    assert (plan.state, plan.live_on) == ("live", day("2026-12-07"))
    assert plan.went_live_at == local("2026-12-07 08:00")
    assert (plan.flags, plan.complete_email) == (["forced_live"], "expired")
    assert [room for room, _ in world.said()] == ["marketing", "support"]
    entry = next(one for one in await world.audit() if one.action == "plan.forced_live")
    assert entry.reason == "The client waits for it."
    assert entry.after is not None
    assert "Task 'Register the SMS sender number' is open." in entry.after["missing"]
    ((package,),) = await world.rows("SELECT package FROM clients")
    assert package == "scale"

    # 09:00 - the open tasks are closed one by one, and it is completed
    await world.at(local("2026-12-07 09:00"))
    await world.do(acknowledge_plan, plan.id)
    for task in await world.tasks():
        if task.state == "open":
            await world.do(skip_task, task.id, "Done with the client on the phone.")
    assert (await world.plan()).state == "completed"
    assert [mail["subject"].split(":")[0] for mail in world.mails()] == ["Upgrade Begun"]


async def test_a_forced_plan_takes_no_more_changes_of_the_bill(world: World) -> None:
    await world.receive()
    await world.at(local("2026-12-07 00:00"))
    plan = await world.plan()
    await world.at(local("2026-12-07 08:00"))
    await world.do(force_live, Because(plan.id, "Because."))

    # what was not made is void, and a person settles it with billing
    one = (await world.adjustments())[0]
    command = Confirm(one.id, f"Harbour Dental / {one.service}", Evidence("INV-1"))
    assert await refusal(world.only(confirm_adjustment, command)) == "adjustment_state_refuses"
    assert {one.state for one in await world.adjustments()} == {"voided"}
    by_hand = [task for task in await world.tasks() if task.title.startswith("Settle by hand: ")]
    assert len(by_hand) == len(await world.adjustments())
    assert "End SMS of the old package" in {task.title[16:] for task in by_hand}
    # the trail holds of each that it was dropped
    (entry,) = [each for each in await world.audit() if each.action == "plan.refitted"]
    assert entry.after is not None
    dropped = [each for each in entry.after["changes"] if each["after"] == "voided"]
    assert {each["subject_id"] for each in dropped} == {
        str(one.id) for one in await world.adjustments()
    }

    # and that is why the plan is not completed yet
    await world.do(acknowledge_plan, plan.id)
    assert (await world.plan()).state == "live"
