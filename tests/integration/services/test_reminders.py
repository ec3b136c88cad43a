"""Reminders follow from what a plan waits for: set, told once, and dropped with the wait."""

from app.queries.timeline import timeline_of
from app.scheduler.ticks import TICKS
from app.services.endings import Because, acknowledge_plan, cancel_plan, hold_plan, resume_plan
from app.services.live_dates import SetLiveDate, set_live_date
from app.services.plan_edits import note_on_plan
from app.services.tasks import Complete, block_task, complete_task, reopen_task
from tests.builders import signed_document
from tests.world import World, day, local, together


async def waiting(world: World) -> list[tuple[str, str]]:
    """The reminders that are to come, each with its hour in Brisbane."""
    rows = await world.rows(
        "SELECT moment, to_char(fires_at AT TIME ZONE 'Australia/Brisbane', 'MM-DD HH24:MI')"
        " FROM timers WHERE state = 'waiting' ORDER BY fires_at, moment"
    )
    return [(moment, at) for moment, at in rows]


async def told(world: World) -> list[str]:
    """The reminders that were told, in order."""
    entries = [one.after for one in await world.audit() if one.action == "plan.reminded"]
    return [after["reminder"] for after in entries if after]


async def test_a_dated_plan_has_the_reminders_of_its_tasks_and_its_acknowledgement(
    world: World,
) -> None:
    await world.receive()

    assert await waiting(world) == [
        ("tasks_overdue", "11-25 09:00"),
        ("overdue_escalated", "11-27 09:00"),
        ("acknowledgement_due", "12-04 09:00"),
        ("acknowledgement_overdue", "12-04 15:00"),
    ]


async def test_reminders_move_with_the_live_date_and_rest_with_the_plan(world: World) -> None:
    # Given a plan that moves by a week
    await world.receive()
    plan = await world.plan()
    await world.do(set_live_date, SetLiveDate(plan.id, day("2026-12-14"), "The client asked."))
    moved = await waiting(world)
    assert [at for moment, at in moved if moment.startswith("ack")] == [
        "12-11 09:00",
        "12-11 15:00",
    ]
    assert ("tasks_overdue", "12-02 09:00") in moved

    # When it is held, acknowledged after that, and cancelled
    await world.do(hold_plan, Because(plan.id, "The client is away."))
    held = await waiting(world)
    await world.do(resume_plan, plan.id)
    resumed = await waiting(world)
    await world.do(acknowledge_plan, plan.id)
    acknowledged = await waiting(world)
    await world.do(cancel_plan, Because(plan.id, "The client left."))

    # Then its reminders rest, come back, and end but for what cancelling leaves to do
    assert held == []
    assert resumed == moved
    assert acknowledged == [each for each in moved if not each[0].startswith("ack")]
    assert {moment for moment, _ in await waiting(world)} == {
        "tasks_overdue",
        "overdue_escalated",
    }


async def test_a_late_start_tells_once_what_came_due_in_order_and_in_business_hours(
    world: World,
) -> None:
    # Given a plan, and workers that stand still from Tuesday 24 to Monday 30 November
    await world.receive()
    world.said()

    # When they start in the night
    await world.at(local("2026-11-30 03:00"))
    in_the_night = world.said()
    await world.at(local("2026-11-30 09:00"))

    # Then people are told in the morning: one list, one escalation, not one for each day
    assert in_the_night == []
    assert [line.split("*")[1] for _, line in world.said()] == [
        "Overdue: Harbour Dental",
        "Overdue for days: Harbour Dental",
    ]
    await world.at(local("2026-11-30 17:00"))
    assert world.said() == []


async def test_sweepers_that_come_at_once_tell_once(world: World) -> None:
    # Given two plans with overdue tasks
    await world.receive()
    other = {"agreement__ref": "PROP-2", "client__ref": "C-2", "client__email": "b@b.example"}
    await world.receive(**other)
    world.clock.at = local("2026-11-25 09:00")

    # When four workers look at the same moment, and again
    for _ in range(3):
        results = await together(*[lambda: TICKS["reminders"].run(world.work)] * 4)
        assert not [each for each in results if isinstance(each, BaseException)]

    # Then each plan is told of once
    assert await told(world) == ["tasks_overdue"] * 2
    posts = [one for one in await world.deliveries("chat.post") if "overdue" in one.subject]
    assert {one.plan_id for one in posts} == {plan.id for plan in await world.plans()}
    assert len(posts) == 2


async def test_a_change_while_a_sweeper_tells_neither_loses_nor_doubles_it(world: World) -> None:
    # Given a blocked task whose two hours are over
    await world.receive()
    await world.at(local("2026-11-23 10:00"))
    task = (await world.tasks())[0]
    await world.do(block_task, task.id, "No access.")
    world.clock.at = local("2026-11-23 12:00")
    plan = await world.plan()

    # When people change the plan while sweepers look
    await together(
        lambda: TICKS["reminders"].run(world.work),
        lambda: world.only(note_on_plan, plan.id, "Called the client."),
        lambda: TICKS["reminders"].run(world.work),
        lambda: world.only(complete_task, Complete(task.id)),
    )
    await world.run_until_idle()

    # Then it was told once, or never, where it was done first
    assert (await told(world)).count("blocked_escalated") <= 1
    assert "blocked_escalated" not in [moment for moment, _ in await waiting(world)]


async def test_without_a_chat_a_reminder_is_a_task_that_nobody_is_reminded_of(
    plain: World,
) -> None:
    # Given overdue tasks, and no room in which to say so
    await plain.receive()

    # When it is told, and told again
    await plain.at(local("2026-11-25 09:00"))
    await plain.at(local("2026-11-26 09:00"))

    # Then Support has one task that says it, and it is not overdue itself
    said = [task for task in await plain.tasks() if task.title == "Tell support: tasks overdue"]
    assert [(task.role, task.state) for task in said] == [("support", "open")]
    assert "Register the SMS sender number" in said[0].instructions
    await plain.at(local("2026-11-27 09:00"))
    about = [one.after for one in await plain.audit() if one.action == "plan.reminded"]
    assert "Tell support" not in str(about)

    # When it is passed on, and tasks are overdue the day after
    await plain.do(complete_task, Complete(said[0].id))
    await plain.at(local("2026-11-30 09:00"))

    # Then there is a new one
    states = [task.state for task in await plain.tasks() if task.title == said[0].title]
    assert states == ["done", "open"]


async def test_changed_terms_are_asked_about_until_somebody_decides(plain: World) -> None:
    # Given terms that changed under a plan
    await plain.receive()
    plan = await plain.plan()
    await plain.change("UPDATE plans SET amendment = '{}'")
    await plain.only(note_on_plan, plan.id, "Amended.")
    keys = {moment for moment, _ in await waiting(plain)}
    assert keys >= {"review_unanswered", "review_escalated"}

    # When they are decided on
    await plain.change("UPDATE plans SET amendment = NULL")
    await plain.only(note_on_plan, plan.id, "Decided.")

    # Then nobody is asked
    assert "review" not in str(await waiting(plain))


async def test_a_plan_of_an_earlier_version_gets_its_reminders(plain: World) -> None:
    # Given a plan that waits for its date, and knows of no reminders but one that means nothing
    await plain.store_event(signed_document(agreement__live_on=...))
    await plain.run_jobs()
    await plain.change("DELETE FROM timers")
    await plain.change("UPDATE plans SET waits = '{}'")
    await plain.change(
        "INSERT INTO timers (id, plan_id, moment, fires_at, state)"
        " SELECT gen_random_uuid(), id, 'look', created_at, 'waiting' FROM plans"
    )

    # When the clock looks at it
    await TICKS["reminders"].run(plain.work)

    # Then nothing is said, and it is waited for from now on
    assert await told(plain) == []
    assert await waiting(plain) == [
        ("live_date_unanswered", "11-23 13:12"),
        ("live_date_escalated", "11-25 13:12"),
    ]


async def test_a_clock_that_is_set_back_tells_again(world: World) -> None:
    await world.receive()
    await world.at(local("2026-11-25 09:00"))

    await world.at(local("2026-11-24 10:00"))
    await world.only(note_on_plan, (await world.plan()).id, "Back again.")
    await world.at(local("2026-11-25 09:00"))

    assert await told(world) == ["tasks_overdue"] * 2


async def test_the_timeline_tells_what_was_said_and_what_will_be(world: World) -> None:
    await world.receive()
    await world.at(local("2026-11-25 09:00"))
    plan = await world.plan()

    async with world.sessions() as session:
        book = world.office.playbook
        story = (await timeline_of(session, plan.id, book=book, now=world.now)).entries

    what = "Support is told which tasks are overdue"
    past, future = [entry for entry in story if entry.what == what]
    assert past.detail == (
        "Register the SMS sender number, due Tuesday 24 November 2026: Sue Support. "
        "Connect the sending domain, due Tuesday 24 November 2026: Sue Support."
    )
    assert (future.kind, future.at) == ("future", local("2026-11-26 09:00"))
    assert future.detail == "Unless the tasks are done before."
    escalated = next(entry for entry in story if entry.what == "Overdue tasks are escalated")
    assert (escalated.kind, escalated.at) == ("future", local("2026-11-27 09:00"))


async def test_a_task_that_is_opened_again_is_told_of_from_then_on(world: World) -> None:
    # given a task that was done, and others that the lead heard of
    await world.receive()
    first, *_ = await world.tasks()
    await world.do(complete_task, Complete(first.id))
    for date in ("11-25", "11-26", "11-27", "11-30", "12-01", "12-02", "12-03", "12-04"):
        await world.at(local(f"2026-{date} 09:00"))

    # when it is opened again after its day
    opened_at = local("2026-12-04 12:00")
    await world.at(opened_at)
    await world.do(reopen_task, first.id)
    for date in ("12-07", "12-08", "12-09", "12-10", "12-11"):
        await world.at(local(f"2026-{date} 09:00"))

    # then the lead hears of it as well
    after = [
        entry.after
        for entry in await world.audit()
        if entry.action == "plan.reminded" and entry.at >= opened_at
    ]
    about = {each["reminder"] for each in after if each and first.title in str(each["about"])}
    assert "overdue_escalated" in about
