"""Effects of contracts and runs: what follows when they settle, what operators do with them."""

from collections.abc import Awaitable, Callable
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from app.db.models import Delivery, Hook
from app.db.tier_quotes import lock_owner
from app.domain.actor import Actor
from app.domain.delivery import DeliveryRefuses, DeliveryState, delivery_may
from app.services.decisions import Decide, note_decision, settle_by_hand
from app.services.hooks import unsubscribe

GONE = "The subscriber said that it is gone (410)."


async def contract_effect_settled(
    session: AsyncSession, delivery: Delivery, *, actor: Actor, now: datetime
) -> None:
    """A subscriber that is gone gets no more events; nothing else follows.

    What has failed is seen with what is stuck.
    """
    gone = (delivery.result or {}).get("gone") is True
    if delivery.state != DeliveryState.DELIVERED or delivery.hook_id is None or not gone:
        return
    hook = await session.get(Hook, delivery.hook_id, with_for_update=True)
    if hook is not None and hook.ended_at is None:
        await unsubscribe(session, hook.id, GONE, actor=actor, now=now)


async def decide_of_contract(
    session: AsyncSession,
    command: Decide,
    *,
    try_again: Callable[[AsyncSession, Delivery], Awaitable[None]],
    actor: Actor,
    now: datetime,
) -> Delivery:
    """Retry a stuck effect of a contract or run, skip it, or mark it done by hand.

    Raises:
        DeliveryRefuses: Its state does not allow the action, or its subscription has ended.
    """
    await lock_owner(session, command.delivery_id)
    delivery = await session.get_one(
        Delivery, command.delivery_id, populate_existing=True, with_for_update=True
    )
    delivery_may(command.action, DeliveryState(delivery.state))
    before = delivery.state
    if command.action == "retry":
        await _refuse_if_ended(session, delivery)
        await try_again(session, delivery)
    else:
        settle_by_hand(delivery, command, now=now)
    note_decision(session, delivery, command, before=before, actor=actor, now=now)
    return delivery


async def _refuse_if_ended(session: AsyncSession, delivery: Delivery) -> None:
    hook = await session.get(Hook, delivery.hook_id) if delivery.hook_id else None
    if hook is not None and hook.ended_at is not None:
        raise DeliveryRefuses(f"The subscription has ended: {hook.ended_because}")
