"""Diary of a bill that an automation changes: released, lost, unanswered, contradicted, live."""

from app.services.adjustments import fail_adjustment
from app.services.decisions import Decide
from app.services.deliveries import decide
from app.services.endings import acknowledge_plan
from tests.automated import Automated
from tests.world import local, refusal

THURSDAY_BILLER = [
    {
        "service": "sms",
        "price": {"amount": "49.00", "currency": "AUD"},
        "billing_period": "week",
        "anchor": "thursday",
        "paid_through": "2026-12-02",
    }
]


async def test_an_automation_changes_the_bill_and_people_see_to_the_rest(
    automated: Automated,
) -> None:
    world = automated.world
    # Friday 20 November - signed; SMS was billed on Thursdays
    await world.at(local("2026-11-20 13:12"))
    await world.receive(client__services=THURSDAY_BILLER)
    await automated.settle()
    task = next(task for task in await world.tasks() if task.adjustment_id is not None)
    assert task.instructions.startswith("The automation makes this change once")

    # Monday 30 November, 16:00 - Support lets the billing changes go, at the second try
    await world.at(local("2026-11-30 16:00"))
    assert await refusal(automated.release("Harbor Dental / sprint")) == "typed_names_differ"
    await automated.release()
    assert await refusal(automated.release()) == "released_before"
    assert automated.requests() == []

    # Tuesday 1 December, 00:00 - the window opens: what is safe today goes out, SMS does not.
    # One request is lost on its way, one is taken on and then forgotten.
    world.fault("automation", "billing.change_requested", "timeout")
    world.fault("automation", "billing.change_requested", "garbage")
    world.said()
    await world.at(local("2026-12-01 00:00"))
    await automated.settle()
    assert automated.requests()[:2] == [
        ("cancel_service website_care", "fault"),
        ("credit sms", "fault"),
    ]
    assert ("cancel_service sms", "effect") not in automated.requests()
    assert await automated.states() == {
        "confirmed": 7,
        "uncertain": 1,
        "submitted": 1,
        "due": 1,
    }
    lost = await automated.one("cancel_service", "website_care")
    assert lost.state == "uncertain"
    assert automated.told() == ["Uncertain in billing"]

    # 04:00 - four hours, and not a word about the forgotten one: Support and the lead are told
    await world.at(local("2026-12-01 03:59"))
    forgotten = await automated.one("credit", "sms")
    assert forgotten.state == "submitted"
    await world.at(local("2026-12-01 04:00"))
    forgotten = await automated.one("credit", "sms")
    assert forgotten.state == "uncertain"
    assert automated.told() == ["Uncertain in billing"]
    post = automated.last("Uncertain in billing")
    assert "Lea Lead" in post
    assert "has not called back within 4 hours" in post

    # 09:00 - nothing was sent again by itself, however long it is
    await world.at(local("2026-12-01 09:00"))
    assert [which for which, _ in automated.requests()].count("cancel_service website_care") == 1

    # 09:05 - a call back for another plan: nothing is taken over, people are told
    event = await automated.call_back(forgotten, agreement={"ref": "PROP-9"})
    assert (event.status, event.plan_id) == ("quarantined", (await world.plan()).id)
    assert event.reason is not None
    assert event.reason.startswith("call_back_for_another_plan: ")
    assert automated.told() == ["Look in billing"]
    assert (await automated.one("credit", "sms")).state == "uncertain"

    # 10:00 - the forgotten one is answered after all; Support has looked for the lost one, which
    # was never made, and has it sent again
    await world.at(local("2026-12-01 10:00"))
    assert (await automated.call_back(forgotten)).status == "processed"
    again = await automated.call_back(forgotten, event_id="another")
    assert (again.status, again.reason) == ("ignored", "The adjustment is confirmed already.")
    (stuck,) = [one for one in await world.deliveries("billing.submit") if one.state == "failed"]
    unseen = world.only(decide, Decide(stuck.id, "retry"))
    assert await refusal(unseen) == "adjustment_decides"
    await world.do(fail_adjustment, lost.id, "It is not in billing.")
    await world.do(decide, Decide(stuck.id, "retry"))
    await automated.settle()
    lost = await automated.one("cancel_service", "website_care")
    assert (lost.state, lost.carried_out_at) == ("confirmed", local("2026-12-01 10:00"))

    # Thursday 3 December - the bill day of SMS; Friday 4 December - the first safe day for it
    await world.at(local("2026-12-03 23:59"))
    await automated.settle()
    assert (await automated.one()).state == "due"
    await world.at(local("2026-12-04 00:00"))
    await automated.settle()
    sms = await automated.one()
    assert (sms.state, sms.carried_out_by) == ("confirmed", "Tester (by the billing hook)")
    assert sms.evidence is not None
    assert sms.evidence["reference"].startswith("AUTO-")
    assert await automated.states() == {"confirmed": 10}
    ticked = [task for task in await world.tasks() if task.adjustment_id is not None]
    assert {task.state for task in ticked} == {"done"}

    # Friday to Monday 7 December - set up, told, acknowledged, live
    await world.set_up()
    await world.send_complete()
    await world.do(acknowledge_plan, (await world.plan()).id)
    await world.at(local("2026-12-07 00:00"))
    plan = await world.plan()
    assert (plan.state, plan.went_live_at) == ("completed", local("2026-12-07 00:00"))

    # Each change was made once, at the automation and in the books
    made = [f"{each['kind']} {each['service']}" for each in automated.asked()]
    assert len(made) == len(set(made)) == 9
    assert len(await world.deliveries("billing.submit")) == 10


async def test_a_plan_that_moves_takes_its_release_back(automated: Automated) -> None:
    world = automated.world
    # Friday 20 November - signed, and released at once
    await world.receive()
    await automated.settle()
    await automated.release()

    # Monday 30 November - the client asks for a week more
    await world.at(local("2026-11-30 09:00"))
    world.said()
    await automated.move("2026-12-14")
    assert (await world.plan()).released_at is None
    assert automated.told() == ["To be released again"]

    # Tuesday 8 December - the window opens, and nothing goes out: Support is asked
    await world.at(local("2026-12-08 00:00"))
    await automated.settle()
    assert automated.requests() == []
    assert await automated.states() == {"due": 9}
    assert "once somebody releases the plan" in automated.last("Pre-live window open")

    # 09:00 - released again: everything goes at once
    await world.at(local("2026-12-08 09:00"))
    await automated.release()
    assert await automated.states() == {"confirmed": 9}


async def test_a_missed_plan_hears_its_call_back_late(automated: Automated) -> None:
    world = automated.world
    # Tuesday 1 December - released; the automation takes everything on and is silent
    await world.receive()
    await automated.settle()
    await automated.release()
    world.fault("automation", "billing.call_back", "timeout", times=9)
    await world.at(local("2026-12-01 00:00"))
    await automated.settle()

    # Monday 7 December - nothing is confirmed, so the plan is missed
    await world.at(local("2026-12-07 00:00"))
    assert (await world.plan()).state == "missed"
    assert await automated.states() == {"uncertain": 9}

    # 08:00 - the automation answers: what was made in its window was made in its window
    await world.at(local("2026-12-07 08:00"))
    for one in await world.adjustments():
        assert (await automated.call_back(one)).status == "processed"
    assert await automated.states() == {"confirmed": 9}
    assert {one.carried_out_at for one in await world.adjustments()} == {local("2026-12-01 00:00")}
    assert (await world.plan()).blockers > 0
