"""Plans run ahead: the story that would come, told by what would do it, and then nothing of it."""

import pytest
from sqlalchemy import select, text

from app.db.models import Plan
from app.domain.agreement import read_signed
from app.domain.delivery import DeliveryKind
from app.domain.errors import DomainError
from app.services.endings import Because, cancel_plan, hold_plan
from app.services.simulation import run_plan, run_signed
from app.services.stories import Happened, InTheWay, People, SetOff
from app.services.tasks import block_task
from tests.builders import signed_document
from tests.integration.services.running_ahead import done, hour, run_ahead, run_on, said
from tests.world import World, local


async def test_with_diligent_people_it_goes_live_and_every_step_is_told(world: World) -> None:
    # when
    story = await run_ahead(world)

    # then
    assert (story.state, story.in_the_way, story.cut_short) == ("completed", (), False)
    assert done(
        story,
        "plan.created",
        "plan.scheduled",
        "plan.window_opened",
        "complete_email.requested",
        "plan.acknowledged",
        "plan.went_live",
        "plan.completed",
    ) == [
        ("11-20 13:12", "plan.created"),
        ("11-20 13:12", "plan.scheduled"),
        ("12-01 00:00", "plan.window_opened"),
        ("12-02 10:00", "complete_email.requested"),
        ("12-04 09:00", "plan.acknowledged"),
        ("12-07 00:00", "plan.went_live"),
        ("12-07 00:00", "plan.completed"),
    ]
    assert said(story) == [
        ("11-20 13:12", "begun", "support"),
        ("12-01 00:00", "window_opened", "support"),
        ("12-04 09:00", "acknowledgement_due", "marketing"),
        ("12-07 00:00", "live", "marketing"),
        ("12-07 00:00", "live", "support"),
        ("12-07 00:00", "completed", "support"),
    ]
    mails = [one for one in story.entries if isinstance(one, SetOff) and "email" in one.kind]
    assert [(mail.kind, hour(mail.leaves_at or mail.at, "UTC")) for mail in mails] == [
        ("email.begun", "11-20 03:14"),
        ("email.complete", "12-02 00:02"),
    ]
    assert mails[1].payload["cc"] == ["marketing@agency.example"]
    assert {task.state for task in story.tasks} == {"done"}
    assert {one.state for one in story.adjustments} == {"confirmed"}
    assert story.bills is not None
    assert str(story.bills.first_new.total) == "395.00 AUD"


async def test_people_do_everything_on_its_day_at_ten_of_the_clients_clock(world: World) -> None:
    # when
    story = await run_ahead(world)

    # then
    ticks = done(story, "task.completed")
    assert ticks[0] == ("11-24 10:00", "task.completed")
    assert all(at.endswith("10:00") for at, _ in ticks)
    due = sorted(task.due_on for task in story.tasks if task.due_on)
    assert [f"{day:%m-%d}" for day in due][:2] == [at[:5] for at, _ in ticks][:2]
    confirmed = [one for one in story.entries if isinstance(one, Happened) and one.amount]
    assert {hour(one.at, "Australia/Brisbane") for one in confirmed} == {"12-01 10:00"}
    assert {one.by for one in confirmed} == {"Sue Support"}


async def test_a_service_is_ended_on_its_first_safe_day(world: World) -> None:
    # given: SMS is billed on Tuesdays, so the window's first day is not safe
    sms = {"service": "sms", "anchor": "tuesday", "paid_through": "2026-11-30"}

    # when
    story = await run_ahead(world, client__services=[sms])

    # then
    ended = [
        hour(one.at, "Australia/Brisbane")
        for one in story.entries
        if isinstance(one, Happened)
        and one.action == "adjustment.confirmed"
        and (one.after["kind"], one.after["service"]) == ("cancel_service", "sms")
    ]
    assert ended == ["12-02 10:00"]
    (credit,) = [one for one in story.adjustments if one.kind == "credit"]
    assert (str(credit.money), credit.state) == ("7.00 AUD", "confirmed")


async def test_with_idle_people_it_is_reminded_of_escalated_and_missed(world: World) -> None:
    # when
    story = await run_ahead(world, People.IDLE)

    # then
    assert story.state == "missed"
    assert "Task 'Register the SMS sender number' is open." in story.in_the_way
    assert "The Upgrade Complete e-mail is expired." in story.in_the_way
    occasions = [(occasion, room) for _, occasion, room in said(story)]
    assert ("tasks_overdue", "support") in occasions
    assert ("overdue_escalated", "lead") in occasions
    asked = [one for one in said(story) if one[1].startswith("acknowledgement")]
    assert asked == [
        ("12-04 09:00", "acknowledgement_due", "marketing"),
        ("12-04 15:00", "acknowledgement_overdue", "lead"),
    ]
    missed = [one for one in said(story) if one[1] == "missed"]
    assert missed == [("12-07 00:00", "missed", "support"), ("12-07 00:00", "missed", "lead")]
    assert ("missed_unmoved", "support") in occasions
    blocked = [one for one in story.entries if isinstance(one, InTheWay)]
    assert [(hour(one.at, "Australia/Brisbane"), len(one.details)) for one in blocked] == [
        ("11-20 13:12", 17),
        ("12-01 00:00", 17),
        ("12-07 00:00", 17),
    ]
    assert done(story, "task.completed", "adjustment.confirmed", "plan.acknowledged") == []


async def test_what_is_foreseen_for_a_plan_is_what_then_happens(world: World) -> None:
    # given: a plan that nobody works on
    await world.receive()
    foreseen = await run_on(world, People.IDLE)

    # when: time passes
    for entry in foreseen.entries:
        await world.at(entry.at)

    # then: the rooms were told the same, to the letter, and at no other time anything
    expected = [
        entry.payload["text"]
        for entry in foreseen.entries
        if isinstance(entry, SetOff) and entry.kind is DeliveryKind.CHAT_POST
    ]
    posts = world.effects("google_chat")
    assert [post["text"] for post in posts][1:] == expected
    plan = await world.plan()
    assert plan.state == foreseen.state


async def test_a_plan_goes_on_from_where_it_is(world: World) -> None:
    # given: the window is open, some is done, one task is blocked
    await world.receive()
    await world.at(local("2026-12-01 09:00"))
    await world.confirm(("start_service", "sms"))
    task = (await world.tasks())[0]
    await world.only(block_task, task.id, "The provider is away.")

    # when
    story = await run_on(world)

    # then: what is blocked stays so, what waits for it waits, and so the plan is missed
    assert story.began_at == local("2026-12-01 09:00")
    assert story.state == "missed"
    assert story.in_the_way == (
        f"Task '{task.title}' is blocked.",
        "Task 'Build the SMS automations' is open.",
        "Task 'Brief Marketing on the new services' is open.",
        "The Upgrade Complete e-mail is expired.",
    )
    assert done(story, "adjustment.confirmed")[0] == ("12-01 10:00", "adjustment.confirmed")


async def test_a_plan_on_hold_and_one_that_is_over_have_nothing_to_come(world: World) -> None:
    # given
    await world.receive()
    plan = await world.plan()

    # when
    await world.do(hold_plan, Because(plan.id, "They think about it."))
    held = await run_on(world)
    await world.do(cancel_plan, Because(plan.id, "They do not want it."))
    over = await run_on(world)

    # then
    assert (held.state, [one for one in held.entries if isinstance(one, Happened)]) == (
        "on_hold",
        [],
    )
    assert (over.state, over.cut_short) == ("cancelled", False)


async def test_nobody_elses_plan_is_touched_or_waited_for(world: World) -> None:
    # given: two plans, both with their windows due, and somebody holds the other one
    await world.receive()
    other = signed_document(
        agreement__ref="PROP-2", client__ref="C-2", client__email="two@client.example"
    )
    await world.store_event(other)
    await world.run_until_idle()
    first, second = await world.plans()
    world.clock.at = local("2026-12-01 00:00")

    async with world.sessions() as holding, world.sessions() as session:
        await holding.execute(select(Plan).where(Plan.id == second.id).with_for_update())

        # when
        story = await run_plan(
            session, first.id, people=People.DILIGENT, office=world.office, now=world.now
        )

        # then
        assert story.state == "completed"
        states = text("SELECT state FROM plans WHERE id = :id FOR UPDATE NOWAIT")
        await holding.rollback()
        assert await holding.scalar(states, {"id": second.id}) == "scheduled"


async def test_an_agreement_that_has_its_plan_is_run_ahead_as_that_plan(world: World) -> None:
    # given
    await world.receive()
    plan = await world.plan()

    # when
    with pytest.raises(DomainError) as refused:
        async with world.sessions() as session:
            await run_signed(
                session,
                read_signed(signed_document()),
                people=People.IDLE,
                office=world.office,
                begins_at=world.now,
            )

    # then
    assert refused.value.code == "agreement_has_plan"
    assert refused.value.facts == {"plan_ref": plan.ref}
