"""Diaries of a client who turns out to be elsewhere: the days stay, the hours are others."""

from typing import Any
from uuid import UUID

from app.services.client_edits import amend_client
from app.services.endings import Because, hold_plan, resume_plan
from app.services.live_dates import SetLiveDate, set_live_date
from tests.builders import signed_document
from tests.world import World, day, local, refusal

LOS_ANGELES = "America/Los_Angeles"
AUCKLAND = "Pacific/Auckland"


async def client_id(world: World) -> UUID:
    ((found,),) = await world.rows("SELECT id FROM clients")
    return UUID(str(found))


async def amend(world: World, **changes: Any) -> None:
    await world.do(amend_client, await client_id(world), changes)


async def audited(world: World, action: str) -> list[Any]:
    return [entry for entry in await world.audit() if entry.action == action]


async def test_a_client_in_los_angeles_was_taken_for_one_in_brisbane(world: World) -> None:
    # Friday 20 November, 13:12 in Brisbane - signed; nobody told the client's zone
    await world.receive(client__timezone="Australia/Brisbane")
    assert (await world.plan()).live_at == local("2026-12-07 00:00")
    world.said()

    # Monday 23 November - Sales sets it right
    await world.at(local("2026-11-23 10:00"))
    await amend(world, timezone=LOS_ANGELES)

    # the Monday is the same, and everything that hangs on its hours has moved
    plan = await world.plan()
    assert (plan.timezone, plan.live_on, plan.state) == (
        LOS_ANGELES,
        day("2026-12-07"),
        "scheduled",
    )
    assert plan.live_at == local("2026-12-07 00:00", LOS_ANGELES)
    assert plan.window_opens_at == local("2026-12-01 00:00", LOS_ANGELES)
    for one in await world.adjustments():
        assert (one.opens_at, one.closes_at) == (plan.window_opens_at, plan.live_at)
        assert (one.effective_on, one.state) == (plan.live_on, "scheduled")
    assert world.said() == [
        (
            "support",
            "Sue Support: *Time zone changed: Harbour Dental*, Sprint to Scale, live Monday "
            "7 December 2026. The days of the plan stay what they are; see below for its hours.",
        )
    ]
    told = world.effects("google_chat")[-1]["text"]
    assert "now, not Australia/Brisbane." in told
    assert (
        "It goes live Monday 7 December 2026, 00:00 there, Monday 7 December 2026, 18:00 in "
        "Australia/Brisbane." in told
    )
    (entry,) = await audited(world, "plan.rezoned")
    assert entry.before["live_at"] == "2026-12-06T14:00:00Z"
    assert entry.after["live_at"] == "2026-12-07T08:00:00Z"

    # Tuesday 1 December, 00:00 in Brisbane - Monday morning in Los Angeles: no window opens
    await world.at(local("2026-12-01 00:00"))
    assert (await world.plan()).state == "scheduled"
    await world.at(local("2026-12-01 00:00", LOS_ANGELES))
    assert (await world.plan()).state == "in_window"

    # Monday 7 December, 09:00 in Brisbane - still Sunday there: Support has until 18:00
    await world.at(local("2026-12-06 12:00", LOS_ANGELES))
    await world.set_up()
    await world.at(local("2026-12-07 09:00"))
    await world.confirm()
    await world.send_complete()
    assert (await world.plan()).state == "in_window"
    await world.at(local("2026-12-07 00:00", LOS_ANGELES))
    plan = await world.plan()
    assert (plan.state, plan.went_live_at) == ("live", local("2026-12-07 18:00"))


async def test_a_window_that_is_not_open_there_yet_is_left_again(world: World) -> None:
    # Tuesday 1 December, 09:00 in Brisbane - the window is open, and nothing was done in it
    await world.receive()
    await world.at(local("2026-12-01 09:00"))
    assert {one.state for one in await world.adjustments()} == {"due"}

    # 09:30 - the client is in Los Angeles, where it is Monday afternoon
    await world.at(local("2026-12-01 09:30"))
    await amend(world, timezone=LOS_ANGELES)
    plan = await world.plan()
    assert (plan.state, plan.flags) == ("scheduled", [])
    assert {one.state for one in await world.adjustments()} == {"scheduled"}

    # 18:00 - it opens there, and what is to be done falls due once more
    await world.at(local("2026-12-01 18:00"))
    assert (await world.plan()).state == "in_window"
    assert {one.state for one in await world.adjustments()} == {"due"}


async def test_what_was_carried_out_keeps_its_window_and_the_plan_stays_in_it(
    world: World,
) -> None:
    # Tuesday 1 December, 09:00 in Brisbane - Support has ended SMS already
    await world.receive()
    await world.set_up()
    await world.at(local("2026-12-01 09:00"))
    await world.confirm(("cancel_service", "sms"))

    # 09:30 - the client is in Los Angeles
    await world.at(local("2026-12-01 09:30"))
    await amend(world, timezone=LOS_ANGELES)

    plan = await world.plan()
    assert plan.state == "in_window"
    done, *rest = sorted(await world.adjustments(), key=lambda one: one.state != "confirmed")
    assert (done.kind, done.service) == ("cancel_service", "sms")
    assert (done.opens_at, done.closes_at) == (
        local("2026-12-01 00:00"),
        local("2026-12-07 00:00"),
    )
    assert {(one.opens_at, one.closes_at, one.state) for one in rest} == {
        (plan.window_opens_at, plan.live_at, "due")
    }

    # the rest waits for the Tuesday of Los Angeles, and can be done on the Brisbane Monday
    assert await refusal(world.confirm(("cancel_service", "email_marketing"))) == "outside_window"
    await world.at(local("2026-12-07 09:00"))
    await world.confirm()
    await world.send_complete()
    await world.at(local("2026-12-07 18:00"))
    assert (await world.plan()).state == "live"


async def test_a_window_that_is_open_there_already_is_entered_at_short_notice(
    world: World,
) -> None:
    # Monday 30 November, 22:00 in Brisbane - in Auckland the Tuesday has begun
    await world.receive()
    await world.at(local("2026-11-30 22:00"))
    world.said()

    await amend(world, timezone=AUCKLAND)

    plan = await world.plan()
    assert (plan.state, plan.flags) == ("in_window", ["compressed"])
    assert {one.state for one in await world.adjustments()} == {"due"}
    assert [line.split("*")[1] for _, line in world.said()] == [
        "Time zone changed: Harbour Dental",
        "Short notice: Harbour Dental",
    ]


async def test_a_zone_in_which_the_live_date_has_begun_is_refused_until_it_is_moved(
    world: World,
) -> None:
    # Sunday 6 December, 22:00 in Brisbane - in Auckland it is Monday, 01:00
    await world.receive()
    await world.at(local("2026-12-06 22:00"))
    plan = await world.plan()

    refused = await refusal(amend(world, timezone=AUCKLAND, name="Harbour Dental NZ"))

    # nothing has changed, not even the name
    assert refused == "live_date_begun_there"
    assert (await world.plan()).version == plan.version
    assert await world.rows("SELECT name, timezone FROM clients") == [
        ("Harbour Dental", "Australia/Brisbane")
    ]

    # 22:05 - Sales moves the date first, and then the zone
    await world.do(set_live_date, SetLiveDate(plan.id, day("2026-12-14"), "They are in Auckland."))
    await amend(world, timezone=AUCKLAND)
    plan = await world.plan()
    assert plan.live_at == local("2026-12-14 00:00", AUCKLAND)
    assert plan.timezone == AUCKLAND


async def test_a_plan_that_was_missed_in_one_zone_is_in_time_in_another(world: World) -> None:
    # Monday 7 December, 00:00 in Brisbane - missed: nothing was done
    await world.receive()
    await world.at(local("2026-12-07 00:00"))
    plan = await world.plan()
    assert (plan.state, plan.complete_email) == ("missed", "expired")

    # 08:00 - the client is in Los Angeles, where it is Sunday afternoon
    await world.at(local("2026-12-07 08:00"))
    await amend(world, timezone=LOS_ANGELES)
    plan = await world.plan()
    assert (plan.state, plan.complete_email) == ("in_window", "not_sent")
    assert {one.state for one in await world.adjustments()} == {"due"}

    # 12:00 - Support does it all, and it goes live at midnight there
    await world.at(local("2026-12-07 12:00"))
    await world.set_up()
    await world.confirm()
    await world.send_complete()
    await world.at(local("2026-12-07 18:00"))
    assert (await world.plan()).state == "live"
    assert world.mails()[-1]["subject"].startswith("Upgrade Complete: ")


async def test_a_plan_that_is_live_keeps_the_zone_it_went_live_in(world: World) -> None:
    await world.receive()
    await world.at(local("2026-12-01 09:00"))
    await world.set_up()
    await world.confirm()
    await world.send_complete()
    await world.at(local("2026-12-07 00:00"))
    before = await world.plan()
    assert before.state == "live"

    await amend(world, timezone=LOS_ANGELES)

    after = await world.plan()
    assert (after.timezone, after.version) == ("Australia/Brisbane", before.version)


async def test_a_held_plan_goes_on_in_the_new_zone(world: World) -> None:
    await world.receive()
    plan = await world.plan()
    await world.do(hold_plan, Because(plan.id, "The client is away."))
    await amend(world, timezone=LOS_ANGELES)
    assert (await world.plan()).state == "on_hold"

    await world.do(resume_plan, plan.id)

    plan = await world.plan()
    assert (plan.state, plan.live_at) == ("scheduled", local("2026-12-07 00:00", LOS_ANGELES))
    assert {one.opens_at for one in await world.adjustments()} == {plan.window_opens_at}


async def test_an_agreement_that_states_another_zone_moves_the_open_plan(world: World) -> None:
    # Friday 20 November - signed for Brisbane; Monday - a second agreement says Los Angeles
    await world.receive()
    await world.at(local("2026-11-23 10:00"))
    second = signed_document(
        event_id="zap-2",
        agreement__ref="PROP-1043",
        agreement__live_on="2026-12-14",
        client__timezone=LOS_ANGELES,
    )
    await world.store_event(second)
    await world.run_until_idle()

    # both count their days there; the second waits for a person
    first, other = await world.plans()
    assert (first.timezone, other.timezone) == (LOS_ANGELES, LOS_ANGELES)
    assert first.live_at == local("2026-12-07 00:00", LOS_ANGELES)
    assert other.state == "needs_review"


async def test_an_agreement_makes_its_plan_also_where_the_open_one_cannot_follow(
    world: World,
) -> None:
    # Sunday 6 December, 22:00 in Brisbane - a second agreement says Auckland: Monday, 01:00
    await world.receive()
    await world.at(local("2026-12-06 22:00"))
    world.said()
    second = signed_document(
        event_id="zap-2",
        agreement__ref="PROP-1043",
        agreement__live_on="2026-12-14",
        client__timezone=AUCKLAND,
    )
    event_id = await world.store_event(second)
    await world.run_until_idle()

    # the open plan keeps the hours that everybody was told, and says so
    first, other = await world.plans()
    assert (await world.event(event_id)).status == "processed"
    assert (first.timezone, first.live_at) == ("Australia/Brisbane", local("2026-12-07 00:00"))
    assert first.flags == ["zone_kept"]
    assert (other.timezone, other.state) == (AUCKLAND, "needs_review")
    assert len(await audited(world, "plan.zone_kept")) == 1
    assert ("support", "Time zone changed: Harbour Dental") in [
        (room, line.split("*")[1]) for room, line in world.said()
    ]
    assert (await world.rows("SELECT timezone FROM clients")) == [(AUCKLAND,)]

    # Monday 7 December - it was missed and moves; the same zone given again lets it follow
    await world.at(local("2026-12-07 09:00"))
    await world.do(set_live_date, SetLiveDate(first.id, day("2026-12-14"), "Not ready."))
    await amend(world, timezone=AUCKLAND)
    first = (await world.plans())[0]
    assert (first.timezone, first.flags) == (AUCKLAND, [])
    assert first.live_at == local("2026-12-14 00:00", AUCKLAND)
