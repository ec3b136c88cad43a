"""A run of a playbook of one's own: turns by territory, approval by amount, runs it starts."""

from dataclasses import replace
from pathlib import Path
from typing import Any

from sqlalchemy import select

from app.catalog.loader import load_catalog
from app.db.models import Approval, PlaybookRun, Staff, Task
from app.domain.actor import Actor, ActorKind
from app.domain.approval import ApprovalState
from app.domain.run.acting import completed
from app.services.runs.acting import Act, act, decide_on_run
from app.services.runs.saving import Done
from app.services.runs.starting import StartRun, start_run
from app.services.runs.sweeping import sweep_deadlines
from app.services.staff import AddStaff, add_staff
from tests.builders import TESTER
from tests.world import World, local, together

LEAD = """
key: lead
version: 1
title: Win a lead
purpose: Whoever asks is answered by somebody of its territory.
owner: sales_manager
review_cycle: monthly
sources: [none]
trigger: {by_hand: true}
subject: lead
territories: [north, south]
inputs:
  - {key: region, title: Region, kind: choice, values: [north, south]}
  - {key: discount, title: Discount, kind: number, minimum: 0, maximum: 100}
roles:
  - {key: rep, title: Rep, responsibility: Sells., in_turn: true}
  - {key: sales_manager, title: Manager, responsibility: Approves., in_turn: true}
anchors: [{key: begun, title: Begun, from: start}]
tables:
  - key: routing
    title: Routing
    asks: [region]
    rows:
      - {when: {region: north}, then: {territory: north}}
      - {when: {region: south}, then: {territory: south}}
assignments:
  - {key: local, title: Local, role: rep, territory: routing.territory, otherwise: sales_manager}
approvals:
  - key: discount
    title: The discount
    figure: discount
    thresholds: [{up_to: 10, nobody: true}, {role: sales_manager}]
deadlines:
  - key: answer
    title: An answer
    of: completion
    steps: [offer]
    from: ready
    within: {hours: 1}
    on_breach: up
escalations: [{key: up, title: Up, path: [{role: sales_manager, after: {business_hours: 0}}]}]
governance: {change: First., impact: None., approvals: [sales_manager]}
steps:
  - key: offer
    title: Send the offer
    role: rep
    due: {hours: 1, from: begun}
    blocks: [completed]
    assign: local
    approval: discount
effects:
  - {on: completed, do: run, playbook: thanks}
  - {on: completed, do: run, playbook: customer-handoff}
"""
THANKS = """
key: thanks
version: 1
title: Thank a lead
purpose: Nobody is forgotten.
owner: sales_manager
review_cycle: monthly
sources: [none]
trigger: {by_hand: true}
subject: lead
inputs: [{key: region, title: Region, kind: text}]
roles: [{key: sales_manager, title: Manager, responsibility: Thanks., in_turn: true}]
anchors: [{key: begun, title: Begun, from: start}]
governance: {change: First., impact: None., approvals: [sales_manager]}
steps:
  - key: thank
    title: Thank
    role: sales_manager
    due: {days: 1, from: begun}
    blocks: [completed]
"""


async def equipped(world: World, folder: Path) -> None:
    """The world with two playbooks of its own and the people of their territories."""
    (folder / "playbooks").mkdir()
    (folder / "playbooks" / "lead.yaml").write_text(LEAD)
    (folder / "playbooks" / "thanks.yaml").write_text(THANKS)
    office = replace(world.office, catalog=load_catalog(folder))
    world.work = replace(world.work, office=office)
    for name, role, places in (
        ("Nora", "rep", ("north",)),
        ("Nils", "rep", ("north",)),
        ("Max", "sales_manager", ()),
    ):
        command = AddStaff(name, f"{name}@agency.example", role, True, {}, places)
        async with world.sessions.begin() as session:
            await add_staff(session, command, actor=TESTER, now=world.now)


async def lead(world: World, ref: str, **inputs: Any) -> PlaybookRun:
    given = {"region": "north", "discount": 0, **inputs}
    command = StartRun("lead", ref, given, "by hand", f"by hand/{ref}")
    run: PlaybookRun = (await world.only(start_run, command)).row
    return run


async def assignee(world: World, run: PlaybookRun) -> str:
    found = await world.all(
        select(Staff).join(Task, Task.assignee_id == Staff.id).where(Task.run_id == run.id)
    )
    return str(found[0].name)


async def offers(world: World, run: PlaybookRun) -> None:
    done = Done("run.step_completed", "offer")
    command = Act(run.id, done, lambda moving, by: completed(moving, "offer", {}, by))
    await world.only(act, command)


async def test_a_run_goes_its_way_though_its_file_is_gone(world: World, tmp_path: Path) -> None:
    await equipped(world, tmp_path)
    await world.at(local("2026-11-23 09:00"))

    # turns are taken inside the territory; where it has nobody, the other role has it
    first, second = await lead(world, "L-1"), await lead(world, "L-2")
    assert {await assignee(world, first), await assignee(world, second)} == {"Nora", "Nils"}
    assert await assignee(world, await lead(world, "L-3", region="south")) == "Max"

    # the same cause starts one run, also at once
    again = StartRun("lead", "L-1", {}, "by hand", "by hand/L-1")
    assert (await world.only(start_run, again)).created is False
    both = await together(*[lambda: lead(world, "L-4")] * 2)
    assert both[0].id == both[1].id

    # the file is gone: the run finishes on the text that it kept
    (tmp_path / "playbooks" / "lead.yaml").unlink()
    world.work = replace(world.work, office=replace(world.office, catalog=load_catalog(tmp_path)))
    large = await lead_with(world, first, "12.5")
    assert large.step_state == "awaiting_approval"
    (asked,) = await world.all(select(Approval))
    assert (asked.role, asked.said, asked.facts["step"]) == (
        "sales_manager",
        "The discount: 12.5",
        "offer",
    )
    (max_,) = await world.all(select(Staff).where(Staff.role == "sales_manager"))
    manager = Actor(ActorKind.KEY, "max", "Max", "sales", max_.id)
    await world.only(decide_on_run, asked.id, ApprovalState.APPROVED, None, actor=manager)

    # it is completed: one run begins, and what cannot begin is somebody's task
    runs = await world.all(select(PlaybookRun).order_by(PlaybookRun.id))
    assert runs[0].state == "completed"
    assert [(run.playbook, run.parent_id) for run in runs if run.parent_id] == [
        ("thanks", first.id)
    ]
    (task,) = await world.all(select(Task).where(Task.key.like("effect:run:%")))
    assert task.title == "L-1: Win a lead: start the run of customer-handoff by hand"
    assert "customer is missing" in task.instructions


async def lead_with(world: World, run: PlaybookRun, discount: str) -> Task:
    await world.change(
        "UPDATE runs SET inputs = inputs || jsonb_build_object('discount', CAST(:d AS text))"
        " WHERE id = :id",
        d=discount,
        id=run.id,
    )
    await offers(world, run)
    (step,) = await world.all(select(Task).where(Task.run_id == run.id))
    found: Task = step
    return found


async def test_two_sweeps_at_once_tell_each_role_once(world: World, tmp_path: Path) -> None:
    await equipped(world, tmp_path)
    await world.at(local("2026-11-23 09:00"))
    for number in range(20):
        await lead(world, f"L-{number}")
    world.clock.at = local("2026-11-23 10:00")

    async def swept() -> int:
        async with world.sessions.begin() as session:
            return await sweep_deadlines(session, office=world.office, now=world.now, limit=7)

    rounds = [await together(*[swept] * 4) for _ in range(2)]

    assert sum(each for found in rounds for each in found) == 20
    ((raised, missed, tasks),) = await world.rows(
        "SELECT (SELECT count(*) FROM escalations), (SELECT count(*) FROM run_deadlines"
        " WHERE breached_at IS NOT NULL AND next_at IS NULL),"
        " (SELECT count(*) FROM tasks WHERE step IS NULL)"
    )
    assert (raised, missed, tasks) == (20, 20, 20)
    entries = await world.rows(
        "SELECT DISTINCT actor_kind, actor_id, action, subject_kind, after FROM audit"
        " WHERE action = 'run.deadline_missed'"
    )
    assert entries == [
        (
            *("service", "clock", "run.deadline_missed", "run"),
            {
                "deadline": "answer",
                "title": "An answer",
                "step": "offer",
                "due_at": "2026-11-23T00:00:00+00:00",
                "told": ["sales_manager"],
            },
        )
    ]
