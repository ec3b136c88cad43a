"""Tasks of contracts: added once, closed, blocked and opened again as their changes move."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.db.ids import new_id
from app.db.models import ContractChange, Task
from app.domain.calendar import spoken
from app.domain.contract.change import DECIDE_THE_END, ChangeKind
from app.domain.contract.playbook import ChangeMoment
from app.domain.task import TaskKind, TaskState
from app.services.office import Office
from app.services.people import hold_turns, next_in_turns

RENEWAL_TASKS = "renewal/"
"""What the keys of the tasks begin with that prepare a contract's end."""
_HELD_UP = "The change was stopped: "


@dataclass(frozen=True, slots=True)
class TasksOwner:
    """Whose tasks they are: a contract's, and of one of its changes where one made them."""

    contract_id: UUID
    change_id: UUID | None


@dataclass(frozen=True, slots=True)
class NewContractTask:
    """A task of a contract as it is added; its key is made of facts."""

    key: str
    kind: TaskKind
    title: str
    role: str
    due_on: date
    instructions: str


async def add_contract_tasks(
    session: AsyncSession,
    owner: TasksOwner,
    tasks: Sequence[NewContractTask],
    *,
    office: Office,
    now: datetime,
) -> None:
    """Add tasks that are not there yet, each to the next in turn of its role."""
    if not tasks:
        return
    roles = {task.role for task in tasks}
    # All that the file names, at once: several moments of one transaction keep everybody's order.
    await hold_turns(session, roles | set(office.catalog.contract_playbook.roles))
    people = await next_in_turns(session, roles, now=now)
    await session.execute(
        insert(Task)
        .values(
            [
                {
                    "id": new_id(),
                    "contract_id": owner.contract_id,
                    "change_id": owner.change_id,
                    "version": 1,
                    "key": task.key,
                    "kind": str(task.kind),
                    "position": position,
                    "title": task.title,
                    "board_group": "",
                    "role": task.role,
                    "assignee_id": people[task.role].id if task.role in people else None,
                    "due_on": task.due_on,
                    "state": str(TaskState.OPEN),
                    "blocks_ready": False,
                    "checklist": [],
                    "instructions": task.instructions,
                }
                for position, task in enumerate(tasks, start=1)
            ]
        )
        .on_conflict_do_nothing()
    )


async def settle_tasks(
    session: AsyncSession, change: ContractChange, moment: ChangeMoment, *, now: datetime
) -> None:
    """What was to be done for a change that is taken back is not done; of a stopped one it waits.

    A signed renewal, recast or termination decides what renewal tasks prepare.
    """
    of_change = update(Task).where(Task.change_id == change.id)
    open_, blocked = str(TaskState.OPEN), str(TaskState.BLOCKED)
    if moment in {ChangeMoment.WITHDRAWN, ChangeMoment.REINSTATED}:
        why = f"The {change.kind} was taken back: {change.reason}"
        await session.execute(
            of_change.where(Task.state.in_([open_, blocked])).values(
                state=str(TaskState.SKIPPED), reason=why, version=Task.version + 1, blocked_at=None
            )
        )
    elif moment is ChangeMoment.STOPPED:
        await session.execute(
            of_change.where(Task.state == open_).values(
                state=blocked,
                reason=f"{_HELD_UP}{change.reason}",
                version=Task.version + 1,
                blocked_at=now,
            )
        )
    elif moment in {ChangeMoment.SCHEDULED, ChangeMoment.IN_FORCE}:
        await session.execute(
            of_change.where(Task.state == blocked, Task.reason.startswith(_HELD_UP)).values(
                state=open_, reason=None, version=Task.version + 1, blocked_at=None
            )
        )
        if ChangeKind(change.kind) in DECIDE_THE_END:
            await _renewal_decided(session, change)


async def _renewal_decided(session: AsyncSession, change: ContractChange) -> None:
    await session.execute(
        update(Task)
        .where(
            Task.contract_id == change.contract_id,
            Task.key.startswith(RENEWAL_TASKS),
            Task.change_id.is_(None),
            Task.state.in_([str(TaskState.OPEN), str(TaskState.BLOCKED)]),
        )
        .values(
            state=str(TaskState.SKIPPED),
            reason=f"A {change.kind} from {spoken(change.effective_on)} decides it.",
            version=Task.version + 1,
            blocked_at=None,
        )
    )
