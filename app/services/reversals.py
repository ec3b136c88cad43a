"""Putting back what was carried out in billing: a person's task each, ticked with evidence."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.db.models import Adjustment, Plan, Task
from app.domain.actor import Actor
from app.domain.adjustment import AdjustmentKind, AdjustmentState
from app.domain.calendar import spoken
from app.domain.carrying_out import Evidence, evidence_as_json, must_have_evidence
from app.domain.task import SETTLED, TaskKind, TaskState
from app.services.audit import record
from app.services.billing_changes import BILLING_GROUP
from app.services.new_tasks import NewTask, add_task, due_now
from app.services.office import Office

WANTED, DONE = "wanted", "done"

_TITLES = {
    AdjustmentKind.CANCEL_SERVICE: "Start {} again as it was",
    AdjustmentKind.START_SERVICE: "Take back the start of {}",
    AdjustmentKind.CHARGE: "Take back the charge for {}",
    AdjustmentKind.CREDIT: "Take back the credit for {}",
}


async def want_reversal(
    session: AsyncSession, plan: Plan, one: Adjustment, why: str, *, office: Office, now: datetime
) -> None:
    """Ask a person to put back what was carried out; that blocks the plan's readiness.

    Args:
        session: The session of the change.
        plan: Its plan.
        one: The adjustment, carried out.
        why: A sentence.
        office: The installation.
        now: The present instant.

    Source: docs/domain/upgrade.md, I10.
    """
    one.reversal = WANTED
    one.version += 1
    task = NewTask(
        key=f"reversal:{one.id}:{plan.version}",
        kind=TaskKind.REVERSAL,
        title=reversal_title(one, office),
        instructions=_instructions(one, why),
        role=office.playbook.setup_role,
        due_on=due_now(plan, now=now),
        board_group=BILLING_GROUP,
        blocks_ready=True,
        service=one.service,
        reverses_id=one.id,
    )
    await add_task(session, plan, task, now=now)


def reversal_title(one: Adjustment, office: Office) -> str:
    """What the task is called that puts an adjustment back."""
    return _TITLES[AdjustmentKind(one.kind)].format(office.catalog.services[one.service].title)


LOOK_FIRST = (
    "Nobody knows yet whether it was made: look in billing first. Where it was not made, say so of "
    "the adjustment (POST /v1/adjustments/{id}/fail), and this task is skipped by itself."
)


def _instructions(one: Adjustment, why: str) -> str:
    unsure = one.state in (AdjustmentState.SUBMITTED, AdjustmentState.UNCERTAIN)
    carried = f"{'Asked for' if unsure else 'Carried out'} by {one.carried_out_by}"
    if one.carried_out_on is not None:
        carried += f" on {spoken(one.carried_out_on)}"
    where = f" ({one.evidence['reference']})" if one.evidence else ""
    lines = [why, f"{carried}{where}, for {spoken(one.effective_on)}."]
    if unsure:
        lines.append(LOOK_FIRST.format(id=one.id))
    if one.kind == AdjustmentKind.CANCEL_SERVICE:
        lines.append(
            "The billing system cannot undo an ending: start the service anew at its old price, "
            "and settle with billing the days that nothing was billed for."
        )
    lines.append("Afterwards, say where the change can be seen (reference, link, note).")
    return "\n".join(lines)


async def drop_reversal(session: AsyncSession, one: Adjustment) -> None:
    """What was carried out holds again: nobody need put it back."""
    one.reversal = None
    one.version += 1
    for task in await session.scalars(select(Task).where(Task.reverses_id == one.id)):
        if TaskState(task.state) not in SETTLED:
            task.state, task.reason = TaskState.SKIPPED, "It holds again: the plan moved back."
            task.version += 1


async def reversed_by_hand(
    session: AsyncSession, task: Task, evidence: Evidence | None, *, actor: Actor, now: datetime
) -> None:
    """A person put an adjustment back, and says where that can be seen.

    Raises:
        EvidenceMissing: there is no reference.
    """
    must_have_evidence(evidence)
    task.evidence = evidence_as_json(evidence)
    await _put(session, task, DONE, "adjustment.reversed", actor=actor, now=now)


async def not_reversed(session: AsyncSession, task: Task, *, actor: Actor, now: datetime) -> None:
    """The task is open again: the adjustment is still to be put back."""
    task.evidence = None
    await _put(session, task, WANTED, "adjustment.not_reversed", actor=actor, now=now)


async def _put(
    session: AsyncSession, task: Task, reversal: str, action: str, *, actor: Actor, now: datetime
) -> None:
    one = await session.get_one(Adjustment, task.reverses_id)
    before, one.reversal = one.reversal, reversal
    one.version += 1
    record(
        session,
        actor=actor,
        action=action,
        subject=("adjustment", one.id),
        plan_id=one.plan_id,
        now=now,
        before={"reversal": before},
        after={
            "reversal": reversal,
            "kind": one.kind,
            "service": one.service,
            "evidence": task.evidence,
        },
    )
