"""Changes that may never have been made, while the plan goes on: they follow it once that is known.

Of the starts one stands for each service: the one for the plan's present date.
"""

from collections.abc import Sequence
from datetime import timedelta

import pytest

from app.db.clock import real_now
from app.db.models import Adjustment
from app.delivery.attempts import Outcome, claim, settle
from app.domain.carrying_out import Evidence
from app.domain.delivery import DeliveryState
from app.scheduler.ticks import run_all
from app.services.adjustments import Confirm, confirm_adjustment, fail_adjustment
from app.services.deliveries import follow_up
from app.services.endings import Because, acknowledge_plan, hold_plan, resume_plan
from app.services.forcing import force_live
from app.services.tasks import skip_task
from tests.automated import Automated
from tests.world import World, day, local

WINDOW = local("2026-12-01 09:00")
REFUSED = Outcome(DeliveryState.FAILED, "refused", "It wants no more.")
BUSY = Outcome(DeliveryState.RETRYING, "transient", "Busy.", retry_in=timedelta(seconds=1))


async def all_lost(automated: Automated) -> None:
    """The automation was asked for everything, and nobody knows what it did."""
    world = automated.world
    await world.receive()
    await automated.release()
    world.fault("automation", "billing.change_requested", "drop_after_effect", times=9)
    world.fault("automation", "billing.call_back", "timeout", times=9)
    await world.at(WINDOW)
    await automated.settle()
    assert await automated.states() == {"uncertain": 9}


async def starts(world: World, service: str = "sms") -> Sequence[Adjustment]:
    """The starts of a service, oldest first."""
    return [
        one
        for one in await world.adjustments()
        if (one.kind, one.service) == ("start_service", service)
    ]


async def test_lost_starts_that_were_not_made_give_way_to_those_of_the_new_date(
    automated: Automated,
) -> None:
    # given starts of which nobody knows, and a plan that has moved since
    world = automated.world
    await all_lost(automated)
    lost = [one.id for one in await world.adjustments()]
    await automated.move("2026-12-14")
    taken_back = [task for task in await world.tasks() if task.kind == "reversal"]
    assert len(taken_back) == 5
    for task in taken_back:
        assert "look in billing first" in task.instructions
        assert "Asked for by Tester" in task.instructions
        assert f"POST /v1/adjustments/{task.reverses_id}/fail" in task.instructions

    # when somebody has looked, and none was made
    for adjustment_id in lost:
        await world.do(fail_adjustment, adjustment_id, "It is not in billing.")

    # then each change waits once, for the new date, and nothing is to be taken back
    open_ones = [one for one in await world.adjustments() if one.state != "voided"]
    assert len(open_ones) == len({(one.kind, one.service) for one in open_ones}) == 9
    assert {(one.state, one.effective_on) for one in open_ones} == {
        ("scheduled", day("2026-12-14"))
    }
    assert {one.reversal for one in await world.adjustments()} == {None}
    tasks = await world.tasks()
    assert {task.state for task in tasks if task.kind == "reversal"} == {"skipped"}
    asks = [task for task in tasks if task.kind == "adjustment" and task.state == "open"]
    assert sorted(map(str, (task.adjustment_id for task in asks))) == sorted(
        str(one.id) for one in open_ones
    )
    entries = [one for one in await world.audit() if one.reason == "It is not in billing."]
    assert len(entries) == 9

    # and the plan moves on and back with them
    await automated.move("2026-12-21")
    await automated.move("2026-12-07")
    again = [one for one in await world.adjustments() if one.state != "voided"]
    assert {one.id for one in again} == {one.id for one in open_ones}
    assert {(one.state, one.effective_on) for one in again} == {("due", day("2026-12-07"))}


async def test_a_lost_start_that_was_not_made_gives_way_to_one_that_was(
    automated: Automated,
) -> None:
    # given the start for the new date made, while nobody has looked for the first
    world = automated.world
    await all_lost(automated)
    await automated.move("2026-12-14")
    await automated.release()
    await world.at(local("2026-12-08 09:00"))
    await automated.settle()
    first, second = await starts(world)
    assert (first.state, first.reversal, second.state) == ("uncertain", "wanted", "confirmed")

    # when somebody looks
    await world.do(fail_adjustment, first.id, "It is not in billing.")

    # then the one that was made stands alone
    first, second = await starts(world)
    assert (first.state, first.reversal, first.carried_out_at) == ("voided", None, None)
    assert (second.state, second.reversal) == ("confirmed", None)


@pytest.mark.parametrize("outcome", [REFUSED, BUSY], ids=["refused", "busy"])
@pytest.mark.parametrize("twin", ["open", "in hand"])
async def test_a_start_in_hand_while_the_plan_moves_gives_way_once_it_surely_did_not_leave(
    automated: Automated, outcome: Outcome, twin: str
) -> None:
    # given a worker that has the start of SMS in hand while the plan moves
    world = automated.world
    await world.receive()
    await automated.release()
    world.clock.at = WINDOW
    await run_all(world.work)
    (delivery,) = [
        one
        for one in await world.deliveries("billing.submit")
        if one.subject == "Start service 'sms'"
    ]
    async with world.sessions.begin() as session:
        taken = await claim(session, delivery.id, real_now=await real_now(session))
    assert taken is not None
    await automated.move("2026-12-14")
    if twin == "in hand":
        await automated.release()
        world.clock.at = local("2026-12-08 09:00")
        await run_all(world.work)
    world.said()

    # when it ends without having left
    async with world.sessions.begin() as session:
        settled = await settle(
            session, taken, outcome, [], now=world.now, real_now=await real_now(session)
        )
        await follow_up(session, settled, office=world.office, now=world.now)

    # then the start for the new date is the only one, and nobody is asked to look
    first, second = await starts(world)
    assert (first.state, first.reversal, first.carried_out_at) == ("voided", None, None)
    assert second.state == ("scheduled" if twin == "open" else "submitted")
    (back,) = [task for task in await world.tasks() if task.reverses_id == first.id]
    assert back.state == "skipped"
    await automated.settle()
    assert automated.told() == []


async def test_what_was_not_made_follows_a_plan_that_moved_and_is_held(
    automated: Automated,
) -> None:
    # given a lost ending, a plan that moved, and a hold
    world = automated.world
    await all_lost(automated)
    await automated.move("2026-12-14")
    plan = await world.plan()
    await world.do(hold_plan, Because(plan.id, "The client called."))
    lost = await automated.one()

    # when somebody says that it was not made, and the plan goes on before its window
    await world.do(fail_adjustment, lost.id, "It is not in billing.")
    await world.do(resume_plan, plan.id)

    # then it is ended in the window of the new date
    one = await automated.one()
    assert (one.id, one.state, one.effective_on) == (lost.id, "scheduled", day("2026-12-14"))
    assert one.opens_at == local("2026-12-08 00:00")


async def test_what_a_forced_plan_turns_out_to_have_gone_live_without_is_settled_by_hand(
    automated: Automated,
) -> None:
    # given a plan that was missed, and forced live while nobody knows what was made
    world = automated.world
    await all_lost(automated)
    await world.at(local("2026-12-07 00:00"))
    plan = await world.plan()
    await world.at(local("2026-12-07 08:00"))
    await world.do(force_live, Because(plan.id, "The client waits for it."))
    assert await automated.states() == {"uncertain": 9}
    made, *lost = await world.adjustments()

    # when somebody has looked: one was made, the others were not
    await world.do(confirm_adjustment, Confirm(made.id, None, Evidence("IGN-1")))
    for one in lost:
        await world.do(fail_adjustment, one.id, "It is not in billing.")

    # then what was not made is void, and each is a task that asks a person to settle it
    assert await automated.states() == {"confirmed": 1, "voided": 8}
    tasks = await world.tasks()
    by_hand = [task for task in tasks if task.title.startswith("Settle by hand: ")]
    stood = {task.adjustment_id: task for task in tasks if task.adjustment_id}
    assert [task.title for task in by_hand] == [
        f"Settle by hand: {stood[one.id].title}" for one in lost
    ]
    assert {stood[one.id].state for one in lost} == {"skipped"}
    assert {task.state for task in by_hand} == {"open"}

    # and the plan is completed once they have
    await world.do(acknowledge_plan, plan.id)
    assert (await world.plan()).state == "live"
    for task in await world.tasks():
        if task.state == "open":
            await world.do(skip_task, task.id, "Done with billing.")
    assert (await world.plan()).state == "completed"


async def test_a_start_for_another_date_leaves_a_forced_plan_nothing_to_settle_twice(
    automated: Automated,
) -> None:
    # given a lost start, a move, and a plan that is forced live without the start for its new date
    world = automated.world
    await all_lost(automated)
    await automated.move("2026-12-14")
    plan = await world.plan()
    await world.at(local("2026-12-14 00:00"))
    await world.do(force_live, Because(plan.id, "The client waits for it."))
    first, _ = await starts(world)
    assert first.state == "uncertain"

    # when somebody says that the lost one was not made either
    await world.do(fail_adjustment, first.id, "It is not in billing.")

    # then the service is settled by hand once, and there is nothing to take back
    assert [one.state for one in await starts(world)] == ["voided", "voided"]
    titles = [task.title for task in await world.tasks() if task.state == "open"]
    assert titles.count("Settle by hand: Start SMS of the new package") == 1
    assert "Take back the start of SMS" not in titles


async def test_what_is_submitted_again_is_waited_for_anew(automated: Automated) -> None:
    # given changes that the automation took on, was silent about, and did not make
    world = automated.world
    await world.receive()
    await automated.release()
    world.fault("automation", "billing.call_back", "timeout", times=9)
    await world.at(WINDOW)
    await automated.settle()
    await world.at(WINDOW + timedelta(hours=50))
    assert await automated.states() == {"uncertain": 9}
    for one in await world.adjustments():
        await world.do(fail_adjustment, one.id, "It is not in billing.")

    # when the plan has moved, and they are submitted once more
    await automated.move("2026-12-21")
    await automated.release()
    world.clock.at = local("2026-12-15 09:00")
    await run_all(world.work)
    assert await automated.states() == {"submitted": 9}

    # then the old requests say nothing of the new ones
    await run_all(world.work)
    assert await automated.states() == {"submitted": 9}
    await automated.settle()
    assert await automated.states() == {"confirmed": 9}
