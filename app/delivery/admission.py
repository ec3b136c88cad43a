"""Whether an attempt may go to its system just now, and what all workers learn from it."""

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import exists, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.db.models import Delivery
from app.delivery import budgets
from app.delivery.budgets import Buckets
from app.domain.delivery import DeliveryKind, DeliveryState, System
from app.domain.pacing import TICKET_LASTS, Limits, ask_again_in, expected_cost

SUSPECT_AFTER = 2
"""Attempts that ended without a word. From then on a delivery is tried with no other such beside
it: one that kills its workers takes none with it that only were in hand at the same time."""

BucketsOf = Callable[[Delivery], Buckets]


def unlimited(_: Delivery) -> Buckets:
    """Nothing is counted, as with stand-in vendors."""
    return ()


def buckets_of(limits: Limits, system: System, space: str | None = None) -> Buckets:
    """The buckets that calls to a system take from.

    Args:
        limits: Of all systems.
        system: Whom the calls go to.
        space: The chat room's space; each has a budget of its own.
    """
    return [
        (f"{system}/{space if limit.name == 'space' else limit.name}", limit)
        for limit in limits.get(system, ())
    ]


@dataclass(frozen=True, slots=True)
class Later:
    """It comes back in this time; `promised` says that its tokens will be there then."""

    after: timedelta
    promised: bool = False


async def tokens_for(
    session: AsyncSession, delivery: Delivery, buckets: Buckets, *, real_now: datetime
) -> int | Later:
    """Take what an attempt will cost from its system's budget, or say when to come back.

    One that comes back for the tokens it was promised takes none again, if it comes in time.

    Returns:
        The tokens taken, or when to come back.
    """
    if not buckets:
        return 0
    unsure = delivery.state == DeliveryState.UNCERTAIN
    price = expected_cost(DeliveryKind(delivery.kind), unsure=unsure)
    if delivery.paced_at is not None:
        late = real_now - delivery.paced_at
        if late < timedelta():
            return Later(-late, promised=True)
        if late <= TICKET_LASTS and not await budgets.left_alone(session, buckets):
            return price
    wait = await budgets.take(session, buckets, price)
    if wait is None:
        return Later(ask_again_in(random.random()))  # noqa: S311 - jitter needs no secrecy
    return Later(wait, promised=True) if wait else price


_ONE_SUSPECT = text("SELECT pg_try_advisory_xact_lock(hashtextextended('a suspect delivery', 0))")


async def another_suspect_is_tried(session: AsyncSession, delivery: Delivery) -> bool:
    """Whether a delivery that may be killing its workers has to wait for another such one."""
    if delivery.crashes < SUSPECT_AFTER:
        return False
    if not await session.scalar(_ONE_SUSPECT):
        return True
    in_hand = exists().where(
        Delivery.state == DeliveryState.SENDING,
        Delivery.crashes >= SUSPECT_AFTER,
        Delivery.id != delivery.id,
    )
    return bool(await session.scalar(select(in_hand)))
