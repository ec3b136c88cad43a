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
from app.domain.cancelling import CancelStep
from app.domain.delivery import UNSETTLED, DeliveryState
from app.domain.errors import Conflict
from app.domain.plan import (
    OPEN_STATES,
    PlanFlag,
    PlanState,
    Trigger,
    in_any_of,
    in_words,
    transition,
)
from app.domain.playbook.moment import Moment
from app.services.audit import record
from app.services.cancelling import carry_out_steps, steps_of_cancelling
from app.services.differences import differences, record_moved, standing_of_plan
from app.services.effects import Told, announce
from app.services.following import call_queued
from app.services.letters import live_date_question
from app.services.letters_anew import hold_letters, letters_go_on
from app.services.office import Office
from app.services.refitting import refit_adjustments
from app.services.releases import release_wanted, withdraw_release
from app.services.standing import touch
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
    """Cancel a plan: what was not done is dropped, what was done is listed for people.

    Raises:
        PlanNotFound: there is no such plan.
        TransitionRefused: it is live, completed or cancelled.

    Source: docs/domain/upgrade.md, I10.
    """
    plan = await plans.lock(session, command.plan_id)
    before = plan.state
    plan.state = transition(PlanState(before), Trigger.CANCEL)
    plan.queued_after_id = None
    await withdraw_release(session, plan, command.reason, office=office, now=now, actor=actor)
    stood = await standing_of_plan(session, plan)
    steps = await steps_of_cancelling(session, plan, office=office)
    reason = f"Plan cancelled: {command.reason}"
    await carry_out_steps(session, plan, steps, reason, office=office, now=now)
    await withdraw_client_emails(session, plan, office=office, now=now)
    await _cancel_unsent(session, plan, now=now)
    if plan.board_state != "none":
        plan.board_state = "by_hand"  # nothing more is done to a board that nobody needs
    moved = StateChange(before, command.reason, Moment.CANCELLED)
    await close(session, plan, moved, office=office, actor=actor, now=now)
    changed = differences(stood, await standing_of_plan(session, plan))
    record_moved(session, plan, changed, actor=actor, now=now)
    return plan


async def preview_cancelling(
    session: AsyncSession, plan_id: UUID, *, office: Office
) -> tuple[CancelStep, ...]:
    """Say what cancelling a plan would undo, and what it cannot; nothing is changed.

    Raises:
        PlanNotFound: there is no such plan.
        TransitionRefused: it is live, completed or cancelled.
    """
    plan = await plans.lock(session, plan_id)
    transition(PlanState(plan.state), Trigger.CANCEL)
    return await steps_of_cancelling(session, plan, office=office)


async def _cancel_unsent(session: AsyncSession, plan: Plan, *, now: datetime) -> None:
    """What has not left for the board is dropped; messages of what happened still go out."""
    rows = await session.scalars(
        select(Delivery)
        .where(
            Delivery.plan_id == plan.id,
            Delivery.kind.like("board.%"),
            Delivery.state.in_([str(state) for state in UNSETTLED]),
        )
        .order_by(Delivery.id)
        .with_for_update()  # else a worker may take one in hand between the look and the change
        .execution_options(populate_existing=True)
    )
    for delivery in rows:
        if delivery.state == DeliveryState.SENDING:
            delivery.withdraw = True  # it is not tried again where this attempt fails
            continue
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
    await withdraw_release(session, plan, command.reason, office=office, now=now, actor=actor)
    await hold_letters(session, plan, office=office, now=now)
    moved = StateChange(before, command.reason)
    await close(session, plan, moved, office=office, actor=actor, now=now)
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
    """Let a held plan go on where it would be by now; where its date has passed it waits for one.

    Where it was held because its agreement was voided, that it goes on is the decision.

    Raises:
        PlanNotFound: there is no such plan.
        TransitionRefused: it is not on hold.
    """
    plan = await plans.lock(session, plan_id)
    before = plan.state
    flags = list(plan.flags)
    if plan.live_at is None or plan.live_at <= now:
        plan.state = transition(PlanState(before), Trigger.UNSCHEDULE)
        await _ask_for_another_date(session, plan, office=office, now=now)
    else:
        await _go_on(session, plan, office=office, actor=actor, now=now)
    if PlanFlag.AGREEMENT_VOIDED in flags:
        plan.flags = [flag for flag in plan.flags if flag != PlanFlag.AGREEMENT_VOIDED]
        record(
            session,
            actor=actor,
            action="plan.agreement_kept",
            subject=("plan", plan.id),
            plan_id=plan.id,
            now=now,
            before={"flags": flags},
            after={"flags": list(plan.flags)},
            reason=reason,
        )
    await close(
        session, plan, StateChange(before, reason=reason), office=office, actor=actor, now=now
    )
    return plan


async def _go_on(
    session: AsyncSession, plan: Plan, *, office: Office, actor: Actor, now: datetime
) -> None:
    """Before its window as it was; in it with what is left of the window's safe days."""
    opens_at, _ = plans.window_of(plan)
    if now < opens_at:
        plan.state = transition(PlanState(plan.state), Trigger.RESUME)
    else:
        plan.state = transition(PlanState(plan.state), Trigger.RESUME_IN_WINDOW)
        reason = "The plan was on hold in its window."
        stood = await standing_of_plan(session, plan)
        await refit_adjustments(session, plan, reason=reason, office=office, now=now)
        moved = differences(stood, await standing_of_plan(session, plan))
        record_moved(session, plan, moved, actor=actor, now=now)
        told = Told(release_wanted(plan, office))
        await announce(session, plan, Moment.WINDOW_OPENED, told, office=office, now=now)
    await letters_go_on(session, plan, office=office, now=now)


async def _ask_for_another_date(
    session: AsyncSession, plan: Plan, *, office: Office, now: datetime
) -> None:
    """A plan that was held past its live instant needs a new date, which Sales agrees."""
    if plan.live_on is None:
        return
    plan.flags = sorted({*plan.flags, PlanFlag.LIVE_DATE_PAST})
    told = Told(
        ["The plan was on hold when its live date passed."],
        more=live_date_question(PlanFlag.LIVE_DATE_PAST, plan.live_on, plan, now=now),
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
            f"A plan that {in_words(PlanState(plan.state))} is not acknowledged; this is possible "
            f"while it {in_any_of(lawful)}.",
            facts={"state": plan.state, "allowed_states": [str(state) for state in lawful]},
        )
    if plan.acknowledged_at is not None:
        raise AcknowledgedBefore(f"{plan.acknowledged_by} acknowledged it already.")
    plan.acknowledged_at, plan.acknowledged_by = now, actor.name
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


@dataclass(frozen=True, slots=True)
class StateChange:
    """A change of state: from which, why, what the playbook calls it, and what was missing."""

    before: str
    reason: str | None = None
    moment: Moment | None = None
    missing: Sequence[str] = ()


async def close(
    session: AsyncSession,
    plan: Plan,
    moved: StateChange,
    *,
    office: Office,
    actor: Actor,
    now: datetime,
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
    if PlanState(moved.before) in OPEN_STATES and PlanState(plan.state) not in OPEN_STATES:
        await call_queued(session, plan, office=office, actor=actor, now=now)


_ACTIONS = {
    PlanState.CANCELLED: "plan.cancelled",
    PlanState.ON_HOLD: "plan.held",
    PlanState.SCHEDULED: "plan.resumed",
    PlanState.IN_WINDOW: "plan.resumed",
    PlanState.AWAITING_LIVE_DATE: "plan.resumed",
    PlanState.LIVE: "plan.forced_live",
}
