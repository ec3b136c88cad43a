"""Work that goes to whoever has waited longest, while that person is just leaving."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

from sqlalchemy import select

from app.db.models import Staff
from app.services.people import next_in_turn
from app.services.staff import AddStaff, add_staff, amend_staff
from tests.builders import TESTER
from tests.integration.services.test_runs import assignee, equipped, lead
from tests.world import World, local

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
