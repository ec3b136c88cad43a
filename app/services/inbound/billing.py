"""Call backs of the automation that changes bills: believed where they fit what was asked for."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from app.db import plans
from app.db.models import Adjustment, Delivery, Plan
from app.domain.actor import Actor
from app.domain.adjustment import (
    CARRIED_OUT,
    AdjustmentKind,
    AdjustmentState,
    adjustment_summary,
)
from app.domain.agreement import agreement_ref
from app.domain.calendar import zone_of
from app.domain.call_back import Asked, CallBack, confirms, read_call_back
from app.domain.errors import DomainError
from app.domain.playbook.moment import Moment
from app.services.adjustments import Confirm, confirm_adjustment
from app.services.at_hand import carry_out, locked
from app.services.effects import Told, announce
from app.services.inbound.events import AgreementUnknown, Brought, Understood, plan_of_agreement
from app.services.office import Office
from app.services.standing import touch
from app.services.submissions import (
    BY_THE_HOOK,
    change_state,
    is_by_hand,
    newest_request,
    was_tried,
)


async def called_back(
    session: AsyncSession, brought: Brought, *, office: Office, actor: Actor, now: datetime
) -> Understood:
    """The automation says that it made a change: confirmed where that contradicts nothing.

    A contradiction changes nothing; where a plan can be named, its people are told of it.

    Source: docs/domain/upgrade.md, "What happens" 4; docs/billing-hook.md, "Contradictions".
    """
    plan: Plan | None = None
    try:
        call = read_call_back(brought.kind, brought.document)
        plan, one = await locked(session, call.adjustment_id)
        return await _heard(session, plan, one, call, office=office, actor=actor, now=now)
    except DomainError as refusal:
        plan = plan or await _plan_named(session, brought)
        if plan is None:
            raise
        told = Told([f"{brought.kind}: {refusal.detail}"], about=f"/{plan.version}")
        await announce(session, plan, Moment.BILLING_CONTRADICTED, told, office=office, now=now)
        await touch(session, plan, office=office, actor=actor, now=now)
        return Understood("quarantined", f"{refusal.code}: {refusal.detail}", plan)


async def _plan_named(session: AsyncSession, brought: Brought) -> Plan | None:
    try:
        named = await plan_of_agreement(session, agreement_ref(brought.document))
    except AgreementUnknown:
        return None
    return await plans.lock(session, named.id)


async def _heard(
    session: AsyncSession,
    plan: Plan,
    one: Adjustment,
    call: CallBack,
    *,
    office: Office,
    actor: Actor,
    now: datetime,
) -> Understood:
    agreement = await plans.agreement_of(session, plan)
    client = await plans.client_of(session, plan)
    request = await newest_request(session, one)
    asked = Asked(
        kind=AdjustmentKind(one.kind),
        state=AdjustmentState(one.state),
        submitted=request is not None and await _left_in_its_window(session, one, request),
        by_hand=is_by_hand(one),
        agreement_ref=agreement.ref,
        plan_ref=plan.ref,
        client_ref=client.ref,
        client_email=client.email,
    )
    if not confirms(call, asked):
        return Understood("ignored", "The adjustment is confirmed already.", plan)
    if one.state == AdjustmentState.FAILED and request is not None:
        # It was made after all, when it was asked for: in its window, whatever the time is now.
        zone = zone_of(request.payload["client"].get("timezone", plan.timezone))
        carry_out(one, request.created_at, zone, by=f"{actor.name}{BY_THE_HOOK}")
        state, why = AdjustmentState.UNCERTAIN, "The automation called back after all."
        await change_state(session, plan, one, state, why, actor=actor, now=now)
    command = Confirm(one.id, None, call.evidence)
    await confirm_adjustment(session, command, office=office, actor=actor, now=now)
    summary = adjustment_summary(one.kind, one.service)
    return Understood("processed", f"{summary}: confirmed.", plan)


async def _left_in_its_window(session: AsyncSession, one: Adjustment, request: Delivery) -> bool:
    """Whether a request left, for the window that the adjustment has now, or for an earlier one."""
    if one.state in CARRIED_OUT:
        return True  # what left for an earlier date keeps that date's window
    in_window = one.opens_at <= request.created_at < one.closes_at
    return in_window and await was_tried(session, request)
