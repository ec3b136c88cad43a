"""Diaries of plans that end before they are live: cancelled, voided, or held for a while."""

from app.services.endings import Because, cancel_plan, hold_plan, resume_plan
from tests.world import World, local


async def test_a_plan_cancelled_before_anything_takes_back_what_it_can(world: World) -> None:
    # Friday 20 November, 13:12 - signed; 13:13 - cancelled
    await world.at(local("2026-11-20 13:12"))
    await world.receive()
    plan = await world.plan()
    world.said()
    await world.at(local("2026-11-20 13:13"))
    await world.do(cancel_plan, Because(plan.id, "Signed by mistake."))

    assert (await world.plan()).state == "cancelled"
    assert {one.state for one in await world.adjustments()} == {"voided"}
    (left,) = [task for task in await world.tasks() if task.state != "skipped"]
    assert (left.title, left.state) == ("Archive the upgrade board", "open")
    assert [(room, line.split(":")[1]) for room, line in world.said()] == [
        ("support", " *Cancelled"),
        ("marketing", " *Cancelled"),
    ]

    # Months later - no mail ever left, nothing more was said
    await world.at(local("2027-03-01 00:00"))
    assert world.mails() == []
    assert world.said() == []

    # and the client may sign again
    await world.receive(agreement__ref="PROP-2", agreement__live_on="2027-03-15")
    assert [one.state for one in await world.plans()] == ["cancelled", "scheduled"]


async def voided(world: World) -> None:
    event = {"event": "agreement.voided", "event_id": "zap-9", "agreement": {"ref": "PROP-1042"}}
    await world.store_event(event)
    await world.run_until_idle()


async def test_an_agreement_voided_before_the_window_cancels_its_plan(world: World) -> None:
    await world.receive()
    await world.at(local("2026-11-25 10:00"))

    await voided(world)

    assert (await world.plan()).state == "cancelled"


async def test_an_agreement_voided_in_the_window_holds_its_plan_for_the_lead(world: World) -> None:
    # Friday 20 November - signed; Wednesday 2 December - something is ended already
    await world.receive()
    await world.at(local("2026-12-02 10:00"))
    await world.confirm(("cancel_service", "google_business"))
    world.said()

    # 11:00 - voided: nothing is undone by itself
    await world.at(local("2026-12-02 11:00"))
    await voided(world)
    plan = await world.plan()
    assert (plan.state, plan.flags) == ("on_hold", ["agreement_voided"])
    ((room, line),) = world.said()
    assert room == "support"
    assert "Lea Lead" in line
    assert "*Needs a decision: Harbour Dental*" in line
    actions = [one.action for one in await world.audit()]
    assert actions[-2:] == ["plan.held", "plan.agreement_voided"]

    # Monday 7 December - a held plan neither goes live nor is missed
    await world.at(local("2026-12-07 00:00"))
    assert (await world.plan()).state == "on_hold"


async def test_a_plan_whose_agreement_was_voided_goes_on_once_the_lead_says_so(
    world: World,
) -> None:
    # given a plan that is held in its window since its agreement was voided
    await world.receive()
    await world.at(local("2026-12-02 10:00"))
    await voided(world)
    plan = await world.plan()

    # when the lead has talked to the client and lets it go on
    await world.do(resume_plan, plan.id, reason="Voided by mistake; the client confirmed.")

    # then nothing stands in the way of what is left to do
    plan = await world.plan()
    assert (plan.state, plan.flags) == ("in_window", [])
    assert "plan.agreement_kept" in {one.action for one in await world.audit()}
    await world.confirm(("cancel_service", "google_business"))
    assert "confirmed" in {one.state for one in await world.adjustments()}


async def test_a_plan_held_for_a_day_goes_on_where_it_was(world: World) -> None:
    # Friday 20 November, 13:12 - signed; 13:13 - held, so the client is not mailed
    await world.at(local("2026-11-20 13:12"))
    await world.receive()
    plan = await world.plan()
    await world.at(local("2026-11-20 13:13"))
    await world.do(hold_plan, Because(plan.id, "The client asks for a day."))
    await world.at(local("2026-11-21 13:00"))
    assert world.mails() == []

    # Saturday 21 November - it goes on, and the client is mailed once
    await world.do(resume_plan, plan.id)
    await world.at(local("2026-11-21 14:00"))
    assert (await world.plan()).state == "scheduled"
    assert len(world.mails()) == 1

    # held and resumed in the window it is in it again, and the reminder still comes
    await world.at(local("2026-12-02 10:00"))
    await world.do(hold_plan, Because(plan.id, "Another day."))
    await world.do(resume_plan, plan.id)
    assert (await world.plan()).state == "in_window"
    world.said()
    await world.at(local("2026-12-04 09:00"))
    asked = [room for room, line in world.said() if "acknowledge" in line]
    assert asked == ["marketing"]
    assert len(world.mails()) == 1
