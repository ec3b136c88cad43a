"""Effects of one plan that wait for one another: fits in their order, items for a new group."""

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, exists, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.db.models import Delivery
from app.db.names import hold_name
from app.domain.delivery import UNSETTLED, DeliveryKind, DeliveryState
from app.services.boards import hold_fits

BEHIND_ANOTHER = timedelta(milliseconds=200)
"""How long an effect whose turn it is not waits before it looks again."""

IN_TURN = frozenset({DeliveryKind.BOARD_FIT_ITEMS, DeliveryKind.BOARD_ADD_ITEM})
"""Kinds that may have to wait for another effect of their plan."""


async def its_turn_in(
    session: AsyncSession, delivery: Delivery, *, real_now: datetime
) -> timedelta | None:
    """How long a delivery waits for another one of its plan; None where it may go.

    Args:
        session: The transaction that claims it, with its row locked.
        delivery: Whose turn it may be.
        real_now: The database's own clock.
    """
    if delivery.kind == DeliveryKind.BOARD_FIT_ITEMS:
        return await _behind_an_earlier_fit(session, delivery, real_now=real_now)
    if delivery.kind == DeliveryKind.BOARD_ADD_ITEM:
        return await _behind_who_makes_its_group(session, delivery)
    return None


async def _behind_an_earlier_fit(
    session: AsyncSession, delivery: Delivery, *, real_now: datetime
) -> timedelta | None:
    """Fits set absolute values, so an older one that is tried again must not land on a newer."""
    assert delivery.plan_id is not None  # boards are those of plans
    await hold_fits(session, delivery.plan_id)
    earlier = await session.execute(
        select(Delivery.next_attempt_at)
        .where(
            Delivery.plan_id == delivery.plan_id,
            Delivery.kind == delivery.kind,
            Delivery.state.in_([str(state) for state in UNSETTLED]),
            Delivery.id < delivery.id,
        )
        .order_by(Delivery.id)
        .limit(1)
    )
    first = earlier.one_or_none()
    if first is None:
        return None
    return max((first[0] or real_now) - real_now, timedelta()) + BEHIND_ANOTHER


async def _behind_who_makes_its_group(
    session: AsyncSession, delivery: Delivery
) -> timedelta | None:
    """Until an item of a group was added, one at a time goes, since it may have to make the group.

    Each reads the board before it makes anything, so whoever comes next finds the group, also where
    the answer was lost and the key with it. One that waits for its next try holds up nobody.
    """
    of_its_group = _of_the_group_of(delivery)
    is_there = exists().where(of_its_group, Delivery.state == DeliveryState.DELIVERED)
    if await session.scalar(select(is_there)):
        return None
    # Two claims at once would not see each other.
    await hold_name(session, f"group/{delivery.payload['board_ref']}/{delivery.payload['group']}")
    goes = exists().where(of_its_group, Delivery.state == DeliveryState.SENDING)
    return BEHIND_ANOTHER if await session.scalar(select(goes)) else None


def _of_the_group_of(delivery: Delivery) -> ColumnElement[bool]:
    """The items that go into the same group of the same board."""
    return and_(
        Delivery.plan_id == delivery.plan_id,
        Delivery.kind == delivery.kind,
        Delivery.payload["board_ref"].astext == delivery.payload["board_ref"],
        Delivery.payload["group"].astext == delivery.payload["group"],
    )
