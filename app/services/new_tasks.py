"""Adding a task to a plan, assigned to the person of its role."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.db.base import new_id
from app.db.models import Plan, Task
from app.domain.task import TaskKind, TaskState
from app.services.people import assignee_for

BY_HAND_GROUP = "By hand"
"""Board group of tasks that belong to no stage of the playbook."""


@dataclass(frozen=True, slots=True)
class NewTask:
    """A task as it is added; its key is its own on the plan, its due day the client's."""

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


async def add_task(session: AsyncSession, plan: Plan, new: NewTask, *, now: datetime) -> Task:
    """Add a task to the end of the plan's list."""
    last = await session.scalar(select(func.max(Task.position)).where(Task.plan_id == plan.id))
    task = Task(
        id=new_id(),
        plan_id=plan.id,
        key=new.key,
        kind=str(new.kind),
        position=(last or 0) + 1,
        title=new.title,
        board_group=new.board_group,
        service=new.service,
        role=new.role,
        assignee_id=await assignee_for(session, plan, new.role, now=now),
        due_on=new.due_on,
        state=TaskState.OPEN.value,
        blocks_ready=new.blocks_ready,
        checklist=list(new.checklist),
        instructions=new.instructions,
        adjustment_id=new.adjustment_id,
    )
    session.add(task)
    await session.flush()
    return task
