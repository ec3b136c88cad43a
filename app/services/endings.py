"""Holding, resuming and cancelling a plan, acknowledging it, and forcing a missed one live."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.db import plans
from app.db.models import Delivery, Plan
from app.domain.actor import Actor
from app.domain.adjustment import CARRIED_OUT, AdjustmentState
from app.domain.calendar import day_of, mondays_around, spoken, zone_of
from app.domain.delivery import WAITING, DeliveryState
from app.domain.errors import Conflict
from app.domain.plan import PlanFlag, PlanState, Trigger, transition
from app.domain.playbook.model import Moment
from app.domain.task import SETTLED, TaskState
from app.services.audit import record
from app.services.begun import drop_timers, set_timers
from app.services.client_mail import resend_begun_email
from app.services.clients import give_package
from app.services.effects import Told, announce
from app.services.live_dates import AdjustmentsCarriedOut
from app.services.office import Office
from app.services.standing import blockers_of, touch
from app.services.withdrawals import withdraw_client_emails


class AcknowledgedBefore(Conflict):
    """Marketing acknowledged the plan already."""

    code = "acknowledged_before"


class NothingToAcknowledge(Conflict):
    """The plan has no live date, or is over."""

    code = "nothing_to_acknowledge"


@dataclass(frozen=True, slots=True)
class Because:
    """An action on a plan with the reason that a person gives."""

    plan_id: UUID
    reason: str


async def cancel_plan(
    session: AsyncSession, command: Because, *, office: Office, actor: Actor, now: datetime
) -> Plan:
    """Cancel a plan of which nothing was carried out: everything that it scheduled goes with it.

    Raises:
        PlanNotFound: there is no such plan.
        TransitionRefused: it is live, completed or cancelled.
        AdjustmentsCarriedOut: the client's bill was changed for it already.

    Source: docs/domain/upgrade.md, I10.
    """
    plan = await plans.lock(session, command.plan_id)
    before = plan.state
    plan.state = transition(PlanState(before), Trigger.CANCEL)
    adjustments = await plans.adjustments_of(session, plan)
    carried_out = [one for one in adjustments if one.state in CARRIED_OUT]
    if carried_out:
        raise AdjustmentsCarriedOut(
            f"{len(carried_out)} of the plan's billing adjustments were carried out; "
            "such a plan cannot be cancelled here: agree with billing what is put back by hand.",
            facts={"adjustment_ids": [str(one.id) for one in carried_out]},
        )
    for one in adjustments:
        if one.state != AdjustmentState.VOIDED:
            one.state, one.reason = AdjustmentState.VOIDED, f"Plan cancelled: {command.reason}"
            one.version += 1
    for task in await plans.tasks_of(session, plan):
        if TaskState(task.state) not in SETTLED:
            task.state, task.reason = TaskState.SKIPPED, f"Plan cancelled: {command.reason}"
            task.version += 1
    await drop_timers(session, plan)
    await withdraw_client_emails(session, plan, office=office, now=now)
    await _cancel_unsent(session, plan, now=now)
    if plan.board_state == "filling":
        plan.board_state = "by_hand"  # nothing more is done to a board that nobody needs
    moved = Moved(before, command.reason, Moment.CANCELLED)
    await _close(session, plan, moved, office=office, actor=actor, now=now)
    return plan


async def _cancel_unsent(session: AsyncSession, plan: Plan, *, now: datetime) -> None:
    """What has not left for the board is dropped; messages of what happened still go out."""
    rows = await session.scalars(
        select(Delivery)
        .where(
            Delivery.plan_id == plan.id,
            Delivery.kind.like("board.%"),
            Delivery.state.in_([str(state) for state in WAITING]),
        )
        .order_by(Delivery.id)
        .with_for_update()  # else a worker may take one in hand between the look and the change
        .execution_options(populate_existing=True)
    )
    for delivery in rows:
        delivery.state, delivery.settled_at = DeliveryState.CANCELLED, now
        delivery.reason = "The plan was cancelled before it was sent."
        delivery.version += 1


async def hold_plan(
    session: AsyncSession, command: Because, *, office: Office, actor: Actor, now: datetime
) -> Plan:
    """Stop a plan where it is: nothing is sent to the client, and nothing falls due.

    Raises:
        PlanNotFound: there is no such plan.
        TransitionRefused: it is on hold, live or over.
    """
    plan = await plans.lock(session, command.plan_id)
    before = plan.state
    plan.state = transition(PlanState(before), Trigger.HOLD)
    await drop_timers(session, plan)
    await withdraw_client_emails(session, plan, office=office, now=now)
    moved = Moved(before, command.reason)
    await _close(session, plan, moved, office=office, actor=actor, now=now)
    return plan


async def resume_plan(
    session: AsyncSession,
    plan_id: UUID,
    *,
    office: Office,
    actor: Actor,
    now: datetime,
    reason: str | None = None,
) -> Plan:
    """Let a held plan go on: scheduled again, or waiting for a date where its own has passed.

    Raises:
        PlanNotFound: there is no such plan.
        TransitionRefused: it is not on hold.
    """
    plan = await plans.lock(session, plan_id)
    before = plan.state
    if plan.live_at is None or plan.live_at <= now:
        plan.state = transition(PlanState(before), Trigger.UNSCHEDULE)
        await _ask_for_another_date(session, plan, office=office, now=now)
    else:
        plan.state = transition(PlanState(before), Trigger.RESUME)
        await set_timers(session, plan, office=office)
        await resend_begun_email(session, plan, office=office, now=now)
    await _close(session, plan, Moved(before, reason=reason), office=office, actor=actor, now=now)
    return plan


async def _ask_for_another_date(
    session: AsyncSession, plan: Plan, *, office: Office, now: datetime
) -> None:
    """A plan that was held past its live instant needs a new date, which Sales agrees."""
    if plan.live_on is None:
        return
    plan.flags = sorted({*plan.flags, PlanFlag.LIVE_DATE_PAST})
    today = day_of(now, zone_of(plan.timezone))
    told = Told(
        ["The plan was on hold when its live date passed."],
        more={"given_day": spoken(plan.live_on), "mondays": [mondays_around(today)[1]]},
    )
    await announce(session, plan, Moment.LIVE_DATE_NEEDED, told, office=office, now=now)


async def acknowledge_plan(
    session: AsyncSession, plan_id: UUID, *, office: Office, actor: Actor, now: datetime
) -> Plan:
    """Marketing has seen the plan and takes the services over from the live date.

    Raises:
        PlanNotFound: there is no such plan.
        NothingToAcknowledge: it has no live date, or is over.
        AcknowledgedBefore: it was acknowledged.

    Source: docs/domain/upgrade.md, "What happens" 6 and 8.
    """
    plan = await plans.lock(session, plan_id)
    lawful = (PlanState.SCHEDULED, PlanState.IN_WINDOW, PlanState.MISSED, PlanState.LIVE)
    if plan.state not in lawful:
        raise NothingToAcknowledge(
            f"A plan that is {plan.state.replace('_', ' ')} is not acknowledged.",
            facts={"state": plan.state, "allowed_states": [str(state) for state in lawful]},
        )
    if plan.acknowledged_at is not None:
        raise AcknowledgedBefore(f"{plan.acknowledged_by} acknowledged it already.")
    plan.acknowledged_at, plan.acknowledged_by = now, actor.name
    await drop_timers(session, plan)
    record(
        session,
        actor=actor,
        action="plan.acknowledged",
        subject=("plan", plan.id),
        plan_id=plan.id,
        now=now,
        after={"acknowledged_by": actor.name},
    )
    await touch(session, plan, office=office, actor=actor, now=now)
    return plan


async def force_live(
    session: AsyncSession, command: Because, *, office: Office, actor: Actor, now: datetime
) -> Plan:
    """Let a missed plan go live with what it lacks: its date stays, the hour is written down.

    The unsent Complete e-mail stays expired; what blocked it is kept in the audit.

    Raises:
        PlanNotFound: there is no such plan.
        TransitionRefused: it is not missed.

    Source: docs/domain/upgrade.md, "States of a plan".
    """
    plan = await plans.lock(session, command.plan_id)
    before = plan.state
    plan.state = transition(PlanState(before), Trigger.FORCE)
    plan.went_live_at = now
    plan.flags = sorted({*plan.flags, PlanFlag.FORCED_LIVE})
    missing = [blocker.detail for blocker in await blockers_of(session, plan)]
    for one in await plans.adjustments_of(session, plan):
        one.closes_at = now
        one.version += 1
    await give_package(session, plan.client_id, plan.to_package, actor=actor, now=now)
    moved = Moved(before, command.reason, Moment.LIVE, missing)
    await _close(session, plan, moved, office=office, actor=actor, now=now)
    return plan


@dataclass(frozen=True, slots=True)
class Moved:
    """A change of state: from which, why, what the playbook calls it, and what was missing."""

    before: str
    reason: str | None = None
    moment: Moment | None = None
    missing: Sequence[str] = ()


async def _close(
    session: AsyncSession, plan: Plan, moved: Moved, *, office: Office, actor: Actor, now: datetime
) -> None:
    """Close a change of state: audit, what the playbook hangs on it, the plan's figures."""
    record(
        session,
        actor=actor,
        action=_ACTIONS[PlanState(plan.state)],
        subject=("plan", plan.id),
        plan_id=plan.id,
        now=now,
        before={"state": moved.before},
        after={"state": str(plan.state), "missing": list(moved.missing)},
        reason=moved.reason,
    )
    if moved.moment is not None:
        told = Told([*([moved.reason] if moved.reason else []), *moved.missing])
        await announce(session, plan, moved.moment, told, office=office, now=now)
    await touch(session, plan, office=office, actor=actor, now=now)


_ACTIONS = {
    PlanState.CANCELLED: "plan.cancelled",
    PlanState.ON_HOLD: "plan.held",
    PlanState.SCHEDULED: "plan.resumed",
    PlanState.AWAITING_LIVE_DATE: "plan.resumed",
    PlanState.LIVE: "plan.forced_live",
}
