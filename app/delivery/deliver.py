"""Delivering: claim, send, settle; what each failure of a vendor means for the effect."""

import asyncio
import random
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from app.db.clock import real_now
from app.db.engine import is_of_the_database
from app.db.models import Delivery
from app.db.tier_quotes import lock_owner
from app.delivery import budgets, circuits
from app.delivery.admission import buckets_of
from app.delivery.attempts import Claimed, Outcome, claim, remember, settle
from app.delivery.budgets import Buckets
from app.delivery.leases import Lease
from app.delivery.routes import ROUTES
from app.delivery.sending import Delivered, Expired, LeaseLost, Sending
from app.delivery.systems import Systems
from app.domain.delivery import NEVER_AGAIN, DeliveryKind, DeliveryState, System
from app.domain.errors import DomainError
from app.domain.pacing import Limits, cost_of
from app.domain.repeating import Unseen, when_unseen
from app.domain.retry import delay_before_retry
from app.ports.clock import Clock
from app.ports.errors import OutcomeUnknown, RateLimited, Transient, VendorError
from app.ports.exchange import Exchange, recording
from app.ports.failpoints import Point, failpoint
from app.ports.gate import gated
from app.services.deliveries import follow_up
from app.services.letters import in_full
from app.services.office import Office
from app.telemetry import deliveries_settled, delivery_seconds, logger

LOG = logger(__name__)
SETTLE_AGAIN_AFTER_S = (0.2, 0.5, 1.0, 2.0)
DEADLINE_S = 45.0
"""Of all calls of an attempt together; its lease is renewed for as long."""

PATIENT_PROBES = 288
"""Attempts to try a system that is down, and that count for nothing: a day of them."""


LOT_CALLS_AT_ONCE = 100
"""Of all lots that a process has in hand: as many connections as the HTTP client keeps open."""


ALONE_AT_ONCE = 8
"""Deliveries of all lots that a process delivers by themselves: each takes a connection."""


@dataclass(frozen=True, slots=True)
class Turns:
    """One for each process: by what all its lots take turns.

    Attributes:
        calls: Their calls.
        alone: What they cannot take with them, each delivered by itself.
    """

    calls: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(LOT_CALLS_AT_ONCE))
    alone: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(ALONE_AT_ONCE))


def never() -> bool:
    """Nobody tells it to stop."""
    return False


@dataclass(frozen=True, slots=True)
class Courier:
    """What delivering needs: the database, the clock, the systems and limits, the installation.

    Attributes:
        stopping: Whether its worker has been told to stop: then nothing new is begun.
    """

    sessions: async_sessionmaker[AsyncSession]
    clock: Clock
    systems: Systems
    office: Office
    limits: Limits = field(default_factory=dict)
    turns: Turns = field(default_factory=Turns)
    stopping: Callable[[], bool] = never

    async def deliver(self, delivery_id: UUID) -> None:
        """Make one attempt at a delivery, if it is waiting and its time has come.

        Nothing is raised for what a vendor does: the outcome is on the row, and what follows from
        it is done in the transaction that settles it.
        """
        since = time.monotonic()
        async with self.sessions.begin() as session:
            claimed = await claim(
                session, delivery_id, real_now=await real_now(session), buckets=self.buckets
            )
            failpoint(Point.CLAIM_BEFORE_COMMIT)
        if claimed is None:
            return
        failpoint(Point.CLAIM_AFTER_COMMIT)
        timed = delivery_seconds.labels(claimed.delivery.system).time()
        lease = Lease(self.sessions, claimed, since=since)
        try:
            async with lease.kept():
                with recording() as exchanges, gated(lease.check), timed:
                    outcome = await self.attempt(claimed)
                await self.settle(claimed, outcome, exchanges)
        except LeaseLost:
            LOG.warning("lease lost", delivery_id=str(delivery_id))

    def buckets(self, delivery: Delivery) -> Buckets:
        """What a delivery's system is limited by; each room's space has a bucket of its own."""
        system, space = System(delivery.system), None
        if system is System.CHAT and self.systems.chat is not None:
            space = self.systems.chat.space_of(delivery.payload["room"])
        return buckets_of(self.limits, system, space)

    async def attempt(self, claimed: Claimed) -> Outcome:
        """Send what was claimed; whatever the vendor does is an outcome.

        Raises:
            LeaseLost: another worker has taken the delivery over.
        """
        delivery = claimed.delivery
        if claimed.unsure and not may_repeat(claimed):
            unseen = "Whether an earlier attempt took effect is unknown, and cannot be looked up."
            return Outcome(DeliveryState.FAILED, "unknown", f"Not sent again: {unseen}")
        try:
            sending = self._sending(claimed)
            async with asyncio.timeout(DEADLINE_S):
                done = await ROUTES[sending.kind](sending, self.systems)
        except TimeoutError:
            late = OutcomeUnknown("The system did not answer before the attempt's deadline.")
            return outcome_of(late, claimed)
        except (VendorError, DomainError) as failure:
            return outcome_of(failure, claimed)
        except LeaseLost:
            raise  # nothing of this attempt is ours to write down
        except Exception as fault:  # the attempt is an edge: a fault of ours is logged and kept
            if is_of_the_database(fault):
                away = OutcomeUnknown("The database was away in the middle of the attempt.")
                # That says nothing of the vendor.
                return replace(outcome_of(away, claimed), answered=None)
            LOG.exception("attempt failed", delivery_id=str(delivery.id))
            return Outcome(
                DeliveryState.PARKED, "fault", f"A fault of ours: {type(fault).__name__}."
            )
        if isinstance(done, Expired):
            return Outcome(DeliveryState.EXPIRED, "expired", done.reason, answered=True)
        return Outcome(DeliveryState.DELIVERED, "delivered", result=_result(done), answered=True)

    def _sending(self, claimed: Claimed) -> Sending:
        delivery = claimed.delivery
        return Sending(
            id=delivery.id,
            kind=DeliveryKind(delivery.kind),
            key=delivery.key,
            payload=in_full(delivery.payload, self.office),
            progress=delivery.progress,
            not_after=delivery.not_after,
            unsure=claimed.unsure,
            now=self.clock.now,
            remember=lambda progress: self._remember(claimed, progress),
        )

    async def _remember(self, claimed: Claimed, progress: Mapping[str, Any]) -> None:
        async with self.sessions.begin() as session:
            await remember(session, claimed, progress)
        failpoint(Point.REMEMBER_AFTER_COMMIT)

    async def settle(self, claimed: Claimed, outcome: Outcome, exchanges: list[Exchange]) -> None:
        """Settle, again where the database was busy or away: what was sent must be kept.

        A settle that was committed while its answer was lost is not made again: the token is gone.

        Raises:
            LeaseLost: another worker has taken the delivery over.
        """
        for pause_s in SETTLE_AGAIN_AFTER_S:
            try:
                return await self._settle(claimed, outcome, exchanges)
            except Exception as fault:
                if not is_of_the_database(fault):
                    raise
                await asyncio.sleep(pause_s)
        return await self._settle(claimed, outcome, exchanges)

    async def _settle(self, claimed: Claimed, outcome: Outcome, exchanges: list[Exchange]) -> None:
        now = await self.clock.now()
        failpoint(Point.SETTLE_BEFORE)
        async with self.sessions.begin() as session:
            # The plan first, always: a service that withdraws e-mails locks in the same order.
            await lock_owner(session, claimed.delivery.id)
            delivery = await settle(
                session,
                claimed,
                outcome,
                exchanges,
                now=now,
                real_now=await real_now(session),
            )
            if delivery.settled_at is not None:
                failpoint(Point.FOLLOW_UP_BEFORE)
                await follow_up(session, delivery, office=self.office, now=now)
                failpoint(Point.FOLLOW_UP_AFTER)
            await self._tell_others(session, claimed, outcome, exchanges)
            failpoint(Point.SETTLE_BEFORE_COMMIT)
        failpoint(Point.SETTLE_AFTER_COMMIT)
        deliveries_settled.labels(delivery.system, delivery.kind, outcome.name).inc()

    async def _tell_others(
        self,
        session: AsyncSession,
        claimed: Claimed,
        outcome: Outcome,
        exchanges: Sequence[Exchange],
    ) -> None:
        """Write down what this attempt cost, and what it found its system like.

        These rows are shared by everybody, so they are the last that the transaction locks:
        budgets before circuits, as in a claim.
        """
        system, buckets = System(claimed.delivery.system), self.buckets(claimed.delivery)
        more = cost_of(system, [one.method for one in exchanges]) - claimed.tokens
        if buckets and more > 0:
            await budgets.spend(session, buckets, more)
        if outcome.pause is not None:
            await budgets.drain(session, buckets, outcome.pause)
        await circuits.note_outcome(
            session,
            system,
            claimed.delivery.hook_id,
            answered=outcome.answered if exchanges else None,
            known=claimed.circuit,
            probe=claimed.probe,
            failure=outcome.detail,
            real_now=await real_now(session),
        )


def may_repeat(claimed: Claimed) -> bool:
    """Whether an effect that may have happened unseen may be looked up or sent again.

    An attempt that nobody knows of, as after a backup was restored, may be of any age.
    """
    kind = DeliveryKind(claimed.delivery.kind)
    age = claimed.age if claimed.age is not None else timedelta.max
    return when_unseen(kind, age) is not Unseen.ASK_A_PERSON


def _result(done: Delivered) -> dict[str, Any]:
    return dict(done.result)


def outcome_of(failure: VendorError | DomainError, claimed: Claimed) -> Outcome:
    """What a failed attempt means: tried again, looked up, or a person's.

    A client's e-mail whose outcome cannot be established is not sent again blindly: its draft is
    found by marker, and scheduling the same draft again mails nobody twice.

    Args:
        failure: What the adapter raised.
        claimed: The attempt.
    """
    delivery = claimed.delivery
    detail = f"{failure.detail} ({failure.code})" if failure.code else failure.detail
    unseen = isinstance(failure, OutcomeUnknown)
    if unseen and delivery.kind in NEVER_AGAIN:
        return Outcome(DeliveryState.FAILED, "unknown", f"Not sent again: {detail}", answered=False)
    if not isinstance(failure, OutcomeUnknown | Transient):
        return Outcome(DeliveryState.FAILED, "refused", detail, answered=True)
    limited = isinstance(failure, RateLimited)
    counts = limited or not claimed.probe or claimed.circuit.probes >= PATIENT_PROBES
    retry_in = delay_before_retry(
        delivery.attempts if counts else 1,
        retry_after_s=failure.retry_after_s if isinstance(failure, RateLimited) else None,
        jitter=random.random(),  # noqa: S311 - jitter needs no secrecy
    )
    if retry_in is None:
        # The last try is told by its own end: whoever has it tried again looks it up first.
        name, told = "unknown" if unseen else "given_up", f"Given up after many tries: {detail}"
        return Outcome(DeliveryState.FAILED, name, told, answered=limited)
    return Outcome(
        DeliveryState.UNCERTAIN if unseen or claimed.unsure else DeliveryState.RETRYING,
        "unknown" if unseen else "transient",
        detail,
        retry_in=retry_in,
        answered=limited,
        pause=retry_in if limited else None,
        counts=counts,
    )
