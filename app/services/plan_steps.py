"""What people do with a plan's run itself, and what follows from it for the plan."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from app.db.models import Plan
from app.db.plans import tasks_of
from app.domain.actor import Actor
from app.domain.task import SETTLED, TaskState
from app.services.office import Office
from app.services.plan_runs import act_on_step
from app.services.runs.saving import Decide, Done
from app.services.standing import touch
from app.services.task_changes import task_changed
from app.services.withdrawals import withdraw_complete_email


async def act_on_plan(
    session: AsyncSession,
    plan: Plan,
    done: Done,
    decide: Decide,
    *,
    office: Office,
    actor: Actor,
    now: datetime,
) -> None:
    """Act on the run of a plan: what a step becomes, its task, the board and the plan become.

    Args:
        session: The caller holds the plan, and commits.
        plan: The plan.
        done: What is done.
        decide: The rule.
        office: The installation.
        actor: Who does it.
        now: The present instant.

    Raises:
        Everything that the rule refuses.
    """
    tasks = await tasks_of(session, plan)
    task = next((task for task in tasks if task.step == done.step), None)
    before = TaskState(task.state) if task is not None else None
    await act_on_step(session, plan, tasks, done, decide, office=office, actor=actor, now=now)
    if task is None or before is None or task.state == before:
        await touch(session, plan, office=office, actor=actor, now=now)
        return
    if before in SETTLED and task.blocks_ready:
        why = f"Task '{task.title}' was opened again."
        await withdraw_complete_email(session, plan, why, office=office, actor=actor, now=now)
    action, was = _CAME_TO[TaskState(task.state)], {"state": str(before)}
    await task_changed(session, plan, task, action, was, office, actor=actor, now=now)


_CAME_TO = {
    TaskState.OPEN: "task.reopened",
    TaskState.BLOCKED: "task.blocked",
    TaskState.DONE: "task.completed",
    TaskState.SKIPPED: "task.skipped",
}
