"""Reminders of runs: said until somebody has seen to a step, in business hours, and no longer."""

from dataclasses import replace
from pathlib import Path
from uuid import UUID

from app.domain.run.acting import blocked, completed, ticked, unblocked
from app.domain.run.model import Moved, Person
from app.domain.run.moving import Moving
from app.services.runs.acting import Act, act
from app.services.runs.saving import Decide, Done
from app.services.runs.starting import StartRun, start_run
from app.services.tasks import Amend, amend_task
from tests.welcoming import KEY, welcome, welcoming
from tests.world import World, day, local

REMINDERS = """\
reminders:
  - key: late
    title: These steps are overdue
    of: overdue_tasks
    after: {business_days: 0}
    tell: [support]
    every: {business_days: 1}
    most: 3
  - key: late_up
    title: Overdue for two days
    of: overdue_tasks
    after: {business_days: 2}
    tell: [lead]
  - key: held
    title: These steps cannot go on
    of: blocked_tasks
    after: {business_hours: 2}
    tell: [lead]
"""
CALL = "Call the client, due Monday 23 November 2026: Sue Support"


async def begun(world: World, folder: Path) -> UUID:
    """A run begins on Friday 20 November, 13:12; its call is due on Monday."""
    world.work = replace(world.work, office=welcoming(world.office, folder, welcome(1, REMINDERS)))
    command = StartRun(KEY, "C-1", {"client_name": "Harbour Dental"}, "by hand", "hand/1")
    started = await world.do(start_run, command)
    run_id: UUID = started.row.id
    return run_id


async def told(world: World) -> list[tuple[str, str]]:
    """Every reminder, oldest first: its room, and what it says less who and where."""
    found = []
    for one in await world.deliveries("chat.post"):
        text = one.payload["text"]
        if "overdue" in text.lower() or "cannot go on" in text:
            said = text.split(". ", 1)[1].split("\n")
            found.append((one.payload["room"], " / ".join(line for line in said[:-1])))
    return found


async def does(world: World, run_id: UUID, what: str, decide: Decide) -> None:
    await world.do(act, Act(run_id, Done(f"run.{what}", "call"), decide))


def called(moving: Moving, by: Person) -> Moved:
    for item in (0, 1):
        ticked(moving, "call", item, None, by)
    return completed(moving, "call", {}, by)


async def test_an_overdue_step_is_told_every_business_day_until_it_is_done(
    world: World, tmp_path: Path
) -> None:
    run_id = await begun(world, tmp_path)

    # its time is over with Monday, and is told as people come in on Tuesday
    await world.at(local("2026-11-24 08:59"))
    assert await told(world) == []
    await world.at(local("2026-11-24 09:00"))
    once = (
        "support",
        f"These steps are overdue: / • {CALL}",
    )
    assert await told(world) == [once]

    # nobody was there on Wednesday: on Thursday it is told once, and the lead hears of it
    await world.at(local("2026-11-26 09:00"))
    up = (
        "lead",
        f"Overdue for two days: / • {CALL}",
    )
    assert await told(world) == [once, once, up]

    # once it is done, the step behind it is told, whose time was over on the day before
    await does(world, run_id, "step_completed", called)
    await world.at(local("2026-11-27 09:00"))
    (room, said) = (await told(world))[-1]
    assert (room, said.split("• ")[1]) == (
        "support",
        "Write a letter, due Wednesday 25 November 2026: Sue Support",
    )
    assert {entry.action for entry in await world.audit()} >= {"run.reminded"}


async def test_a_blocked_step_is_told_unless_it_goes_on_before(
    world: World, tmp_path: Path
) -> None:
    run_id = await begun(world, tmp_path)

    def block(moving: Moving, _: Person) -> Moved:
        return blocked(moving, "call", "No answer.")

    await does(world, run_id, "step_blocked", block)
    await does(world, run_id, "step_unblocked", lambda moving, _: unblocked(moving, "call"))
    await world.at(local("2026-11-20 15:30"))
    assert await told(world) == []

    await does(world, run_id, "step_blocked", block)
    await world.at(local("2026-11-23 09:30"))
    (said,) = await told(world)
    assert said == (
        "lead",
        "These steps cannot go on: / • Call the client, since Friday 20 November 2026: Sue Support."
        " No answer.",
    )


async def test_a_step_that_is_given_another_day_is_told_after_that(
    world: World, tmp_path: Path
) -> None:
    await begun(world, tmp_path)
    (task,) = [task for task in await world.tasks() if task.step == "call"]

    await world.do(amend_task, Amend(task.id, day("2026-11-25"), None))

    await world.at(local("2026-11-25 12:00"))
    assert await told(world) == []
    await world.at(local("2026-11-26 09:00"))
    assert [room for room, _ in await told(world)] == ["support"]


async def test_a_step_that_is_late_from_its_beginning_is_told_of_in_its_own_time(
    world: World, tmp_path: Path
) -> None:
    # given a call and a letter that are both due on Monday; the letter waits for the call
    text = welcome(1, REMINDERS).replace("due: {days: 5", "due: {days: 3")
    world.work = replace(world.work, office=welcoming(world.office, tmp_path, text))
    command = StartRun(KEY, "C-1", {"client_name": "Harbour Dental"}, "by hand", "hand/1")
    run_id = (await world.do(start_run, command)).row.id
    for date in ("11-24", "11-25", "11-26"):
        await world.at(local(f"2026-{date} 09:00"))
    assert "lead" in {room for room, _ in await told(world)}

    # when the call is made at last, three days late, and nobody writes the letter for two weeks
    await world.at(local("2026-11-26 10:00"))
    await does(world, run_id, "step_completed", called)
    for date in ("11-27", "11-30", "12-01", "12-02", "12-03", "12-04", "12-07", "12-08", "12-09"):
        await world.at(local(f"2026-{date} 09:00"))

    # then the lead hears of the letter too
    assert {room for room, said in await told(world) if "Write a letter" in said} == {
        "support",
        "lead",
    }
