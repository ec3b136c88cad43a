"""Tasks in hand: held by their owner, and closed when they were changed."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.db import plans
from app.db.contracts import lock_contract
from app.db.models import Plan, Task
from app.db.runs import lock_run
from app.domain.actor import Actor
from app.domain.errors import TaskNotFound
from app.domain.plan import OPEN_STATES, PlanState, TransitionRefused, in_words
from app.domain.task import TaskKind, TaskState
from app.services.audit import record
from app.services.boards import BOARD, fit_board
from app.services.office import Office
from app.services.standing import touch


async def hold_owner(session: AsyncSession, task_id: UUID) -> Plan | None:
    """Hold the plan of a task, the contract or the run: the order of all locks. Return the plan.

    Raises:
        TaskNotFound: there is none.
    """
    found = await session.execute(
        select(Task.plan_id, Task.contract_id, Task.run_id, Task.id).where(Task.id == task_id)
    )
    plan_id, contract_id, run_id, known = found.one_or_none() or (None, None, None, None)
    if plan_id is not None:
        return await plans.lock(session, plan_id)
    if contract_id is not None:
        await lock_contract(session, contract_id)
    elif run_id is not None:
        await lock_run(session, run_id)
    elif known is None:
        raise TaskNotFound("There is no task with this id.")
    return None


async def locked_task(session: AsyncSession, task_id: UUID) -> tuple[Plan | None, Task]:
    """Hold a task by its owner; return its plan, if it has one, and the task.

    Raises:
        TaskNotFound: there is none.
        TransitionRefused: its plan is over.
    """
    plan = await hold_owner(session, task_id)
    task = await session.get_one(Task, task_id, populate_existing=True)
    if plan is None:
        return None, task
    states = {*OPEN_STATES, PlanState.LIVE}
    # What a person has to say or to set right stays theirs, also when the plan is cancelled.
    if PlanState(plan.state) not in states and task.kind not in (
        TaskKind.EFFECT,
        TaskKind.FOLLOW_UP,
        TaskKind.REVERSAL,
    ):
        raise TransitionRefused(
            f"The plan {in_words(PlanState(plan.state))}; its tasks are closed.",
            facts={"state": plan.state, "allowed_states": sorted(map(str, states))},
        )
    return plan, task


async def task_changed(
    session: AsyncSession,
    plan: Plan | None,
    task: Task,
    action: str,
    before: dict[str, Any],
    office: Office,
    *,
    actor: Actor,
    now: datetime,
) -> None:
    """Close a change of a task: version, audit, board, plan; what a run did to it, it noted."""
    by_its_run = task.step is not None and "state" in before
    if by_its_run and plan is None:
        return
    task.version += 0 if by_its_run else 1
    after = {
        "title": task.title,
        "state": str(task.state),
        "due_on": task.due_on.isoformat() if task.due_on else None,
        "assignee_id": str(task.assignee_id) if task.assignee_id else None,
    }
    record(
        session,
        actor=actor,
        action=action,
        subject=("task", task.id),
        plan_id=task.plan_id,
        now=now,
        before=before,
        after=after,
        reason=task.reason,
    )
    if plan is None:
        return
    if actor != BOARD:  # what came from the board is there already
        opened = before.get("state") == TaskState.DONE
        await fit_board(session, plan, office=office, now=now, only=task, opened=opened)
    await touch(session, plan, office=office, actor=actor, now=now)
