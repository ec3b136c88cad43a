"""Adding tasks to a plan, each assigned to the person of its role."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.db.ids import new_id
from app.db.models import Plan, Task
from app.domain.calendar import day_of, end_of, zone_of
from app.domain.run.model import SHOWN, RunStep, StepState
from app.domain.task import TaskKind, TaskState
from app.services.people import assignee_for

BY_HAND_GROUP = "By hand"
"""Board group of tasks that belong to no stage of the playbook."""


@dataclass(frozen=True, slots=True)
class NewTask:
    """A task as it is added; its key is its own on the plan, its due day the client's.

    A step of the playbook is one of the plan's run, where the plan has one.
    """

    key: str
    kind: TaskKind
    title: str
    role: str
    due_on: date | None
    instructions: str = ""
    board_group: str = BY_HAND_GROUP
    blocks_ready: bool = False
    service: str | None = None
    checklist: Sequence[dict[str, Any]] = ()
    adjustment_id: UUID | None = None
    reverses_id: UUID | None = None
    step: RunStep | None = None


def due_now(plan: Plan, *, now: datetime) -> date:
    """The day of what a person can do at once: today, and never after the live date (I10)."""
    today = day_of(now, zone_of(plan.timezone))
    return min(today, plan.live_on) if plan.live_on else today


async def add_task(session: AsyncSession, plan: Plan, new: NewTask, *, now: datetime) -> Task:
    """Add a task to the end of the plan's list."""
    (task,) = await add_tasks(session, plan, [new], now=now)
    return task


async def add_tasks(
    session: AsyncSession, plan: Plan, new: Sequence[NewTask], *, now: datetime
) -> list[Task]:
    """Add tasks to the end of the plan's list, in their order, by one statement.

    Each goes to somebody of its role; a role that takes turns takes one for each of its tasks.
    """
    if not new:
        return []
    last = await session.scalar(select(func.max(Task.position)).where(Task.plan_id == plan.id))
    tasks = [
        Task(
            id=new_id(),
            plan_id=plan.id,
            key=one.key,
            kind=str(one.kind),
            position=position,
            title=one.title,
            board_group=one.board_group,
            service=one.service,
            role=one.role,
            assignee_id=await assignee_for(session, plan, one.role, now=now),
            due_on=one.due_on,
            state=_state_of(plan, one.step),
            blocks_ready=one.blocks_ready,
            checklist=list(one.checklist),
            instructions=one.instructions,
            adjustment_id=one.adjustment_id,
            reverses_id=one.reverses_id,
            **_of_run(plan, one),
        )
        for position, one in enumerate(new, start=(last or 0) + 1)
    ]
    session.add_all(tasks)
    await session.flush()
    return tasks


def _state_of(plan: Plan, step: RunStep | None) -> str:
    return str(TaskState.OPEN if step is None or plan.run_id is None else SHOWN[step.state])


def due_until(day: date | None, plan: Plan) -> datetime | None:
    """The instant until which a step due on a day of the plan is in time."""
    return None if day is None else end_of(day, zone_of(plan.timezone))


def _of_run(plan: Plan, new: NewTask) -> dict[str, Any]:
    step = new.step
    if step is None or plan.run_id is None:
        return {}
    return {
        "run_id": plan.run_id,
        "step": step.key,
        "step_state": str(step.state),
        "due_at": due_until(new.due_on, plan),
        "ready_at": step.ready_at,
        "reason": step.reason,
    }


def put_state(task: Task, state: TaskState, reason: str | None = None) -> None:
    """Open a task again, or skip it, as it follows from its plan.

    A step is no part of the run then, which nobody left out; whether one that is open again is
    ready, its run says with the end of the change.
    """
    task.state, task.reason, task.blocked_at = str(state), reason, None
    if task.step is not None:
        waits = state is TaskState.OPEN
        task.step_state = str(StepState.WAITING if waits else StepState.LEFT_OUT)
        task.approval = task.deviation = None
    task.version += 1
