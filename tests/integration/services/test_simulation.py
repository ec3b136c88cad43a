"""Plans run ahead: the story that would come, told by what would do it, and then nothing of it."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import select, text

from app.db.models import Plan
from app.domain.adjustment import BillingMode
from app.domain.agreement import read_signed
from app.domain.board_search import BoardBy
from app.domain.calendar import zone_of
from app.domain.delivery import DeliveryKind, System
from app.domain.errors import DomainError
from app.domain.playbook.upgrade import Sender
from app.services.endings import Because, cancel_plan, hold_plan
from app.services.office import Office
from app.services.simulation import run_plan, run_signed
from app.services.stories import Happened, InTheWay, People, Refused, SetOff, Story
from app.services.tasks import block_task
from tests.builders import VENDORS, signed_document
from tests.world import World, local


async def contents(world: World) -> Mapping[str, Any]:
    """Every table of the database with a hash of all that it holds."""
    names = await world.rows(
        "SELECT quote_ident(table_schema) || '.' || quote_ident(table_name)"
        " FROM information_schema.tables WHERE table_type = 'BASE TABLE'"
        " AND table_schema NOT IN ('pg_catalog', 'information_schema')"
    )
    rows = "SELECT count(*), md5(string_agg(t::text, '|' ORDER BY t::text)) FROM {} t"
    return {name: tuple((await world.rows(rows.format(name)))[0]) for (name,) in names}


async def run_ahead(
    world: World,
    people: People = People.DILIGENT,
    *,
    office: Office | None = None,
    **changes: Any,
) -> Story:
    """Run the plan of an agreement ahead, and see that nothing of it is left."""
    signed = read_signed(signed_document(**changes))
    begins_at = signed.occurred_at
    assert begins_at is not None
    before = await contents(world)
    async with world.sessions() as session:
        story = await run_signed(
            session,
            signed,
            people=people,
            office=office or world.office,
            begins_at=begins_at,
        )
        await session.commit()
    assert await contents(world) == before
    assert world.vendors.stage.ledger.lines(effect=True) == []
    return story


async def run_on(world: World, people: People = People.DILIGENT) -> Story:
    """Run the only plan ahead from where it is, and see that nothing of it is left."""
    plan = await world.plan()
    before = await contents(world)
    async with world.sessions() as session:
        story = await run_plan(session, plan.id, people=people, office=world.office, now=world.now)
        await session.commit()
    assert await contents(world) == before
    return story


def said(story: Story, zone: str = "Australia/Brisbane") -> list[tuple[str, str, str]]:
    """The chat messages: the client's hour, the occasion, the room."""
    return [
        (hour(entry.at, zone), entry.subject.split("/")[0], entry.payload["room"])
        for entry in story.entries
        if isinstance(entry, SetOff) and entry.kind is DeliveryKind.CHAT_POST
    ]


def done(story: Story, *actions: str, zone: str = "Australia/Brisbane") -> list[tuple[str, str]]:
    """What was done of these kinds: the client's hour and the action."""
    return [
        (hour(entry.at, zone), entry.action)
        for entry in story.entries
        if isinstance(entry, Happened) and entry.action in actions
    ]


def hour(at: datetime, zone: str) -> str:
    return f"{at.astimezone(zone_of(zone)):%m-%d %H:%M}"


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


async def test_signed_on_friday_night_in_sydney_for_the_monday_after(world: World) -> None:
    # when
    story = await run_ahead(
        world,
        agreement__signed_at="2026-11-20T12:30:00Z",
        occurred_at="2026-11-20T12:30:00Z",
        agreement__live_on="2026-11-23",
        client__timezone="Australia/Sydney",
    )

    # then: the window was open, everything is done on Saturday, and it goes live
    zone = "Australia/Sydney"
    assert (story.flags, story.state) == (("compressed",), "completed")
    told = said(story, zone)
    assert told[:2] == [
        ("11-20 23:30", "begun", "support"),
        ("11-20 23:30", "compressed", "support"),
    ]
    assert {at for at, _ in done(story, "adjustment.confirmed", zone=zone)} == {"11-20 23:30"}
    assert done(story, "plan.went_live", zone=zone) == [("11-23 00:00", "plan.went_live")]
    assert all(one.safe[0].start.isoformat() == "2026-11-20" for one in story.adjustments)


async def test_in_cairo_in_april_the_days_have_their_own_hours(world: World) -> None:
    # when: the clock jumps over midnight on Friday 24 April, in the window
    story = await run_ahead(
        world,
        agreement__signed_at="2026-04-10T09:00:00Z",
        occurred_at="2026-04-10T09:00:00Z",
        agreement__live_on="2026-04-27",
        client__timezone="Africa/Cairo",
        client__services=[
            {"service": "sms", "anchor": "friday", "paid_through": "2026-04-23", "price": None}
        ],
    )

    # then
    opened = [one.at for one in story.entries if isinstance(one, Happened)][-1]
    window = next(
        one.at
        for one in story.entries
        if isinstance(one, Happened) and one.action == "plan.window_opened"
    )
    assert window.isoformat() == "2026-04-20T22:00:00+00:00"
    assert opened.isoformat() == "2026-04-26T21:00:00+00:00"
    assert story.state == "completed"


async def test_without_a_live_date_sales_is_asked_and_it_waits(world: World) -> None:
    # when
    diligent = await run_ahead(world, agreement__live_on=None)
    idle = await run_ahead(world, People.IDLE, agreement__live_on=None)

    # then
    for story in (diligent, idle):
        assert (story.state, story.bills, story.tasks) == ("awaiting_live_date", None, ())
        assert said(story)[0] == ("11-20 13:12", "live_date_needed", "sales")
    assert len(said(idle)) > 1


async def test_a_second_agreement_waits_for_a_person(world: World) -> None:
    # given
    await world.receive()
    signed = read_signed(signed_document(agreement__ref="PROP-2000"))

    # when
    async with world.sessions() as session:
        story = await run_signed(
            session, signed, people=People.DILIGENT, office=world.office, begins_at=world.now
        )

    # then
    assert story.state == "needs_review"
    assert said(story)[0][1:] == ("review_needed", "support")


async def test_where_no_day_is_safe_it_is_missed_and_said_why(world: World) -> None:
    # given: signed on Sunday, SMS is billed on Sundays, live on Monday
    sms = {"service": "sms", "anchor": "sunday", "paid_through": "2026-11-28"}

    # when
    story = await run_ahead(
        world,
        agreement__signed_at="2026-11-29T01:00:00Z",
        occurred_at="2026-11-29T01:00:00Z",
        agreement__live_on="2026-11-30",
        client__services=[sms],
    )

    # then
    assert story.state == "missed"
    assert "Cancel service 'sms' is due, not confirmed." in story.in_the_way
    assert next(one.safe for one in story.adjustments if one.service == "sms") == ()


async def test_with_nothing_connected_people_do_what_the_systems_would(
    quiet_world: World,
) -> None:
    # when
    story = await run_ahead(quiet_world)

    # then
    assert story.state == "completed"
    assert {one.by_hand for one in story.entries if isinstance(one, SetOff)} == {True}
    ticked = [task.title for task in story.tasks if task.state == "done"]
    assert "Send the Upgrade Begun e-mail" in ticked
    assert "Send the Upgrade Complete e-mail" in ticked
    sent = [one for one in story.entries if isinstance(one, Happened)]
    (complete,) = [
        one for one in sent if one.after.get("title") == "Send the Upgrade Complete e-mail"
    ]
    assert hour(complete.at, "Australia/Brisbane") == "12-06 10:00"


async def test_an_automation_that_bills_is_released_asked_and_believed(world: World) -> None:
    # given
    office = replace(
        world.office,
        billing_mode=BillingMode.HOOK,
        connected=VENDORS | {System.BILLING},
    )

    # when
    story = await run_ahead(world, office=office)
    idle = await run_ahead(world, People.IDLE, office=office)

    # then
    assert story.state == "completed"
    assert done(story, "plan.released") == [("12-01 10:00", "plan.released")]
    asked = [one for one in story.entries if isinstance(one, SetOff)]
    asked = [one for one in asked if one.kind is DeliveryKind.BILLING_SUBMIT]
    assert len(asked) == len(story.adjustments)
    assert {one.state for one in story.adjustments} == {"confirmed"}
    assert idle.state == "missed"
    assert done(idle, "adjustment.submitted") == []


async def test_a_board_that_an_automation_makes_is_found(world: World) -> None:
    # given
    office = replace(world.office, board_by=BoardBy.AUTOMATION)

    # when
    story = await run_ahead(world, office=office)

    # then
    assert [action for _, action in done(story, "board.found", "board.filled")] == [
        "board.found",
        "board.filled",
    ]
    assert story.state == "completed"


async def test_the_service_sends_the_complete_email_where_the_playbook_says_so(
    world: World,
) -> None:
    # given
    book = world.office.playbook
    by_itself = replace(book, complete_email=replace(book.complete_email, sent_by=Sender.SERVICE))
    catalog = replace(world.office.catalog, playbooks={book.key: by_itself})

    # when
    story = await run_ahead(world, office=replace(world.office, catalog=catalog))

    # then
    (asked,) = [
        one
        for one in story.entries
        if isinstance(one, Happened) and one.action == "complete_email.requested"
    ]
    assert (asked.by, hour(asked.at, "Australia/Brisbane")) == ("clock", "12-02 10:00")
    assert story.state == "completed"


async def test_what_somebody_is_refused_is_told_once(world: World) -> None:
    # given: the agreement was voided under the plan, so nothing is ended for it
    await world.receive()
    await world.at(local("2026-12-01 09:00"))
    await world.change("UPDATE plans SET flags = '{agreement_voided}'")

    # when
    story = await run_on(world)

    # then
    refused = [one for one in story.entries if isinstance(one, Refused)]
    assert {one.code for one in refused} == {"plan_not_right"}
    assert len({one.what for one in refused}) == len(refused)
    assert story.state == "missed"
