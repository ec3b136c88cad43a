"""What people do with the tasks of plans, contracts, runs and versions of playbooks."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.db import plans
from app.db.contracts import lock_contract
from app.db.models import Plan, Staff, Task
from app.db.runs import lock_run
from app.domain.actor import Actor
from app.domain.carrying_out import Evidence
from app.domain.errors import Conflict, Invalid, TaskNotFound
from app.domain.plan import OPEN_STATES, PlanState, TransitionRefused, in_words
from app.domain.task import ChecklistOpen, TaskKind, TaskState, due_day, task_may
from app.services.adjustments import Confirm, confirm_adjustment
from app.services.audit import record
from app.services.boards import BOARD, fit_board
from app.services.client_mail import COMPLETE_BY_HAND, not_sent_by_hand, sent_by_hand
from app.services.office import Office
from app.services.playbooks.acknowledging import acknowledge_by_task, asks_to_read
from app.services.reversals import not_reversed, reversed_by_hand
from app.services.standing import touch
from app.services.withdrawals import withdraw_complete_email


class AdjustmentDecides(Conflict):
    """The task stands for an adjustment; what is done with that decides."""

    code = "adjustment_decides"


class AssigneeUnknown(Invalid):
    """Not an active member of staff."""

    code = "assignee_unknown"


class ChecklistUnknown(Invalid):
    """The task's checklist has no such item."""

    code = "checklist_unknown"


@dataclass(frozen=True, slots=True)
class Complete:
    """A person ticks a task; a task that changes billing asks for what the adjustment asks for.

    Attributes:
        task_id: Which.
        checklist: Numbers of the checklist items that are done, from 0; None means all of them.
        typed: The names, where the task ends a service.
        evidence: Where a change of billing can be seen.
    """

    task_id: UUID
    checklist: Sequence[int] | None = None
    typed: str | None = None
    evidence: Evidence | None = None


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


async def _locked(session: AsyncSession, task_id: UUID) -> tuple[Plan | None, Task]:
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
        The errors of `confirm_adjustment`, where the task stands for an adjustment.

    Source: docs/domain/upgrade.md, "What happens" 3 and 4.
    """
    plan, task = await _locked(session, command.task_id)
    task_may("complete", TaskState(task.state))
    if task.adjustment_id is not None:
        confirm = Confirm(task.adjustment_id, command.typed, command.evidence)
        await confirm_adjustment(session, confirm, office=office, actor=actor, now=now)
        return task
    if asks_to_read(task):
        return await acknowledge_by_task(session, task, actor=actor, now=now)
    if task.reverses_id is not None:
        await reversed_by_hand(session, task, command.evidence, actor=actor, now=now)
    task.checklist = ticked(task.checklist, command.checklist)
    if plan is not None and task.key.startswith(COMPLETE_BY_HAND):
        sent_by_hand(plan, now=now)
    before = task.state
    task.state, task.reason, task.blocked_at = TaskState.DONE, None, None
    task.done_at, task.done_by = now, actor.name
    await _changed(
        session, plan, task, "task.completed", {"state": before}, office, actor=actor, now=now
    )
    return task


def ticked(checklist: list[dict[str, Any]], done: Sequence[int] | None) -> list[dict[str, Any]]:
    """Tick items of a checklist; ticking the task itself without a list ticks all of them.

    Raises:
        ChecklistUnknown: there is no item with such a number.
        ChecklistOpen: a required item stays open.
    """
    numbers = set(range(len(checklist))) if done is None else set(done)
    if any(not 0 <= number < len(checklist) for number in numbers):
        raise ChecklistUnknown(
            f"The checklist has {len(checklist)} items, numbered from 0.", pointer="/checklist"
        )
    now_ticked = [
        {**item, "done": item["done"] or index in numbers} for index, item in enumerate(checklist)
    ]
    left = [item["text"] for item in now_ticked if item["required"] and not item["done"]]
    if left:
        raise ChecklistOpen(
            f"Not ticked yet: {'; '.join(left)}.", pointer="/checklist", facts={"open": left}
        )
    return now_ticked


async def reopen_task(
    session: AsyncSession, task_id: UUID, *, office: Office, actor: Actor, now: datetime
) -> Task:
    """Open a task again that was done, skipped or blocked.

    Raises:
        TaskNotFound: there is none.
        TaskRefuses: it is open.
        AdjustmentDecides: it stands for an adjustment that was carried out or voided.
    """
    plan, task = await _locked(session, task_id)
    task_may("reopen", TaskState(task.state))
    if task.state != TaskState.BLOCKED:
        _refuse_for_adjustment(task, "open it again")
    before = task.state
    if plan is not None and task.key.startswith(COMPLETE_BY_HAND) and before == TaskState.DONE:
        not_sent_by_hand(plan)
    if task.reverses_id is not None and before == TaskState.DONE:
        await not_reversed(session, task, actor=actor, now=now)
    if plan is not None and task.blocks_ready:
        why = f"Task '{task.title}' was opened again."
        await withdraw_complete_email(session, plan, why, office=office, actor=actor, now=now)
    task.state, task.reason, task.blocked_at = TaskState.OPEN, None, None
    task.done_at, task.done_by = None, None
    await _changed(
        session, plan, task, "task.reopened", {"state": before}, office, actor=actor, now=now
    )
    return task


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
    plan, task = await _locked(session, task_id)
    task_may("skip", TaskState(task.state))
    _refuse_for_adjustment(task, "void the adjustment instead")
    before = task.state
    task.state, task.reason, task.blocked_at = TaskState.SKIPPED, reason, None
    await _changed(
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
    plan, task = await _locked(session, task_id)
    task_may("block", TaskState(task.state))
    task.state, task.reason, task.blocked_at = TaskState.BLOCKED, reason, now
    await _changed(
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
    plan, task = await _locked(session, command.task_id)
    before: dict[str, Any] = {}
    if command.due_on is not None:
        before["due_on"] = task.due_on.isoformat() if task.due_on else None
        task.due_on = due_day(command.due_on, live_on=plan.live_on if plan else None)
    if command.assignee_id is not None:
        person = await session.get(Staff, command.assignee_id)
        if person is None or not person.active:
            raise AssigneeUnknown(
                "There is no active member of staff with this id.", pointer="/assignee"
            )
        before["assignee_id"] = str(task.assignee_id) if task.assignee_id else None
        task.assignee_id = person.id
    if before:
        await _changed(session, plan, task, "task.amended", before, office, actor=actor, now=now)
    return task


def _refuse_for_adjustment(task: Task, instead: str) -> None:
    if task.adjustment_id is not None:
        raise AdjustmentDecides(
            f"This task stands for a billing adjustment; {instead}.",
            facts={"adjustment_id": str(task.adjustment_id)},
        )


async def _changed(
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
    """Close a change of a task: version, audit, board, plan."""
    task.version += 1
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
