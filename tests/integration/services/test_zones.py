"""A client's zone under other hands: sweeps that hold a plan, e-mails that are on their way."""

import asyncio
from collections.abc import Callable, Coroutine
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.db import plans
from app.db.models import Plan
from app.domain.agreement import read_signed
from app.services.client_edits import amend_client
from app.services.client_mail import send_complete_email
from app.services.live_dates import SetLiveDate, set_live_date
from app.services.plans import make_plan
from tests.builders import TESTER, signed_document
from tests.world import World, day, local, together

MANY_LOOKS = 2000
LOS_ANGELES, AUCKLAND = "America/Los_Angeles", "Pacific/Auckland"


async def amended(world: World, **changes: Any) -> Any:
    """Change the client; nothing of what follows is worked off yet."""
    ((found,),) = await world.rows("SELECT id FROM clients")
    return await world.only(amend_client, UUID(str(found)), changes)


async def by_a_person(session: AsyncSession, plan: Plan, **who: Any) -> None:
    await amend_client(session, plan.client_id, {"timezone": LOS_ANGELES}, **who)


async def by_an_agreement(session: AsyncSession, plan: Plan, **who: Any) -> None:
    second = signed_document(agreement__ref="PROP-1043", client__timezone=LOS_ANGELES)
    await make_plan(session, read_signed(second), **who)


@pytest.mark.parametrize("changed", [by_a_person, by_an_agreement])
async def test_whoever_holds_a_plan_gets_its_client_while_the_zone_waits_for_the_plan(
    world: World, changed: Callable[..., Coroutine[Any, Any, None]]
) -> None:
    # Given a plan that a sweep holds, to let it go live and write down the client's package
    await world.receive()
    plan = await world.plan()
    who: dict[str, Any] = {"office": world.office, "actor": TESTER, "now": world.now}
    async with world.sessions() as sweep, world.sessions() as other:
        await plans.lock(sweep, plan.id)

        # When somebody changes the zone, and waits for the plan
        change = asyncio.create_task(changed(other, plan, **who))
        await somebody_waits(sweep)

        # Then the client is free for the sweep, which would wait for ever otherwise
        await sweep.execute(text("SELECT 1 FROM clients FOR UPDATE NOWAIT"))
        await sweep.commit()
        await change
        await other.commit()
    assert (await world.plans())[0].timezone == LOS_ANGELES


async def somebody_waits(session: AsyncSession) -> None:
    """Look until another transaction of this database waits for a lock."""
    waiting = text("SELECT count(*) FROM pg_locks WHERE NOT granted")
    for _ in range(MANY_LOOKS):
        if await session.scalar(waiting):
            return
    raise AssertionError("Nobody waits.")


async def test_two_zones_at_once_leave_client_and_plan_in_one_of_them(world: World) -> None:
    await world.receive()

    await together(
        lambda: amended(world, timezone=LOS_ANGELES),
        lambda: amended(world, timezone="Asia/Tokyo"),
        lambda: amended(world, timezone="Europe/Berlin"),
    )

    plan = await world.plan()
    assert await world.rows("SELECT timezone FROM clients") == [(plan.timezone,)]
    assert plan.live_at == local("2026-12-07 00:00", plan.timezone)
    assert {one.closes_at for one in await world.adjustments()} == {plan.live_at}


async def test_mails_that_wait_are_held_to_the_new_live_instant(world: World) -> None:
    # Given a Begun e-mail that no worker has taken up yet
    await world.store_event(signed_document())
    await world.run_jobs()
    (begun,) = await world.deliveries("email.begun")
    assert begun.not_after == local("2026-12-07 00:00")

    await amended(world, timezone=AUCKLAND)

    (begun,) = await world.deliveries("email.begun")
    assert (begun.state, begun.not_after) == ("pending", local("2026-12-07 00:00", AUCKLAND))


async def all_but_the_mail(world: World) -> None:
    """A plan in its window of which everything is done but the Complete e-mail."""
    await world.receive()
    await world.at(local("2026-12-02 09:00"))
    await world.set_up()
    await world.confirm()


async def test_a_mail_that_the_helpdesk_would_send_too_late_is_taken_back(world: World) -> None:
    # Given the Complete e-mail, asked for 90 seconds before Monday begins in Auckland: the
    # helpdesk is to send it in two minutes
    await all_but_the_mail(world)
    world.clock.at = local("2026-12-07 00:00", AUCKLAND) - timedelta(seconds=90)
    await world.send_complete()
    assert (await world.deliveries("email.complete"))[-1].state == "delivered"

    # When it turns out that the client is in Auckland
    await amended(world, timezone=AUCKLAND)
    await world.run_until_idle()

    # Then no e-mail leaves once the services are live there
    world.clock.at = local("2026-12-07 00:00", AUCKLAND) + timedelta(minutes=5)
    await world.run_until_idle()
    assert [mail for mail in world.mails() if "Complete" in mail["subject"]] == []
    assert (await world.plan()).state == "missed"


async def test_a_mail_in_a_workers_hand_is_taken_back_where_time_is_short(world: World) -> None:
    # Given a Complete e-mail that a worker sends by the live instant of Brisbane
    await all_but_the_mail(world)
    plan = await world.plan()
    world.clock.at = local("2026-12-07 00:00", AUCKLAND) - timedelta(minutes=4)
    await world.only(send_complete_email, plan.id)
    await world.change(
        "UPDATE deliveries SET state = 'sending', token = gen_random_uuid(),"
        " lease_until = now() + interval '1 minute' WHERE kind = 'email.complete'"
    )

    # When the client turns out to be in Auckland, four minutes before Monday there
    await amended(world, timezone=AUCKLAND)

    # Then whoever settles it takes it back
    (mail,) = await world.deliveries("email.complete")
    assert (mail.state, mail.withdraw) == ("sending", True)
    assert mail.not_after == local("2026-12-07 00:00", AUCKLAND)


async def test_an_adjustment_that_failed_can_be_made_in_the_new_window(world: World) -> None:
    # Given a change of the bill that was tried in the window of Brisbane and failed
    await world.receive()
    await world.at(local("2026-12-01 01:00"))
    await world.change(
        "UPDATE adjustments SET state = 'failed', reason = 'Refused.', carried_out_at = :at,"
        " carried_out_on = '2026-12-01' WHERE position = 1",
        at=world.now,
    )

    # When the zone changes to one whose window opens later
    await amended(world, timezone=LOS_ANGELES)

    # Then it is a change of that window, and can be made in it
    first = (await world.adjustments())[0]
    assert (first.state, first.carried_out_at) == ("failed", None)
    await world.at(local("2026-12-01 00:00", LOS_ANGELES))
    await world.confirm((first.kind, first.service))
    assert (await world.adjustments())[0].state == "confirmed"


async def test_what_was_made_stays_on_its_day_when_the_zone_changes(world: World) -> None:
    # Given a service that bills on Mondays and is ended on Tuesday in Brisbane: Monday's bill left
    weekly = {"service": "google_business", "price": {"amount": "70.00", "currency": "AUD"}}
    weekly |= {"billing_period": "week", "anchor": "monday", "paid_through": "2026-11-29"}
    await world.receive(client__services=[weekly])
    await world.at(local("2026-12-01 00:00"))
    await world.confirm()

    # When the client is in UTC, where it is Monday yet, and goes live a week later
    await amended(world, timezone="UTC")
    plan = await world.plan()
    await world.only(set_live_date, SetLiveDate(plan.id, day("2026-12-14"), "The client asks."))

    # Then the gap is one week: what Monday's bill has paid for is not charged again
    gaps = [one.reckoning for one in await world.adjustments() if one.kind == "charge"]
    assert {(gap["from"], gap["to"]) for gap in gaps if gap} == {("2026-12-07", "2026-12-14")}
