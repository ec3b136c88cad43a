"""What people do with the tasks of plans, contracts, runs and versions of playbooks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.db.models import Staff, Task
from app.db.runs import kept_run
from app.domain.actor import Actor
from app.domain.calendar import end_of
from app.domain.carrying_out import Evidence
from app.domain.errors import Conflict, Invalid
from app.domain.task import TaskState, due_day, task_may
from app.services.adjustments import Confirm, confirm_adjustment
from app.services.checklists import ticked_off
from app.services.client_mail import COMPLETE_BY_HAND, not_sent_by_hand, sent_by_hand
from app.services.office import Office
from app.services.playbooks.acknowledging import acknowledge_by_task, asks_to_read
from app.services.reversals import not_reversed, reversed_by_hand
from app.services.runs.reminding import step_amended
from app.services.step_tasks import ActingOn
from app.services.task_changes import locked_task, task_changed
from app.services.withdrawals import withdraw_complete_email


class AdjustmentDecides(Conflict):
    """The task stands for an adjustment; what is done with that decides."""

    code = "adjustment_decides"


class AssigneeUnknown(Invalid):
    """Not an active member of staff."""

    code = "assignee_unknown"


@dataclass(frozen=True, slots=True)
class Complete:
    """A person ticks a task; a task that changes billing asks for what the adjustment asks for.

    Attributes:
        task_id: Which.
        checklist: Numbers of the checklist items that are done, from 0; None means all of them.
        answers: Where the task is a step of a run that asks for something.
        typed: The names, where the task ends a service.
        evidence: Where a change of billing can be seen.
    """

    task_id: UUID
    checklist: Sequence[int] | None = None
    typed: str | None = None
    evidence: Evidence | None = None
    answers: Mapping[str, object] = field(default_factory=dict)


async def complete_task(
    session: AsyncSession, command: Complete, *, office: Office, actor: Actor, now: datetime
) -> Task:
    """Tick a task, here and on the board; one that changes billing confirms its adjustment.

    Raises:
        TaskNotFound: there is none.
        TaskRefuses: it is done or skipped.
        ChecklistOpen: a required item is not ticked.
        ChecklistUnknown: the checklist is shorter.
        PersonWanted, NotAskedToRead: it has somebody else read a playbook.
        EvidenceMissing: it puts a change of billing back, and nobody says where that is seen.
        The errors of `confirm_adjustment`, where the task stands for an adjustment, and those of
        `ActingOn.complete`, where it is a step of a run.

    Source: docs/domain/upgrade.md, "What happens" 3 and 4.
    """
    plan, task = await locked_task(session, command.task_id)
    task_may("complete", TaskState(task.state))
    if task.adjustment_id is not None:
        confirm = Confirm(task.adjustment_id, command.typed, command.evidence)
        await confirm_adjustment(session, confirm, office=office, actor=actor, now=now)
        return task
    if asks_to_read(task):
        return await acknowledge_by_task(session, task, actor=actor, now=now)
    if task.reverses_id is not None:
        await reversed_by_hand(session, task, command.evidence, actor=actor, now=now)
    before = task.state
    if task.step is not None:
        await ActingOn(session, plan, office, actor, now).complete(
            task, command.checklist, command.answers
        )
    else:
        task.checklist = ticked_off(task.checklist, command.checklist)
        task.state, task.reason, task.blocked_at = TaskState.DONE, None, None
        task.done_at, task.done_by = now, actor.name
    if plan is not None and task.key.startswith(COMPLETE_BY_HAND):
        sent_by_hand(plan, now=now)
    await task_changed(
        session, plan, task, "task.completed", {"state": before}, office, actor=actor, now=now
    )
    return task


async def reopen_task(
    session: AsyncSession, task_id: UUID, *, office: Office, actor: Actor, now: datetime
) -> Task:
    """Open a task again that was done, skipped or blocked.

    Raises:
        TaskNotFound: there is none.
        TaskRefuses: it is open.
        AdjustmentDecides: it stands for an adjustment that was carried out or voided.
    """
    plan, task = await locked_task(session, task_id)
    task_may("reopen", TaskState(task.state))
    if task.state != TaskState.BLOCKED:
        _refuse_for_adjustment(task, "open it again")
    before, lost = task.state, ticks_of(task)
    if plan is not None and task.key.startswith(COMPLETE_BY_HAND) and before == TaskState.DONE:
        not_sent_by_hand(plan)
    if task.reverses_id is not None and before == TaskState.DONE:
        await not_reversed(session, task, actor=actor, now=now)
    if plan is not None and task.blocks_ready:
        why = f"Task '{task.title}' was opened again."
        await withdraw_complete_email(session, plan, why, office=office, actor=actor, now=now)
    if task.step is not None:
        await ActingOn(session, plan, office, actor, now).reopen(task)
    else:
        task.state, task.reason, task.blocked_at = TaskState.OPEN, None, None
        task.done_at, task.done_by = None, None
    await task_changed(
        session,
        plan,
        task,
        "task.reopened",
        {"state": before} | ({"ticked": lost} if lost != ticks_of(task) else {}),
        office,
        actor=actor,
        now=now,
    )
    return task


def ticks_of(task: Task) -> list[str]:
    """What is ticked of a task's checklist."""
    return [item["text"] for item in task.checklist if item["done"]]


async def skip_task(
    session: AsyncSession,
    task_id: UUID,
    reason: str,
    *,
    office: Office,
    actor: Actor,
    now: datetime,
) -> Task:
    """Leave a task out, with the reason.

    Raises:
        TaskNotFound: there is none.
        TaskRefuses: it is done or skipped.
        AdjustmentDecides: it stands for an adjustment, which is voided instead.
    """
    plan, task = await locked_task(session, task_id)
    task_may("skip", TaskState(task.state))
    _refuse_for_adjustment(task, "void the adjustment instead")
    before = task.state
    if task.step is not None:
        await ActingOn(session, plan, office, actor, now).skip(task, reason)
    else:
        task.state, task.reason, task.blocked_at = TaskState.SKIPPED, reason, None
    await task_changed(
        session, plan, task, "task.skipped", {"state": before}, office, actor=actor, now=now
    )
    return task


async def block_task(
    session: AsyncSession,
    task_id: UUID,
    reason: str,
    *,
    office: Office,
    actor: Actor,
    now: datetime,
) -> Task:
    """Say that a task cannot go on, and why.

    Raises:
        TaskNotFound: there is none.
        TaskRefuses: it is not open.
    """
    plan, task = await locked_task(session, task_id)
    task_may("block", TaskState(task.state))
    if task.step is not None:
        await ActingOn(session, plan, office, actor, now).block(task, reason)
    else:
        task.state, task.reason, task.blocked_at = TaskState.BLOCKED, reason, now
    await task_changed(
        session, plan, task, "task.blocked", {"state": "open"}, office, actor=actor, now=now
    )
    return task


@dataclass(frozen=True, slots=True)
class Amend:
    """Give a task another due date or another person; None leaves a value as it is."""

    task_id: UUID
    due_on: date | None
    assignee_id: UUID | None


async def amend_task(
    session: AsyncSession, command: Amend, *, office: Office, actor: Actor, now: datetime
) -> Task:
    """Move a task's due date, never past the live date, or give it to somebody else.

    Raises:
        TaskNotFound: there is none.
        DueAfterLive: the day lies after the live date.
        AssigneeUnknown: not an active member of staff.
    """
    plan, task = await locked_task(session, command.task_id)
    before: dict[str, Any] = {}
    if command.due_on is not None:
        before["due_on"] = task.due_on.isoformat() if task.due_on else None
        task.due_on = due_day(command.due_on, live_on=plan.live_on if plan else None)
        if task.step is not None and plan is None:
            task.due_at = end_of(task.due_on, office.timezone)
    if command.assignee_id is not None:
        person = await session.get(Staff, command.assignee_id)
        if person is None or not person.active:
            raise AssigneeUnknown(
                "There is no active member of staff with this id.", pointer="/assignee"
            )
        before["assignee_id"] = str(task.assignee_id) if task.assignee_id else None
        task.assignee_id = person.id
    if before:
        if task.run_id is not None and plan is None:
            await step_amended(session, task.run_id, office=office, now=now)
        elif task.run_id is not None:
            (await kept_run(session, task.run_id)).version += 1
        await task_changed(
            session, plan, task, "task.amended", before, office, actor=actor, now=now
        )
    return task


def _refuse_for_adjustment(task: Task, instead: str) -> None:
    if task.adjustment_id is not None:
        raise AdjustmentDecides(
            f"This task stands for a billing adjustment; {instead}.",
            facts={"adjustment_id": str(task.adjustment_id)},
        )
