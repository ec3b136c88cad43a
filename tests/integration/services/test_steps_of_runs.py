"""Runs of one's own playbooks: who has a step, what is asked of whom, what is measured."""

from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import select

from app.db.models import Approval, PlaybookRun, Staff, Task
from app.domain.actor import Actor, ActorKind
from app.domain.approval import ApprovalState
from app.domain.run.acting import completed, deviated, ticked
from app.domain.run.reopening import reopened
from app.queries.measures import Period, measured
from app.scheduler.version_ticks import keep_versions
from app.services.playbooks.proposing import propose
from app.services.playbooks.taking_force import decide_on_version
from app.services.runs.acting import Act, act
from app.services.runs.saving import Done
from app.services.runs.starting import StartRun, start_run
from app.services.runs.sweeping import sweep_deadlines
from app.services.staff import AddStaff, add_staff
from tests.builders import TESTER
from tests.coming_round import with_files
from tests.integration.services.test_runs import LEAD, equipped, lead
from tests.world import World, local

WITHIN = "within: {hours: 1}"


async def acts(world: World, run: PlaybookRun, action: str, decide: Any) -> None:
    await world.only(act, Act(run.id, Done(f"run.{action}"), decide))


async def sweep(world: World) -> int:
    async with world.sessions.begin() as session:
        return await sweep_deadlines(session, office=world.office, now=world.now)


async def test_an_escalation_starts_the_run_that_hangs_on_it(world: World, tmp_path: Path) -> None:
    await equipped(world, tmp_path)
    text = LEAD + "  - {on: escalated, do: run, playbook: thanks}\n"
    with_files(world, tmp_path, lead=text)
    await world.at(local("2026-11-23 09:00"))
    run = await lead(world, "L-1")
    world.clock.at = local("2026-11-23 11:00")
    assert await sweep(world) == 1
    found = await world.all(select(PlaybookRun).where(PlaybookRun.parent_id == run.id))
    assert [each.playbook for each in found] == ["thanks"]


async def test_whoever_has_the_step_is_warned(world: World, tmp_path: Path) -> None:
    await equipped(world, tmp_path)
    with_files(
        world, tmp_path, lead=LEAD.replace(WITHIN, f"{WITHIN}\n    warn_after: {{minutes: 30}}")
    )
    await world.at(local("2026-11-23 09:00"))
    run = await lead(world, "L-1", region="south")
    (step,) = await world.all(select(Task).where(Task.run_id == run.id, Task.step == "offer"))
    world.clock.at = local("2026-11-23 09:40")
    await sweep(world)
    (told,) = await world.all(select(Task).where(Task.run_id == run.id, Task.step.is_(None)))
    assert (told.role, told.assignee_id) == (step.role, step.assignee_id)


async def test_an_opened_deviation_is_void_once_its_step_waits_for_its_approval(
    world: World, tmp_path: Path
) -> None:
    await equipped(world, tmp_path)
    await world.at(local("2026-11-23 09:00"))
    run = await lead(world, "L-1", discount=20)
    await acts(world, run, "deviation", lambda m, _: deviated(m, "offer", "By phone."))
    await acts(world, run, "step_completed", lambda m, by: completed(m, "offer", {}, by))
    asked = await world.all(select(Approval).where(Approval.state == "requested"))
    assert [each.subject_kind for each in asked] == ["run_step"]


async def test_a_ready_step_goes_to_whom_the_table_names_now(world: World, tmp_path: Path) -> None:
    await equipped(world, tmp_path)
    text = """
key: routed
version: 1
title: Route
purpose: Route.
owner: sales_manager
review_cycle: monthly
sources: [none]
trigger: {by_hand: true}
subject: lead
roles:
  - {key: rep, title: Rep, responsibility: Sells.}
  - {key: sales_manager, title: Manager, responsibility: Approves.}
anchors: [{key: begun, title: Begun, from: start}]
tables:
  - key: route
    title: Route
    asks: [large]
    rows:
      - {when: {large: true}, then: {role: sales_manager}}
      - {when: {large: false}, then: {role: rep}}
assignments:
  - {key: routed, title: Routed, outcome: route.role}
steps:
  - key: ask
    title: Ask
    role: rep
    due: {hours: 1, from: begun}
    asks: [{key: large, title: Large, kind: yes_no}]
  - key: offer
    title: Offer
    role: rep
    due: {hours: 2, from: begun}
    waits_for: [ask]
    assign: routed
"""
    with_files(world, tmp_path, routed=text)
    await world.at(local("2026-11-23 09:00"))
    command = StartRun("routed", "R-1", {}, "by hand", "by hand/R-1")
    run = (await world.only(start_run, command)).row

    async def offer() -> tuple[str, str]:
        found = await world.all(select(Task).where(Task.run_id == run.id, Task.step == "offer"))
        (person,) = await world.all(select(Staff).where(Staff.id == found[0].assignee_id))
        return found[0].role, person.role

    await acts(world, run, "a", lambda m, by: completed(m, "ask", {"large": False}, by))
    assert await offer() == ("rep", "rep")
    await acts(world, run, "b", lambda m, by: reopened(m, "ask", "It is large."))
    await acts(world, run, "c", lambda m, by: completed(m, "ask", {"large": True}, by))
    assert await offer() == ("sales_manager", "sales_manager")


async def test_a_person_who_left_is_followed_by_the_next_in_turn(
    world: World, tmp_path: Path
) -> None:
    await equipped(world, tmp_path)
    text = LEAD.replace(
        "role: rep, territory: routing.territory, otherwise: sales_manager",
        "person: nora@agency.example",
    )
    with_files(world, tmp_path, lead=text)
    await world.change("UPDATE staff SET active = false WHERE name = 'Nora'")
    await world.at(local("2026-11-23 09:00"))
    run = await lead(world, "L-1")
    (step,) = await world.all(select(Task).where(Task.run_id == run.id))
    assert step.assignee_id is not None


async def test_who_left_is_not_given_what_was_escalated(world: World, tmp_path: Path) -> None:
    await equipped(world, tmp_path)
    await world.at(local("2026-11-23 09:00"))
    run = await lead(world, "L-1")
    command = AddStaff("Zoe", "zoe@agency.example", "sales_manager", True, {}, ())
    async with world.sessions.begin() as session:
        mia = await add_staff(session, command, actor=TESTER, now=world.now)
    await world.change("UPDATE staff SET active = false WHERE name = 'Max'")
    world.clock.at = local("2026-11-23 11:00")
    await sweep(world)
    (told,) = await world.all(select(Task).where(Task.run_id == run.id, Task.step.is_(None)))
    assert told.assignee_id == mia.id


SORTED = LEAD.replace(
    "    assign: local",
    "    assign: local\n    waits_for: [sort]",
).replace(
    "effects:\n",
    "  - {key: sort, title: Sort, role: sales_manager, due: {hours: 1, from: begun}}\neffects:\n",
)


async def moved_to(world: World, text: str, run: PlaybookRun) -> None:

    await world.only(propose, "lead", text)
    (asked,) = await world.all(select(Approval))
    (max_,) = await world.all(select(Staff).where(Staff.role == "sales_manager"))
    manager = Actor(ActorKind.KEY, "max", "Max", "sales", max_.id)
    await world.only(decide_on_version, asked.id, ApprovalState.APPROVED, None, actor=manager)
    world.clock.at = world.now + timedelta(hours=1)
    await keep_versions(world.work)
    (row,) = await world.all(select(PlaybookRun).where(PlaybookRun.id == run.id))
    assert row.playbook_version == 2


async def test_a_move_takes_no_turn_in_a_territory(world: World, tmp_path: Path) -> None:

    await equipped(world, tmp_path)
    with_files(world, tmp_path, lead=SORTED)
    await world.at(local("2026-11-23 09:00"))
    await world.change("UPDATE staff SET last_assigned_at = '2026-11-01' WHERE name = 'Nora'")
    await world.change("UPDATE staff SET last_assigned_at = '2026-11-02' WHERE name = 'Nils'")
    run = await lead(world, "L-1")
    two = (
        SORTED.replace("version: 1", "version: 2")
        .replace("impact: None.", "impact: None., open_runs: move")
        .replace("Send the offer", "Send an offer")
    )
    await moved_to(world, two, run)
    world.clock.at = local("2026-11-23 10:30")
    await acts(world, run, "step_completed", lambda m, by: completed(m, "sort", {}, by))
    (offer,) = await world.all(select(Task).where(Task.run_id == run.id, Task.step == "offer"))
    (who,) = await world.all(select(Staff).where(Staff.id == offer.assignee_id))
    assert who.name == "Nora"  # who has waited longest


TICKED = """
key: ticked
version: 1
title: Tick
purpose: Tick.
owner: sales_manager
review_cycle: monthly
sources: [none]
trigger: {by_hand: true}
subject: lead
roles: [{key: sales_manager, title: Manager, responsibility: Thanks., in_turn: true}]
anchors: [{key: begun, title: Begun, from: start}]
steps:
  - key: look
    title: Look
    role: sales_manager
    due: {days: 1, from: begun}
    checklist: [{text: One}, {text: Two}]
measures:
  - {key: rate, title: Items ticked, kind: rate, share: {of: items, that: ticked}, unit: "%"}
  - {key: number, title: Items ticked, kind: count, share: {of: items, that: ticked}}
"""


async def figures_now(world: World) -> list[tuple[float, int]]:

    period = Period(local("2026-11-01 00:00"), local("2026-12-01 00:00"))
    book = world.office.catalog.playbooks["ticked"]
    async with world.sessions() as session:
        found = [await measured(session, book, each, period) for each in book.measures]
    return [(float(each.figure or 0), each.of) for each in found]


async def tick_all(world: World, tmp_path: Path, text: str) -> None:

    await equipped(world, tmp_path)
    with_files(world, tmp_path, ticked=text)
    await world.at(local("2026-11-23 09:00"))
    command = StartRun("ticked", "T-1", {}, "by hand", "by hand/T-1")
    run = (await world.only(start_run, command)).row
    for at in (0, 1):
        await acts(world, run, "t", lambda m, by, at=at: ticked(m, "look", at, None, by))
    await acts(world, run, "c", lambda m, by: completed(m, "look", {}, by))


async def test_a_count_of_items_counts_them(world: World, tmp_path: Path) -> None:
    await tick_all(world, tmp_path, TICKED)
    assert await figures_now(world) == [(100.0, 2), (2.0, 2)]


async def test_items_are_a_share_of_those_that_the_run_had(world: World, tmp_path: Path) -> None:
    await tick_all(world, tmp_path, TICKED)
    one = TICKED.replace("version: 1", "version: 2").replace(", {text: Two}", "")
    with_files(world, tmp_path, ticked=one)
    assert (await figures_now(world))[0] == (100.0, 2)


async def test_another_assignment_under_the_same_key_gives_it_to_another(
    world: World, tmp_path: Path
) -> None:
    await equipped(world, tmp_path)
    places = "role: rep, territory: routing.territory, otherwise: sales_manager"
    one = LEAD.replace(places, "person: nora@agency.example")
    with_files(world, tmp_path, lead=one)
    await world.at(local("2026-11-23 09:00"))
    run = await lead(world, "L-1")
    two = LEAD.replace(places, "person: nils@agency.example").replace("version: 1", "version: 2")
    await moved_to(world, two.replace("impact: None.", "impact: None., open_runs: move"), run)
    (offer,) = await world.all(select(Task).where(Task.run_id == run.id, Task.step == "offer"))
    (who,) = await world.all(select(Staff).where(Staff.id == offer.assignee_id))
    assert who.name == "Nils"


async def test_a_deviation_of_another_role_is_void_too(world: World, tmp_path: Path) -> None:
    await equipped(world, tmp_path)
    with_files(world, tmp_path, lead=LEAD + "deviations: {approved_by: rep}\n")
    await world.at(local("2026-11-23 09:00"))
    run = await lead(world, "L-1", discount=20)
    await acts(world, run, "deviation", lambda m, _: deviated(m, "offer", "By phone."))
    await acts(world, run, "step_completed", lambda m, by: completed(m, "offer", {}, by))
    asked = await world.all(select(Approval).where(Approval.state == "requested"))
    assert [(each.subject_kind, each.role) for each in asked] == [("run_step", "sales_manager")]
