"""Work that goes to whoever has waited longest, while that person is just leaving."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from sqlalchemy import select

from app.db.models import Staff
from app.services.live_dates import SetLiveDate, set_live_date
from app.services.people import next_in_turn
from app.services.runs.starting import StartRun, start_run
from app.services.staff import AddStaff, add_staff, amend_staff
from tests.builders import TESTER
from tests.integration.services.test_run_reminders import REMINDERS
from tests.integration.services.test_runs import assignee, equipped, lead
from tests.welcoming import KEY, welcome, welcoming
from tests.world import World, day, local

T = TypeVar("T")


async def while_leaving(world: World, name: str, ask: Callable[[], Awaitable[T]]) -> T:
    """Ask while somebody is being made inactive, in a transaction that commits a moment later."""
    (person,) = await world.all(select(Staff).where(Staff.name == name))
    async with world.sessions.begin() as leaving:
        await amend_staff(leaving, person.id, {"active": False}, actor=TESTER, now=world.now)
        asked = asyncio.ensure_future(ask())
        await asyncio.sleep(0.3)
    return await asked


async def test_the_next_of_the_role_has_the_turn(plain: World) -> None:
    for name in ("Ann", "Bob"):
        command = AddStaff(name, f"{name}@agency.example", "technician", active=True, refs={})
        async with plain.sessions.begin() as session:
            await add_staff(session, command, actor=TESTER, now=plain.now)

    async def next_technician() -> str | None:
        async with plain.sessions.begin() as session:
            found = await next_in_turn(session, "technician", now=plain.now)
            return found.name if found else None

    assert await while_leaving(plain, "Ann", next_technician) == "Bob"


async def test_a_territory_s_people_take_turns_from_run_to_run(
    world: World, tmp_path: Path
) -> None:
    await equipped(world, tmp_path)

    names = []
    for hour in (9, 10, 11, 12):
        await world.at(local(f"2026-11-23 {hour:02}:00"))
        names.append(await assignee(world, await lead(world, f"L-{hour}")))

    assert names == ["Nora", "Nils", "Nora", "Nils"]


async def test_the_next_of_the_territory_has_the_turn(world: World, tmp_path: Path) -> None:
    await equipped(world, tmp_path)
    await world.at(local("2026-11-23 09:00"))

    run = await while_leaving(world, "Nora", lambda: lead(world, "L-1"))

    assert await assignee(world, run) == "Nils"


async def tom_comes_for_sue(world: World) -> None:
    """Support's one person leaves, and another one is there."""
    (sue,) = await world.all(select(Staff).where(Staff.role == "support"))
    command = AddStaff("Tom", "tom@agency.example", "support", active=True, refs={})
    async with world.sessions.begin() as session:
        await add_staff(session, command, actor=TESTER, now=world.now)
        await amend_staff(session, sue.id, {"active": False}, actor=TESTER, now=world.now)


async def test_new_work_of_a_plan_goes_to_who_is_there(quiet_world: World) -> None:
    world = quiet_world
    await world.receive()
    await tom_comes_for_sue(world)
    before = {task.id for task in await world.tasks()}

    # when the date moves, and people have all of it to tell
    plan = await world.plan()
    await world.do(set_live_date, SetLiveDate(plan.id, day("2026-12-14"), None))

    of_support = [
        task.assignee_id
        for task in await world.tasks()
        if task.id not in before and task.role == "support"
    ]
    assert of_support
    (tom,) = await world.all(select(Staff.id).where(Staff.name == "Tom"))
    assert set(of_support) == {tom}


async def test_what_a_run_asks_for_goes_to_who_is_there(quiet_world: World, tmp_path: Path) -> None:
    world = quiet_world
    text = welcome(1, REMINDERS)
    world.work = replace(world.work, office=welcoming(world.office, tmp_path, text))
    command = StartRun(KEY, "C-1", {"client_name": "Harbour Dental"}, "by hand", "hand/1")
    await world.do(start_run, command)
    await tom_comes_for_sue(world)

    await world.at(local("2026-11-24 09:00"))

    (tom,) = await world.all(select(Staff.id).where(Staff.name == "Tom"))
    asked = [task.assignee_id for task in await world.tasks() if "overdue" in task.title]
    assert asked == [tom]
