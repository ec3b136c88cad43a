"""Steps acted on as the tasks that they are: ticked, opened again, skipped, blocked."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from app.db.models import Plan, Task
from app.db.plans import tasks_of
from app.domain.actor import Actor
from app.domain.approval import ApprovalState
from app.domain.run.acting import blocked, completed, held, skipped, ticked, unblocked
from app.domain.run.model import Moved, Person, StepState
from app.domain.run.moving import Moving
from app.domain.run.reopening import reopened
from app.domain.run.transitions import Action
from app.services.checklists import ticked_off
from app.services.office import Office
from app.services.plan_runs import act_on_step
from app.services.runs.acting import Act, act
from app.services.runs.saving import Decide, Done

OPENED_AGAIN = "It was opened again."


@dataclass(frozen=True, slots=True)
class ActingOn:
    """Whoever acts on a step, where and when; the caller holds its plan or its run, and commits.

    Attributes:
        plan: Whose step it is; None where it is of another run.
    """

    session: AsyncSession
    plan: Plan | None
    office: Office
    actor: Actor
    now: datetime

    async def complete(
        self, task: Task, checklist: Sequence[int] | None, answers: Mapping[str, object]
    ) -> None:
        """Tick items of its checklist, and say that the step is executed; what blocked it is over.

        Args:
            task: The step.
            checklist: Numbers of the items, from 0; None ticks all of them.
            answers: What its form is filled with.

        Raises:
            ChecklistUnknown, ChecklistOpen: see `ticked_off`.
            EvidenceWanted: an item is ticked with evidence: that is done on its run.
            Everything that `ticked` and `completed` refuse.
        """
        if task.deviation != ApprovalState.APPROVED:
            ticked_off(task.checklist, checklist)
        numbers = range(len(task.checklist)) if checklist is None else checklist
        key = f"{task.step}"

        def decide(moving: Moving, by: Person) -> Moved:
            if moving.run.steps[key].state is StepState.BLOCKED:
                unblocked(moving, key)
            held(moving, key, Action.COMPLETE)  # before the items: it is what was asked for
            for number in sorted(set(numbers) - moving.run.steps[key].ticks.keys()):
                ticked(moving, key, number, None, by)
            return completed(moving, key, answers, by)

        await self._act(task, "completed", None, decide)

    async def reopen(self, task: Task) -> None:
        """Open a step again; one that is blocked goes on."""
        key = f"{task.step}"
        if task.step_state == StepState.BLOCKED:
            await self._act(task, "unblocked", None, lambda moving, _: unblocked(moving, key))
            return
        why = OPENED_AGAIN
        await self._act(task, "reopened", why, lambda moving, _: reopened(moving, key, why))

    async def skip(self, task: Task, reason: str) -> None:
        """Leave a step out."""
        key = f"{task.step}"
        await self._act(task, "skipped", reason, lambda moving, _: skipped(moving, key, reason))

    async def block(self, task: Task, reason: str) -> None:
        """Say that a step cannot go on."""
        key = f"{task.step}"
        await self._act(task, "blocked", reason, lambda moving, _: blocked(moving, key, reason))

    async def _act(self, task: Task, what: str, reason: str | None, decide: Decide) -> None:
        done = Done(f"run.step_{what}", f"{task.step}", reason)
        if self.plan is not None:
            await act_on_step(
                self.session,
                self.plan,
                await tasks_of(self.session, self.plan),
                done,
                decide,
                office=self.office,
                actor=self.actor,
                now=self.now,
            )
            return
        assert task.run_id is not None  # the table holds that of steps
        command = Act(task.run_id, done, decide)
        await act(self.session, command, office=self.office, actor=self.actor, now=self.now)
