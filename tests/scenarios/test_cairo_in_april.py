"""Diaries of weeks in which the clock is set: a Friday without midnight, a Sunday with two."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import URL

from app.queries.plans import warnings_of_date
from app.queries.timeline import timeline_of
from tests.builders import office, stored_staff
from tests.world import World, day, in_session, local, refusal, world_on

CAIRO, BEIRUT, HAVANA = "Africa/Cairo", "Asia/Beirut", "America/Havana"


@pytest.fixture
async def egypt(database_url: URL) -> AsyncIterator[World]:
    """An agency in Cairo with every vendor connected."""
    async with world_on(database_url, office=office(timezone=CAIRO)) as world:
        await stored_staff(world.sessions)
        yield world


async def signed(world: World, zone: str, at: str, live_on: str, **more: object) -> None:
    """A client of this zone signs, at this local time, for this Monday."""
    await world.at(local(at, zone))
    signed_at = world.now.isoformat()
    await world.receive(
        client__timezone=zone,
        agreement__live_on=live_on,
        agreement__signed_at=signed_at,
        occurred_at=signed_at,
        **more,
    )


def utc(written: str) -> datetime:
    """An instant of UTC: `2026-04-20T22:00`."""
    return datetime.fromisoformat(written).replace(tzinfo=UTC)


async def begins(world: World, title: str) -> datetime:
    """When the day begins on which a task is due, as the plan's story says it."""
    plan = await world.plan()
    story = await in_session(
        world, lambda s: timeline_of(s, plan.id, book=world.office.playbook, now=world.now)
    )
    (at,) = (each.at for each in story.entries if each.what == f"Task '{title}' is due")
    assert isinstance(at, datetime)
    return at


async def test_cairo_loses_the_first_hour_of_the_friday_in_the_window(egypt: World) -> None:
    world = egypt

    # Thursday 9 April, 11:00 - signed for Monday 27 April; on the Friday before, the clock of
    # Egypt goes from 00:00 to 01:00
    await signed(world, CAIRO, "2026-04-09 11:00", "2026-04-27", client__country="EG")
    plan = await world.plan()
    assert plan.state == "scheduled"
    assert plan.window_opens_at == utc("2026-04-20T22:00")  # Tuesday 00:00, +02
    assert plan.live_at == utc("2026-04-26T21:00")  # Monday 00:00, +03
    # An earlier Monday would have been the spring holiday.
    (warning,) = await in_session(world, lambda s: warnings_of_date(s, plan.id, day("2026-04-13")))
    assert warning.next_working_monday == day("2026-04-20")

    # Monday 20 April, 23:59 - not open; Tuesday, 00:00 - open
    await world.at(local("2026-04-20 23:59", CAIRO))
    assert (await world.plan()).state == "scheduled"
    await world.at(local("2026-04-21 00:00", CAIRO))
    assert (await world.plan()).state == "in_window"
    await world.set_up()
    world.said()

    # Thursday 23 April, 23:59 - Support ends a service on the last minute of the Thursday
    await world.at(local("2026-04-23 23:59", CAIRO))
    await world.confirm(("cancel_service", "sms"))

    # Friday 24 April, 01:00 - a minute later; the services of Friday are safe to end
    await world.at(local("2026-04-23 23:59", CAIRO) + timedelta(minutes=1))
    assert world.now == local("2026-04-24 01:00", CAIRO)
    await world.confirm(("cancel_service", "email_marketing"))

    # Friday, 08:59 and 09:00 by the clock on the wall - Marketing is reminded
    await world.at(local("2026-04-24 08:59", CAIRO))
    assert world.said() == []
    await world.at(local("2026-04-24 09:00", CAIRO))
    assert [room for room, line in world.said() if "Please acknowledge" in line] == ["marketing"]
    assert world.now == utc("2026-04-24T06:00")

    # Sunday 26 April, 23:57 - the last minute in which the Complete e-mail still leaves in time
    await world.at(local("2026-04-26 20:00", CAIRO))
    await world.confirm()
    await world.at(local("2026-04-26 23:57", CAIRO))
    await world.send_complete()
    assert (await world.plan()).complete_email == "delivered"

    # Monday 27 April, 00:00 - live, an hour before winter time would have had it
    await world.at(local("2026-04-26 23:59", CAIRO))
    assert (await world.plan()).state == "in_window"
    await world.at(local("2026-04-27 00:00", CAIRO))
    plan = await world.plan()
    assert (plan.state, plan.went_live_at) == ("live", plan.live_at)
    assert "Monday 27 April 2026" in world.mails()[-1]["text"]


async def test_in_cairo_a_mail_that_summer_time_overtakes_does_not_leave(egypt: World) -> None:
    world = egypt

    # Sunday 26 April, 23:58 - everything is done; by winter time an hour would be left
    await signed(world, CAIRO, "2026-04-09 11:00", "2026-04-27")
    await world.at(local("2026-04-22 10:00", CAIRO))
    await world.set_up()
    await world.confirm()
    await world.at(local("2026-04-26 23:58", CAIRO))
    await world.send_complete()

    # Monday, 00:00 - the e-mail was too late, so it was not sent, and the plan is missed
    await world.at(local("2026-04-27 00:00", CAIRO))
    plan = await world.plan()
    assert (plan.complete_email, plan.state) == ("expired", "missed")
    assert [mail for mail in world.mails() if "Complete" in mail["subject"]] == []


async def test_in_beirut_the_eve_of_the_live_date_has_no_midnight(world: World) -> None:
    # Tuesday 10 March, 10:00 - signed for Monday 30 March; Sunday the 29th begins at 01:00
    await signed(world, BEIRUT, "2026-03-10 10:00", "2026-03-30")
    plan = await world.plan()
    assert plan.window_opens_at == utc("2026-03-23T22:00")  # Tuesday 00:00, +02
    assert plan.live_at == utc("2026-03-29T21:00")  # Monday 00:00, +03

    # Saturday 28 March, 23:59:59, and a second later it is Sunday, 01:00
    await world.at(local("2026-03-28 23:59:59", BEIRUT))
    await world.set_up()
    await world.confirm(("cancel_service", "sms"))
    await world.at(local("2026-03-29 01:00", BEIRUT))
    assert world.now == utc("2026-03-28T22:00")
    await world.confirm()
    await world.send_complete()

    # Monday 30 March, 00:00 - live; that Sunday had 23 hours
    await world.at(local("2026-03-30 00:00", BEIRUT))
    plan = await world.plan()
    assert (plan.state, plan.went_live_at) == ("live", plan.live_at)


async def test_in_havana_the_eve_of_the_live_date_begins_twice(world: World) -> None:
    # Friday 9 October, 10:00 - signed for Monday 2 November; on Sunday the clock goes from 01:00
    # back to 00:00
    await signed(world, HAVANA, "2026-10-09 10:00", "2026-11-02")
    plan = await world.plan()
    assert plan.window_opens_at == utc("2026-10-27T04:00")  # Tuesday 00:00, -04
    assert plan.live_at == utc("2026-11-02T05:00")  # Monday 00:00, -05

    # Sunday, 00:30 for the first time and for the second: the same day, an hour apart
    await world.at(local("2026-10-31 23:00", HAVANA))
    await world.set_up()
    first, second = utc("2026-11-01T04:30"), utc("2026-11-01T05:30")
    for instant, service in ((first, "sms"), (second, "email_marketing")):
        await world.at(instant)
        await world.confirm(("cancel_service", service))
    done = [one for one in await world.adjustments() if one.state == "confirmed"]
    assert [one.carried_out_at for one in done] == [first, second]

    # Sunday, 23:59 - 24 hours after the second midnight it is not Monday yet
    await world.at(local("2026-11-01 12:00", HAVANA))
    await world.confirm()
    await world.send_complete()
    await world.at(local("2026-11-01 23:59", HAVANA))
    assert (await world.plan()).state == "in_window"
    await world.at(local("2026-11-02 00:00", HAVANA))
    assert (await world.plan()).state == "live"


async def test_the_story_says_when_such_a_day_begins(world: World) -> None:
    # given a task that is due on the Sunday with two midnights
    await signed(world, HAVANA, "2026-10-09 10:00", "2026-11-02")
    task = next(
        task for task in await world.tasks() if task.title == "Brief Marketing on the new services"
    )
    await world.change("UPDATE tasks SET due_on = '2026-11-01' WHERE id = :id", id=task.id)

    # then its day begins with the first of them
    assert await begins(world, task.title) == utc("2026-11-01T04:00")


async def test_a_window_that_opens_where_its_tuesday_has_no_midnight(world: World) -> None:
    # Iran set its clock on Tuesday 22 March 2022 from 00:00 to 01:00
    tehran = "Asia/Tehran"
    await signed(world, tehran, "2022-03-10 10:00", "2022-03-28")

    # Monday 21 March, 23:59:59 - not open: nothing may be carried out
    await world.at(local("2022-03-21 23:59:59", tehran))
    assert (await world.plan()).state == "scheduled"
    assert await refusal(world.confirm()) == "outside_window"

    # a second later it is Tuesday, 01:00 - open
    await world.at(local("2022-03-22 01:00", tehran))
    assert world.now == utc("2022-03-21T20:30")
    assert (await world.plan()).state == "in_window"
    await world.confirm(("cancel_service", "sms"))
