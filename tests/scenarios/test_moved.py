"""Diaries of a live date that moves before anything was carried out, and moves back."""

from app.services.live_dates import SetLiveDate, preview_live_date, set_live_date
from tests.builders import TESTER
from tests.world import World, day, local


async def test_a_move_within_minutes_withdraws_the_mail_and_writes_it_anew(world: World) -> None:
    # Friday 20 November, 13:12 - signed; the helpdesk is to mail at 13:14
    await world.at(local("2026-11-20 13:12"))
    await world.receive()
    plan = await world.plan()
    world.said()

    # 13:13 - the preview says what would move, and changes nothing
    await world.at(local("2026-11-20 13:13"))
    command = SetLiveDate(plan.id, day("2026-12-14"), "The client is away.")
    async with world.sessions() as session:
        moved = await preview_live_date(
            session, command, office=world.office, actor=TESTER, now=world.now
        )
    lines = {(one.subject, one.field): (one.before, one.after) for one in moved}
    assert lines["plan", "live_on"] == ("2026-12-07", "2026-12-14")
    assert lines["plan", "window_opens_at"] == ("2026-11-30T14:00:00Z", "2026-12-07T14:00:00Z")
    assert lines["task: Register the SMS sender number", "due_on"] == ("2026-11-24", "2026-12-01")
    assert lines["adjustment: cancel service sms", "safe_days"] == (
        "2026-12-01 to 2026-12-06, 6 days",
        "2026-12-08 to 2026-12-13, 6 days",
    )
    assert (await world.plan()).live_on == day("2026-12-07")

    # 13:13 - Support moves it
    await world.do(set_live_date, command)
    assert {(one.state, one.kind) for one in await world.deliveries() if "mail" in one.kind} == {
        ("cancelled", "email.begun"),
        ("delivered", "email.withdraw"),
        ("delivered", "email.begun"),
    }
    board = await world.board()
    assert "live 2026-12-14" in board.name
    assert {item.due_on for item in board.items if item.group == "Billing"} == {"2026-12-08"}
    assert [room for room, _ in world.said()] == ["support", "marketing"]

    # 13:30 - one e-mail left, with the new date
    await world.at(local("2026-11-20 13:30"))
    (begun,) = world.mails()
    assert "Monday 14 December 2026" in begun["text"]
    assert "7 December" not in begun["text"]

    # Monday 7 December - nothing happens on the old date
    await world.at(local("2026-12-07 00:00"))
    assert (await world.plan()).state == "scheduled"


async def test_a_move_after_the_mail_has_left_asks_a_person_to_tell_the_client(
    world: World,
) -> None:
    await world.at(local("2026-11-20 13:12"))
    await world.receive()
    await world.at(local("2026-11-20 15:00"))
    plan = await world.plan()

    await world.do(set_live_date, SetLiveDate(plan.id, day("2026-12-14"), None))

    await world.at(local("2026-11-20 16:00"))
    assert len(world.mails()) == 1
    task = (await world.tasks())[-1]
    assert task.title == "Tell the client of the new live date, Monday 14 December 2026"
    assert not task.blocks_ready


async def test_a_date_moves_there_and_back_and_there_again(world: World) -> None:
    # given a plan with its reminders
    await world.receive()
    plan = await world.plan()

    # when it moves to and fro
    for monday in ("2026-12-14", "2026-12-07", "2026-12-14", "2026-12-07"):
        await world.do(set_live_date, SetLiveDate(plan.id, day(monday), "to and fro"))

    # then it is as if it had never moved
    await world.at(local("2026-12-04 10:00"))
    plan = await world.plan()
    assert (plan.live_on, plan.state) == (day("2026-12-07"), "in_window")
    reminders = [line for _, line in world.said() if "Please acknowledge" in line]
    assert len(reminders) == 1
    due = {item.title: item.due_on for item in (await world.board()).items}
    assert due["Register the SMS sender number"] == "2026-11-24"
    assert len(world.mails()) == 1


async def test_a_thursday_biller_is_credited_anew_when_the_date_moves(world: World) -> None:
    sms = {
        "service": "sms",
        "price": {"amount": "49.00", "currency": "AUD"},
        "billing_period": "week",
        "anchor": "monday",
        "paid_through": "2026-12-09",
    }
    # given a service paid beyond the first live date
    await world.receive(client__services=[sms])
    plan = await world.plan()
    credited = [one for one in await world.adjustments() if one.kind == "credit"]
    assert [one.money_minor for one in credited] == [2100]

    # when the date moves to a Monday that its bills meet otherwise
    await world.do(set_live_date, SetLiveDate(plan.id, day("2026-12-14"), "later"))

    # then every adjustment stands for the new date, and no old money is left
    live = [one for one in await world.adjustments() if one.state != "voided"]
    assert {str(one.effective_on) for one in live} == {"2026-12-14"}
    voided = [one for one in await world.adjustments() if one.state == "voided"]
    tasks = {task.adjustment_id: task for task in await world.tasks()}
    assert all(tasks[one.id].state == "skipped" for one in voided)
    items = {item.title for item in (await world.board()).items}
    assert {tasks[one.id].title for one in live} <= items


async def test_of_two_moves_after_the_mail_the_client_is_told_the_last(world: World) -> None:
    await world.receive()
    await world.at(local("2026-11-20 15:00"))
    plan = await world.plan()

    for hour, monday in (("16", "2026-12-14"), ("17", "2026-12-21")):
        await world.at(local(f"2026-11-20 {hour}:00"))
        await world.do(set_live_date, SetLiveDate(plan.id, day(monday), None))

    told = [task for task in await world.tasks() if task.title.startswith("Tell the client")]
    assert [(task.state, task.title[-28:]) for task in told] == [
        ("skipped", "date, Monday 14 December 2026"[-28:]),
        ("open", "date, Monday 21 December 2026"[-28:]),
    ]
