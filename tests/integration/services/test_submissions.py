"""Requests to the automation: each leaves once and in time, and one that is lost is a person's."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from app.adapters.billing_hook.hook import BillingHook
from app.adapters.http import VendorHttp
from app.db.clock import real_now
from app.db.models import Delivery
from app.delivery.attempts import LEASE, Claimed, Outcome, claim, settle
from app.domain.carrying_out import Evidence
from app.domain.delivery import DeliveryState
from app.scheduler.ticks import recover, run_all
from app.services.adjustments import Confirm, confirm_adjustment, fail_adjustment, void_adjustment
from app.services.billing_hook import submit_due
from app.services.decisions import Decide
from app.services.deliveries import decide, follow_up
from app.services.endings import Because, cancel_plan
from tests.automated import Automated
from tests.wired_vendors import BASE, SETTINGS
from tests.world import World, day, local, refusal, together

WINDOW = local("2026-12-01 09:00")
ONE = "cancel_service website_care"


async def submitted(automated: Automated) -> None:
    """Released, the window open, everything submitted; no request has left yet."""
    world = automated.world
    await world.receive()
    await automated.release()
    world.clock.at = WINDOW
    await run_all(world.work)
    assert await automated.states() == {"submitted": 9}
    world.said()


async def first(world: World) -> Delivery:
    """The request to end the website care."""
    (delivery,) = [
        one
        for one in await world.deliveries("billing.submit")
        if one.subject == "Cancel service 'website_care'"
    ]
    return delivery


async def claimed(world: World, *, ago: timedelta = timedelta()) -> Claimed:
    """A worker has the first request in hand."""
    delivery = await first(world)
    async with world.sessions.begin() as session:
        taken = await claim(session, delivery.id, real_now=await real_now(session) - ago)
    assert taken is not None
    return taken


async def ended(world: World, taken: Claimed, outcome: Outcome) -> None:
    """The worker settles what it had in hand."""
    async with world.sessions.begin() as session:
        now = await real_now(session)
        delivery = await settle(session, taken, outcome, [], now=world.now, real_now=now)
        if delivery.settled_at is not None:
            await follow_up(session, delivery, office=world.office, now=world.now)


UNKNOWN = Outcome(DeliveryState.FAILED, "unknown", "Not sent again: no answer.")
BUSY = Outcome(DeliveryState.RETRYING, "transient", "Busy.", retry_in=timedelta(seconds=1))


async def test_two_workers_at_once_submit_each_change_once(automated: Automated) -> None:
    world = automated.world
    await world.receive()
    await automated.release()
    world.clock.at = WINDOW
    plan = await world.plan()
    await world.change("UPDATE plans SET state = 'in_window'")
    await world.change("UPDATE adjustments SET state = 'due'")

    async def worker() -> int:
        async with world.sessions.begin() as session:
            return await submit_due(session, plan.id, office=world.office, now=world.now)

    done = await together(*[worker] * 4)

    assert sorted(done) == [0, 0, 0, 9]
    assert len(await world.deliveries("billing.submit")) == 9


async def test_a_busy_automation_is_asked_again_under_the_same_id(automated: Automated) -> None:
    world = automated.world
    await submitted(automated)
    world.fault("automation", "billing.change_requested", "429", times=20)

    await automated.settle()

    lines = world.vendors.stage.ledger.lines(
        system="automation", operation="billing.change_requested"
    )
    assert len(lines) == 29
    assert len({line.idempotency_key for line in lines}) == 9
    assert await automated.states() == {"confirmed": 9}
    assert {one.carried_out_at for one in await world.adjustments()} == {WINDOW}


@pytest.mark.parametrize("fault", ["timeout", "drop_after_effect", "500"])
async def test_a_request_whose_outcome_is_unknown_is_never_sent_again(
    automated: Automated, fault: str
) -> None:
    world = automated.world
    await submitted(automated)
    world.fault("automation", "billing.change_requested", fault)

    await world.run_until_idle()
    for hours in range(1, 4):
        await world.at(WINDOW + timedelta(hours=hours))

    assert (await automated.one("cancel_service", "website_care")).state == "uncertain"
    assert [which for which, _ in automated.requests()].count(ONE) == 1
    assert automated.told() == ["Uncertain in billing"]
    delivery = await first(world)
    assert (delivery.state, delivery.attempts) == ("failed", 1)
    # what took effect unseen is called back, and confirmed by that
    await automated.settle()
    state = (await automated.one("cancel_service", "website_care")).state
    assert state == ("confirmed" if fault == "drop_after_effect" else "uncertain")


async def test_a_request_in_the_hands_of_a_dead_worker_is_never_sent_again(
    automated: Automated,
) -> None:
    world = automated.world
    await submitted(automated)
    await claimed(world, ago=LEASE + timedelta(seconds=1))

    await recover(world.work)
    await automated.settle()

    assert ONE not in [which for which, _ in automated.requests()]
    assert await automated.states() == {"confirmed": 8, "uncertain": 1}
    assert automated.told() == ["Uncertain in billing"]


async def test_a_refused_request_is_a_persons_and_tried_again_under_a_new_id(
    automated: Automated,
) -> None:
    # given a hook that knows another secret
    world = automated.world
    right = world.work.systems
    wrong = BillingHook(
        VendorHttp(world.http),
        url=f"{BASE}/automation/billing",
        secrets=(SETTINGS.agreement_secret,),
    )
    world.work = replace(world.work, systems=replace(right, billing=wrong))
    await submitted(automated)
    await automated.settle()
    assert await automated.states() == {"failed": 9}
    one = await automated.one("cancel_service", "website_care")
    assert (one.carried_out_at, one.reason) == (
        None,
        "Billing hook does not accept our credentials. (http_401)",
    )
    assert automated.told() == ["Not changed in billing"] * 9

    # when that is put right and the request tried again
    world.work = replace(world.work, systems=right)
    delivery = await first(world)
    await world.at(WINDOW + timedelta(hours=1))
    await world.do(decide, Decide(delivery.id, "retry"))
    await automated.settle()

    # then it is made
    one = await automated.one("cancel_service", "website_care")
    assert (one.state, one.carried_out_at) == ("confirmed", WINDOW + timedelta(hours=1))
    after = await first(world)
    assert (after.key[-2:], after.state) == ("#2", "delivered")


@pytest.mark.parametrize(
    ("prepare", "code"),
    [
        ("UPDATE plans SET released_at = NULL, released_by = NULL", "not_released"),
        ("UPDATE plans SET state = 'on_hold'", "plan_not_in_window"),
        ("UPDATE adjustments SET safe_days = '{}'", "unsafe_day"),
        ("UPDATE clients SET package = 'scale'", "plan_not_right"),
        ("UPDATE adjustments SET state = 'uncertain'", "adjustment_decides"),
    ],
)
async def test_a_stuck_request_is_tried_again_only_where_it_may_leave(
    automated: Automated, prepare: str, code: str
) -> None:
    world = automated.world
    await submitted(automated)
    await ended(world, await claimed(world), Outcome(DeliveryState.FAILED, "refused", "No."))
    await world.change(prepare)
    delivery = await first(world)

    assert await refusal(world.only(decide, Decide(delivery.id, "retry"))) == code


async def test_a_request_that_waits_too_long_is_dropped_and_told(automated: Automated) -> None:
    # given a service whose only safe days end with today
    world = automated.world
    await world.receive()
    await automated.release()
    await world.change(
        "UPDATE adjustments SET safe_days = :days WHERE service = 'website_care'"
        " AND kind = 'cancel_service'",
        days=[day("2026-12-01")],
    )
    world.clock.at = local("2026-12-01 23:59")
    await run_all(world.work)
    assert (await first(world)).not_after == local("2026-12-02 00:00")

    # when nothing left until midnight
    world.said()
    await world.at(local("2026-12-02 00:00"))
    await automated.settle()

    # then it is not sent on the next day, which is not safe
    assert ONE not in [which for which, _ in automated.requests()]
    assert (await automated.one("cancel_service", "website_care")).state == "failed"
    assert (await first(world)).state == "expired"
    assert automated.told() == ["Not changed in billing"]

    # and an automation that says it has made it is not believed: it was never asked
    event = await automated.call_back(await automated.one("cancel_service", "website_care"))
    assert (event.reason or "").startswith("call_back_not_asked_for: ")
    assert (await automated.one("cancel_service", "website_care")).state == "failed"


async def test_what_a_person_settles_first_is_not_sent_any_more(automated: Automated) -> None:
    world = automated.world
    await submitted(automated)
    confirmed, failed = (await world.adjustments())[:2]

    await world.only(confirm_adjustment, Confirm(confirmed.id, None, Evidence("IGN-1")))
    await world.only(fail_adjustment, failed.id, "The client called.")
    await world.only(void_adjustment, failed.id, "Not wanted.")
    await automated.settle()

    services = {which for which, _ in automated.requests()}
    assert len(services) == 7
    assert not services & {f"{one.kind} {one.service}" for one in (confirmed, failed)}
    assert await automated.states() == {"confirmed": 8, "voided": 1}


async def test_a_call_back_that_is_faster_than_the_answer_stands(automated: Automated) -> None:
    world = automated.world
    await submitted(automated)
    taken = await claimed(world)
    one = await automated.one("cancel_service", "website_care")

    await automated.call_back(one)
    await ended(world, taken, UNKNOWN)
    await automated.settle()

    assert await automated.states() == {"confirmed": 9}
    assert automated.told() == []


async def test_a_request_in_hand_while_the_plan_moves_follows_it_once_it_surely_did_not_leave(
    automated: Automated,
) -> None:
    world = automated.world
    await submitted(automated)
    taken = await claimed(world)
    await automated.move("2026-12-14")
    assert (await automated.one("cancel_service", "website_care")).state == "submitted"

    await ended(world, taken, BUSY)

    one = await automated.one("cancel_service", "website_care")
    assert (one.state, one.effective_on, one.carried_out_at) == (
        "scheduled",
        day("2026-12-14"),
        None,
    )
    assert (await first(world)).state == "cancelled"


async def test_a_lost_request_of_a_cancelled_plan_is_put_back_only_if_it_was_made(
    automated: Automated,
) -> None:
    world = automated.world
    await submitted(automated)
    await ended(world, await claimed(world), UNKNOWN)
    one = await automated.one("cancel_service", "website_care")
    await world.do(cancel_plan, Because((await world.plan()).id, "They left."))
    (task,) = [task for task in await world.tasks() if task.kind == "reversal"]
    assert task.reverses_id == one.id

    await world.do(fail_adjustment, one.id, "It is not in billing.")

    (task,) = [task for task in await world.tasks() if task.kind == "reversal"]
    assert task.state == "skipped"
    assert await automated.states() == {"voided": 9}


async def test_the_silence_is_told_once(automated: Automated) -> None:
    world = automated.world
    await submitted(automated)
    world.fault("automation", "billing.call_back", "timeout", times=9)
    await automated.settle()

    for hours in range(1, 8):
        await world.at(WINDOW + timedelta(hours=hours))

    assert await automated.states() == {"uncertain": 9}
    assert automated.told() == ["Uncertain in billing"]
    assert automated.last("Uncertain in billing").count("has not called back") == 9


async def test_a_request_is_skipped_or_its_adjustment_confirmed(automated: Automated) -> None:
    world = automated.world
    await submitted(automated)
    delivery = await first(world)
    await ended(world, await claimed(world), BUSY)
    done = Decide(delivery.id, "skip", "By hand today.")

    await world.only(decide, done)

    assert (await automated.one("cancel_service", "website_care")).state == "failed"
    assert (await first(world)).state == "skipped"


async def test_a_lost_request_is_not_marked_done_but_its_adjustment_confirmed(
    automated: Automated,
) -> None:
    world = automated.world
    await submitted(automated)
    await ended(world, await claimed(world), UNKNOWN)
    delivery = await first(world)
    done = Decide(delivery.id, "mark-done", evidence=Evidence("IGN-1"))

    assert await refusal(world.only(decide, done)) == "adjustment_decides"

    one = await automated.one("cancel_service", "website_care")
    await world.at(local("2026-12-07 09:00"))  # also after the live instant: it left in time
    await world.do(confirm_adjustment, Confirm(one.id, None, Evidence("IGN-1")))
    assert (await automated.one("cancel_service", "website_care")).state == "confirmed"


async def test_a_hook_that_is_not_connected_any_more_refuses(automated: Automated) -> None:
    world = automated.world
    await submitted(automated)
    systems: Any = replace(world.work.systems, billing=None)
    world.work = replace(world.work, systems=systems)

    await automated.settle()

    assert await automated.states() == {"failed": 9}
