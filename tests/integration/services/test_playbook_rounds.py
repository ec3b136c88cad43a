"""What comes round for playbooks: runs by schedule, checks, reports, reviews, changes."""

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from app.api.hook_bodies import events_of
from app.catalog.loader import load_catalog
from app.db.models import Approval, PlaybookRun, Staff, Task
from app.domain.actor import Actor, ActorKind
from app.domain.approval import ApprovalState
from app.domain.run.acting import completed, skipped
from app.domain.run.model import Moved, Person
from app.domain.run.moving import Moving
from app.domain.run.starting import BY_HAND
from app.scheduler.round_ticks import keep_rounds
from app.scheduler.version_ticks import keep_versions
from app.services.hooks import events_sent, subscribe
from app.services.playbooks.proposing import propose
from app.services.playbooks.taking_force import decide_on_version
from app.services.runs.acting import Act, act
from app.services.runs.saving import Done
from app.services.runs.set_off import join
from app.services.runs.starting import StartRun, start_run
from app.services.staff import AddStaff
from app.services.tasks import Complete, complete_task
from tests.builders import TESTER
from tests.coming_round import CHANGES, MEASURED, figures, with_files
from tests.world import World, local, together


async def looked(world: World, written: str) -> int:
    """Let the clock be at a time, and one worker look."""
    world.clock.at = local(written)
    return await keep_rounds(world.work)


async def runs(world: World) -> list[tuple[str, str]]:
    found = await world.all(select(PlaybookRun).order_by(PlaybookRun.started_at, PlaybookRun.id))
    return [(run.subject_ref, run.cause) for run in found]


async def tasks(world: World, key: str) -> list[Task]:
    return list(await world.all(select(Task).where(Task.key.startswith(key)).order_by(Task.id)))


async def begin(world: World, ref: str) -> UUID:
    command = StartRun("figures", ref, {}, BY_HAND, f"by hand/{ref}")
    return (await world.only(start_run, command)).row.id  # type: ignore[no-any-return]


async def does(world: World, run_id: UUID, step: str, skip: str | None = None) -> None:
    (sue,) = await world.all(select(Staff).where(Staff.role == "support"))
    actor = Actor(ActorKind.KEY, "support", sue.name, "support", sue.id)

    def decide(moving: Moving, by: Person) -> Moved:
        return skipped(moving, step, skip) if skip else completed(moving, step, {}, by)

    await world.only(act, Act(run_id, Done("run.step_completed", step), decide), actor=actor)


async def test_each_time_of_a_schedule_starts_one_run_whoever_looks(
    plain: World, tmp_path: Path
) -> None:
    # Friday 20 November, 08:00 - the service starts for the first time: nothing is made up for
    with_files(plain, tmp_path, figures=figures())
    assert await looked(plain, "2026-11-20 08:00") == 0
    assert await looked(plain, "2026-11-20 08:59") == 0

    # 09:00 - three workers look at once
    plain.clock.at = local("2026-11-20 09:00")
    done = await together(*[lambda: keep_rounds(plain.work)] * 3)
    assert sorted(done) == [0, 0, 1]
    assert await looked(plain, "2026-11-20 12:00") == 0
    assert await runs(plain) == [("figures 2026-11-20 09:00", "schedule/2026-11-19T23:00:00+00:00")]

    # Tuesday 24 November, 08:00 - nobody looked since Friday: one run a schedule, the last time
    assert await looked(plain, "2026-11-24 08:00") == 3  # and the spot check of Friday's run
    assert [ref for ref, _ in await runs(plain)][1:] == [
        "figures 2026-11-23 09:00",
        "figures 2026-11-23 10:00",
    ]
    (late,) = await plain.all(
        select(PlaybookRun).where(PlaybookRun.subject_ref == "figures 2026-11-23 10:00")
    )
    assert late.anchors["due"] == "2026-11-23T00:00:00+00:00"  # 10:00 in Brisbane

    # Wednesday - version 2, with Wednesdays at 07:00, comes with a start at 08:00
    wednesdays = '{every: week, weekday: wednesday, at: "08:30"}'
    assert await looked(plain, "2026-11-24 23:00") == 1
    with_files(plain, tmp_path, figures=figures(2, wednesdays))
    assert await looked(plain, "2026-11-25 08:00") == 1  # the change, and no run
    assert await looked(plain, "2026-11-25 09:00") == 1
    assert [ref for ref, _ in await runs(plain)][3:] == [
        "figures 2026-11-24 09:00",
        "figures 2026-11-25 08:30",
    ]


@pytest.mark.parametrize("first", ["version", "rounds"])
async def test_the_schedule_of_the_version_in_force_counts_from_its_day_on(
    plain: World, tmp_path: Path, first: str
) -> None:
    # Friday 20 November - version 2 is to take force on Monday, with midnight as its time
    with_files(plain, tmp_path, figures=figures(schedules='{every: day, at: "23:00"}'))
    await looked(plain, "2026-11-20 12:00")
    midnight = figures(2, '{every: day, at: "00:00"}') + "  effective_on: 2026-11-23\n"
    await plain.only(propose, "figures", midnight)
    (asked,) = await plain.all(select(Approval))
    (lea,) = await plain.all(select(Staff).where(Staff.role == "lead"))
    actor = Actor(ActorKind.KEY, "lead", lea.name, "lead", lea.id)
    await plain.only(decide_on_version, asked.id, ApprovalState.APPROVED, None, actor=actor)

    # Saturday is version 1's; nobody looks from then to Monday, 09:00, and either tick comes first
    assert await looked(plain, "2026-11-21 23:00") == 1
    plain.clock.at = local("2026-11-23 09:00")
    if first == "rounds":
        assert await keep_rounds(plain.work) == 0
    assert await keep_versions(plain.work) == 1
    await keep_rounds(plain.work)

    # then: Monday's midnight is version 2's; what version 1 had on Sunday is over
    found = await plain.all(select(PlaybookRun).order_by(PlaybookRun.id))
    assert [(run.subject_ref, run.playbook_version) for run in found] == [
        ("figures 2026-11-21 23:00", 1),
        ("figures 2026-11-23 00:00", 2),
    ]


async def test_a_run_is_checked_each_week_and_each_month_is_reported(
    plain: World, tmp_path: Path
) -> None:
    # November - two runs that end, one of them without a step; one goes on, one is cancelled
    with_files(plain, tmp_path, figures=figures(schedules="", more=MEASURED))
    await looked(plain, "2026-11-02 09:00")
    plain.clock.at = local("2026-11-03 09:00")
    kept, cut = await begin(plain, "A"), await begin(plain, "B")
    for run_id, skip in ((kept, None), (cut, "Nobody asked.")):
        await does(plain, run_id, "draw", skip)
        await does(plain, run_id, "send")

    # Monday 9 November - a run of the week before is to be looked at, once, whoever looks
    plain.clock.at = local("2026-11-09 00:00")
    assert sorted(await together(*[lambda: keep_rounds(plain.work)] * 3)) == [0, 0, 1]
    assert await looked(plain, "2026-11-09 00:01") == 0
    (first,) = await tasks(plain, "spot_check:")
    assert (first.role, first.run_id in (kept, cut)) == ("lead", True)
    assert first.title.endswith("Send the figures: spot check, for 2 to 8 November 2026")

    # the week after nothing went on, and nobody is asked
    assert await looked(plain, "2026-11-16 00:00") == 0

    # 1 December - one more run began: who has not been checked comes first; the month is told
    plain.clock.at = local("2026-11-24 09:00")
    await begin(plain, "C")
    assert await looked(plain, "2026-12-01 00:00") == 2
    second = (await tasks(plain, "spot_check:"))[1]
    assert second.title == "C: Send the figures: spot check, for 23 to 29 November 2026"
    assert second.instructions.splitlines()[:3] == [
        "Steps: 0 of 2 done.",
        "Draw the figures: ready.",
        "Send them: ready.",
    ]
    (report,) = await tasks(plain, "report:")
    assert (report.role, report.run_id) == ("lead", None)
    assert report.instructions.splitlines() == [
        "Send the figures: how far it was kept to, 1 to 30 November 2026. 3 runs went on.",
        "Kept to: 50 % of 2 runs; the target > 95 is missed: Ask why.",
        "https://changeover.example/v1/measures?playbook=figures&from=2026-11-01&to=2026-12-01",
    ]
    await plain.only(complete_task, Complete(report.id))
    assert (await tasks(plain, "report:"))[0].state == "done"


async def test_a_playbook_is_reviewed_by_its_owner_when_its_cycle_has_passed(
    plain: World, tmp_path: Path
) -> None:
    # 2 December - a month since the version was first seen: it is reviewed
    with_files(plain, tmp_path, figures=figures(schedules=""))
    await looked(plain, "2026-11-02 09:00")
    assert await looked(plain, "2026-12-02 00:00") == 1
    (review,) = await tasks(plain, "review:")
    assert (review.title, review.role) == ("Review the playbook 'Send the figures'", "lead")
    assert review.assignee_id is not None

    # a new version is in force: nobody reviews the old one, and its cycle begins anew
    await looked(plain, "2026-12-20 00:00")
    with_files(plain, tmp_path, figures=figures(2, schedules=""))
    await looked(plain, "2026-12-20 00:05")
    assert [task.state for task in await tasks(plain, "review:")] == ["skipped"]
    await looked(plain, "2027-01-19 23:00")
    assert len(await tasks(plain, "review:")) == 1
    await looked(plain, "2027-01-20 00:00")
    assert len(await tasks(plain, "review:")) == 2


@dataclass
class Listener:
    """A subscriber that takes every event whose body is as the document says."""

    heard: list[Any] = field(default_factory=list)

    async def post(self, hook_id: UUID, url: str, event: Any) -> bool:
        (model,) = events_of(load_catalog())[event["type"]]
        model.model_validate(event)
        self.heard.append(event["data"])
        return True

    async def probe(self) -> str:
        return "here"


async def test_a_change_starts_runs_and_is_told_and_so_does_somebody_new(
    world: World, tmp_path: Path
) -> None:
    # given: a subscriber, and a playbook that waits for changes and for people
    listener = Listener()
    world.work = replace(world.work, systems=replace(world.work.systems, subscribers=listener))
    async with world.sessions.begin() as session:
        known = events_sent(world.office)
        await subscribe(
            session,
            "https://hooks.example/1",
            ["playbook.changed"],
            known=known,
            actor=TESTER,
            now=world.now,
        )
    with_files(world, tmp_path, changes=CHANGES, figures=figures(owner="auditor", schedules=""))
    await world.at(local("2026-11-20 09:00"))
    assert await runs(world) == []

    # when: the service starts with version 2 of the figures
    with_files(world, tmp_path, figures=figures(2, owner="auditor", schedules=""))
    await world.at(local("2026-11-21 09:00"))

    # then: a run makes it known, and the subscriber heard it
    (run,) = await world.all(select(PlaybookRun))
    assert (run.subject_ref, run.cause) == ("figures version 2", "playbook.changed/figures/2")
    assert run.inputs == {
        "playbook": "figures",
        "version": "2",
        "change": "First version.",
        "effective_on": "2026-11-20",
    }
    assert listener.heard == [
        {
            "playbook": {
                "key": "figures",
                "version": 2,
                "title": "Send the figures",
                "change": "First version.",
                "effective_on": "2026-11-20",
            }
        }
    ]

    # somebody joins, and that is one run; who gets no work yet starts none
    for name, active in (("Nia", True), ("Ned", False)):
        await world.only(join, AddStaff(name, f"{name}@agency.example", "support", active, {}))
    (joined,) = (await world.all(select(PlaybookRun).order_by(PlaybookRun.id)))[1:]
    assert (joined.subject_ref, joined.inputs["name"]) == ("nia@agency.example", "Nia")


async def test_who_owns_a_run_that_cannot_begin_is_asked_to_start_it(
    plain: World, tmp_path: Path
) -> None:
    needs = CHANGES.replace(
        "kind: text, required: false}\n  - {key: version", "kind: text}\n  - {key: version"
    )
    with_files(plain, tmp_path, changes=needs.replace("key: playbook, title", "key: why, title"))
    await looked(plain, "2026-11-20 09:00")

    await plain.only(join, AddStaff("Nia", "nia@agency.example", "support", True, {}))

    assert await runs(plain) == []
    (task,) = await tasks(plain, "start:")
    assert (task.title, task.role, task.instructions) == (
        "nia@agency.example: start the run of Make a change known by hand",
        "support",
        "why is missing: Playbook.",
    )
