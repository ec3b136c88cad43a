"""Keeping a plan's own figures true: its blockers, its version, and whether it is completed."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from app.db.models import Adjustment, Plan, Task
from app.db.plans import adjustments_of, mail_is_under_way, tasks_of
from app.domain.actor import Actor
from app.domain.adjustment import AdjustmentState, adjustment_summary
from app.domain.plan import PlanState, Trigger, transition
from app.domain.playbook.moment import Moment
from app.domain.readiness import (
    AdjustmentFacts,
    Blocker,
    CompleteEmailState,
    TaskFacts,
    may_complete,
    what_blocks_going_live,
    what_blocks_the_complete_email,
)
from app.domain.task import TaskState
from app.services.audit import record
from app.services.boards import add_new_tasks
from app.services.effects import announce
from app.services.office import Office
from app.services.plan_runs import follow_plan
from app.services.reminders import keep_reminders


def task_facts(task: Task) -> TaskFacts:
    """A task as readiness sees it."""
    return TaskFacts(task.id, task.title, TaskState(task.state), task.blocks_ready)


def adjustment_facts(one: Adjustment) -> AdjustmentFacts:
    """An adjustment as readiness sees it."""
    summary = adjustment_summary(one.kind, one.service)
    return AdjustmentFacts(one.id, summary, AdjustmentState(one.state))


async def blockers_of(
    session: AsyncSession, plan: Plan, *, without_email: bool = False
) -> tuple[Blocker, ...]:
    """What blocks the plan from going live, or with `without_email` its Complete e-mail."""
    tasks, adjustments = await tasks_of(session, plan), await adjustments_of(session, plan)
    return _in_the_way(plan, tasks, adjustments, without_email=without_email)


def _in_the_way(
    plan: Plan,
    tasks: Sequence[Task],
    adjustments: Sequence[Adjustment],
    *,
    without_email: bool = False,
) -> tuple[Blocker, ...]:
    work = [task_facts(task) for task in tasks]
    changes = [adjustment_facts(one) for one in adjustments]
    if without_email:
        return what_blocks_the_complete_email(work, changes)
    return what_blocks_going_live(work, changes, CompleteEmailState(plan.complete_email))


async def touch(
    session: AsyncSession, plan: Plan, *, office: Office, actor: Actor, now: datetime
) -> None:
    """Close a change of a plan: count its blockers, complete it if it is, raise its version.

    Every service that changes a plan, its tasks or its adjustments ends here, in the transaction
    of the change: the sweeps trust `blockers`.
    """
    await add_new_tasks(session, plan, office=office, now=now)
    await session.flush()
    tasks = await tasks_of(session, plan)
    blockers = _in_the_way(plan, tasks, await adjustments_of(session, plan))
    if plan.state == PlanState.LIVE and may_complete(
        acknowledged=plan.acknowledged_at is not None,
        task_states=[TaskState(task.state) for task in tasks],
        mail_under_way=await mail_is_under_way(session, plan),
    ):
        await _complete(session, plan, office=office, actor=actor, now=now)
    await follow_plan(session, plan, tasks, office=office, actor=actor, now=now)
    await keep_reminders(session, plan, tasks, office=office, now=now)
    plan.blockers = len(blockers)
    plan.version += 1
    plan.updated_at = now


async def _complete(
    session: AsyncSession, plan: Plan, *, office: Office, actor: Actor, now: datetime
) -> None:
    before = plan.state
    plan.state = transition(PlanState(plan.state), Trigger.COMPLETE)
    plan.completed_at = now
    record(
        session,
        actor=actor,
        action="plan.completed",
        subject=("plan", plan.id),
        plan_id=plan.id,
        now=now,
        before={"state": before},
        after={"state": plan.state},
    )
    await announce(session, plan, Moment.COMPLETED, office=office, now=now)
