"""Finding what dead workers left behind: attempts without an end, and rows without a job."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from app.db import plans
from app.db.chosen import once
from app.db.jobs import Job, enqueue
from app.db.models import Delivery, InboundEvent, Plan
from app.db.tier_quotes import lock_owner
from app.domain.board_search import LONGEST_PAUSE
from app.domain.delivery import NEVER_AGAIN, WAITING, DeliveryState

MOST_CRASHES = 3
"""Attempts that may end without a word before the delivery is parked as a poison."""

ORPHANED_AFTER = timedelta(seconds=60)
"""A waiting row whose newest job is older than this has none any more."""

BATCH = 200


async def dead_attempts(
    session: AsyncSession, *, real_now: datetime
) -> Sequence[tuple[UUID, UUID | None]]:
    """Deliveries in hand whose lease has run out: their ids, and their plans'."""
    rows = await session.execute(
        select(Delivery.id, Delivery.plan_id)
        .where(Delivery.state == DeliveryState.SENDING, Delivery.lease_until < real_now)
        .order_by(Delivery.lease_until)
        .limit(BATCH)
    )
    return [(delivery_id, plan_id) for delivery_id, plan_id in rows]


async def take_back(
    session: AsyncSession,
    delivery_id: UUID,
    plan_id: UUID | None,
    *,
    now: datetime,
    real_now: datetime,
) -> Delivery | None:
    """Take a delivery back from a dead worker: what that did is unknown, so it is looked up.

    One that killed its worker too often is parked for a person; one that was withdrawn meanwhile
    is not tried again.

    Returns:
        The delivery where it was parked or dropped, else None.
    """
    if plan_id is None:
        await lock_owner(session, delivery_id)
    else:
        await plans.lock(session, plan_id)
    delivery = await session.scalar(
        select(Delivery)
        .where(
            Delivery.id == delivery_id,
            Delivery.state == DeliveryState.SENDING,
            Delivery.lease_until < real_now,
        )
        .with_for_update()
    )
    if delivery is None:
        return None
    delivery.crashes += 1
    delivery.token, delivery.lease_until = None, None
    delivery.version += 1
    if delivery.crashes >= MOST_CRASHES:
        delivery.state = DeliveryState.PARKED
        delivery.reason = f"{MOST_CRASHES} attempts ended without a word."
        delivery.settled_at = now
        return delivery
    if delivery.withdraw and delivery.kind not in NEVER_AGAIN:
        delivery.state, delivery.settled_at = DeliveryState.CANCELLED, now
        return delivery
    delivery.state, delivery.next_attempt_at = DeliveryState.UNCERTAIN, None
    delivery.reason, delivery.enqueued_at = "The worker that had it in hand died.", real_now
    await enqueue(session, Job.DELIVER, {"delivery_id": str(delivery.id)})
    return None


async def enqueue_orphans(session: AsyncSession, *, real_now: datetime) -> int:
    """Give rows that wait without a job a new one; a second job for a row does nothing.

    A job ends with its run, also where the run failed because the database was away. Rows that
    somebody holds are left to the next run: nothing is waited for here, so that deliveries locked
    before plans can block nobody.

    Returns:
        How many there were.
    """
    long_ago = real_now - ORPHANED_AFTER
    waiting = Delivery.state.in_([str(state) for state in WAITING])
    unread = or_(Plan.board_read_at.is_(None), Plan.board_read_at < long_ago)
    deliveries = await _stamp(
        session,
        Delivery.enqueued_at,
        real_now,
        waiting,
        Delivery.enqueued_at < long_ago,
        Delivery.held_at.is_(None),
    )
    events = await _stamp(
        session,
        InboundEvent.enqueued_at,
        real_now,
        InboundEvent.status == "received",
        InboundEvent.enqueued_at < long_ago,
    )
    boards = await _stamp(
        session, Plan.board_read_at, real_now, Plan.board_state == "filling", unread
    )
    awaited = await _stamp(
        session,
        Plan.board_read_at,
        real_now,
        Plan.board_state == "awaited",
        Plan.board_read_at < long_ago - LONGEST_PAUSE,
    )
    jobs = [
        *((Job.DELIVER, {"delivery_id": str(one)}) for one in deliveries),
        *((Job.INBOUND, {"event_id": str(one)}) for one in events),
        *((Job.READ_BOARD, {"plan_id": str(one)}) for one in boards),
        *((Job.FIND_BOARD, {"plan_id": str(one)}) for one in awaited),
    ]
    for job, payload in jobs:
        await enqueue(session, job, payload)
    return len(jobs)


async def _stamp(
    session: AsyncSession,
    stamp: InstrumentedAttribute[Any],
    real_now: datetime,
    *orphaned: ColumnElement[bool],
) -> Sequence[UUID]:
    """Write on a batch of orphaned rows that they get a job now; rows that are held are left."""
    table = stamp.class_
    chosen = select(table.id).where(*orphaned).limit(BATCH).with_for_update(skip_locked=True)
    stamped = await session.scalars(
        update(table)
        .where(table.id.in_(once(chosen)))
        .values({stamp: real_now})
        .returning(table.id)
    )
    return list(stamped)
