"""Sweeps wait for nobody: whoever holds a plan finishes; and calls hold rows in one order."""

from datetime import datetime
from functools import partial
from pathlib import Path
from uuid import UUID

from app.db import plans
from app.db.clock import real_now
from app.db.ids import new_id
from app.db.models import Delivery
from app.delivery.recovery import enqueue_orphans
from app.domain.delivery import DeliveryKind
from app.domain.review import Choice
from app.services.bulk_retries import Retried, RetryMany, retry_many
from app.services.endings import acknowledge_plan
from app.services.reminding import fire_timers
from app.services.resolving import Resolve, resolve_plan
from app.services.sweeps import go_live
from app.services.withdrawals import withdraw_client_emails
from tests.builders import TESTER, signed_document
from tests.integration.services.test_runs import equipped, lead
from tests.world import World, local, together


async def test_a_reminder_leaves_a_plan_alone_that_is_just_being_acknowledged(
    world: World,
) -> None:
    # Given a reminder that is due, and Marketing in the middle of acknowledging
    await world.receive()
    plan = await world.plan()
    world.clock.at = local("2026-12-04 09:00")
    async with world.sessions.begin() as marketing:
        await plans.lock(marketing, plan.id)

        # When the sweep comes in between
        async with world.sessions.begin() as sweep:
            fired = await fire_timers(sweep, office=world.office, now=world.now)

        # Then it waits for nothing, and Marketing finishes
        assert fired == 0
        await acknowledge_plan(marketing, plan.id, office=world.office, actor=TESTER, now=world.now)
    await world.run_until_idle()
    reminded = [one.after for one in await world.audit() if one.action == "plan.reminded"]
    assert "acknowledgement_due" not in [after["reminder"] for after in reminded if after]


async def test_orphans_are_given_jobs_without_waiting_for_a_plan_that_somebody_holds(
    world: World,
) -> None:
    # Given a plan whose deliveries and whose board have lost their jobs, and somebody changing it
    await world.store_event(signed_document())
    await world.run_jobs()
    plan = await world.plan()
    await world.change("UPDATE deliveries SET enqueued_at = enqueued_at - interval '5 minutes'")
    await world.change("UPDATE plans SET board_state = 'filling', board_read_at = NULL")
    waiting = len(await world.deliveries())
    async with world.sessions.begin() as person:
        held = await plans.lock(person, plan.id)

        # When recovery comes in between
        async with world.sessions.begin() as recovery:
            found = await enqueue_orphans(recovery, real_now=await real_now(recovery))

        # Then it takes the deliveries and leaves the plan, and the change goes through
        assert found == waiting
        await withdraw_client_emails(person, held, office=world.office, now=world.now)
    async with world.sessions.begin() as recovery:
        assert await enqueue_orphans(recovery, real_now=await real_now(recovery)) == 1


async def test_a_plan_behind_which_somebody_decides_goes_live_at_the_next_sweep(
    world: World,
) -> None:
    # Given a plan that is due, another agreement behind it, and somebody deciding about that one
    await world.receive(movement__from="start", movement__to="sprint")
    await world.receive(agreement__ref="PROP-2")
    first, second = await world.plans()
    await world.change(
        "UPDATE plans SET state = 'in_window', blockers = 0 WHERE id = :id", id=first.id
    )
    world.clock.at = local("2026-12-07 00:00")
    async with world.sessions.begin() as person:
        await plans.lock_beside_open(person, second.id)

        # When the sweep comes in between
        async with world.sessions.begin() as sweep:
            moved = await go_live(sweep, office=world.office, now=world.now)

        # Then it waits for nothing, and the decision is carried out
        assert moved == 0
        queue = Resolve(second.id, Choice.QUEUE, "One after the other.")
        await resolve_plan(person, queue, office=world.office, actor=TESTER, now=world.now)

    # and the next sweep lets the one go live, and the other come
    async with world.sessions.begin() as sweep:
        assert await go_live(sweep, office=world.office, now=world.now) == 1
    assert [plan.state for plan in await world.plans()] == ["live", "awaiting_live_date"]


def failed(kind: DeliveryKind, run_id: UUID, now: datetime) -> Delivery:
    one = new_id()
    return Delivery(
        id=one,
        run_id=run_id,
        kind=str(kind),
        system=str(kind.system),
        subject=f"test/{one}",
        key=f"test/{one}#1",
        state="failed",
        settled_at=now,
        payload={"room": "support", "text": "A message", "thread": "T"},
        created_at=now,
    )


async def test_two_bulk_retries_of_the_same_runs_wait_for_one_another_at_worst(
    world: World, tmp_path: Path
) -> None:
    # Given runs with a message and an e-mail each that failed, in opposite orders
    await equipped(world, tmp_path)
    await world.at(local("2026-11-23 09:00"))
    runs = [(await lead(world, f"L-{number}")).id for number in range(25)]
    async with world.sessions.begin() as session:
        for kind, order in ((DeliveryKind.CHAT_POST, runs), (DeliveryKind.EMAIL_RUN, runs[::-1])):
            session.add_all(failed(kind, run_id, world.now) for run_id in order)

    # When two managers have them tried again at once, by what they are
    async def tried(kind: str) -> int:
        command = RetryMany(kind=kind)
        done: Retried = await world.only(retry_many, command)
        return done.retried

    kinds = (str(DeliveryKind.CHAT_POST), str(DeliveryKind.EMAIL_RUN))
    done = await together(*[partial(tried, kind) for kind in kinds])

    # Then both are done
    assert done == [25, 25]
