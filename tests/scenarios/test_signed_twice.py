"""Diaries of clients that sign a second agreement while the first one is under way."""

from collections.abc import Sequence
from typing import Any

from app.db.models import Plan
from app.domain.review import Choice
from app.services.client_mail import send_complete_email
from app.services.endings import Because, cancel_plan
from app.services.forcing import force_live
from app.services.resolving import Resolve, resolve_plan
from tests.world import World, day, local

FIRST = {"movement__from": "start", "movement__to": "sprint"}


async def signed_again(world: World, ref: str, **changes: Any) -> Plan:
    """Another agreement of the same client is signed; answers with its plan."""
    await world.receive(
        agreement__ref=ref,
        agreement__signed_at=world.now.isoformat(),
        occurred_at=world.now.isoformat(),
        **changes,
    )
    return (await world.plans())[-1]


async def choose(world: World, plan: Plan, choice: str, why: str = "The client says so.") -> None:
    await world.do(resolve_plan, Resolve(plan.id, Choice(choice), why))


async def states(world: World) -> Sequence[str]:
    return [plan.state for plan in await world.plans()]


async def done_for(world: World, plan: Plan) -> None:
    """Everything of a plan is done in its window, its Complete e-mail too."""
    await world.set_up()
    await world.confirm()
    await world.do(send_complete_email, plan.id)


async def bills(world: World, plan: Plan) -> list[tuple[str, str, str]]:
    return [
        (one.kind, one.service, one.state)
        for one in await world.adjustments()
        if one.plan_id == plan.id
    ]


async def test_the_larger_agreement_takes_the_place_of_the_smaller_one(world: World) -> None:
    # Friday 20 November - signed for Sprint, begun
    await world.receive(**FIRST)
    world.said()

    # Monday 23 November - signed for Scale: nothing is begun, and Support reads what differs
    await world.at(local("2026-11-23 10:00"))
    second = await signed_again(
        world, "PROP-2", movement__from="start", agreement__live_on="2026-12-14"
    )
    assert (second.state, second.review_cause) == ("needs_review", "open_plan")
    first, _ = await world.plans()
    ((room, line),) = world.said()
    assert (room, "*Needs a decision: Harbour Dental*" in line) == ("support", True)
    text = world.effects("google_chat")[-1]["text"]
    assert f"The client has the open plan {first.ref} already." in text
    assert "The package taken: 'scale' instead of 'sprint'." in text
    assert "The live date: '2026-12-14' instead of '2026-12-07'." in text

    # 11:00 - Sales has talked to the client: the second one counts
    await world.at(local("2026-11-23 11:00"))
    await choose(world, second, "supersede")
    first, second = await world.plans()
    assert (first.state, second.state) == ("cancelled", "scheduled")
    assert second.live_on == day("2026-12-14")
    assert {state for _, _, state in await bills(world, first)} == {"voided"}
    assert [line.split("*")[1].split(":")[0] for _, line in world.said()] == [
        "Cancelled",
        "Cancelled",
        "Upgrade signed",
    ]

    # Monday 14 December - live, once
    await world.at(local("2026-12-08 09:00"))
    await done_for(world, second)
    await world.at(local("2026-12-14 00:00"))
    assert await states(world) == ["cancelled", "live"]
    assert await world.rows("SELECT package FROM clients") == [("scale",)]


async def test_the_next_step_waits_until_the_first_one_is_live(world: World) -> None:
    # Friday 20 November - Start to Sprint; Wednesday - Sprint to Scale, two weeks later
    await world.receive(**FIRST)
    await world.at(local("2026-11-25 10:00"))
    second = await signed_again(world, "PROP-2", agreement__live_on="2026-12-21")
    assert second.review_reason is not None
    assert "The agreement leaves 'sprint', but the client has 'start'." in second.review_reason

    # it is queued, and stays what it was: no task, no bill, no e-mail
    await choose(world, second, "queue")
    first, second = await world.plans()
    assert (second.state, second.queued_after_id) == ("needs_review", first.id)
    await world.at(local("2026-12-01 09:00"))
    assert await bills(world, second) == []

    # Monday 7 December, 00:00 - the first is live, and the second begins in the same moment
    await done_for(world, first)
    await world.at(local("2026-12-07 00:00"))
    first, second = await world.plans()
    assert (first.state, second.state) == ("live", "scheduled")
    assert (second.live_on, second.begun_at) == (day("2026-12-21"), local("2026-12-07 00:00"))
    assert second.queued_after_id is None
    assert second.review_reason is None
    assert "plan.reviewed" in {entry.action for entry in await world.audit()}


async def test_a_queued_agreement_whose_date_has_passed_is_a_question_for_sales(
    world: World,
) -> None:
    # Friday 20 November - Start to Sprint for the 7th, Sprint to Scale for the 30th already
    await world.receive(**FIRST)
    second = await signed_again(world, "PROP-2", agreement__live_on="2026-11-30")
    await choose(world, second, "queue")
    first, _ = await world.plans()

    # Monday 7 December - something was missing; at nine a manager forces the first one live
    await world.at(local("2026-12-07 00:00"))
    world.said()
    await world.at(local("2026-12-07 09:00"))
    await world.do(force_live, Because(first.id, "Only a picture is missing."))

    # the second comes, and its Monday is over
    first, second = await world.plans()
    assert (first.state, second.state) == ("live", "awaiting_live_date")
    assert "live_date_past" in second.flags
    assert second.live_on is None
    asked = [line for room, line in world.said() if room == "sales"]
    assert len(asked) == 1
    assert "Sam Sales" in asked[0]


async def test_a_queued_agreement_that_does_not_fit_any_more_is_asked_about_again(
    world: World,
) -> None:
    # Friday 20 November - Start to Sprint; then Start to Scale, queued all the same
    await world.receive(**FIRST)
    second = await signed_again(world, "PROP-2", movement__from="start")
    await choose(world, second, "queue")
    first, _ = await world.plans()
    await world.at(local("2026-12-01 09:00"))
    await done_for(world, first)
    world.said()

    # Monday 7 December - the client has Sprint now, and the agreement leaves Start
    await world.at(local("2026-12-07 00:00"))
    first, second = await world.plans()
    assert (first.state, second.state) == ("live", "needs_review")
    assert (second.review_cause, second.queued_after_id) == ("facts_disagree", None)
    text = world.effects("google_chat")[-1]["text"]
    assert f"{first.ref}, which it was queued after, is live." in text
    assert "The agreement leaves 'start', but the client has 'sprint'." in text

    # Tuesday - the agreement is right: what the client has is put right, and it begins
    await world.at(local("2026-12-08 10:00"))
    await choose(world, second, "supersede")
    assert (await world.plans())[1].state == "awaiting_live_date"
    assert await world.rows("SELECT package FROM clients") == [("start",)]


async def test_several_wait_in_the_order_of_their_signing(world: World) -> None:
    # three agreements beside the open one; the third is queued before the second
    await world.receive(**FIRST)
    await world.at(local("2026-11-23 10:00"))
    second = await signed_again(world, "PROP-2", movement__from="start")
    await world.at(local("2026-11-24 10:00"))
    third = await signed_again(world, "PROP-3", movement__from="start")
    await choose(world, third, "queue")
    await choose(world, second, "queue")

    # the open one is cancelled: the second begins, and the third waits behind it
    first, _, _ = await world.plans()
    await world.do(cancel_plan, Because(first.id, "The client changed its mind."))
    first, second, third = await world.plans()
    assert await states(world) == ["cancelled", "scheduled", "needs_review"]
    assert third.queued_after_id == second.id

    # the second is cancelled as well: the third begins
    await world.do(cancel_plan, Because(second.id, "And again."))
    assert await states(world) == ["cancelled", "cancelled", "scheduled"]

    # and who supersedes an open plan takes over those that waited for it
    fourth = await signed_again(world, "PROP-4", movement__from="start")
    fifth = await signed_again(world, "PROP-5", movement__from="start")
    await choose(world, fourth, "queue")
    await choose(world, fifth, "supersede")
    *_, fourth, fifth = await world.plans()
    assert (fifth.state, fourth.state) == ("scheduled", "needs_review")
    assert fourth.queued_after_id == fifth.id


async def test_a_merge_in_the_window_after_a_service_was_ended(world: World) -> None:
    # Friday 20 November - Start to Sprint, live on the 7th
    await world.receive(**FIRST)
    await world.at(local("2026-12-02 10:00"))
    ended = next(one for one in await world.adjustments() if one.kind == "cancel_service")
    await world.confirm(("cancel_service", ended.service))
    world.said()

    # Thursday 3 December - the client signs for Scale, a week later; the old one cannot give way
    await world.at(local("2026-12-03 09:00"))
    second = await signed_again(
        world, "PROP-2", movement__from="start", agreement__live_on="2026-12-14"
    )
    await choose(world, second, "merge", "Agreed on the phone.")
    first, second = await world.plans()
    assert (first.state, second.state) == ("scheduled", "cancelled")
    assert second.merged_into_id == first.id
    assert (first.to_package, first.live_on) == ("scale", day("2026-12-14"))
    assert [one.action for one in await world.audit() if one.plan_id == second.id][-1] == (
        "plan.merged"
    )

    # what was ended stays ended, and its gap up to the new date is to be charged
    changes = await bills(world, first)
    assert ("cancel_service", ended.service, "confirmed") in changes
    assert ("charge", ended.service, "scheduled") in changes
    started = {service for kind, service, state in changes if kind == "start_service"}
    assert "priority_support" in started
    told = [line.split("*")[1].split(":")[0] for _, line in world.said()]
    assert "Other terms" in told
    titles = [task.title for task in await world.tasks() if task.kind == "follow_up"]
    assert titles == ["Tell the client that it gets Scale, live Monday 14 December 2026"]

    # Monday 14 December - live with what Scale has
    await world.at(local("2026-12-08 09:00"))
    await done_for(world, first)
    await world.at(local("2026-12-14 00:00"))
    assert await states(world) == ["live", "cancelled"]
    assert await world.rows("SELECT package FROM clients") == [("scale",)]


async def test_a_rejected_agreement_leaves_everything_as_it_was(world: World) -> None:
    await world.receive(**FIRST)
    second = await signed_again(world, "PROP-2", movement__from="start")
    first, _ = await world.plans()
    version = first.version

    await choose(world, second, "reject", "A duplicate, sent by mistake.")

    first, second = await world.plans()
    assert (first.state, first.version, second.state) == ("scheduled", version, "cancelled")
    assert await bills(world, second) == []


async def test_a_declined_agreement_in_the_queue_leaves_it(world: World) -> None:
    # given an agreement that is queued
    await world.receive(**FIRST)
    second = await signed_again(world, "PROP-2")
    await choose(world, second, "queue")

    # when its system takes it back
    declined = {"event": "agreement.declined", "agreement": {"ref": "PROP-2"}}
    await world.store_event(declined)
    await world.run_until_idle()

    # then it is over, and the open plan knows nothing of it
    first, second = await world.plans()
    assert (first.state, second.state) == ("scheduled", "cancelled")
    assert second.queued_after_id is None


async def test_an_agreement_voided_after_its_terms_were_taken_stops_the_plan_that_took_them(
    world: World,
) -> None:
    await world.receive(**FIRST)
    second = await signed_again(world, "PROP-2", movement__from="start")
    await choose(world, second, "merge")
    world.said()

    voided = {"event": "agreement.voided", "agreement": {"ref": "PROP-2"}}
    event = await world.store_event(voided)
    await world.run_until_idle()

    first, _ = await world.plans()
    assert first.state == "on_hold"
    assert "agreement_voided" in first.flags
    assert (await world.event(event)).plan_id == first.id
    ((_, line),) = world.said()
    assert "Lea Lead" in line
