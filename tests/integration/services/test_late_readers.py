"""Who has not read a version of a playbook in time: reminded once, and named to its owner."""

from dataclasses import replace
from pathlib import Path

from sqlalchemy import select

from app.db.models import Approval, Delivery, Staff, Task
from app.domain.actor import Actor, ActorKind
from app.domain.approval import ApprovalState
from app.services.playbooks.proposing import propose
from app.services.playbooks.taking_force import decide_on_version
from app.services.tasks import Complete, complete_task
from tests.welcoming import KEY, welcome, welcoming
from tests.world import World, local

LINK = "https://changeover.example/v1/playbooks/welcome/versions/2"


async def person(world: World, role: str) -> Actor:
    (found,) = await world.all(select(Staff).where(Staff.role == role))
    return Actor(ActorKind.KEY, role, found.name, "support", found.id)


async def second_version(world: World, folder: Path) -> None:
    """Version 2 is in force since Monday 09:00; sales and support read it until Wednesday 09:00."""
    world.work = replace(world.work, office=welcoming(world.office, folder))
    await world.at(local("2026-11-23 09:00"))
    await world.only(propose, KEY, welcome(2))
    (asked,) = await world.all(select(Approval))
    lead = await person(world, "lead")
    await world.do(decide_on_version, asked.id, ApprovalState.APPROVED, None, actor=lead)


async def test_who_is_late_is_reminded_the_day_after_and_the_owner_is_told(
    world: World, tmp_path: Path
) -> None:
    await second_version(world, tmp_path)
    (sues,) = await world.all(select(Task).where(Task.role == "support"))
    await world.do(complete_task, Complete(sues.id), actor=await person(world, "support"))
    world.said()

    # Wednesday evening, Thursday before the day begins: nobody is told
    await world.at(local("2026-11-25 16:00"))
    await world.at(local("2026-11-26 08:59"))
    assert world.said() == []

    # Thursday 09:00 - Sam is reminded, and the lead hears of him; Sue has read it
    await world.at(local("2026-11-26 09:00"))
    await world.at(local("2026-11-27 09:00"))
    assert sorted(line for _, line in world.said()) == [
        "Not everybody has read version 2 of 'Welcome a client' in time:",
        "Sam Sales: you have not read version 2 of 'Welcome a client' yet, which was due until "
        f"09:00 on Wednesday 25 November 2026. {LINK}",
    ]
    (told,) = await world.all(select(Delivery).where(Delivery.subject.startswith("Not every")))
    assert told.payload["room"] == "lead"
    assert told.payload["text"].splitlines()[1:] == [
        "Sam Sales, until 09:00 on Wednesday 25 November 2026",
        LINK,
    ]
    (entry,) = [one for one in await world.audit() if one.action == "playbook.reminded"]
    assert entry.after == {"staff_ids": [str((await person(world, "sales")).staff_id)]}


async def test_without_a_chat_the_task_says_so_and_the_owner_has_one(
    plain: World, tmp_path: Path
) -> None:
    await second_version(plain, tmp_path)

    await plain.at(local("2026-11-26 09:00"))

    found = await plain.all(select(Task).order_by(Task.role))
    assert [(task.role, task.title, task.state) for task in found] == [
        ("lead", "Not everybody has read version 2 of 'Welcome a client'", "open"),
        ("sales", "Late: read version 2 of 'Welcome a client'", "open"),
        ("support", "Late: read version 2 of 'Welcome a client'", "open"),
    ]
    assert found[0].instructions.splitlines()[1:] == [
        "Sam Sales, until 09:00 on Wednesday 25 November 2026",
        "Sue Support, until 09:00 on Wednesday 25 November 2026",
        LINK,
    ]
