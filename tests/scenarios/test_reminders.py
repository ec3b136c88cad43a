"""Diaries of people who are waited for: who is told when, and that it stops once they act."""

from collections.abc import AsyncIterator
from dataclasses import replace
from uuid import UUID

import pytest
from sqlalchemy import URL

from app.domain.carrying_out import Evidence
from app.services.endings import Because, cancel_plan
from app.services.live_dates import SetLiveDate, set_live_date
from app.services.tasks import Amend, Complete, amend_task, block_task, complete_task, reopen_task
from tests.builders import catalog, office, stored_staff
from tests.world import World, day, local, world_on


@pytest.fixture
async def queensland(database_url: URL) -> AsyncIterator[World]:
    """An installation that is closed on the public holidays of Queensland."""
    calendar = replace(catalog().calendar, country="AU", region="QLD")
    closed = replace(office(), catalog=replace(catalog(), calendar=calendar))
    async with world_on(database_url, office=closed) as world:
        await stored_staff(world.sessions)
        yield world


async def told_at(world: World, written: str, zone: str = "Australia/Brisbane") -> list[str]:
    """Let the time be this, and say which rooms hear what, shortly."""
    await world.at(local(written, zone))
    return [f"{room}: {line.split('*')[1]}" for room, line in world.said()]


async def task_of(world: World, title: str) -> UUID:
    """The id of the task with this title."""
    found: UUID = next(task.id for task in await world.tasks() if task.title == title)
    return found


async def test_a_question_waits_over_easter_and_is_then_asked_again(queensland: World) -> None:
    world = queensland

    # Thursday 25 March 2027, 13:12 - signed for a Tuesday: Sales is asked
    await world.at(local("2027-03-25 13:12"))
    signed = "2027-03-25T03:10:00Z"
    await world.receive(agreement__live_on="2027-04-20", agreement__signed_at=signed)
    assert [room for room, _ in world.said()] == ["sales"]

    # Good Friday to Easter Monday - nobody is there, nobody is told
    for quiet in ("2027-03-26 13:12", "2027-03-27 13:12", "2027-03-29 13:12", "2027-03-30 13:11"):
        assert await told_at(world, quiet) == []

    # Tuesday 30 March, 13:12 - a business day has passed: asked again, and on Wednesday
    again = "sales: Live date still needed: Harbour Dental"
    assert await told_at(world, "2027-03-30 13:12") == [again]
    post = world.effects("google_chat")[-1]["text"]
    assert post.startswith("Sam Sales: ")
    assert "It was asked for on Thursday 25 March 2027" in post
    assert await told_at(world, "2027-03-30 17:00") == []
    assert await told_at(world, "2027-03-31 13:12") == [again]

    # Thursday 1 April, 13:12 - the third: the lead hears of it too, and who was asked
    assert await told_at(world, "2027-04-01 13:12") == [
        again,
        "support: No live date: Harbour Dental",
    ]
    post = world.effects("google_chat")[-1]["text"]
    assert post.startswith("Lea Lead: ")
    assert "Asked before: Sam Sales." in post

    # Thursday, 15:00 - Sales sets Monday 26 April; on Friday nobody is asked
    await world.at(local("2027-04-01 15:00"))
    plan = await world.plan()
    await world.do(set_live_date, SetLiveDate(plan.id, day("2027-04-26"), None))
    world.said()
    assert await told_at(world, "2027-04-02 13:12") == []
    assert (await world.plan()).waits.keys() == {"acknowledgement"}


async def test_overdue_tasks_are_told_once_a_day_and_then_escalated(world: World) -> None:
    # Friday 20 November - signed; Tuesday 24 November - two tasks are due, and not done
    await world.receive()
    world.said()
    assert await told_at(world, "2026-11-24 17:00") == []

    # Wednesday 25 November, 09:00 - told in one message, each with its day and its person
    overdue = "support: Overdue: Harbour Dental"
    assert await told_at(world, "2026-11-25 08:59") == []
    assert await told_at(world, "2026-11-25 09:00") == [overdue]
    post = world.effects("google_chat")[-1]["text"]
    assert post.startswith("Sue Support: ")
    assert "• Register the SMS sender number, due Tuesday 24 November 2026: Sue Support" in post
    assert "• Connect the sending domain, due Tuesday 24 November 2026: Sue Support" in post
    assert "Import" not in post
    assert await told_at(world, "2026-11-25 16:00") == []

    # 16:00 - one is done; Thursday 26 November, 09:00 - the other is told again
    sender = await task_of(world, "Register the SMS sender number")
    await world.do(complete_task, Complete(sender))
    assert await told_at(world, "2026-11-26 09:00") == [overdue]
    assert "Register" not in world.effects("google_chat")[-1]["text"]

    # Friday 27 November, 09:00 - it is two business days late: the lead is told of it alone
    assert await told_at(world, "2026-11-27 09:00") == [
        overdue,
        "support: Overdue for days: Harbour Dental",
    ]
    listed, escalated = (post["text"] for post in world.effects("google_chat")[-2:])
    assert "Import the e-mail audience, due Thursday 26 November 2026: Sue Support" in listed
    assert escalated.startswith("Lea Lead: ")
    assert "Connect the sending domain, due Tuesday 24 November 2026: Sue Support" in escalated
    assert "Import" not in escalated

    # Friday, 10:00 - Support gives them other days; Monday 30 November - nobody is told
    for title in (
        "Connect the sending domain",
        "Import the e-mail audience",
        "Import the client's SMS contacts",
    ):
        await world.do(amend_task, Amend(await task_of(world, title), day("2026-12-02"), None))
    for quiet in ("2026-11-28 09:00", "2026-11-29 09:00", "2026-11-30 09:00"):
        assert await told_at(world, quiet) == []


async def test_what_becomes_overdue_on_the_last_weekend_is_told_at_once(world: World) -> None:
    # Friday 4 December - a task is due, nobody is back before the live Monday
    await world.receive()
    await world.set_up()
    welcome = await task_of(world, "Build the welcome series")
    await world.at(local("2026-11-30 10:00"))
    await world.do(reopen_task, welcome)
    await world.do(amend_task, Amend(welcome, day("2026-12-04"), None))
    await world.at(local("2026-12-04 23:59"))
    world.said()

    # Saturday 5 December, 00:00 - told as the day ends; not again on Sunday
    assert "support: Overdue: Harbour Dental" in await told_at(world, "2026-12-05 00:00")
    assert "Build the welcome series" in world.effects("google_chat")[-1]["text"]
    assert await told_at(world, "2026-12-06 09:00") == []


async def test_a_missed_plan_comes_before_the_lead_until_it_is_moved(world: World) -> None:
    # Monday 7 December, 00:00 - missed: Support and the lead hear at once what is missing
    await world.receive()
    await world.set_up()
    await world.at(local("2026-12-06 23:59"))
    world.said()
    missed = await told_at(world, "2026-12-07 00:00")
    assert missed == ["support: Not live: Harbour Dental"] * 2

    # 13:00 - four business hours later Support is asked again
    assert "Still not live" not in str(await told_at(world, "2026-12-07 12:59"))
    assert await told_at(world, "2026-12-07 13:00") == ["support: Still not live: Harbour Dental"]
    assert "The Upgrade Complete e-mail" in world.effects("google_chat")[-1]["text"]

    # Tuesday 8 December, 09:00 - the lead, and on Wednesday once more
    escalated = "support: Missed and not moved: Harbour Dental"
    assert await told_at(world, "2026-12-07 17:00") == []
    assert escalated in await told_at(world, "2026-12-08 09:00")
    assert escalated in await told_at(world, "2026-12-09 09:00")
    post = next(p for p in world.effects("google_chat")[::-1] if "not moved" in p["text"])["text"]
    assert post.startswith("Lea Lead: ")
    assert "Asked before: Sue Support." in post

    # Wednesday, 10:00 - moved to Monday 21 December; on Thursday nobody hears of it
    plan = await world.plan()
    await world.do(set_live_date, SetLiveDate(plan.id, day("2026-12-21"), "Not ready."))
    world.said()
    assert escalated not in await told_at(world, "2026-12-10 09:00")


async def test_a_blocked_task_comes_before_the_lead_within_two_hours(world: World) -> None:
    # Monday 23 November, 16:30 - Support cannot go on
    await world.receive()
    await world.at(local("2026-11-23 16:30"))
    domain = await task_of(world, "Connect the sending domain")
    await world.do(block_task, domain, "Nobody at the client has the DNS password.")
    world.said()

    # Tuesday 24 November, 10:30 - two business hours later the lead is told
    blocked = "support: Blocked: Harbour Dental"
    assert await told_at(world, "2026-11-24 10:29") == []
    assert await told_at(world, "2026-11-24 10:30") == [blocked]
    post = world.effects("google_chat")[-1]["text"]
    assert post.startswith("Lea Lead: ")
    assert (
        "• Connect the sending domain, since Monday 23 November 2026: Sue Support. "
        "Nobody at the client has the DNS password." in post
    )

    # 11:00 - it goes on, and the lead hears no more
    await world.do(reopen_task, domain)
    await world.do(complete_task, Complete(domain))
    assert await told_at(world, "2026-11-25 10:30") == ["support: Overdue: Harbour Dental"]


async def test_a_plan_under_review_waits_for_a_decision_until_there_is_one(world: World) -> None:
    # Friday 20 November, 13:12 - a second agreement of the same client
    await world.receive()
    await world.receive(agreement__ref="PROP-2", movement__to="scale")
    _, second = await world.plans()
    assert second.state == "needs_review"
    world.said()

    # Monday 23 November, 09:12 - four business hours later; 13:12 - eight
    again = "support: Still needs a decision: Harbour Dental"
    escalated = "support: No decision: Harbour Dental"
    assert await told_at(world, "2026-11-23 09:11") == []
    assert await told_at(world, "2026-11-23 09:12") == [again]
    assert await told_at(world, "2026-11-23 13:12") == [escalated]
    assert await told_at(world, "2026-11-24 13:12") == [escalated]

    # Tuesday, 14:00 - it is cancelled
    await world.at(local("2026-11-24 14:00"))
    await world.do(cancel_plan, Because(second.id, "Signed twice by mistake."))
    world.said()
    assert escalated not in await told_at(world, "2026-11-25 13:12")


async def test_a_plan_held_for_a_voided_agreement_waits_for_a_decision(world: World) -> None:
    # Wednesday 2 December, 10:00 - voided inside the window: held, people are asked
    await world.receive()
    await world.set_up()
    await world.at(local("2026-12-02 10:00"))
    voided = {"event": "agreement.voided", "event_id": "zap-9", "agreement": {"ref": "PROP-1042"}}
    await world.store_event(voided)
    await world.run_until_idle()
    plan = await world.plan()
    assert plan.state == "on_hold"
    world.said()

    # 14:00 - nobody has decided; Thursday, 10:00 - the lead is told
    assert await told_at(world, "2026-12-02 14:00") == [
        "support: Still needs a decision: Harbour Dental"
    ]
    assert "The agreement was voided." in world.effects("google_chat")[-1]["text"]
    assert await told_at(world, "2026-12-03 10:00") == ["support: No decision: Harbour Dental"]

    # 11:00 - it is cancelled
    await world.at(local("2026-12-03 11:00"))
    await world.do(cancel_plan, Because(plan.id, "Voided."))
    world.said()
    assert "No decision" not in str(await told_at(world, "2026-12-04 10:00"))


async def test_what_a_cancelled_plan_leaves_to_put_back_is_told_until_it_is_done(
    world: World,
) -> None:
    # Wednesday 2 December - one service was started when the client changes their mind
    await world.receive()
    await world.at(local("2026-12-02 10:00"))
    await world.confirm(("start_service", "priority_support"))
    plan = await world.plan()
    await world.do(cancel_plan, Because(plan.id, "The client changed their mind."))
    world.said()

    # Thursday 3 December, 09:00 - it is still to be taken back
    assert await told_at(world, "2026-12-03 09:00") == ["support: Overdue: Harbour Dental"]
    post = world.effects("google_chat")[-1]["text"]
    assert "Take back the start of Priority Support" in post
    assert "live Monday" not in post

    # 10:00 - done
    for task in await world.tasks():
        if task.state == "open":
            await world.do(complete_task, Complete(task.id, evidence=Evidence("INV-7")))
    world.said()
    assert await told_at(world, "2026-12-04 09:00") == []


async def test_an_office_a_day_ahead_tells_what_is_over_for_the_client(world: World) -> None:
    # Friday 20 November, 13:12 in Brisbane is Thursday evening in New York
    await world.receive(client__timezone="America/New_York")
    world.said()

    # Wednesday 25 November, 09:00 in Brisbane - Tuesday is not over in New York
    assert await told_at(world, "2026-11-25 09:00") == []
    assert await told_at(world, "2026-11-25 16:00") == []

    # Thursday 26 November, 09:00 - now it is, and people are there
    assert await told_at(world, "2026-11-26 09:00") == ["support: Overdue: Harbour Dental"]
    assert "due Tuesday 24 November 2026" in world.effects("google_chat")[-1]["text"]

    # Friday 4 December, 09:00 - the acknowledgement is asked for by the office's clock
    asked = "marketing: Please acknowledge: Harbour Dental"
    assert asked not in await told_at(world, "2026-12-04 08:59")
    assert asked in await told_at(world, "2026-12-04 09:00")
