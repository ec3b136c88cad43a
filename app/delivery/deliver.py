"""Delivering: claim, send, settle; what each failure of a vendor means for the effect."""

import asyncio
import random
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from app.db.clock import real_now
from app.db.engine import met_another
from app.db.tier_quotes import lock_owner
from app.delivery.attempts import Claimed, Outcome, claim, remember, settle
from app.delivery.leases import Lease
from app.delivery.routes import ROUTES
from app.delivery.sending import Delivered, Expired, LeaseLost, Sending
from app.delivery.systems import Systems
from app.domain.delivery import NEVER_AGAIN, DeliveryKind, DeliveryState
from app.domain.errors import DomainError
from app.domain.retry import delay_before_retry
from app.ports.clock import Clock
from app.ports.errors import OutcomeUnknown, RateLimited, Transient, VendorError
from app.ports.exchange import Exchange, recording
from app.ports.gate import gated
from app.services.deliveries import follow_up
from app.services.office import Office
from app.telemetry import deliveries_settled, logger

LOG = logger(__name__)
SETTLE_AGAIN_AFTER_S = (0.2, 0.5, 1.0)
DEADLINE_S = 45.0
"""Of all calls of an attempt together; its lease is renewed for as long."""


@dataclass(frozen=True, slots=True)
class Courier:
    """What delivering needs: the database, the clock, the systems, the installation."""

    sessions: async_sessionmaker[AsyncSession]
    clock: Clock
    systems: Systems
    office: Office

    async def deliver(self, delivery_id: UUID) -> None:
        """Make one attempt at a delivery, if it is waiting and its time has come.

        Nothing is raised for what a vendor does: the outcome is on the row, and what follows from
        it is done in the transaction that settles it.
        """
        since = time.monotonic()
        async with self.sessions.begin() as session:
            claimed = await claim(session, delivery_id, real_now=await real_now(session))
        if claimed is None:
            return
        lease = Lease(self.sessions, claimed, since=since)
        try:
            async with lease.kept():
                with recording() as exchanges, gated(lease.check):
                    outcome = await self._attempt(claimed)
                await self._settle_surely(claimed, outcome, exchanges)
        except LeaseLost:
            LOG.warning("lease lost", delivery_id=str(delivery_id))

    async def _attempt(self, claimed: Claimed) -> Outcome:
        delivery = claimed.delivery
        sending = Sending(
            id=delivery.id,
            kind=DeliveryKind(delivery.kind),
            key=delivery.key,
            payload=delivery.payload,
            progress=delivery.progress,
            not_after=delivery.not_after,
            unsure=claimed.unsure,
            now=self.clock.now,
            remember=lambda progress: self._remember(claimed, progress),
        )
        try:
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
            LOG.exception("attempt failed", delivery_id=str(delivery.id))
            return Outcome(
                DeliveryState.PARKED, "fault", f"A fault of ours: {type(fault).__name__}."
            )
        if isinstance(done, Expired):
            return Outcome(DeliveryState.EXPIRED, "expired", done.reason)
        return Outcome(DeliveryState.DELIVERED, "delivered", result=_result(done))

    async def _remember(self, claimed: Claimed, progress: Mapping[str, Any]) -> None:
        async with self.sessions.begin() as session:
            await remember(session, claimed, progress)

    async def _settle_surely(
        self, claimed: Claimed, outcome: Outcome, exchanges: list[Exchange]
    ) -> None:
        """Settle, again where another transaction was in the way: what was sent must be kept."""
        for pause_s in SETTLE_AGAIN_AFTER_S:
            try:
                return await self._settle(claimed, outcome, exchanges)
            except DBAPIError as fault:
                if not met_another(fault):
                    raise
                await asyncio.sleep(pause_s)
        return await self._settle(claimed, outcome, exchanges)

    async def _settle(self, claimed: Claimed, outcome: Outcome, exchanges: list[Exchange]) -> None:
        now = await self.clock.now()
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
                await follow_up(session, delivery, office=self.office, now=now)
        deliveries_settled.labels(delivery.system, delivery.kind, outcome.name).inc()


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
    wait = failure.retry_after_s if isinstance(failure, RateLimited) else None
    if isinstance(failure, OutcomeUnknown) and delivery.kind in NEVER_AGAIN:
        return Outcome(DeliveryState.FAILED, "unknown", f"Not sent again: {detail}")
    if isinstance(failure, OutcomeUnknown | Transient):
        # Jitter needs no secrecy.
        spread = random.random()  # noqa: S311
        retry_in = delay_before_retry(delivery.attempts, retry_after_s=wait, jitter=spread)
        unseen = isinstance(failure, OutcomeUnknown)
        if retry_in is None:
            # The last try is told by its own end: whoever has it tried again looks it up first.
            name = "unknown" if unseen else "given_up"
            return Outcome(DeliveryState.FAILED, name, f"Given up after many tries: {detail}")
        state = DeliveryState.UNCERTAIN if unseen or claimed.unsure else DeliveryState.RETRYING
        name = "unknown" if unseen else "transient"
        return Outcome(state, name, detail, retry_in=retry_in)
    return Outcome(DeliveryState.FAILED, "refused", detail)
