"""Carrying billing adjustments out, by a person: confirmed with evidence, failed or voided."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.db import plans
from app.db.models import Adjustment, Plan, Task
from app.domain.actor import Actor
from app.domain.adjustment import CARRIED_OUT, IRREVERSIBLE, AdjustmentKind, AdjustmentState
from app.domain.calendar import zone_of
from app.domain.carrying_out import (
    Evidence,
    adjustment_may,
    evidence_as_json,
    may_carry_out,
    may_waive,
    must_be_right,
    must_have_evidence,
)
from app.domain.errors import Conflict, Forbidden
from app.domain.plan import PlanState, TransitionRefused, in_words
from app.domain.task import TaskState
from app.services.at_hand import at_hand, carry_out, in_hand, locked, money_of
from app.services.audit import record
from app.services.billing_hook import follow_the_plan
from app.services.boards import fit_board
from app.services.kept_services import keep_service
from app.services.office import Office
from app.services.standing import touch
from app.services.submissions import change_state, settled_first


class NothingToSecond(Conflict):
    """The adjustment can be undone, so one person may make it."""

    code = "nothing_to_second"


class NoPerson(Forbidden):
    """The key belongs to no member of staff, so it cannot stand for a person."""

    code = "no_person"


class PlanNotInWindow(TransitionRefused):
    """The plan is held, cancelled or not in its window; its adjustments wait."""

    code = "plan_not_in_window"


@dataclass(frozen=True, slots=True)
class Confirm:
    """A person says that an adjustment was carried out, and where it can be seen."""

    adjustment_id: UUID
    typed: str | None
    evidence: Evidence | None


async def confirm_adjustment(
    session: AsyncSession, command: Confirm, *, office: Office, actor: Actor, now: datetime
) -> Adjustment:
    """Confirm an adjustment: only in its window, on a safe day, with names typed and evidence.

    Raises:
        AdjustmentNotFound: there is none.
        PlanNotInWindow: the plan is not in its window.
        AdjustmentRefuses, PlanNotRight, OutsideWindow, UnsafeDay, TypedNamesDiffer,
            NeedsSomebodyElse, EvidenceMissing: as `domain.carrying_out.may_carry_out`.

    Source: docs/domain/upgrade.md, "What happens" 4 and I3.
    """
    plan, one = await locked(session, command.adjustment_id)
    if AdjustmentState(one.state) in CARRIED_OUT - {AdjustmentState.CONFIRMED}:
        # The change left in its window; a person says how it ended, whenever that is known.
        must_have_evidence(command.evidence)
        await settled_first(session, one, now=now)
    else:
        await _must_be_lawful(session, plan, one, command, office=office, actor=actor, now=now)
        carry_out(one, now, zone_of(plan.timezone), by=actor.name)
    before = one.state
    one.state = AdjustmentState.CONFIRMED
    one.evidence = evidence_as_json(command.evidence)
    one.reason = None
    one.version += 1
    _record(session, plan, one, "adjustment.confirmed", before, actor=actor, now=now)
    await _settle_task(session, plan, one, TaskState.DONE, office=office, actor=actor, now=now)
    await touch(session, plan, office=office, actor=actor, now=now)
    return one


async def _must_be_lawful(
    session: AsyncSession,
    plan: Plan,
    one: Adjustment,
    command: Confirm,
    *,
    office: Office,
    actor: Actor,
    now: datetime,
) -> None:
    client = await plans.client_of(session, plan)
    may_carry_out(
        in_hand(one),
        await at_hand(session, plan, office),
        client_name=client.name,
        zone=zone_of(plan.timezone),
        typed=command.typed,
        evidence=command.evidence,
        actor=actor,
        now=now,
    )
    if plan.state != PlanState.IN_WINDOW:
        raise PlanNotInWindow(
            f"The plan {in_words(PlanState(plan.state))}; adjustments are carried out while it is "
            "in its window.",
            facts={"state": plan.state, "allowed_states": [str(PlanState.IN_WINDOW)]},
        )


async def second_adjustment(
    session: AsyncSession, adjustment_id: UUID, *, office: Office, actor: Actor, now: datetime
) -> Adjustment:
    """Agree, as the second person, that a step be carried out that cannot be undone.

    It holds for the adjustment as it is: a date that moves asks for it anew.

    Raises:
        AdjustmentNotFound: there is none.
        AdjustmentRefuses: it was carried out, or is void.
        NothingToSecond: it can be undone, so nobody asks for two.
        NoPerson: the key belongs to no member of staff.
        PlanNotRight: what it rests on holds no more.

    Source: docs/domain/upgrade.md, "The cut-over plan".
    """
    plan, one = await locked(session, adjustment_id)
    adjustment_may("second", AdjustmentState(one.state))
    kind = AdjustmentKind(one.kind)
    if kind not in IRREVERSIBLE:
        raise NothingToSecond("Only a step that cannot be undone asks for a second person.")
    if actor.staff_id is None:
        raise NoPerson("A second person agrees with a key of their own; this one is nobody's.")
    must_be_right(kind, one.service, await at_hand(session, plan, office))
    one.seconded_at, one.seconded_by_id = now, actor.staff_id
    one.version += 1
    _record(session, plan, one, "adjustment.seconded", one.state, actor=actor, now=now)
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

    Where the plan has changed since it was asked for, it follows the plan instead, as
    `billing_hook.follow_the_plan`.

    Raises:
        AdjustmentNotFound: there is none.
        AdjustmentRefuses: its state does not allow it.
    """
    plan, one = await locked(session, adjustment_id)
    adjustment_may("fail", AdjustmentState(one.state))
    await settled_first(session, one, now=now)
    failed = AdjustmentState.FAILED
    await change_state(session, plan, one, failed, reason, actor=actor, now=now)
    await follow_the_plan(session, plan, one, office=office, actor=actor, now=now)
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

    An old service whose ending is dropped goes on: people are told, and its credit or bridging
    charge is dropped with it.
    A credit or a bridging charge is waived by that: only a small one may be, and its days count
    as settled also where the live date moves afterwards.

    Raises:
        AdjustmentNotFound: there is none.
        AdjustmentRefuses: it was carried out, or is void already.
        WaiverRefused: the amount is more than the policy lets a person waive.

    Source: docs/domain/upgrade.md, "The cut-over plan".
    """
    plan, one = await locked(session, adjustment_id)
    adjustment_may("void", AdjustmentState(one.state))
    if one.reckoning is not None:
        may_waive(money_of(one), office.playbook.billing.waive_up_to)
        one.waived_by = actor.name
    before = one.state
    one.state, one.reason = AdjustmentState.VOIDED, reason
    one.version += 1
    action = "adjustment.waived" if one.waived_by else "adjustment.voided"
    _record(session, plan, one, action, before, actor=actor, now=now)
    await _settle_task(session, plan, one, TaskState.SKIPPED, office=office, actor=actor, now=now)
    if one.kind == AdjustmentKind.CANCEL_SERVICE:
        await keep_service(session, plan, one, office=office, actor=actor, now=now)
    await touch(session, plan, office=office, actor=actor, now=now)
    return one


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
