"""Tasks as people read them, with whom they are for."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Row, Select, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.db.models import Staff, Task
from app.domain.errors import TaskNotFound
from app.domain.readiness import TaskFacts
from app.domain.task import TaskState
from app.queries.adjustments import EvidenceView
from app.queries.people import PersonView, person_of

NEWEST: Final = (Task.created_at, Task.id)
"""The columns that lists are ordered by."""


@dataclass(frozen=True, slots=True)
class ChecklistItemView:
    """One check of a task."""

    text: str
    required: bool
    done: bool
    by: str | None = None
    at: str | None = None
    evidence: str | None = None


@dataclass(frozen=True, slots=True)
class TaskView:
    """One thing a person does for a plan, for a contract, or for a run.

    Attributes:
        group: Title of the board's group that holds it.
        blocks: What the open task holds up; `ready` or nothing.
        step: Key of the step of its run that it is, if it is one.
        step_state: Where that stands in its run.
        adjustment_id: The adjustment that ticking the task confirms, if it stands for one.
        reverses_id: The adjustment that the task puts back, if it does.
        evidence: Where that can be seen.
    """

    id: UUID
    plan_id: UUID | None
    contract_id: UUID | None
    run_id: UUID | None
    playbook_version_id: UUID | None
    change_id: UUID | None
    version: int
    key: str
    kind: str
    title: str
    group: str
    service: str | None
    role: str
    assignee: PersonView | None
    due_on: date | None
    state: str
    step: str | None
    step_state: str | None
    blocks: tuple[str, ...]
    checklist: tuple[ChecklistItemView, ...]
    instructions: str
    adjustment_id: UUID | None
    reverses_id: UUID | None
    evidence: EvidenceView | None
    board_item_ref: str | None
    reason: str | None
    blocked_at: datetime | None
    done_at: datetime | None
    done_by: str | None

    @property
    def facts(self) -> TaskFacts:
        """The task as readiness sees it."""
        return TaskFacts(self.id, self.title, TaskState(self.state), "ready" in self.blocks)


def _wanted() -> Select[*tuple[Any, ...]]:
    return select(
        Task.id,
        Task.plan_id,
        Task.contract_id,
        Task.run_id,
        Task.playbook_version_id,
        Task.change_id,
        Task.version,
        Task.key,
        Task.kind,
        Task.title,
        Task.board_group,
        Task.service,
        Task.role,
        Task.due_on,
        Task.state,
        Task.step,
        Task.step_state,
        Task.blocks_ready,
        Task.checklist,
        Task.instructions,
        Task.adjustment_id,
        Task.reverses_id,
        Task.evidence,
        Task.board_item_ref,
        Task.reason,
        Task.blocked_at,
        Task.done_at,
        Task.done_by,
        Staff.id.label("person_id"),
        Staff.name.label("person_name"),
        Staff.email.label("person_email"),
    ).outerjoin(Staff, Staff.id == Task.assignee_id)


async def tasks_of_plan(session: AsyncSession, plan_id: UUID) -> Sequence[TaskView]:
    """The plan's tasks in their order."""
    wanted = _wanted().where(Task.plan_id == plan_id).order_by(Task.position, Task.id)
    return tuple(task_of(row) for row in (await session.execute(wanted)).all())


@dataclass(frozen=True, slots=True)
class TaskFilter:
    """Which tasks a list holds; None means any."""

    plan_id: UUID | None = None
    contract_id: UUID | None = None
    change_id: UUID | None = None
    state: str | None = None
    role: str | None = None
    assignee_id: UUID | None = None
    run_id: UUID | None = None


def tasks_listed(by: TaskFilter) -> Select[*tuple[Any, ...]]:
    """The tasks that a filter lets through, to be ordered and cut by `NEWEST`."""
    wanted = _wanted()
    for column, value in (
        (Task.plan_id, by.plan_id),
        (Task.contract_id, by.contract_id),
        (Task.run_id, by.run_id),
        (Task.change_id, by.change_id),
        (Task.state, by.state),
        (Task.role, by.role),
        (Task.assignee_id, by.assignee_id),
    ):
        if value is not None:
            wanted = wanted.where(column == value)
    return wanted


async def task_by_id(session: AsyncSession, task_id: UUID) -> TaskView:
    """One task.

    Raises:
        TaskNotFound: there is none with this id.
    """
    row = (await session.execute(_wanted().where(Task.id == task_id))).one_or_none()
    if row is None:
        raise TaskNotFound("There is no task with this id.")
    return task_of(row)


def task_of(row: Row[*tuple[Any, ...]]) -> TaskView:
    """A row of the list, or the one."""
    return TaskView(
        id=row.id,
        plan_id=row.plan_id,
        contract_id=row.contract_id,
        run_id=row.run_id,
        playbook_version_id=row.playbook_version_id,
        change_id=row.change_id,
        version=row.version,
        key=row.key,
        kind=row.kind,
        title=row.title,
        group=row.board_group,
        service=row.service,
        role=row.role,
        assignee=person_of(row.person_id, row.person_name, row.person_email),
        due_on=row.due_on,
        state=row.state,
        step=row.step,
        step_state=row.step_state,
        blocks=("ready",) if row.blocks_ready else (),
        checklist=tuple(ChecklistItemView(**item) for item in row.checklist),
        instructions=row.instructions,
        adjustment_id=row.adjustment_id,
        reverses_id=row.reverses_id,
        evidence=EvidenceView(**row.evidence) if row.evidence else None,
        board_item_ref=row.board_item_ref,
        reason=row.reason,
        blocked_at=row.blocked_at,
        done_at=row.done_at,
        done_by=row.done_by,
    )
