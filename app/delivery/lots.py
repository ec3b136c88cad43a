"""Delivering a lot: one transaction claims many, their calls run side by side, few settle them.

This is the quick way for what needs no thought: a delivery that nobody has tried yet, to a system
that is well and may be asked. Whatever is otherwise goes the way of `Courier.deliver`, by itself.
"""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from app.db.engine import is_of_the_database
from app.delivery.attempts import Claimed, Outcome
from app.delivery.deliver import Courier
from app.delivery.leases import LotLease
from app.delivery.lot_rows import claim_lot, release_lot, settle_lot
from app.delivery.sending import LeaseLost
from app.domain.circuit import CLOSED
from app.domain.delivery import DeliveryState, System
from app.domain.pacing import cost_of
from app.ports.exchange import Exchange, recording
from app.ports.failpoints import Point, failpoint
from app.ports.gate import gated
from app.services.deliveries import OF_NO_CONSEQUENCE
from app.telemetry import deliveries_settled, delivery_seconds, logger

LOG = logger(__name__)

GATHERED_S = 0.004
"""How long an attempt that has ended waits for others, to be settled with them."""

RELEASED = Outcome(
    DeliveryState.PENDING,
    "released",
    "Its worker was told to stop before it called.",
    retry_in=timedelta(),
    counts=False,
)


@dataclass(frozen=True, slots=True)
class Ended:
    """An attempt that has come to its end and is to be settled."""

    claimed: Claimed
    outcome: Outcome
    exchanges: list[Exchange]


async def deliver_lot(courier: Courier, ids: Sequence[UUID]) -> bool:
    """Make one attempt at each of many deliveries; as `Courier.deliver`, for a lot of them.

    Each is fenced by its own token and settles by itself: what fails takes none of the others with
    it. The first fault is raised once all have had their turn.

    Returns:
        Whether all had their turn; false where the worker was told to stop meanwhile.
    """
    since = time.monotonic()
    claimed = await _claimed(courier, ids)
    taken = {one.delivery.id for one in claimed}
    faults: list[Exception] = []
    if claimed:
        lease = LotLease(courier.sessions, claimed, since=since)
        faults += await _carry_out(courier, claimed, lease)
    faults += await _by_themselves(courier, [one for one in ids if one not in taken])
    if faults:
        raise faults[0]
    return not courier.stopping()


async def _claimed(courier: Courier, ids: Sequence[UUID]) -> Sequence[Claimed]:
    """Claim what may go together; nothing where one of them is a fault of ours."""
    try:
        async with courier.sessions.begin() as session:
            claimed = await claim_lot(session, ids, buckets=courier.buckets)
            failpoint(Point.CLAIM_BEFORE_COMMIT)
    except Exception as fault:  # whose it is shows when each goes by itself
        if is_of_the_database(fault):
            raise
        LOG.exception("lot not claimed together", deliveries=len(ids))
        return ()
    failpoint(Point.CLAIM_AFTER_COMMIT)
    return claimed


async def _by_themselves(courier: Courier, ids: Sequence[UUID]) -> list[Exception]:
    """Deliver what the quick way is not for, a few at a time; return what they failed on."""

    async def deliver(delivery_id: UUID) -> None:
        async with courier.turns.alone:
            if not courier.stopping():
                await courier.deliver(delivery_id)

    ended = await asyncio.gather(*map(deliver, ids), return_exceptions=True)
    faults = [fault for fault in ended if isinstance(fault, Exception)]
    for fault in faults:
        LOG.warning("not delivered by itself", why=type(fault).__name__)
    return faults


async def _carry_out(
    courier: Courier, lot: Sequence[Claimed], lease: LotLease
) -> Sequence[Exception]:
    """Call for each in its turn; what has not begun when the worker is to stop is let go."""
    ended: asyncio.Queue[Ended | None] = asyncio.Queue()

    async def in_turn(claimed: Claimed) -> None:
        async with courier.turns.calls:
            if courier.stopping():
                ended.put_nowait(Ended(claimed, RELEASED, []))
            else:
                ended.put_nowait(await _call(courier, claimed, lease))

    async with lease.kept(), asyncio.TaskGroup() as calls:
        for claimed in lot:
            calls.create_task(in_turn(claimed))
        return await _settle_as_they_end(courier, ended, lease, len(lot))


async def _call(courier: Courier, claimed: Claimed, lease: LotLease) -> Ended | None:
    """Send one of a lot; None where another worker has taken it over."""
    try:
        with (
            recording() as exchanges,
            gated(lease.check_of(claimed)),
            delivery_seconds.labels(claimed.delivery.system).time(),
        ):
            outcome = await courier.attempt(claimed)
    except LeaseLost:
        LOG.warning("lease lost", delivery_id=str(claimed.delivery.id))
        lease.let_go(claimed)
        return None
    except Exception:  # the attempt is an edge: what it meets ends none of the others
        LOG.exception("attempt broken off", delivery_id=str(claimed.delivery.id))
        return None
    return Ended(claimed, outcome, exchanges)


async def _settle_as_they_end(
    courier: Courier, ended: "asyncio.Queue[Ended | None]", lease: LotLease, left: int
) -> Sequence[Exception]:
    """Settle attempts as they end, those together that end within a few milliseconds.

    One that cannot be settled is found by its lease; the others are settled first.
    """
    faults: list[Exception] = []
    while left:
        together = [await ended.get()]
        await asyncio.sleep(GATHERED_S)
        while not ended.empty():
            together.append(ended.get_nowait())
        left -= len(together)
        found = [one for one in together if one is not None]
        settled = await _released_together(courier, [one for one in found if is_released(one)])
        settled |= await _settled_together(courier, [one for one in found if nothing_follows(one)])
        for one in found:
            if one.claimed.token not in settled:
                faults += await _settle_by_itself(courier, one)
            lease.let_go(one.claimed)
    return faults


async def _settled_together(courier: Courier, ended: Sequence[Ended]) -> set[UUID]:
    """Settle attempts of which nothing follows by one transaction; return whose that worked for."""
    if not ended:
        return set()
    failpoint(Point.SETTLE_BEFORE)
    try:
        now = await courier.clock.now()
        async with courier.sessions.begin() as session:
            lot = [(one.claimed, one.outcome, one.exchanges) for one in ended]
            settled = await settle_lot(session, lot, now=now)
            failpoint(Point.SETTLE_BEFORE_COMMIT)
    except Exception:  # whatever it was, each is settled by itself then
        LOG.warning("lot not settled together", attempts=len(ended), exc_info=True)
        return set()
    failpoint(Point.SETTLE_AFTER_COMMIT)
    for one in ended:
        if one.claimed.token in settled:
            delivery = one.claimed.delivery
            deliveries_settled.labels(delivery.system, delivery.kind, one.outcome.name).inc()
    return settled


async def _released_together(courier: Courier, ended: Sequence[Ended]) -> set[UUID]:
    """Let go of attempts that were not begun by one transaction; return whose that worked for."""
    if not ended:
        return set()
    try:
        async with courier.sessions.begin() as session:
            lot = [one.claimed for one in ended]
            return await release_lot(session, lot, why=str(RELEASED.detail))
    except Exception:  # whatever it was, each is let go by itself then
        LOG.warning("lot not released together", attempts=len(ended), exc_info=True)
        return set()


async def _settle_by_itself(courier: Courier, one: Ended) -> list[Exception]:
    try:
        await courier.settle(one.claimed, one.outcome, one.exchanges)
    except LeaseLost:
        LOG.warning("lease lost", delivery_id=str(one.claimed.delivery.id))
    except Exception as fault:  # the others of the lot are settled first
        LOG.exception("attempt not settled", delivery_id=str(one.claimed.delivery.id))
        return [fault]
    return []


def is_released(one: Ended) -> bool:
    """Whether an attempt was not begun."""
    return one.outcome is RELEASED


def nothing_follows(one: Ended) -> bool:
    """Whether an attempt changes its own rows only: delivered, as cheaply as was reckoned."""
    claimed = one.claimed
    system = System(claimed.delivery.system)
    asked = cost_of(system, [exchange.method for exchange in one.exchanges])
    return (
        one.outcome.state is DeliveryState.DELIVERED
        and claimed.delivery.kind in OF_NO_CONSEQUENCE
        and claimed.circuit == CLOSED
        and (asked <= claimed.tokens or not claimed.tokens)
    )
