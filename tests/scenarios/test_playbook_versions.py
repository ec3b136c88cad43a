"""Diaries of a playbook that changes while runs are open: they finish on theirs, or follow."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import select

from app.db.models import (
    Approval,
    Delivery,
    PlaybookAcknowledgement,
    PlaybookRun,
    PlaybookVersion,
    Staff,
    Task,
)
from app.domain.actor import Actor, ActorKind
from app.domain.approval import ApprovalState
from app.domain.run.acting import completed, ticked
from app.domain.run.starting import BY_HAND
from app.services.playbooks.moving_runs import foresee
from app.services.playbooks.proposing import propose, read_proposal
from app.services.playbooks.taking_force import decide_on_version
from app.services.runs.acting import Act, act
from app.services.runs.saving import Done
from app.services.runs.starting import StartRun, start_run
from app.services.staff import AddStaff, add_staff
from app.services.tasks import Complete, complete_task
from tests.builders import TESTER, catalog
from tests.welcoming import KEY, welcome, welcoming
from tests.world import World, in_session, local, refusal

FASTER = {"days": "1", "greeting": "Smile", "change": "Clients wait too long."}


async def person(world: World, role: str) -> Actor:
    (found,) = await world.all(select(Staff).where(Staff.role == role).order_by(Staff.id).limit(1))
    return Actor(ActorKind.KEY, role, found.name, "support", found.id)


async def begin(world: World, ref: str, **inputs: str) -> UUID:
    command = StartRun(KEY, ref, {"client_name": ref, **inputs}, BY_HAND, f"by hand/{ref}")
    return (await world.do(start_run, command)).row.id  # type: ignore[no-any-return]


async def run(world: World, run_id: UUID) -> PlaybookRun:
    (found,) = await world.all(select(PlaybookRun).where(PlaybookRun.id == run_id))
    row: PlaybookRun = found
    return row


async def steps(world: World, run_id: UUID) -> dict[str, tuple[str, str]]:
    found = await world.all(select(Task).where(Task.run_id == run_id).order_by(Task.position))
    return {step.step: (step.role, step.step_state) for step in found}


async def told_to_read(world: World) -> list[str]:
    """The states of the tasks in which people read a version, oldest first."""
    asked = select(Task).where(Task.step.is_(None)).order_by(Task.id)
    return [task.state for task in await world.all(asked)]


async def version(world: World, number: int) -> PlaybookVersion:
    (found,) = await world.all(
        select(PlaybookVersion).where(PlaybookVersion.playbook_version == number)
    )
    row: PlaybookVersion = found
    return row


async def does(world: World, run_id: UUID, step: str, decide: Any) -> None:
    command = Act(run_id, Done("run.step_completed", step), decide)
    await world.do(act, command, actor=await person(world, "support"))


async def ticks(world: World, run_id: UUID, *items: int) -> None:
    for item in items:
        await does(world, run_id, "call", lambda m, by, i=item: ticked(m, "call", i, None, by))


async def completes(world: World, run_id: UUID, step: str) -> None:
    await does(world, run_id, step, lambda moving, by: completed(moving, step, {}, by))


async def proposed(world: World, number: int, more: str = "", **changes: str) -> None:
    """A version is proposed, and the roles that are asked say yes, the lead last."""
    await world.do(propose, KEY, welcome(number, more, **changes))
    waiting = await world.all(
        select(Approval).where(Approval.state == "requested").order_by(Approval.role.desc())
    )
    for approval in waiting:
        await world.do(
            decide_on_version,
            approval.id,
            ApprovalState.APPROVED,
            None,
            actor=await person(world, approval.role),
        )


async def read_by(world: World, number: int) -> list[tuple[str, Any, bool]]:
    """Who is asked to read a version: name, until when, and whether they have."""
    row = await version(world, number)
    found = await world.all(
        select(PlaybookAcknowledgement)
        .where(PlaybookAcknowledgement.version_id == row.id)
        .order_by(PlaybookAcknowledgement.id)
    )
    names = {each.id: each.name for each in await world.all(select(Staff))}
    return [(names[a.staff_id], a.due_at, a.acknowledged_at is not None) for a in found]


async def test_open_runs_finish_on_their_version_and_new_ones_begin_on_the_next(
    world: World, tmp_path: Path
) -> None:
    # Friday 20 November - a run begins on version 1
    world.work = replace(world.work, office=welcoming(world.office, tmp_path))
    await world.at(local("2026-11-20 13:00"))
    first = await begin(world, "C-1")

    # version 2 is looked at, and nothing is kept
    text = welcome(2, "  effective_on: 2026-11-23\n", **FASTER, approvals="sales")
    seen = await in_session(
        world, lambda s: read_proposal(s, KEY, text, office=world.office, now=world.now)
    )
    assert [str(each) for each in seen.differences if "steps" in each.path] == [
        "steps[call].due.days: 3, now 1",
        "steps[call].checklist[Smile]: new, {text: Smile}",
        "steps[call].checklist[Greet]: gone, was {text: Greet}",
    ]
    assert seen.approvals == ("sales", "lead")  # who approves today is not got rid of
    (told,) = await in_session(
        world, lambda s: foresee(s, seen.playbook, office=world.office, now=world.now)
    )
    assert told.following.in_words(world.office.timezone) == (
        "Call the client: due by 00:00 on Tuesday 24 November 2026, now due by 00:00 on Sunday "
        "22 November 2026; is checked as well: Smile; is checked no more: Greet.",
    )
    assert await world.all(select(PlaybookVersion)) == []

    # it is proposed; sales and the lead say yes, and it waits for Monday
    await proposed(world, 2, "  effective_on: 2026-11-23\n", **FASTER, approvals="sales")
    assert (await version(world, 2)).state == "scheduled"
    assert await refusal(world.only(propose, KEY, welcome(2))) == "playbook_version_not_higher"
    second = await begin(world, "C-2")

    # Monday 23 November, midnight - it takes force, and its people are asked to read it
    await world.at(local("2026-11-22 23:59"))
    assert (await version(world, 2)).state == "scheduled"
    await world.at(local("2026-11-23 00:00"))
    assert (await version(world, 2)).state == "in_force"
    wednesday = local("2026-11-25 00:00")
    assert sorted(await read_by(world, 2)) == [
        ("Sam Sales", wednesday, False),
        ("Sue Support", wednesday, False),
    ]
    assert [line for _, line in world.said()][-2:] == [
        "Sam Sales: read version 2 of 'Welcome a client' until 00:00 on Wednesday 25 November "
        "2026. https://changeover.example/v1/playbooks/welcome/versions/2",
        "Sue Support: read version 2 of 'Welcome a client' until 00:00 on Wednesday 25 November "
        "2026. https://changeover.example/v1/playbooks/welcome/versions/2",
    ]
    assert {each.state for each in await world.all(select(Delivery))} == {"delivered"}

    # its file goes: a new run begins on 2, the open ones finish on 1
    world.work = replace(world.work, office=replace(world.office, catalog=catalog()))
    third = await begin(world, "C-3")
    assert [(await run(world, one)).playbook_version for one in (first, second, third)] == [1, 1, 2]
    await ticks(world, first, 0, 1)
    await completes(world, first, "call")
    await completes(world, first, "letter")
    assert ((await run(world, first)).state, (await run(world, first)).playbook_version) == (
        "completed",
        1,
    )

    # one says that she has read it, by her task; nobody else can say so for Sam
    tasks = await world.all(select(Task).where(Task.step.is_(None)).order_by(Task.role))
    sams, sues = tasks
    sue = await person(world, "support")
    assert await refusal(world.only(complete_task, Complete(sams.id), actor=sue)) == (
        "not_asked_to_read"
    )
    await world.do(complete_task, Complete(sues.id), actor=sue)
    assert await refusal(world.only(complete_task, Complete(sams.id))) == "person_wanted"

    # somebody new in support has a week
    await world.at(local("2026-11-24 09:00"))
    async with world.sessions.begin() as session:
        new = AddStaff("Nia New", "nia@agency.example", "support", active=True, refs={})
        await add_staff(session, new, actor=TESTER, now=world.now)
    await world.run_until_idle()
    assert sorted(await read_by(world, 2)) == [
        ("Nia New", local("2026-12-01 09:00"), False),
        ("Sam Sales", wednesday, False),
        ("Sue Support", wednesday, True),
    ]
    assert [one.action for one in await world.audit() if "playbook" in one.action] == [
        "playbook.proposed",
        "playbook.scheduled",
        "playbook.in_force",
        "playbook.acknowledged",
    ]


async def test_open_runs_follow_a_version_that_says_so(world: World, tmp_path: Path) -> None:
    # Friday 20 November - two runs begin on version 1; in one of them somebody has dialled
    world.work = replace(world.work, office=welcoming(world.office, tmp_path))
    await world.at(local("2026-11-20 13:00"))
    dialled, untouched = await begin(world, "C-1"), await begin(world, "C-2")
    await ticks(world, dialled, 0)

    # Monday - version 2 has sales call, and a gift in place of the letter; the runs follow
    gift = {"last": "gift", "last_title": "Send a gift", "caller": "sales"}
    moving = "  effective_on: 2026-11-23\n  open_runs: move\n"
    await proposed(world, 2, moving, **FASTER, **gift)
    await world.at(local("2026-11-23 00:00"))

    moved = await run(world, dialled)
    assert (moved.playbook_version, moved.state) == (2, "running")
    assert await steps(world, dialled) == {
        "call": ("sales", "ready"),
        "gift": ("support", "waiting"),
        "letter": ("support", "left_out"),
    }
    (entry,) = [
        one
        for one in await world.audit()
        if one.action == "run.moved" and one.subject_id == dialled
    ]
    assert entry.after is not None
    assert entry.after["changes"] == [
        "Call the client: due by 00:00 on Tuesday 24 November 2026, now due by 00:00 on Sunday "
        "22 November 2026; is done by sales, not support; is checked as well: Smile; is checked "
        "no more: Greet; 1 tick stays.",
        "Send a gift: comes new, due by 00:00 on Thursday 26 November 2026.",
        "Write a letter: is dropped.",
    ]
    (call,) = await world.all(select(Task).where(Task.run_id == dialled, Task.step == "call"))
    ticked = [number for number, item in enumerate(call.checklist) if item["done"]]
    assert (ticked, call.assignee_id) == ([0], (await person(world, "sales")).staff_id)

    # Tuesday - version 3 brings the letter back, wants a number that no open run has, and is
    # in force at once: whoever was asked to read version 2 is asked to read this one instead
    await world.at(local("2026-11-24 09:00"))
    number = ", {key: phone, title: Phone, kind: phone}"
    await proposed(world, 3, "  open_runs: move\n", **FASTER, inputs=number)
    assert ((await version(world, 3)).state, (await version(world, 2)).state) == (
        "in_force",
        "superseded",
    )
    stays = await run(world, untouched)
    assert (stays.playbook_version, stays.stays_before) == (2, 3)
    assert stays.stays_because == (
        "The run cannot move, and finishes on the old version: phone is missing: Phone."
    )
    assert await told_to_read(world) == ["skipped", "skipped", "open", "open"]

    # the run that stayed goes on under version 2, to its end
    await ticks(world, dialled, 0, 1)
    await completes(world, dialled, "call")
    await completes(world, dialled, "gift")
    assert (await run(world, dialled)).state == "completed"

    # version 4 asks for no number any more: the letter that was dropped is taken up again
    await world.at(world.now + timedelta(days=1))
    await proposed(world, 4, "  open_runs: move\n", **FASTER)
    again = await run(world, untouched)
    assert (again.playbook_version, again.stays_because) == (4, None)
    assert await steps(world, untouched) == {
        "call": ("support", "ready"),
        "letter": ("support", "waiting"),
        "gift": ("support", "left_out"),
    }


async def test_what_is_refused_overtaken_or_caught_up_with_never_takes_force(
    world: World, tmp_path: Path
) -> None:
    world.work = replace(world.work, office=welcoming(world.office, tmp_path))
    await world.at(local("2026-11-20 13:00"))

    # version 2 wants two roles: sales says no, and nobody asks the lead any more
    await world.do(propose, KEY, welcome(2, approvals="sales, lead"))
    leads, no = await world.all(select(Approval).order_by(Approval.role))
    sales, lead = await person(world, "sales"), await person(world, "lead")
    await world.do(decide_on_version, no.id, ApprovalState.REFUSED, "Too fast.", actor=sales)
    refused = await version(world, 2)
    assert (refused.state, refused.reason) == ("refused", "Sam Sales refused: Too fast.")
    yes = world.only(decide_on_version, leads.id, ApprovalState.APPROVED, None, actor=lead)
    assert await refusal(yes) == "decided_before"

    # version 3 waits for Monday, version 4 is in force at once: 3 is overtaken
    await proposed(world, 3, "  effective_on: 2026-11-23\n", **FASTER)
    await proposed(world, 4, **FASTER)
    # version 5 waits for Tuesday, and the file says version 5 by then
    await proposed(world, 5, "  effective_on: 2026-11-24\n", days="2")
    world.work = replace(world.work, office=welcoming(world.office, tmp_path, welcome(5)))
    await world.at(local("2026-11-24 00:00"))
    states = [(await version(world, number)).state for number in (3, 4, 5)]
    assert states == ["superseded", "superseded", "superseded"]
    run_id = await begin(world, "C-1")
    assert (await run(world, run_id)).playbook_version == 5
    # whoever was asked to read version 4 need not any more
    assert set(await told_to_read(world)) == {"skipped"}

    # a version in force gives way to the file, once that says as high a number
    await proposed(world, 6, **FASTER)
    assert (await version(world, 6)).state == "in_force"
    world.work = replace(world.work, office=welcoming(world.office, tmp_path, welcome(7)))
    second = await begin(world, "C-2")
    assert (await run(world, second)).playbook_version == 7
    assert (await version(world, 6)).state == "superseded"
    assert set(await told_to_read(world)) == {"skipped"}
