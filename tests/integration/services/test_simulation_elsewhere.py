"""Plans run ahead in other places and other installations."""

from dataclasses import replace

from app.domain.adjustment import BillingMode
from app.domain.agreement import read_signed
from app.domain.board_search import BoardBy
from app.domain.delivery import DeliveryKind, System
from app.domain.playbook.upgrade import Sender
from app.services.simulation import run_signed
from app.services.stories import Happened, People, Refused, SetOff
from tests.builders import VENDORS, signed_document
from tests.integration.services.running_ahead import done, hour, run_ahead, run_on, said
from tests.world import World, local


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
