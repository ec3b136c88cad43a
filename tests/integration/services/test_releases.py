"""Letting billing changes go: by a person, once, while the plan is right; and taking that back."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from app.domain.actor import Actor, ActorKind
from app.scheduler.ticks import run_all
from app.services.adjustments import fail_adjustment
from app.services.client_edits import amend_client
from app.services.endings import Because, cancel_plan, hold_plan, resume_plan
from app.services.releases import Release, release_plan
from tests.automated import TYPED, Automated
from tests.world import World, local, refusal, together

WINDOW = local("2026-12-01 09:00")


async def released(world: World, typed: str = TYPED) -> None:
    plan = await world.plan()
    await world.only(release_plan, Release(plan.id, typed))


async def test_where_people_change_the_bills_nothing_is_released(plain: World) -> None:
    await plain.receive()

    assert await refusal(released(plain)) == "billing_by_hand"


async def test_a_plan_without_a_date_is_not_released(automated: Automated) -> None:
    await automated.world.receive(agreement__live_on=...)

    assert await refusal(released(automated.world)) == "plan_undated"


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE plans SET flags = '{agreement_voided}'",
        "UPDATE clients SET package = 'scale'",
        "UPDATE plans SET amendment = '{}'",
    ],
    ids=["voided", "has another package", "amended"],
)
async def test_a_plan_that_is_not_right_is_not_released(
    automated: Automated, statement: str
) -> None:
    await automated.world.receive()
    await automated.world.change(statement)

    assert await refusal(released(automated.world)) == "plan_not_right"
    assert (await automated.world.plan()).released_at is None


async def test_what_stops_being_right_after_the_release_is_not_submitted(
    automated: Automated,
) -> None:
    world = automated.world
    await world.receive()
    await automated.release()
    await world.change("UPDATE clients SET package = 'scale'")
    world.said()

    await world.at(WINDOW)

    assert automated.requests() == []
    assert await automated.states() == {"due": 9}
    assert (await world.plan()).released_at is None
    assert automated.told() == ["To be released again"]


async def test_of_two_people_who_release_at_once_one_is_told_that_it_is_done(
    automated: Automated,
) -> None:
    world = automated.world
    await world.receive()
    plan = await world.plan()
    people = [Actor(ActorKind.KEY, name, name, "support") for name in ("Sue", "Sam")]

    done = await together(
        *[
            lambda actor=actor: world.only(release_plan, Release(plan.id, TYPED), actor=actor)
            for actor in people
        ]
    )

    refused = [one for one in done if isinstance(one, Exception)]
    assert [getattr(one, "code", one) for one in refused] == ["released_before"]
    entries = [one for one in await world.audit() if one.action == "plan.released"]
    assert [one.actor_name for one in entries] == [(await world.plan()).released_by]


async def test_a_plan_of_earlier_days_has_nothing_for_the_automation(automated: Automated) -> None:
    await automated.world.receive()
    await automated.world.change("UPDATE adjustments SET mode = 'manual'")

    assert await refusal(released(automated.world)) == "nothing_to_release"


async def test_at_the_live_instant_it_is_too_late(automated: Automated) -> None:
    world = automated.world
    await world.receive()
    await world.at(WINDOW)
    world.clock.at = local("2026-12-07 00:00")

    assert await refusal(released(world)) == "release_too_late"


async def test_a_hold_takes_the_release_back_and_the_plan_goes_on_without_it(
    automated: Automated,
) -> None:
    world = automated.world
    await world.receive()
    await automated.release()
    plan = await world.plan()

    await world.do(hold_plan, Because(plan.id, "The client called."))
    await world.at(WINDOW)
    await world.do(resume_plan, plan.id)

    assert automated.requests() == []
    assert (await world.plan()).state == "in_window"
    assert "once somebody releases the plan" in automated.last("Pre-live window open")
    entry = next(one for one in await world.audit() if one.action == "plan.release_withdrawn")
    assert (entry.actor_name, entry.reason) == ("Tester", "The client called.")


async def test_support_is_told_that_a_hold_before_the_window_took_the_release_back(
    automated: Automated,
) -> None:
    # given a released plan whose window is not open yet
    world = automated.world
    await world.receive()
    await automated.release()
    plan = await world.plan()
    world.said()

    # when it is held
    await world.do(hold_plan, Because(plan.id, "The client called."))

    # then Support hears that somebody has to release it again, and why
    assert automated.told() == ["To be released again"]
    assert "The client called." in automated.last("To be released again")

    # and it goes on unreleased, which was said
    await world.do(resume_plan, plan.id)
    plan = await world.plan()
    assert (plan.state, plan.released_at) == ("scheduled", None)
    assert automated.told() == []


async def test_a_hold_of_a_plan_that_nobody_released_says_nothing_of_it(
    automated: Automated,
) -> None:
    world = automated.world
    await world.receive()
    world.said()

    await world.do(hold_plan, Because((await world.plan()).id, "The client called."))

    assert automated.told() == []


async def test_a_hold_drops_a_request_that_has_not_left(automated: Automated) -> None:
    world = automated.world
    await world.receive()
    await automated.release()
    world.fault("automation", "*", "429", times=9)
    world.clock.at = WINDOW
    await submit_and_fail(automated)
    assert await automated.states() == {"submitted": 9}

    await world.only(hold_plan, Because((await world.plan()).id, "The client called."))
    await world.run_until_idle()

    assert await automated.states() == {"scheduled": 9}
    assert {one.carried_out_at for one in await world.adjustments()} == {None}
    assert {one.state for one in await world.deliveries("billing.submit")} == {"cancelled"}
    assert {outcome for _, outcome in automated.requests()} == {"fault"}


async def test_what_a_hold_puts_back_has_the_window_of_the_zone_that_its_client_is_in_by_now(
    automated: Automated,
) -> None:
    # given requests that have not left, of a client who moved from Brisbane to UTC meanwhile
    world = automated.world
    await world.receive()
    await automated.release()
    world.fault("automation", "*", "429", times=9)
    world.clock.at = WINDOW
    await submit_and_fail(automated)
    plan = await world.plan()
    await world.only(amend_client, plan.client_id, {"timezone": "UTC"})

    # when
    await world.only(hold_plan, Because(plan.id, "The client called."))

    # then
    held = await world.plan()
    windows = {(one.opens_at, one.closes_at) for one in await world.adjustments()}
    assert windows == {(held.window_opens_at, held.live_at)}
    assert held.live_at == datetime(2026, 12, 7, tzinfo=UTC)


async def test_a_request_that_has_not_left_waits_for_the_window_of_its_clients_new_zone(
    automated: Automated,
) -> None:
    # given requests that wait to leave as the window opens in Brisbane, hours before it does in UTC
    world = automated.world
    await world.receive()
    await automated.release()
    world.clock.at = local("2026-12-01 00:00")
    await run_all(world.work)
    assert await automated.states() == {"submitted": 9}

    # when
    plan = await world.plan()
    await world.only(amend_client, plan.client_id, {"timezone": "UTC"})
    await world.run_until_idle()

    # then nothing is asked for before that
    assert automated.requests() == []
    await world.at(datetime(2026, 12, 1, 0, 0, tzinfo=UTC))
    assert len(automated.requests()) > 0


async def test_what_goes_on_after_a_hold_is_told_value_by_value(plain: World) -> None:
    # given a change that failed before its plan was held in its window
    await plain.receive()
    await plain.at(WINDOW)
    plan, (one, *_) = await plain.plan(), await plain.adjustments()
    await plain.do(fail_adjustment, one.id, "No access.")
    await plain.do(hold_plan, Because(plan.id, "The client called."))

    # when
    await plain.do(resume_plan, plan.id)

    # then
    told = [
        (change["before"], change["after"])
        for entry in await plain.audit()
        if entry.action == "plan.refitted"
        for change in (entry.after or {})["changes"]
        if (change["subject_id"], change["field"]) == (str(one.id), "state")
    ]
    assert told == [("failed", "due")]


async def test_cancelling_voids_what_has_not_left(automated: Automated) -> None:
    world = automated.world
    await world.receive()
    await automated.release()
    world.fault("automation", "*", "429", times=9)
    world.clock.at = WINDOW
    await submit_and_fail(automated)

    await world.do(cancel_plan, Because((await world.plan()).id, "They left."))

    assert await automated.states() == {"voided": 9}
    assert not [task for task in await world.tasks() if task.kind == "reversal"]
    assert "To be released again" not in automated.told()


async def submit_and_fail(automated: Automated) -> None:
    """Submit what is due, and let each request be refused for the time being."""
    await run_all(automated.world.work)
    await automated.world.run_jobs()


async def test_the_release_of_another_installation_is_not_used(automated: Automated) -> None:
    # given a released plan, and an installation that was set back to manual
    world = automated.world
    await world.receive()
    await automated.release()
    without = frozenset(one for one in world.office.connected if one != "billing")
    office = replace(world.office, connected=without)
    world.work = replace(world.work, office=office)

    # when the window opens
    await world.at(WINDOW)

    # then nothing is sent
    assert automated.requests() == []
    assert await automated.states() == {"due": 9}
