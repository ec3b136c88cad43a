"""Diary of a client who postpones twice, the second time in the middle of the window."""

from app.domain.carrying_out import Evidence
from app.services.adjustments import void_adjustment
from app.services.endings import acknowledge_plan
from app.services.live_dates import SetLiveDate, preview_live_date, set_live_date
from app.services.tasks import Complete, complete_task
from tests.builders import TESTER
from tests.world import World, day, local, refusal

SMS = {
    "service": "sms",
    "price": {"amount": "49.00", "currency": "AUD"},
    "billing_period": "week",
    "anchor": "thursday",
    "paid_through": "2026-12-09",
}


async def amounts(world: World) -> list[tuple[str, str, str, int | None]]:
    """Credits and charges that stand: kind, service, state, cents."""
    return [
        (one.kind, one.service, one.state, one.money_minor)
        for one in await world.adjustments()
        if one.kind in ("credit", "charge") and one.state != "voided"
    ]


async def test_postponed_twice_and_every_day_is_billed_once(world: World) -> None:
    # Friday 20 November - signed for 7 December; its SMS is paid on Thursdays, up to 9 December
    await world.receive(client__services=[SMS])
    plan = await world.plan()
    assert await amounts(world) == [("credit", "sms", "scheduled", 2100)]

    # Wednesday 25 November - the client is away: a week later; its bills meet the date otherwise
    await world.at(local("2026-11-25 10:00"))
    await world.do(set_live_date, SetLiveDate(plan.id, day("2026-12-14"), "The client is away."))
    assert await amounts(world) == [("credit", "sms", "scheduled", 2100)]

    # Friday 11 December, in the window - Support ends SMS after its Thursday bill, credits three
    # days, and starts priority support
    await world.at(local("2026-12-11 10:00"))
    await world.confirm(
        ("cancel_service", "sms"), ("credit", "sms"), ("start_service", "priority_support")
    )

    # 11:00 - the client postpones again; the dry run says what that comes to, and changes nothing
    await world.at(local("2026-12-11 11:00"))
    command = SetLiveDate(plan.id, day("2026-12-21"), "Their shop opens later.")
    async with world.sessions.begin() as session:
        moved = await preview_live_date(
            session, command, office=world.office, actor=TESTER, now=world.now
        )
    foreseen = [(one.subject, one.field, one.after) for one in moved]
    assert (
        "adjustment: charge sms",
        "reckoning",
        "3 of 7 days and 4 of 7 days (14 to 20 December 2026) of SMS at 49.00 AUD a week "
        "are served but not billed: charge 49.00 AUD",
    ) in foreseen
    assert ("adjustment: start service priority_support", "reversal", "wanted") in foreseen
    assert ("task: Take back the start of Priority Support", "state", "open") in foreseen
    assert (await world.plan()).live_on == day("2026-12-14")
    assert [task for task in await world.tasks() if task.kind == "reversal"] == []

    # 11:05 - it is moved, and what happens is what was foreseen
    await world.at(local("2026-12-11 11:05"))
    _, done = await world.do(set_live_date, command)
    assert [(one.subject, one.field, one.after) for one in done] == foreseen
    assert await amounts(world) == [
        ("credit", "sms", "confirmed", 2100),
        ("charge", "sms", "scheduled", 4900),
    ]

    # 11:30 - a person takes back the start, and says where that can be seen
    (task,) = [task for task in await world.tasks() if task.kind == "reversal"]
    assert task.blocks_ready
    assert await refusal(world.only(complete_task, Complete(task.id))) == "evidence_missing"
    await world.do(complete_task, Complete(task.id, evidence=Evidence("INV-99")))
    starts = [one for one in await world.adjustments() if one.service == "priority_support"]
    assert [(one.state, one.reversal, str(one.effective_on)) for one in starts] == [
        ("confirmed", "done", "2026-12-14"),
        ("scheduled", None, "2026-12-21"),
    ]

    # Tuesday 15 December - the new window: the rest is carried out, and the plan goes live
    await world.at(local("2026-12-15 10:00"))
    await world.set_up()
    await world.confirm()
    await world.send_complete()
    await world.do(acknowledge_plan, plan.id)
    await world.at(local("2026-12-15 10:05"))
    # The client is told of what starts now, not of what was taken back.
    assert (
        "Starting with Scale: Website Care, SMS, Email Marketing, Google Business, "
        "Priority Support</li>"
    ) in world.mails()[-1]["text"]
    await world.at(local("2026-12-21 00:00"))
    assert (await world.plan()).state == "completed"
    ended = [one for one in await world.adjustments() if one.kind == "cancel_service"]
    assert sorted(one.service for one in ended) == sorted({one.service for one in ended})


async def test_a_date_that_moves_back_takes_nothing_back(world: World) -> None:
    # given a start that was carried out for the seventh, and a date that moved to the fourteenth
    await world.receive()
    plan = await world.plan()
    await world.at(local("2026-12-02 10:00"))
    await world.confirm(("start_service", "priority_support"))
    await world.do(set_live_date, SetLiveDate(plan.id, day("2026-12-14"), "Later."))
    (task,) = [task for task in await world.tasks() if task.kind == "reversal"]

    # when it moves back before anybody took it back
    await world.do(set_live_date, SetLiveDate(plan.id, day("2026-12-07"), "Not later."))

    # then it holds, once, and nobody has to do anything
    starts = [one for one in await world.adjustments() if one.service == "priority_support"]
    assert [(one.state, one.reversal) for one in starts] == [
        ("confirmed", None),
        ("voided", None),
    ]
    (task,) = [task for task in await world.tasks() if task.kind == "reversal"]
    assert task.state == "skipped"

    # and there and back again it is the same
    for monday in ("2026-12-14", "2026-12-07"):
        await world.do(set_live_date, SetLiveDate(plan.id, day(monday), "To and fro."))
    open_starts = [
        one
        for one in await world.adjustments()
        if one.service == "priority_support" and one.state != "voided" and one.reversal is None
    ]
    assert [one.state for one in open_starts] == ["confirmed"]


async def test_a_waived_bridge_is_not_asked_for_again(world: World) -> None:
    # given a service that was ended, a date that moved, and a bridge of a week
    await world.receive()
    plan = await world.plan()
    await world.at(local("2026-12-02 10:00"))
    await world.confirm(("cancel_service", "sms"))
    await world.do(set_live_date, SetLiveDate(plan.id, day("2026-12-14"), "Later."))
    (bridge,) = [one for one in await world.adjustments() if one.kind == "charge"]

    # when it is waived, and the date moves by another week
    await world.do(void_adjustment, bridge.id, "Our mistake.")
    await world.do(set_live_date, SetLiveDate(plan.id, day("2026-12-21"), "Later still."))

    # then only the second week is asked for
    charges = [one for one in await world.adjustments() if one.kind == "charge"]
    assert [(one.state, one.waived_by) for one in charges] == [
        ("voided", "Tester"),
        ("scheduled", None),
    ]
    assert charges[1].reckoning is not None
    assert (charges[1].reckoning["from"], charges[1].reckoning["to"]) == (
        "2026-12-14",
        "2026-12-21",
    )
