"""An attempt's two transactions: claimed before the call, settled after it, fenced by its token."""

import random
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.db.ids import new_id
from app.db.jobs import Job, enqueue
from app.db.models import Attempt, Delivery, OutsideSystem, SubscriberCircuit
from app.delivery import budgets, circuits
from app.delivery.admission import (
    BucketsOf,
    Later,
    another_suspect_is_tried,
    tokens_for,
    unlimited,
)
from app.delivery.sending import LeaseLost
from app.delivery.turns import its_turn_in
from app.domain.circuit import CLOSED, Circuit, Passage
from app.domain.delivery import WAITING, DeliveryState, System
from app.ports.exchange import Exchange

LEASE = timedelta(seconds=8)
"""Renewed by a heartbeat while the worker lives: past it, the worker is taken for dead."""

BESIDE_A_SUSPECT = timedelta(seconds=1)

A_LITTLE_MORE = timedelta(milliseconds=20)


@dataclass(frozen=True, slots=True)
class Claimed:
    """A delivery in hand.

    Attributes:
        delivery: The row as claimed.
        token: Fences its settle.
        unsure: Whether an earlier attempt may have taken effect unseen.
        age: Real time since the first attempt; None where there was none that we know of.
        circuit: What was known of its system.
        probe: Whether this is the one attempt that tries a system which is down.
        tokens: Taken from the system's budget.
    """

    delivery: Delivery
    token: UUID
    unsure: bool
    age: timedelta | None = None
    circuit: Circuit = CLOSED
    probe: bool = False
    tokens: int = 0


async def claim(
    session: AsyncSession,
    delivery_id: UUID,
    *,
    real_now: datetime,
    buckets: BucketsOf = unlimited,
) -> Claimed | None:
    """Take a waiting delivery in hand and write the attempt down, before anything is sent.

    Args:
        session: Committed by the caller before the call goes out.
        delivery_id: Which.
        real_now: The database's own clock; leases do not follow the sandbox.
        buckets: What its system is limited by.

    Returns:
        The delivery, or None where there is nothing to do now: it is settled, in another worker's
        hands, its time has not come, or its system is down, paused or asked too much.
    """
    delivery, system, subscriber = await _locked(session, delivery_id)
    if delivery is None or DeliveryState(delivery.state) not in WAITING:
        return None
    may = circuits.passage_of(system, subscriber, real_now=real_now)
    if may is Passage.WAIT:
        circuits.hold(delivery, real_now=real_now)
        return None
    if await _comes_back(session, delivery, real_now=real_now):
        return None
    tokens = await tokens_for(session, delivery, buckets(delivery), real_now=real_now)
    if isinstance(tokens, Later):
        delivery.paced_at = real_now + tokens.after if tokens.promised else None
        await _wait(session, delivery, tokens.after, real_now=real_now)
        return None
    probe = may is Passage.PROBE
    if probe and not await circuits.become_probe(
        session, System(delivery.system), delivery.hook_id, real_now=real_now
    ):
        # Another was first: the system gets no call of this one.
        await budgets.give_back(session, buckets(delivery), tokens)
        circuits.hold(delivery, real_now=real_now)
        return None
    unsure = delivery.state == DeliveryState.UNCERTAIN
    age = await _age(session, delivery.id, real_now=real_now) if unsure else None
    token = await _begin(session, delivery, real_now=real_now)
    circuit = circuits.circuit_of(subscriber or system)
    return Claimed(delivery, token, unsure, age, circuit, probe, tokens)


async def _locked(
    session: AsyncSession, delivery_id: UUID
) -> tuple[Delivery | None, OutsideSystem | None, SubscriberCircuit | None]:
    """The delivery, locked, its system and subscriber; without a row, nothing is wrong with them.

    Waited for, not skipped: whoever holds the row may roll back, and no other job may come.
    """
    found = await session.execute(
        select(Delivery, OutsideSystem, SubscriberCircuit)
        .outerjoin(OutsideSystem, OutsideSystem.system == Delivery.system)
        .outerjoin(SubscriberCircuit, SubscriberCircuit.hook_id == Delivery.hook_id)
        .where(Delivery.id == delivery_id)
        .with_for_update(of=Delivery)
        .execution_options(populate_existing=True)
    )
    row = found.one_or_none()
    return (row[0], row[1], row[2]) if row is not None else (None, None, None)


async def _begin(session: AsyncSession, delivery: Delivery, *, real_now: datetime) -> UUID:
    token = new_id()
    delivery.state, delivery.token = DeliveryState.SENDING, token
    delivery.lease_until = real_now + LEASE
    delivery.held_at = delivery.paced_at = None
    delivery.attempts += 1
    delivery.version += 1
    session.add(
        Attempt(
            id=token,
            delivery_id=delivery.id,
            number=await _next_number(session, delivery.id),
            started_at=real_now,
        )
    )
    return token


async def _comes_back(session: AsyncSession, delivery: Delivery, *, real_now: datetime) -> bool:
    """Whether its own time has not come yet; then its job comes again."""
    if delivery.next_attempt_at is not None and delivery.next_attempt_at > real_now:
        await _come_back(session, delivery, delivery.next_attempt_at - real_now)
        return True
    behind = await its_turn_in(session, delivery, real_now=real_now)
    if behind is not None:
        delivery.enqueued_at = real_now + behind
        await _come_back(session, delivery, behind)
        return True
    if await another_suspect_is_tried(session, delivery):
        spread = BESIDE_A_SUSPECT * (0.5 + random.random())  # noqa: S311 - jitter, no secret
        await _wait(session, delivery, spread, real_now=real_now)
        return True
    return False


async def _wait(
    session: AsyncSession, delivery: Delivery, after: timedelta, *, real_now: datetime
) -> None:
    """Let a delivery wait, without an attempt, and have its job come then."""
    delivery.next_attempt_at = delivery.enqueued_at = real_now + after
    await _come_back(session, delivery, after)


async def _come_back(session: AsyncSession, delivery: Delivery, in_time: timedelta) -> None:
    """Have a job that came too early come again; it would be the last one otherwise.

    The queue counts a job's delay from the start of the transaction that enqueues it, and so runs
    it some milliseconds before the instant that was written on the row.
    """
    job = {"delivery_id": str(delivery.id)}
    await enqueue(session, Job.DELIVER, job, after=in_time + A_LITTLE_MORE)


async def _next_number(session: AsyncSession, delivery_id: UUID) -> int:
    last = await session.scalar(
        select(func.max(Attempt.number)).where(Attempt.delivery_id == delivery_id)
    )
    return (last or 0) + 1


async def _age(session: AsyncSession, delivery_id: UUID, *, real_now: datetime) -> timedelta | None:
    first = await session.scalar(
        select(func.min(Attempt.started_at)).where(Attempt.delivery_id == delivery_id)
    )
    return real_now - first if first is not None else None


async def remember(session: AsyncSession, claimed: Claimed, progress: Mapping[str, Any]) -> None:
    """Keep a step's vendor ids while the attempt goes on.

    Raises:
        LeaseLost: another worker has taken the delivery over.
    """
    kept = await session.execute(
        update(Delivery)
        .where(Delivery.id == claimed.delivery.id, Delivery.token == claimed.token)
        .values(progress=dict(progress))
        .returning(Delivery.id)
    )
    if kept.one_or_none() is None:
        raise LeaseLost


@dataclass(frozen=True, slots=True)
class Outcome:
    """How an attempt ended, and the state in which that leaves the delivery.

    Attributes:
        state: Of the delivery from now on.
        name: Of the outcome, as the attempt keeps it.
        detail: A sentence for the operator, or None.
        result: Vendor ids of an effect that happened.
        retry_in: Real time until the next attempt, where there is one.
        answered: Whether its system answered, be it with a refusal; None where nobody asked it.
        pause: How long a system that was asked too much is to be left alone.
        counts: Whether the attempt counts among those after which it is given up.
    """

    state: DeliveryState
    name: str
    detail: str | None = None
    result: Mapping[str, Any] | None = None
    retry_in: timedelta | None = None
    answered: bool | None = None
    pause: timedelta | None = None
    counts: bool = True


async def settle(
    session: AsyncSession,
    claimed: Claimed,
    outcome: Outcome,
    exchanges: Sequence[Exchange],
    *,
    now: datetime,
    real_now: datetime,
) -> Delivery:
    """Write down how the attempt ended; only the attempt that holds the token may.

    Raises:
        LeaseLost: another worker has taken the delivery over.
    """
    await session.execute(
        update(Attempt)
        .where(Attempt.id == claimed.token)
        .values(
            finished_at=real_now,
            outcome=outcome.name,
            detail=outcome.detail,
            exchanges=[asdict(exchange) for exchange in exchanges],
        )
    )
    delivery = await session.scalar(
        select(Delivery)
        .where(Delivery.id == claimed.delivery.id, Delivery.token == claimed.token)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if delivery is None:
        raise LeaseLost
    delivery.token, delivery.lease_until, delivery.crashes = None, None, 0
    delivery.state, delivery.reason = outcome.state, outcome.detail
    delivery.version += 1
    delivery.attempts -= 0 if outcome.counts else 1
    if outcome.state in WAITING and delivery.withdraw:
        delivery.state, delivery.reason = DeliveryState.CANCELLED, "The plan changed."
        delivery.settled_at = now
    elif outcome.retry_in is not None:
        delivery.next_attempt_at = delivery.enqueued_at = real_now + outcome.retry_in
        job = {"delivery_id": str(delivery.id)}
        await enqueue(session, Job.DELIVER, job, after=outcome.retry_in)
    else:
        delivery.result = dict(outcome.result) if outcome.result is not None else None
        delivery.settled_at = now
    return delivery
