"""Stories of runs: the people of a playbook, and what each of them does with its steps."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select

from app.db.models import (
    EscalationRow,
    PlaybookRun,
    RunDeadlineRow,
    Task,
)
from app.domain.actor import Actor, ActorKind
from app.domain.run.acting import Check, blocked, checked, completed, ticked, unblocked
from app.domain.run.judging import returned, verified
from app.domain.run.model import Moved, Person
from app.domain.run.moving import Moving
from app.queries.measures import Period, measured
from app.services.runs.acting import Act, act
from app.services.runs.saving import Decide, Done
from app.services.staff import AddStaff, add_staff
from tests.builders import TESTER, catalog
from tests.world import World, local


@dataclass
class Running:
    """A run with its people, in a world."""

    world: World
    playbook: str
    people: dict[str, Actor] = field(default_factory=dict)

    async def hire(self) -> None:
        """One active person of each role of the playbook."""
        for role in catalog().playbooks[self.playbook].roles:
            name, email = role.title.split(" or ")[0], f"{role.key}@agency.example"
            command = AddStaff(name, email, role.key, active=True, refs={})
            async with self.world.sessions.begin() as session:
                person = await add_staff(session, command, actor=TESTER, now=self.world.now)
                self.people[role.key] = Actor(
                    ActorKind.KEY, role.key, person.name, "support", person.id
                )

    async def run(self) -> PlaybookRun:
        """The newest run of the playbook."""
        found = await self.world.all(
            select(PlaybookRun)
            .where(PlaybookRun.playbook == self.playbook)
            .order_by(PlaybookRun.id.desc())
        )
        run: PlaybookRun = found[0]
        return run

    async def step(self, key: str) -> Task:
        """A step of the run."""
        run = await self.run()
        (step,) = await self.world.all(select(Task).where(Task.run_id == run.id, Task.step == key))
        found: Task = step
        return found

    async def ready(self) -> list[str]:
        """The keys of the steps that somebody may do."""
        run = await self.run()
        steps = select(Task).where(Task.run_id == run.id, Task.step_state == "ready")
        return [step.step for step in await self.world.all(steps.order_by(Task.position))]

    async def does(self, who: str, step: str, what: str, decide: Decide) -> None:
        """A person acts on the run; what leaves by that does so at the story's next date."""
        run = await self.run()
        command = Act(run.id, Done(f"run.{what}", step), decide)
        await self.world.only(act, command, actor=self.people[who])

    async def ticks(self, who: str, step: str) -> None:
        """A person ticks every item of a step, in order, one after another."""
        book = next(s for s in catalog().playbooks[self.playbook].steps if s.key == step)

        def all_of_them(moving: Moving, by: Person) -> Moved:
            for number, item in enumerate(book.checklist):
                note = "Written in the PSA." if item.evidence else None
                moved = ticked(moving, step, number, note, by)
            return moved

        await self.does(who, step, "item_ticked", all_of_them)

    async def executes(self, who: str, step: str, **answers: Any) -> None:
        """A person works through a step, and says that it is executed."""
        await self.ticks(who, step)
        await self.does(
            who, step, "step_completed", lambda moving, by: completed(moving, step, answers, by)
        )

    async def verifies(self, who: str, step: str) -> None:
        """A second person accepts the quality of a step."""
        await self.does(who, step, "step_verified", lambda moving, by: verified(moving, step, by))

    async def returns(self, who: str, step: str, why: str) -> None:
        """A second person does not accept it."""
        await self.does(
            who, step, "step_returned", lambda moving, by: returned(moving, step, why, by)
        )

    async def is_blocked(self, who: str, step: str, why: str) -> None:
        """A person says that a step cannot go on."""
        await self.does(who, step, "step_blocked", lambda moving, _: blocked(moving, step, why))

    async def goes_on(self, who: str, step: str) -> None:
        """A person says that a blocked step goes on."""
        await self.does(who, step, "step_unblocked", lambda moving, _: unblocked(moving, step))

    async def checks(self, who: str, stage: str) -> None:
        """A person checks the first exit criterion of a stage."""
        check = Check(stage, "exit", 0)
        await self.does(who, "", "criterion_checked", lambda moving, by: checked(moving, check, by))

    async def tasks(self) -> list[tuple[str, str]]:
        """The tasks that people have beside the steps: role and title, oldest first."""
        run = await self.run()
        found = await self.world.all(
            select(Task)
            .where(Task.run_id == run.id, Task.step.is_(None))
            .order_by(Task.created_at, Task.id)
        )
        return [(task.role, task.title) for task in found]

    async def escalations(self) -> list[tuple[str, bool]]:
        """Who was told of a missed deadline, from the lowest rung, and whether it still matters."""
        run = await self.run()
        found = await self.world.all(
            select(EscalationRow)
            .where(EscalationRow.run_id == run.id)
            .order_by(EscalationRow.raised_at, EscalationRow.rung)
        )
        return [(each.role, each.ended_at is None) for each in found]

    async def deadline(self, key: str, step: str = "") -> RunDeadlineRow:
        """The newest deadline of a key."""
        run = await self.run()
        found = await self.world.all(
            select(RunDeadlineRow)
            .where(
                RunDeadlineRow.run_id == run.id,
                RunDeadlineRow.key == key,
                RunDeadlineRow.step == step,
            )
            .order_by(RunDeadlineRow.id.desc())
        )
        row: RunDeadlineRow = found[0]
        return row

    async def audited(self) -> list[str]:
        """What the audit trail says was done with the run."""
        run_id: UUID = (await self.run()).id
        return [one.action for one in await self.world.audit() if one.subject_id == run_id]

    async def measures(self, since: str, until: str) -> dict[str, tuple[str | None, int, str]]:
        """What the playbook's measures came to: figure, of how many, and status, by key."""
        period = Period(local(f"{since} 00:00"), local(f"{until} 00:00"))
        book = catalog().playbooks[self.playbook]
        found = {}
        async with self.world.sessions() as session:
            for measure in book.measures:
                one = await measured(session, book, measure, period)
                figure = None if one.figure is None else f"{one.figure:.3f}".rstrip("0").rstrip(".")
                found[measure.key] = (figure, one.of, str(one.status))
        return found

    async def due(self, key: str) -> datetime:
        """Until when a step is due."""
        at = (await self.step(key)).due_at
        assert at is not None
        return at
