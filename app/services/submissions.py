"""The requests to the automation that changes bills: which there are, and what ends them."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import exists, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.db.models import Adjustment, Attempt, Delivery, Plan, Task
from app.db.plans import adjustments_of, agreement_of, client_of, window_of
from app.domain.actor import Actor
from app.domain.adjustment import AdjustmentKind, AdjustmentState
from app.domain.delivery import WAITING, DeliveryKind, DeliveryState
from app.domain.plan import PlanState
from app.domain.submission import CALL_BACKS
from app.domain.task import SETTLED, TaskState
from app.services.at_hand import money_of
from app.services.audit import record
from app.services.billed import money_as_json
from app.services.dropping import drop_adjustment, taken_over
from app.services.office import Office

HOOK = Actor.service("billing hook")

BY_THE_HOOK = " (by the billing hook)"
SETTLED_FIRST = "The adjustment was settled before it was sent."
NOT_MADE = "It was not made after all: there is nothing to put back."


async def request_for(
    session: AsyncSession, plan: Plan, one: Adjustment, *, office: Office
) -> Mapping[str, Any]:
    """What the automation is told of a change, whole: it need ask nobody what to do.

    Source: docs/billing-hook.md, "What the hook gets".
    """
    client = await client_of(session, plan)
    agreement = await agreement_of(session, plan)
    kind = AdjustmentKind(one.kind)
    return {
        "event": "billing.change_requested",
        "adjustment_id": str(one.id),
        "kind": str(kind),
        "service": one.service,
        "service_title": office.catalog.services[one.service].title,
        "client": {
            "ref": client.ref,
            "name": client.name,
            "email": client.email,
            "timezone": plan.timezone,
        },
        "plan": {"ref": plan.ref, "url": office.plan_link(plan.id)},
        "agreement": {"ref": agreement.ref},
        "effective_on": one.effective_on.isoformat(),
        "safe_days": [day.isoformat() for day in one.safe_days],
        "money": money_as_json(money_of(one)),
        "reckoning": one.reckoning["sentence"] if one.reckoning else None,
        "note": one.note or None,
        "released_by": plan.released_by,
        "call_back": {
            "event": str(CALL_BACKS[kind]),
            "url": f"{office.public_url}/webhooks/agreement",
        },
    }


def carried_out_by_the_hook(plan: Plan) -> str:
    """Who carries a released change out: the person who let it go, by the automation."""
    return f"{plan.released_by}{BY_THE_HOOK}"


def is_by_hand(one: Adjustment) -> bool:
    """Whether a person carried the adjustment out, not the automation."""
    return one.carried_out_by is not None and not one.carried_out_by.endswith(BY_THE_HOOK)


async def requests_of(session: AsyncSession, plan_id: UUID) -> Sequence[Delivery]:
    """A plan's requests, oldest first, held until the transaction ends; the plan is locked."""
    rows = await session.scalars(
        select(Delivery)
        .where(Delivery.plan_id == plan_id, Delivery.kind == DeliveryKind.BILLING_SUBMIT)
        .order_by(Delivery.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return list(rows)


def is_for(delivery: Delivery, one: Adjustment) -> bool:
    """Whether a request asks for this adjustment."""
    return bool(delivery.payload["adjustment_id"] == str(one.id))


async def newest_request(session: AsyncSession, one: Adjustment) -> Delivery | None:
    """The last request for an adjustment that was not dropped before it could leave."""
    requests = await requests_of(session, one.plan_id)
    asked = [each for each in requests if is_for(each, one) and each.state != "cancelled"]
    return asked[-1] if asked else None


async def was_tried(session: AsyncSession, delivery: Delivery) -> bool:
    """Whether a request was ever on its way; one that came too late was dropped before."""
    tried = exists().where(
        Attempt.delivery_id == delivery.id, Attempt.outcome.is_distinct_from("expired")
    )
    return bool(await session.scalar(select(tried)))


async def surely_not_taken(session: AsyncSession, delivery: Delivery) -> bool:
    """Whether the end of a request's last attempt says that the automation did not take it."""
    outcome = await session.scalar(
        select(Attempt.outcome)
        .where(Attempt.delivery_id == delivery.id)
        .order_by(Attempt.number.desc())
        .limit(1)
    )
    return outcome in ("refused", "given_up", "transient", "expired")


async def put_back_unsent(session: AsyncSession, plan: Plan, why: str, *, now: datetime) -> int:
    """Put back what was submitted and has surely not left; what may have left stays submitted.

    Args:
        session: The session of the change.
        plan: Locked.
        why: A sentence.
        now: The present instant.

    Returns:
        How many adjustments are to be made again.
    """
    submitted = [
        one for one in await adjustments_of(session, plan) if one.state == AdjustmentState.SUBMITTED
    ]
    again = 0
    for delivery in await requests_of(session, plan.id) if submitted else ():
        one = next((each for each in submitted if is_for(delivery, each)), None)
        if one is None:
            continue
        if delivery.state == DeliveryState.SENDING:
            delivery.withdraw = True
        elif delivery.state in (DeliveryState.PENDING, DeliveryState.RETRYING):
            _drop(delivery, why, now=now)
            await put_back(session, plan, one, why, now=now)
            if plan.live_at is not None:  # its client may be in another zone by now
                one.opens_at, one.closes_at = window_of(plan)
            again += 1
    return again


async def put_back(
    session: AsyncSession, plan: Plan, one: Adjustment, why: str, *, now: datetime
) -> None:
    """An adjustment whose request never left is to be made as if it had not been submitted."""
    in_window = plan.state == PlanState.IN_WINDOW
    state = AdjustmentState.DUE if in_window else AdjustmentState.SCHEDULED
    await change_state(session, plan, one, state, why, actor=HOOK, now=now)


async def settled_first(session: AsyncSession, one: Adjustment, *, now: datetime) -> None:
    """Somebody settled an adjustment: a request for it that has not left stays here.

    Whoever changes an adjustment that was submitted calls this, under the plan's lock.
    """
    for delivery in await requests_of(session, one.plan_id):
        if not is_for(delivery, one):
            continue
        if delivery.state == DeliveryState.SENDING:
            delivery.withdraw = True
        elif delivery.state in WAITING:
            _drop(delivery, SETTLED_FIRST, now=now)


def _drop(delivery: Delivery, why: str, *, now: datetime) -> None:
    delivery.state, delivery.reason = DeliveryState.CANCELLED, why
    delivery.settled_at = now
    delivery.version += 1


async def _not_made(session: AsyncSession, one: Adjustment) -> None:
    """Take back that an adjustment was carried out, and the work of putting it back with it."""
    one.carried_out_at = one.carried_out_on = one.carried_out_by = None
    one.reversal = None
    for task in await session.scalars(select(Task).where(Task.reverses_id == one.id)):
        if TaskState(task.state) not in SETTLED:
            task.state, task.reason = TaskState.SKIPPED, NOT_MADE
            task.version += 1


async def change_state(
    session: AsyncSession,
    plan: Plan,
    one: Adjustment,
    state: AdjustmentState,
    reason: str | None,
    *,
    actor: Actor,
    now: datetime,
) -> None:
    """Write a state on an adjustment, with why and with what it means for its being carried out.

    One that was not made is to be made, unless another stands in the plan for it by now: then it
    is void, whichever state was asked for.
    """
    before, put_back = one.state, one.reversal
    made = state not in _TO_BE_MADE
    if not made and taken_over(one, await adjustments_of(session, plan)):
        state = AdjustmentState.VOIDED
        task = await session.scalar(select(Task).where(Task.adjustment_id == one.id))
        drop_adjustment(one, task)
    else:
        one.state, one.reason = str(state), None if state in _ACTIONS else reason
    if not made:
        await _not_made(session, one)
    one.version += 1
    record(
        session,
        actor=actor,
        action=f"adjustment.{_ACTIONS.get(state, state)}",
        subject=("adjustment", one.id),
        plan_id=plan.id,
        now=now,
        before={"state": before, "reversal": put_back},
        after={
            "state": str(state),
            "kind": one.kind,
            "service": one.service,
            "reversal": one.reversal,
        },
        reason=reason,
    )


_TO_BE_MADE = (AdjustmentState.SCHEDULED, AdjustmentState.DUE, AdjustmentState.FAILED)
_ACTIONS = {AdjustmentState.SCHEDULED: "put_back", AdjustmentState.DUE: "put_back"}
