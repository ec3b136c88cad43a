"""Carrying billing adjustments out, by a person: confirmed with evidence, failed or voided."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.db import plans
from app.db.models import Adjustment, Plan, Task
from app.domain.actor import Actor
from app.domain.adjustment import AdjustmentKind, AdjustmentState
from app.domain.calendar import zone_of
from app.domain.carrying_out import (
    AdjustmentInHand,
    Evidence,
    adjustment_may,
    evidence_as_json,
    may_carry_out,
)
from app.domain.errors import AdjustmentNotFound
from app.domain.plan import PlanState, TransitionRefused
from app.domain.task import TaskState
from app.services.audit import record
from app.services.boards import fit_board
from app.services.office import Office
from app.services.standing import touch


class PlanNotInWindow(TransitionRefused):
    """The plan is held, cancelled or not in its window; its adjustments wait."""

    code = "plan_not_in_window"


@dataclass(frozen=True, slots=True)
class Confirm:
    """A person says that an adjustment was carried out, and where it can be seen."""

    adjustment_id: UUID
    typed: str | None
    evidence: Evidence | None


async def locked(session: AsyncSession, adjustment_id: UUID) -> tuple[Plan, Adjustment]:
    """Load an adjustment under its plan's lock: the plan first, always.

    Raises:
        AdjustmentNotFound: there is none.
    """
    plan_id = await session.scalar(select(Adjustment.plan_id).where(Adjustment.id == adjustment_id))
    if plan_id is None:
        raise AdjustmentNotFound("There is no adjustment with this id.")
    plan = await plans.lock(session, plan_id)
    return plan, await session.get_one(Adjustment, adjustment_id, populate_existing=True)


async def confirm_adjustment(
    session: AsyncSession, command: Confirm, *, office: Office, actor: Actor, now: datetime
) -> Adjustment:
    """Confirm an adjustment: only in its window, on a safe day, with names typed and evidence.

    Raises:
        AdjustmentNotFound: there is none.
        PlanNotInWindow: the plan is not in its window.
        AdjustmentRefuses, OutsideWindow, UnsafeDay, TypedNamesDiffer, EvidenceMissing:
            as `domain.adjustment.may_carry_out`.

    Source: docs/domain/upgrade.md, "What happens" 4 and I3.
    """
    plan, one = await locked(session, command.adjustment_id)
    client = await plans.client_of(session, plan)
    may_carry_out(
        in_hand(one),
        client_name=client.name,
        zone=zone_of(plan.timezone),
        typed=command.typed,
        evidence=command.evidence,
        now=now,
    )
    if plan.state != PlanState.IN_WINDOW:
        raise PlanNotInWindow(
            f"The plan is {plan.state.replace('_', ' ')}; adjustments are carried out while it is "
            "in window.",
            facts={"state": plan.state, "allowed_states": [str(PlanState.IN_WINDOW)]},
        )
    before = one.state
    one.state = AdjustmentState.CONFIRMED
    one.carried_out_at, one.carried_out_by = now, actor.name
    one.evidence = evidence_as_json(command.evidence)
    one.reason = None
    one.version += 1
    _record(session, plan, one, "adjustment.confirmed", before, actor=actor, now=now)
    await _settle_task(session, plan, one, TaskState.DONE, office=office, actor=actor, now=now)
    await touch(session, plan, office=office, actor=actor, now=now)
    return one


async def fail_adjustment(
    session: AsyncSession,
    adjustment_id: UUID,
    reason: str,
    *,
    office: Office,
    actor: Actor,
    now: datetime,
) -> Adjustment:
    """Note that an adjustment could not be carried out; it can be confirmed or voided later.

    Raises:
        AdjustmentNotFound: there is none.
        AdjustmentRefuses: its state does not allow it.
    """
    plan, one = await locked(session, adjustment_id)
    adjustment_may("fail", AdjustmentState(one.state))
    before = one.state
    one.state, one.reason = AdjustmentState.FAILED, reason
    one.version += 1
    _record(session, plan, one, "adjustment.failed", before, actor=actor, now=now)
    await touch(session, plan, office=office, actor=actor, now=now)
    return one


async def void_adjustment(
    session: AsyncSession,
    adjustment_id: UUID,
    reason: str,
    *,
    office: Office,
    actor: Actor,
    now: datetime,
) -> Adjustment:
    """Drop an adjustment that is not to be made, with the reason; its task is skipped.

    Raises:
        AdjustmentNotFound: there is none.
        AdjustmentRefuses: it was carried out, or is void already.
    """
    plan, one = await locked(session, adjustment_id)
    adjustment_may("void", AdjustmentState(one.state))
    before = one.state
    one.state, one.reason = AdjustmentState.VOIDED, reason
    one.version += 1
    _record(session, plan, one, "adjustment.voided", before, actor=actor, now=now)
    await _settle_task(session, plan, one, TaskState.SKIPPED, office=office, actor=actor, now=now)
    await touch(session, plan, office=office, actor=actor, now=now)
    return one


def in_hand(one: Adjustment) -> AdjustmentInHand:
    """An adjustment's row as the rules see it."""
    return AdjustmentInHand(
        AdjustmentKind(one.kind),
        AdjustmentState(one.state),
        one.service,
        one.opens_at,
        one.closes_at,
        tuple(one.safe_days),
    )


def _record(
    session: AsyncSession,
    plan: Plan,
    one: Adjustment,
    action: str,
    before: str,
    *,
    actor: Actor,
    now: datetime,
) -> None:
    record(
        session,
        actor=actor,
        action=action,
        subject=("adjustment", one.id),
        plan_id=plan.id,
        now=now,
        before={"state": before},
        after={
            "state": str(one.state),
            "kind": one.kind,
            "service": one.service,
            "evidence": one.evidence,
        },
        reason=one.reason,
    )


async def _settle_task(
    session: AsyncSession,
    plan: Plan,
    one: Adjustment,
    state: TaskState,
    *,
    office: Office,
    actor: Actor,
    now: datetime,
) -> None:
    """Tick or skip the task that stood for the adjustment, here and on the board."""
    task = await session.scalar(select(Task).where(Task.adjustment_id == one.id))
    if task is None:
        return
    task.state = state
    task.reason = one.reason
    task.blocked_at = None
    if state is TaskState.DONE:
        task.done_at, task.done_by = now, actor.name
    task.version += 1
    await fit_board(session, plan, office=office, now=now, only=task)
