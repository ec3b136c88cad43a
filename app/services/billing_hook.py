"""Changes of bills that an automation makes: submitted once released, and followed to their end."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, String, and_, cast, exists, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from app.db.models import Adjustment, Delivery, Plan, Task
from app.db.plans import adjustments_of, window_of
from app.domain.actor import Actor
from app.domain.adjustment import AdjustmentState, BillingMode, adjustment_summary
from app.domain.calendar import zone_of
from app.domain.delivery import WAITING, DeliveryKind, DeliveryState, System
from app.domain.plan import PlanState
from app.domain.playbook.moment import Moment
from app.domain.submission import may_be_submitted, state_after, too_late_at
from app.services.at_hand import carry_out, in_hand
from app.services.differences import differences, record_moved, standing_of_plan
from app.services.effects import Told, announce
from app.services.intents import Intent, intend
from app.services.office import Office
from app.services.refitting import refit_adjustments
from app.services.releases import what_is_wrong, withdraw_release
from app.services.settling import settle_by_hand
from app.services.standing import touch
from app.services.submissions import (
    HOOK,
    carried_out_by_the_hook,
    change_state,
    put_back,
    request_for,
    surely_not_taken,
)

MOST_PLANS = 200
"""Plans looked at by one run of a tick; the next one goes on."""

_DAY = timedelta(days=1)


async def plans_to_submit(session: AsyncSession, *, now: datetime) -> Sequence[UUID]:
    """Released plans in their window with an adjustment that the automation is to make today.

    Args:
        session: Any; nothing is held.
        now: The present instant.
    """
    today = now.date()
    # A zone's day is the day in UTC or a neighbour of it; which one is the rules' to say.
    days = [today - _DAY, today, today + _DAY]
    found = await session.execute(
        select(Adjustment, Plan.id, Plan.timezone)
        .join(Plan, Plan.id == Adjustment.plan_id)
        .where(
            Plan.state == PlanState.IN_WINDOW,
            Plan.released_at.is_not(None),
            Adjustment.mode == BillingMode.HOOK,
            Adjustment.state == AdjustmentState.DUE,
            Adjustment.safe_days.overlap(days),
        )
        .order_by(Plan.live_at, Plan.id)
    )
    ripe = [
        plan_id
        for one, plan_id, zone in found
        if may_be_submitted(in_hand(one), zone=zone_of(zone), now=now)
    ]
    return list(dict.fromkeys(ripe))[:MOST_PLANS]


async def submit_due(session: AsyncSession, plan_id: UUID, *, office: Office, now: datetime) -> int:
    """Submit what is due of a released plan, all at once: the changes need no order.

    A plan that somebody holds is left to the next run; one that is not right any more is not
    submitted, and its release is withdrawn.

    Args:
        session: The caller commits: the state and its request are there together, or neither.
        plan_id: Found by `plans_to_submit`.
        office: The installation.
        now: The present instant.

    Returns:
        How many adjustments changed.

    Source: docs/domain/upgrade.md, "What happens" 4, I3 and I8.
    """
    if System.BILLING not in office.connected:
        return 0
    plan = await _claimed(
        session, plan_id, Plan.state == PlanState.IN_WINDOW, Plan.released_at.is_not(None)
    )
    if plan is None:
        return 0
    zone = zone_of(plan.timezone)
    due = [
        one
        for one in await adjustments_of(session, plan)
        if one.mode == BillingMode.HOOK and may_be_submitted(in_hand(one), zone=zone, now=now)
    ]
    wrong = await what_is_wrong(session, plan, due, office=office)
    if wrong:
        await withdraw_release(session, plan, " ".join(wrong), office=office, now=now)
    else:
        for one in due:
            await _submit(session, plan, one, office=office, now=now)
    if due:
        await touch(session, plan, office=office, actor=HOOK, now=now)
    return len(due)


async def _claimed(
    session: AsyncSession, plan_id: UUID, *conditions: ColumnElement[bool]
) -> Plan | None:
    plan: Plan | None = await session.scalar(
        select(Plan)
        .where(Plan.id == plan_id, *conditions)
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    )
    return plan


async def _submit(
    session: AsyncSession, plan: Plan, one: Adjustment, *, office: Office, now: datetime
) -> None:
    intent = Intent(
        DeliveryKind.BILLING_SUBMIT,
        adjustment_summary(one.kind, one.service),
        await request_for(session, plan, one, office=office),
        not_after=too_late_at(in_hand(one), zone=zone_of(plan.timezone), now=now),
    )
    carry_out(one, now, zone_of(plan.timezone), by=carried_out_by_the_hook(plan))
    state = AdjustmentState.SUBMITTED
    await change_state(session, plan, one, state, None, actor=HOOK, now=now)
    await intend(session, plan, intent, office=office, now=now)


async def submission_settled(
    session: AsyncSession, plan: Plan, delivery: Delivery, *, office: Office, now: datetime
) -> None:
    """Note how a request ended that was not accepted; people are told what is theirs now.

    Args:
        session: The transaction that settles the request; its caller touches the plan.
        plan: Locked.
        delivery: As settled.
        office: The installation.
        now: The present instant.

    Source: docs/domain/upgrade.md, I8: what may have happened is looked at by a person.
    """
    one = await session.get_one(Adjustment, UUID(delivery.payload["adjustment_id"]))
    if one.state != AdjustmentState.SUBMITTED or delivery.state in WAITING:
        return  # a call back or a person came first, or it is tried again
    ended, why = DeliveryState(delivery.state), delivery.reason or "It was not sent."
    state = state_after(ended, seen=await surely_not_taken(session, delivery))
    if state is AdjustmentState.DUE:
        await put_back(session, plan, one, why, now=now)
    else:
        await change_state(session, plan, one, state, why, actor=HOOK, now=now)
        if one.state != AdjustmentState.VOIDED:  # else another stands for it: nobody need look
            told = Told([f"{adjustment_summary(one.kind, one.service)}: {why}"], f"/{delivery.id}")
            await announce(session, plan, _TOLD[state], told, office=office, now=now)
    if state is not AdjustmentState.UNCERTAIN:
        await follow_the_plan(session, plan, one, office=office, actor=HOOK, now=now)


_TOLD = {
    AdjustmentState.UNCERTAIN: Moment.BILLING_UNCERTAIN,
    AdjustmentState.FAILED: Moment.BILLING_FAILED,
}


async def follow_the_plan(
    session: AsyncSession,
    plan: Plan,
    one: Adjustment,
    *,
    office: Office,
    actor: Actor,
    now: datetime,
) -> None:
    """What was taken for made while the plan changed turns out not to be: it follows the plan.

    Args:
        session: The session of the change; its caller touches the plan.
        plan: Locked.
        one: The adjustment, failed, to be made again, or void where another stands for it.
        office: The installation.
        actor: Who found out.
        now: The present instant.

    Source: docs/domain/upgrade.md, I10.
    """
    if one.state == AdjustmentState.VOIDED:
        return
    if plan.state == PlanState.CANCELLED:
        why = "The plan was cancelled before it was made."
        await change_state(session, plan, one, AdjustmentState.VOIDED, why, actor=actor, now=now)
    elif plan.state == PlanState.LIVE:
        why = "The plan went live before it was made."
        await change_state(session, plan, one, AdjustmentState.VOIDED, why, actor=actor, now=now)
        task = await session.scalar(select(Task).where(Task.adjustment_id == one.id))
        await settle_by_hand(session, plan, task, office=office, now=now)
    elif _is_to_come(plan, now=now) and (one.opens_at, one.closes_at) != window_of(plan):
        why = "It was not made for the earlier date."
        stood = await standing_of_plan(session, plan)
        await refit_adjustments(session, plan, reason=why, office=office, now=now)
        moved = differences(stood, await standing_of_plan(session, plan))
        record_moved(session, plan, moved, actor=actor, now=now)


def _is_to_come(plan: Plan, *, now: datetime) -> bool:
    """Whether its changes follow its date: a plan whose date is past gets another one first."""
    states = (PlanState.SCHEDULED, PlanState.IN_WINDOW, PlanState.ON_HOLD)
    return plan.state in states and plan.live_at is not None and now < plan.live_at


async def plans_unanswered(
    session: AsyncSession, *, office: Office, now: datetime
) -> Sequence[UUID]:
    """Plans with a change that the automation took on and has not called back about in time."""
    found = await session.scalars(
        select(Adjustment.plan_id)
        .join(Delivery, _asks_for_it())
        .where(
            Adjustment.state == AdjustmentState.SUBMITTED,
            *_accepted_before(office, now),
        )
        .distinct()
        .limit(MOST_PLANS)
    )
    return list(found)


def _asks_for_it() -> ColumnElement[bool]:
    """The last request for a change: what was taken on before says nothing of this time."""
    later = aliased(Delivery)
    return _is_asked_by(Delivery) & ~exists().where(
        _is_asked_by(later), later.id > Delivery.id, later.state != DeliveryState.CANCELLED
    )


def _is_asked_by(request: type[Delivery]) -> ColumnElement[bool]:
    adjustment_id: ColumnElement[str] = request.payload["adjustment_id"].astext
    return and_(
        request.plan_id == Adjustment.plan_id,
        request.kind == DeliveryKind.BILLING_SUBMIT,
        adjustment_id == cast(Adjustment.id, String),
    )


def _accepted_before(office: Office, now: datetime) -> tuple[ColumnElement[bool], ...]:
    within = office.playbook.billing.answer_within
    return (
        Delivery.state == DeliveryState.DELIVERED,
        Delivery.settled_at <= now - within,
    )


async def mark_unanswered(
    session: AsyncSession, plan_id: UUID, *, office: Office, now: datetime
) -> int:
    """Call what was taken on and never answered uncertain, and have a person look, once.

    A call back that comes later still confirms.

    Args:
        session: The caller commits.
        plan_id: Found by `plans_unanswered`.
        office: The installation; its playbook says how long to wait.
        now: The present instant.

    Returns:
        How many adjustments it were.
    """
    plan = await _claimed(session, plan_id)
    if plan is None:
        return 0
    silent = await session.scalars(
        select(Adjustment)
        .join(Delivery, _asks_for_it())
        .where(
            Adjustment.plan_id == plan_id,
            Adjustment.state == AdjustmentState.SUBMITTED,
            *_accepted_before(office, now),
        )
        .order_by(Adjustment.position)
        .execution_options(populate_existing=True)
    )
    hours = office.playbook.billing.answer_within / timedelta(hours=1)
    why = f"The automation took it on and has not called back within {hours:g} hours."
    marked = list(dict.fromkeys(silent))
    for one in marked:
        state = AdjustmentState.UNCERTAIN
        await change_state(session, plan, one, state, why, actor=HOOK, now=now)
    if marked:
        details = [f"{adjustment_summary(one.kind, one.service)}: {why}" for one in marked]
        told = Told(details, about=f"/{plan.version}")
        await announce(session, plan, Moment.BILLING_UNCERTAIN, told, office=office, now=now)
        await touch(session, plan, office=office, actor=HOOK, now=now)
    return len(marked)
