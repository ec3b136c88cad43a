"""What operators may decide about a request to the automation: its adjustment has the last word."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.db.models import Adjustment, Delivery, Plan
from app.domain.actor import Actor
from app.domain.adjustment import AdjustmentState
from app.domain.calendar import zone_of
from app.domain.carrying_out import PlanNotRight, must_be_in_time
from app.domain.delivery import DeliveryState
from app.domain.errors import Conflict
from app.domain.plan import PlanState, in_words
from app.domain.submission import too_late_at
from app.services.adjustments import PlanNotInWindow
from app.services.at_hand import carry_out, in_hand
from app.services.billing_hook import follow_the_plan
from app.services.office import Office
from app.services.releases import what_is_wrong
from app.services.submissions import carried_out_by_the_hook, change_state, request_for
from app.services.tasks import AdjustmentDecides


class NotReleased(Conflict):
    """Nobody has let the plan's billing changes go, or that was withdrawn."""

    code = "not_released"


async def may_decide(
    session: AsyncSession,
    plan: Plan,
    delivery: Delivery,
    action: str,
    *,
    office: Office,
    actor: Actor,
    now: datetime,
) -> None:
    """Let an operator decide about a stuck request, with what that means for its adjustment.

    Tried again is only what surely was not made: refused, or looked at by a person who said so.

    Args:
        session: The transaction of the decision; the caller carries it out and touches the plan.
        plan: Locked.
        delivery: The request.
        action: `retry`, `skip` or `mark-done`.
        office: The installation.
        actor: Who decides.
        now: The present instant.

    Raises:
        AdjustmentDecides: it was made, or nobody knows: confirm the adjustment, or say it failed.
        PlanNotInWindow, NotReleased, PlanNotRight, OutsideWindow, UnsafeDay: it may not be
            submitted now.

    Source: docs/domain/upgrade.md, I3 and I8.
    """
    one = await session.get_one(Adjustment, UUID(delivery.payload["adjustment_id"]))
    if action == "retry":
        _must_have_failed(one)
        await _must_be_lawful(session, plan, one, office=office, now=now)
        carry_out(one, now, zone_of(plan.timezone), by=carried_out_by_the_hook(plan))
        delivery.payload = dict(await request_for(session, plan, one, office=office))
        delivery.withdraw = False
        delivery.not_after = too_late_at(in_hand(one), zone=zone_of(plan.timezone), now=now)
        state = AdjustmentState.SUBMITTED
        await change_state(session, plan, one, state, None, actor=actor, now=now)
    elif action == "mark-done":
        raise AdjustmentDecides(
            "This request stands for a billing adjustment; confirm that, with its evidence.",
            facts={"adjustment_id": str(one.id)},
        )
    elif one.state == AdjustmentState.SUBMITTED:
        unsure = delivery.state == DeliveryState.UNCERTAIN
        state = AdjustmentState.UNCERTAIN if unsure else AdjustmentState.FAILED
        why = "The request to the automation was skipped."
        await change_state(session, plan, one, state, why, actor=actor, now=now)
        if not unsure:
            await follow_the_plan(session, plan, one, office=office, actor=actor, now=now)


def _must_have_failed(one: Adjustment) -> None:
    if one.state != AdjustmentState.FAILED:
        raise AdjustmentDecides(
            f"The adjustment is {one.state}: look in billing. Confirm it where it was made; where "
            "it was not, say that it failed, and then have it tried again.",
            facts={"adjustment_id": str(one.id), "state": one.state, "allowed_states": ["failed"]},
        )


async def _must_be_lawful(
    session: AsyncSession, plan: Plan, one: Adjustment, *, office: Office, now: datetime
) -> None:
    if plan.state != PlanState.IN_WINDOW:
        raise PlanNotInWindow(
            f"The plan {in_words(PlanState(plan.state))}; "
            "bills are changed while it is in its window.",
            facts={"state": plan.state, "allowed_states": [str(PlanState.IN_WINDOW)]},
        )
    if plan.released_at is None:
        raise NotReleased("Release the plan's billing changes first: that was withdrawn.")
    must_be_in_time(in_hand(one), zone=zone_of(plan.timezone), now=now)
    if wrong := await what_is_wrong(session, plan, [one], office=office):
        raise PlanNotRight(" ".join(wrong), facts={"wrong": list(wrong)})
