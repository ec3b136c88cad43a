"""A backup is restored after effects have left: the vendors' ledger counts each of them once."""

from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import URL

from app.db.engine import make_engine, make_sessions
from app.domain.delivery import System
from app.scheduler.ticks import run_tick
from app.services.endings import Because, cancel_plan
from app.services.epochs import RESTORED, begin_epoch, end_epochs
from tests.builders import TESTER, signed_document, stored_staff
from tests.postgres import clone, drop
from tests.world import World, local, world_on

WINDOW = local("2026-12-04 00:00")


@pytest.fixture
async def world(database_url: URL) -> AsyncIterator[World]:
    async with world_on(database_url) as world:
        await stored_staff(world.sessions)
        yield world


async def backed_up(world: World) -> URL:
    """A copy of the database as it is."""
    await world.sessions.kw["bind"].dispose()
    return await clone(world.work.url)


@asynccontextmanager
async def restored(world: World, backup: URL) -> AsyncIterator[World]:
    """The same vendors, who keep what they have got, and the database as it was backed up."""
    engine = make_engine(backup)
    try:
        work = replace(world.work, url=backup, sessions=make_sessions(engine))
        yield replace(world, work=work)
    finally:
        await engine.dispose()
        await drop(backup)


def happened(world: World) -> Counter[str]:
    """Everything that took effect outside, that anybody would notice twice."""
    lines = world.vendors.stage.ledger.lines(effect=True)
    return Counter(f"{line.system} {line.operation} {_about(line.body)}" for line in lines)


TOLD = ("to", "text", "subject", "space", "board_name", "group_name", "item_name")


def _about(body: Any) -> str:
    if not isinstance(body, dict):
        return ""
    told = {name: body[name] for name in TOLD if name in body}
    return str(told)


async def epoch(world: World) -> int:
    async with world.sessions.begin() as session:
        return (await begin_epoch(session, actor=TESTER, now=world.now)).unsettled


async def signed(world: World) -> None:
    """An agreement is understood; none of its effects has left."""
    from app.scheduler.queue import inbound  # noqa: PLC0415

    event = await world.store_event(signed_document())
    await world.change("DELETE FROM jobs.pgqueuer WHERE entrypoint = 'inbound'")
    await inbound(world.work, {"event_id": str(event)})


async def test_what_left_after_the_backup_does_not_leave_again(world: World) -> None:
    # given a backup from before anything left, and a day on which everything did
    await signed(world)
    backup = await backed_up(world)
    await world.run_until_idle()
    await world.at(world.now + timedelta(hours=1))
    before = happened(world)
    assert sum(count for what, count in before.items() if "email.sent" in what) == 1

    # when the backup is restored and everything runs on
    async with restored(world, backup) as again:
        assert await epoch(again) == 3
        await again.run_until_idle()
        await again.at(again.now + timedelta(hours=1))

        # then the vendors have got nothing twice, and the service knows what it has
        assert happened(again) == before
        states = {one.kind: one.state for one in await again.deliveries()}
        assert states["email.begun"] == states["board.create"] == states["chat.post"] == "delivered"
        assert (await again.plan()).board_state == "ready"


async def test_without_the_epoch_the_client_would_be_mailed_twice(world: World) -> None:
    await signed(world)
    backup = await backed_up(world)
    await world.run_until_idle()

    async with restored(world, backup) as again:
        await again.run_until_idle()
        await again.at(again.now + timedelta(hours=1))

        assert len(again.mails()) == 2


async def test_an_event_that_is_understood_again_makes_the_same_plan(world: World) -> None:
    # given a backup with an event that nobody has understood yet
    event = await world.store_event(signed_document())
    backup = await backed_up(world)
    await world.run_until_idle()
    await world.at(world.now + timedelta(hours=1))
    before, ref = happened(world), (await world.plan()).ref

    async with restored(world, backup) as again:
        await epoch(again)
        await again.run_until_idle()
        await again.at(again.now + timedelta(hours=1))

        assert (await again.event(event)).status == "processed"
        assert (await again.plan()).ref == ref
        assert happened(again) == before


async def test_what_time_sets_off_again_is_recognised(world: World) -> None:
    # given a backup from before the window, and a window that opened and was told of
    await world.receive()
    await world.set_up()
    backup = await backed_up(world)
    await world.at(WINDOW)
    assert (await world.plan()).state == "in_window"
    before = happened(world)

    # when it opens again, on the restored backup
    async with restored(world, backup) as again:
        await epoch(again)
        await again.at(WINDOW)

        # then nobody is told again
        assert (await again.plan()).state == "in_window"
        assert happened(again) == before


async def test_a_mail_that_was_withdrawn_in_its_workers_hands_stays_withdrawn(
    world: World,
) -> None:
    # given a backup of the moment in which an e-mail was in hand and its plan was cancelled
    await signed(world)
    await world.change(
        "UPDATE deliveries SET state = 'sending', token = gen_random_uuid(), attempts = 1,"
        " lease_until = clock_timestamp() + interval '1 hour' WHERE kind = 'email.begun'"
    )
    plan = await world.plan()
    await world.only(cancel_plan, Because(plan.id, "Signed by mistake."))
    (mail,) = await world.deliveries("email.begun")
    assert (mail.state, mail.withdraw) == ("sending", True)

    # when it is restored and everything runs on
    assert await epoch(world) >= 1
    await run_tick("recovery", world.work)
    await world.run_until_idle()
    await world.at(world.now + timedelta(hours=1))

    # then no draft of it was made
    assert "conversations.create" not in world.operations("helpscout")
    (mail,) = await world.deliveries("email.begun")
    assert mail.state == "cancelled"
    assert world.mails() == []


async def test_what_cannot_be_looked_up_is_a_persons(world: World) -> None:
    # given a change of a bill that was on its way to the hook
    await world.receive()
    plan = await world.plan()
    await world.change(
        "INSERT INTO deliveries (id, plan_id, kind, system, subject, key, generation, state,"
        " payload, progress, attempts, withdraw, created_at, version) VALUES (gen_random_uuid(),"
        " :plan, 'billing.submit', 'billing', 'a change', 'k#1', 1, 'pending',"
        " '{\"adjustment_id\": \"01a2044b-b4fc-7311-a382-ac96628c5f83\"}', '{}', 0, false,"
        " :now, 1)",
        plan=plan.id,
        now=world.now,
    )
    await epoch(world)
    (change,) = await world.deliveries("billing.submit")
    assert (change.state, change.reason) == ("uncertain", RESTORED)

    # when it is taken up, nothing is sent
    outcome = await _attempted(world, change.id)
    assert outcome.state == "failed"
    assert "cannot be looked up" in (outcome.detail or "")


async def _attempted(world: World, delivery_id: Any) -> Any:
    from app.db.clock import real_now  # noqa: PLC0415
    from app.delivery.attempts import claim  # noqa: PLC0415

    async with world.sessions.begin() as session:
        at: datetime = await real_now(session)
        claimed = await claim(session, delivery_id, real_now=at)
    assert claimed is not None
    return await world.work.courier.attempt(claimed)


async def test_an_epoch_ends_by_itself_or_by_hand(world: World) -> None:
    await epoch(world)
    await world.receive()
    doubted = [one.reason for one in await world.deliveries("chat.post")]
    async with world.sessions.begin() as session:
        assert await end_epochs(session, actor=TESTER, now=world.now) == 1
        assert await end_epochs(session, actor=TESTER, now=world.now) == 0

    await world.store_event(
        signed_document(
            event_id="zap-2",
            agreement__ref="PROP-2",
            client__ref="C-2",
            client__name="Corner Bakery",
            client__email="owner@cornerbakery.example",
        )
    )
    await world.run_jobs()
    new = [one for one in await world.deliveries() if one.state == "pending"]

    assert doubted
    assert new
    assert System.CHAT in {one.system for one in new}
