"""Diaries of an agency and a client for whom it is hardly ever the same day."""

from collections.abc import AsyncIterator

import pytest
from sqlalchemy import URL

from app.services.client_mail import send_complete_email
from tests.builders import office, stored_staff
from tests.world import World, local, refusal, world_on

HONOLULU, LOS_ANGELES, AUCKLAND = "Pacific/Honolulu", "America/Los_Angeles", "Pacific/Auckland"


@pytest.fixture
async def california(database_url: URL) -> AsyncIterator[World]:
    """An agency in Los Angeles with every vendor connected."""
    async with world_on(database_url, office=office(timezone=LOS_ANGELES)) as world:
        await stored_staff(world.sessions)
        yield world


def heard(world: World) -> list[str]:
    """Which rooms heard what since this was last asked, shortly."""
    return [f"{room}: {line.split('*')[1]}" for room, line in world.said()]


async def test_brisbane_works_for_honolulu_twenty_hours_behind(world: World) -> None:
    # Friday 20 November, 13:12 in Brisbane; Thursday, 17:12 in Honolulu - signed
    await world.receive(client__timezone=HONOLULU)
    plan = await world.plan()
    assert plan.live_at == local("2026-12-07 20:00") == local("2026-12-07 00:00", HONOLULU)
    heard(world)

    # Wednesday 25 November, 09:00 in Brisbane; Tuesday there - what is due on Tuesday is not late
    due = {task.title: task for task in await world.tasks()}
    assert str(due["Register the SMS sender number"].due_on) == "2026-11-24"
    await world.at(local("2026-11-25 09:00"))
    assert heard(world) == []
    # Thursday, 09:00; Wednesday there - now it is
    await world.at(local("2026-11-26 09:00"))
    assert heard(world) == ["support: Overdue: Harbour Dental"]

    # Tuesday 1 December, 09:00 in Brisbane; Monday there - Support is too early
    await world.at(local("2026-12-01 09:00"))
    await world.set_up()
    heard(world)
    assert await refusal(world.confirm()) == "outside_window"

    # Tuesday, 20:00 in Brisbane; Tuesday, 00:00 there - the window opens
    await world.at(local("2026-12-01 20:00"))
    assert heard(world) == ["support: Pre-live window open: Harbour Dental"]
    await world.at(local("2026-12-02 09:00"))
    await world.confirm(("cancel_service", "sms"))

    # Friday 4 December, 09:00 in Brisbane; Thursday there - Marketing is reminded in its own week
    await world.at(local("2026-12-04 08:59"))
    assert heard(world) == []
    await world.at(local("2026-12-04 09:00"))
    assert world.now == local("2026-12-03 13:00", HONOLULU)
    assert "marketing: Please acknowledge: Harbour Dental" in heard(world)

    # Monday 7 December, 10:00 in Brisbane; Sunday there - the window is open until the evening
    await world.at(local("2026-12-07 10:00"))
    await world.confirm()
    await world.send_complete()
    await world.at(local("2026-12-07 11:00"))
    assert "Monday 7 December 2026" in world.mails()[-1]["text"]

    # Monday, 20:00 in Brisbane; Monday, 00:00 there - live
    await world.at(local("2026-12-07 19:59"))
    assert (await world.plan()).state == "in_window"
    await world.at(local("2026-12-07 20:00"))
    assert (await world.plan()).state == "live"


async def test_los_angeles_works_for_auckland_twenty_one_hours_ahead(california: World) -> None:
    world = california

    # Thursday 19 November, 19:12 in Los Angeles; Friday in Auckland - signed
    await world.receive(client__timezone=AUCKLAND)
    plan = await world.plan()
    assert plan.live_at == local("2026-12-06 03:00", LOS_ANGELES)
    heard(world)

    # Monday 30 November, 03:00 in Los Angeles; Tuesday there - the window opens
    await world.at(local("2026-11-30 02:59", LOS_ANGELES))
    assert (await world.plan()).state == "scheduled"
    await world.at(local("2026-11-30 03:00", LOS_ANGELES))
    assert (await world.plan()).state == "in_window"
    await world.at(local("2026-11-30 09:00", LOS_ANGELES))
    await world.set_up()
    await world.confirm()
    heard(world)

    # Friday 4 December, 09:00 in Los Angeles; Saturday there - the reminder is the agency's Friday
    await world.at(local("2026-12-04 09:00", LOS_ANGELES))
    assert world.now == local("2026-12-05 06:00", AUCKLAND)
    assert "marketing: Please acknowledge: Harbour Dental" in heard(world)

    # Sunday 6 December, 02:58 in Los Angeles - two minutes before live, no e-mail leaves any more
    await world.at(local("2026-12-06 02:58", LOS_ANGELES))
    await world.send_complete()
    assert (await world.plan()).complete_email == "expired"

    # Sunday, 03:00; Monday, 00:00 there - the agency's Monday is too late for everything
    await world.at(local("2026-12-06 03:00", LOS_ANGELES))
    plan = await world.plan()
    assert plan.state == "missed"
    await world.at(local("2026-12-07 09:00", LOS_ANGELES))
    late = world.only(send_complete_email, plan.id)
    assert await refusal(late) == "complete_email_too_late"
