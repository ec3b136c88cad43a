"""What the outside would answer a plan that is run ahead: everything arrives, once and well."""

from datetime import datetime

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.db.models import Delivery, Plan
from app.domain.actor import Actor, ActorKind
from app.domain.agreement import EventType
from app.domain.delivery import (
    CLIENT_EMAILS,
    UNSETTLED,
    DeliveryKind,
    DeliveryState,
    TooLate,
    sending_time,
)
from app.ports.board import BoardItem, BoardRef, BoardSnapshot
from app.services.board_adoption import board_filled
from app.services.board_search import board_looked_for
from app.services.deliveries import OF_NO_CONSEQUENCE, follow_up
from app.services.inbound.billing import called_back
from app.services.inbound.events import Brought
from app.services.office import Office
from app.services.standing import touch

BOARD = BoardRef("run-ahead", "")
EVIDENCE = "run-ahead"
"""The reference of a proof that nobody has made."""

_SOURCE = "agreement"
_AUTOMATION = Actor(ActorKind.WEBHOOK, _SOURCE, "The automation")


async def answer(session: AsyncSession, plan: Plan, *, office: Office, now: datetime) -> bool:
    """Let the outside take what a plan has set off, or show its board; whether it changed the plan.

    Nothing leaves: a delivery is settled as its system would have answered it, and what follows
    from that is done by the service that does it always.

    Args:
        session: Of the rehearsal.
        plan: Locked.
        office: The installation.
        now: The present instant of the story.
    """
    await _take_what_changes_nothing(session, plan, now=now)
    delivery = await session.scalar(
        select(Delivery)
        .where(_unsettled(plan))
        .order_by(Delivery.id)
        .limit(1)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if delivery is not None:
        await _settle(session, delivery, office=office, now=now)
    elif plan.board_state == "awaited":
        await board_looked_for(session, plan, [BOARD], looks=1, office=office, now=now)
    elif plan.board_state == "filling":
        await board_filled(session, plan, _filled(plan, office), office=office, now=now)
        await touch(session, plan, office=office, actor=Actor.service("delivery"), now=now)
    else:
        return False
    return True


def _unsettled(plan: Plan) -> ColumnElement[bool]:
    states = [str(state) for state in UNSETTLED]
    return (Delivery.plan_id == plan.id) & Delivery.state.in_(states)


async def _take_what_changes_nothing(session: AsyncSession, plan: Plan, *, now: datetime) -> None:
    """Messages and marks on the board change no plan: all of them are taken at once."""
    await session.flush()
    kinds = [str(kind) for kind in OF_NO_CONSEQUENCE - {DeliveryKind.BILLING_SUBMIT}]
    await session.execute(
        update(Delivery)
        .where(_unsettled(plan), Delivery.kind.in_(kinds))
        .values(
            state=str(DeliveryState.DELIVERED),
            token=None,
            lease_until=None,
            settled_at=now,
            version=Delivery.version + 1,
        )
    )


async def _settle(
    session: AsyncSession, delivery: Delivery, *, office: Office, now: datetime
) -> None:
    kind = DeliveryKind(delivery.kind)
    delivery.state = DeliveryState.DELIVERED
    delivery.result = {"ref": BOARD.ref, "url": BOARD.url, "item_ref": f"item-{delivery.id}"}
    if kind in CLIENT_EMAILS:
        at = sending_time(now, not_after=delivery.not_after)
        delivery.result = {}
        if isinstance(at, TooLate):
            delivery.state, delivery.reason = DeliveryState.EXPIRED, at.detail
    delivery.token = delivery.lease_until = None
    delivery.attempts += 1
    delivery.settled_at = now
    delivery.version += 1
    await session.flush()
    await follow_up(session, delivery, office=office, now=now)
    if kind is DeliveryKind.BILLING_SUBMIT:
        await _call_back(session, delivery, office=office, now=now)


async def _call_back(
    session: AsyncSession, delivery: Delivery, *, office: Office, now: datetime
) -> None:
    """The automation says at once that it made the change that it was asked for."""
    asked = delivery.payload
    event = EventType(asked["call_back"]["event"])
    document = {
        "event": str(event),
        "adjustment_id": asked["adjustment_id"],
        "evidence": {"reference": EVIDENCE},
    }
    brought = Brought(event, document, _SOURCE)
    await called_back(session, brought, office=office, actor=_AUTOMATION, now=now)


def _filled(plan: Plan, office: Office) -> BoardSnapshot:
    """The board as its template makes it, where that holds the playbook's stages and steps."""
    titles = {stage.key: stage.title for stage in office.playbook.stages}
    items = tuple(
        BoardItem(f"item-{step.key}", titles[step.stage], step.title, done=False)
        for step in office.playbook.steps
        if step.stage is not None
    )
    return BoardSnapshot(plan.board_ref or BOARD.ref, BOARD.url, tuple(titles.values()), items)
