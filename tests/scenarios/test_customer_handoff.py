"""Diaries of a customer that goes from sales to success: in time, and too late."""

from typing import Any

from tests.running import Running
from tests.world import World, local


def deal_won(**more: Any) -> dict[str, Any]:
    return {
        "event": "deal.closed_won",
        "event_id": "crm-1",
        "occurred_at": "2026-11-20T03:00:00Z",
        "deal": {
            "ref": "DEAL-5",
            "customer": "Harbour Dental",
            "customer_email": "owner@harbour.example",
            "csm": "Cleo Success",
            "ae": "Ann Sales",
            "contract_value": "24000",
            "contract_term": 12,
            "go_live_on": "2026-12-14",
            "champion": "Alex Sample, Practice Manager",
            "executive": "Kim Sample, Owner",
            "technical": "Jo Sample, IT",
            "criteria": ["20 new patients a month"],
            **more,
        },
    }


async def handoff(world: World) -> Running:
    """The deal is won on Friday 20 November, 13:00."""
    story = Running(world, "customer-handoff")
    await story.hire()
    await world.at(local("2026-11-20 13:12"))
    await world.store_event(deal_won())
    await world.run_until_idle()
    return story


async def test_a_customer_is_handed_over_in_thirty_days(world: World) -> None:
    # Friday 20 November - won: both steps before the meeting are ready at once
    story = await handoff(world)
    assert await story.ready() == ["prepare", "documents"]
    assert await story.due("handoff_meeting") == local("2026-11-22 00:00")

    # the meeting waits until somebody has checked that every document is there
    await story.executes("ae", "prepare")
    await story.executes("ae", "documents")
    assert await story.ready() == []
    await story.checks("ae", "before")
    assert await story.ready() == ["handoff_meeting"]

    # Saturday - the meeting; the customer gets its introduction by e-mail
    await world.at(local("2026-11-21 10:00"))
    await story.executes("ae", "handoff_meeting")
    await world.run_until_idle()
    (delivery,) = await world.deliveries("email.run")
    assert "My name is Cleo Success" in delivery.payload["text"]

    # Sunday to the end of week 4
    await world.at(local("2026-11-22 10:00"))
    (mail,) = world.mails()
    assert mail["subject"] == "Welcome! Meet your success team"
    await story.executes("csm", "introduce")
    await world.at(local("2026-11-23 10:00"))
    await story.executes("csm", "kickoff")
    assert sorted(await story.ready()) == ["first_value", "week_1"]
    await world.at(local("2026-11-27 10:00"))
    await story.executes("csm", "week_1")
    await world.at(local("2026-12-01 10:00"))
    await story.executes("csm", "first_value")
    await world.at(local("2026-12-17 10:00"))
    await story.executes("csm", "weeks_2_to_4")

    # day 27 - the review closes it
    await story.executes("csm", "review_30", satisfaction="9", recommends=10)
    run = await story.run()
    assert (run.state, run.ended_at) == ("completed", local("2026-12-17 10:00"))
    assert await story.escalations() == []
    assert [stage["closed_at"] is None for stage in run.stages.values()] == [False] * 5

    # the procedure measures itself
    assert await story.measures("2026-11-01", "2027-01-01") == {
        "form_complete": ("100", 11, "met"),
        "kickoff_within_3_days": ("100", 1, "met"),
        "satisfaction_30": ("9", 1, "met"),
        "time_to_value": ("10.875", 1, "met"),
        "handoff_nps": ("100", 1, "met"),
    }
    nothing = await story.measures("2026-11-01", "2026-11-02")
    assert {status for _, _, status in nothing.values()} == {"no_data"}


async def test_a_late_kickoff_is_the_vice_presidents(world: World) -> None:
    story = await handoff(world)

    # Monday 23 November - three days are over: the customer success manager is warned
    await world.at(local("2026-11-23 13:00"))
    near = [each for each in await story.tasks() if "is near" in each[1]]
    assert near == [("csm", "DEAL-5: Hand a customer over to Customer Success: a deadline is near")]

    # Wednesday 25 November - five: the vice president is told in business hours, and only once
    await world.at(local("2026-11-25 13:00"))
    assert await story.escalations() == [("vp_customer_success", True)]

    # the first value and the review are missed as well
    await world.at(local("2027-01-15 12:00"))
    assert [role for role, _ in await story.escalations()] == ["vp_customer_success"] * 3

    # a deal that says too little is kept for a person
    incomplete = deal_won(ref="DEAL-6", criteria=[])
    event_id = await world.store_event(incomplete)
    await world.run_until_idle()
    event = await world.event(event_id)
    assert event.status == "quarantined"
    assert "criteria is missing" in (event.reason or "")
