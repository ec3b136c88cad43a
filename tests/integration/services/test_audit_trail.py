"""I9: whatever changes is in the audit trail, sealed into a chain that shows what was tampered."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from sqlalchemy.exc import DBAPIError

from app.domain.actor import Actor, ActorKind
from app.domain.carrying_out import Evidence
from app.queries.audit import verify_chain
from app.scheduler.ticks import seal_audit
from app.services.adjustments import (
    Confirm,
    confirm_adjustment,
    fail_adjustment,
    void_adjustment,
)
from app.services.client_edits import amend_client
from app.services.client_mail import send_complete_email
from app.services.endings import (
    Because,
    acknowledge_plan,
    cancel_plan,
    hold_plan,
    resume_plan,
)
from app.services.forcing import force_live
from app.services.live_dates import SetLiveDate, set_live_date
from app.services.plan_edits import give_plan_to, note_on_plan
from app.services.staff import amend_staff
from app.services.tasks import (
    Amend,
    Complete,
    amend_task,
    block_task,
    complete_task,
    reopen_task,
    skip_task,
)
from tests.world import World, day, local

PERSON = Actor(ActorKind.KEY, "key-9", "Sue Support", "support")
Act = Callable[[World], Awaitable[Any]]


async def task_of(world: World) -> Any:
    return next(task for task in await world.tasks() if task.adjustment_id is None)


async def adjustment_of(world: World) -> Any:
    return (await world.adjustments())[0]


async def because(world: World) -> Because:
    return Because((await world.plan()).id, "A reason.")


async def confirm(world: World) -> Any:
    one = await adjustment_of(world)
    command = Confirm(one.id, f"Harbour Dental / {one.service}", Evidence("R-1"))
    return await world.only(confirm_adjustment, command, actor=PERSON)


async def amend(world: World) -> Any:
    command = Amend((await task_of(world)).id, day("2026-12-03"), None)
    return await world.only(amend_task, command, actor=PERSON)


async def staff(world: World) -> Any:
    ((staff_id,),) = await world.rows("SELECT id FROM staff WHERE role = 'support'")
    async with world.sessions.begin() as session:
        await amend_staff(session, staff_id, {"name": "Sue"}, actor=PERSON, now=world.now)


async def rezone(world: World) -> None:
    client_id, zone = (await world.plan()).client_id, {"timezone": "Asia/Tokyo"}
    await world.only(amend_client, client_id, zone, actor=PERSON)


async def ended(world: World) -> None:
    """Everything but the Complete e-mail is done."""
    await world.set_up()
    await world.confirm()


async def missed(world: World) -> None:
    await world.at(local("2026-12-07 00:00"))
    world.clock.at = local("2026-12-07 08:00")


async def nothing(_world: World) -> None:
    return None


async def held(world: World) -> None:
    await world.only(hold_plan, await because(world))


async def done_first(world: World) -> None:
    await world.only(complete_task, Complete((await task_of(world)).id))


ACTS: dict[str, tuple[Callable[[World], Awaitable[None]], Act]] = {
    "task.completed": (
        nothing,
        lambda w: _on_task(w, lambda t: w.only(complete_task, Complete(t.id), actor=PERSON)),
    ),
    "task.reopened": (
        done_first,
        lambda w: _on_task(w, lambda t: w.only(reopen_task, t.id, actor=PERSON)),
    ),
    "task.skipped": (
        nothing,
        lambda w: _on_task(w, lambda t: w.only(skip_task, t.id, "Why.", actor=PERSON)),
    ),
    "task.blocked": (
        nothing,
        lambda w: _on_task(w, lambda t: w.only(block_task, t.id, "Why.", actor=PERSON)),
    ),
    "task.amended": (nothing, amend),
    "adjustment.confirmed": (nothing, confirm),
    "adjustment.failed": (
        nothing,
        lambda w: _on_adjustment(w, lambda a: w.only(fail_adjustment, a.id, "No.", actor=PERSON)),
    ),
    "adjustment.voided": (
        nothing,
        lambda w: _on_adjustment(w, lambda a: w.only(void_adjustment, a.id, "No.", actor=PERSON)),
    ),
    "plan.rescheduled": (
        nothing,
        lambda w: _on_plan(
            w,
            lambda p: w.only(
                set_live_date, SetLiveDate(p.id, day("2026-12-14"), "Why."), actor=PERSON
            ),
        ),
    ),
    "plan.held": (nothing, lambda w: _because(w, hold_plan)),
    "plan.resumed": (
        held,
        lambda w: _on_plan(w, lambda p: w.only(resume_plan, p.id, actor=PERSON)),
    ),
    "plan.cancelled": (nothing, lambda w: _because(w, cancel_plan)),
    "plan.forced_live": (missed, lambda w: _because(w, force_live)),
    "plan.acknowledged": (
        nothing,
        lambda w: _on_plan(w, lambda p: w.only(acknowledge_plan, p.id, actor=PERSON)),
    ),
    "plan.amended": (
        nothing,
        lambda w: _on_plan(w, lambda p: w.only(note_on_plan, p.id, "A note.", actor=PERSON)),
    ),
    "complete_email.requested": (
        ended,
        lambda w: _on_plan(w, lambda p: w.only(send_complete_email, p.id, actor=PERSON)),
    ),
    "staff.amended": (nothing, staff),
    "client.updated": (nothing, rezone),
    "plan.rezoned": (nothing, rezone),
}


async def _on_task(world: World, act: Callable[[Any], Awaitable[Any]]) -> None:
    await act(await task_of(world))


async def _on_adjustment(world: World, act: Callable[[Any], Awaitable[Any]]) -> None:
    await act(await adjustment_of(world))


async def _on_plan(world: World, act: Callable[[Any], Awaitable[Any]]) -> None:
    await act(await world.plan())


async def _because(world: World, service: Callable[..., Any]) -> None:
    await world.only(service, await because(world), actor=PERSON)


@pytest.mark.parametrize("action", ACTS)
async def test_what_a_person_does_is_written_down(plain: World, action: str) -> None:
    # given a plan in its window
    before, act = ACTS[action]
    await plain.receive()
    await plain.at(local("2026-12-02 10:00"))
    await before(plain)
    known = {entry.id for entry in await plain.audit()}

    # when a person does something
    await act(plain)

    # then who, when, what and to what is there
    new = [entry for entry in await plain.audit() if entry.id not in known]
    (entry,) = [one for one in new if one.action == action]
    assert (entry.actor_kind, entry.actor_id, entry.actor_name) == ("key", "key-9", "Sue Support")
    assert entry.at == plain.now
    assert entry.after
    if action not in ("plan.acknowledged", "complete_email.requested"):
        assert entry.before
        assert entry.before != entry.after
    if action not in ("staff.amended", "client.updated"):
        assert entry.plan_id == (await plain.plan()).id


async def test_what_is_given_to_others_is_written_down(plain: World) -> None:
    await plain.receive()
    plan = await plain.plan()

    await plain.only(give_plan_to, plan.id, {"support": None}, actor=PERSON)

    entry = (await plain.audit())[-1]
    assert (entry.before, entry.after) == (
        {"staff": {"support": "Sue Support"}},
        {"staff": {"support": None}},
    )


async def test_what_the_service_does_by_itself_is_written_down_as_its_own(world: World) -> None:
    await world.receive()
    await world.at(local("2026-12-04 16:00"))
    await world.at(local("2026-12-07 00:00"))

    by_service = {
        (entry.actor_id, entry.action)
        for entry in await world.audit()
        if entry.actor_kind in ("service", "webhook")
    }

    assert by_service >= {
        ("agreement", "plan.created"),
        ("agreement", "plan.scheduled"),
        ("delivery", "board.created"),
        ("delivery", "board.filled"),
        ("delivery", "email.begun.accepted"),
        ("clock", "plan.window_opened"),
        ("clock", "plan.reminded"),
        ("clock", "plan.missed"),
    }


# The chain ------------------------------------------------------------------------------------


async def verified(world: World) -> Any:
    async with world.sessions() as session:
        return await verify_chain(session)


async def test_a_sealed_trail_verifies_and_shows_what_was_tampered_with(plain: World) -> None:
    # given a sealed trail
    await plain.receive()
    await plain.set_up()
    await seal_audit(plain.work)
    whole = await verified(plain)
    assert whole.intact
    assert whole.sealed == len(await plain.audit())

    # when somebody with all rights changes one entry behind the guard's back
    await plain.change("ALTER TABLE audit DISABLE TRIGGER audit_guard")
    await plain.change("UPDATE audit SET actor_name = 'Nobody' WHERE number = 5")
    await plain.change("ALTER TABLE audit ENABLE TRIGGER audit_guard")

    # then the chain tells which
    broken = await verified(plain)
    assert not broken.intact
    assert broken.first_broken == 5


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit SET reason = 'another'",
        "UPDATE audit SET number = number + 1",
        "DELETE FROM audit",
        "TRUNCATE audit",
    ],
)
async def test_the_database_refuses_to_change_what_is_written(plain: World, statement: str) -> None:
    await plain.receive()
    await seal_audit(plain.work)

    with pytest.raises(DBAPIError, match="append-only"):
        await plain.change(statement)


async def test_entries_written_while_others_are_sealed_are_sealed_later(plain: World) -> None:
    await plain.receive()
    await seal_audit(plain.work)
    await plain.set_up()
    await seal_audit(plain.work)

    numbers = sorted(entry.number or 0 for entry in await plain.audit())

    assert numbers == list(range(1, len(numbers) + 1))
    assert (await verified(plain)).intact
