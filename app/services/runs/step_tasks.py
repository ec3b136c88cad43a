"""Steps of runs acted on as the tasks that they are: ticked, opened again, skipped, blocked."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from app.db.models import Task
from app.domain.actor import Actor
from app.domain.run.acting import blocked, completed, reopened, skipped, ticked, unblocked
from app.domain.run.model import Moved, Person, StepState
from app.domain.run.moving import Moving
from app.services.office import Office
from app.services.runs.acting import Act, Decide, act
from app.services.runs.saving import Done

OPENED_AGAIN = "It was opened again."


@dataclass(frozen=True, slots=True)
class ActingOn:
    """Whoever acts on a step, where and when; the caller of each holds the run and commits."""

    session: AsyncSession
    office: Office
    actor: Actor
    now: datetime

    async def complete(
        self, task: Task, numbers: Sequence[int], answers: Mapping[str, object]
    ) -> None:
        """Tick items of its checklist, and say that the step is executed.

        Args:
            task: The step.
            numbers: Of the items, from 0; those that are ticked stay as they are.
            answers: What its form is filled with.

        Raises:
            EvidenceWanted: an item is ticked with evidence: that is done on its run.
            Everything that `ticked` and `completed` refuse.
        """
        key = f"{task.step}"

        def decide(moving: Moving, by: Person) -> Moved:
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
        assert task.run_id is not None  # the table holds that of steps
        command = Act(task.run_id, Done(f"run.step_{what}", f"{task.step}", reason), decide)
        await act(self.session, command, office=self.office, actor=self.actor, now=self.now)
