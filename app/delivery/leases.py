"""Holding deliveries while their worker lives: renewed by a heartbeat, checked before each call."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from uuid import UUID

from sqlalchemy import func, tuple_, update
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from app.db.models import Delivery
from app.delivery.attempts import LEASE, Claimed
from app.delivery.sending import LeaseLost
from app.telemetry import logger

LOG = logger(__name__)

BEAT_S = 2.0
"""Four beats a lease: two may be missed before the worker is taken for dead."""

SPARE_S = 2 * BEAT_S
"""A lease with less left than this is renewed before another call begins."""


class Lease:
    """One attempt's hold on its delivery.

    How much of it is left is reckoned by this process' own monotonic clock from before the
    database was asked, so that it is never thought longer than it is. That clock runs on while a
    process is stopped: a worker that wakes up late knows it before it calls anybody.

    Args:
        sessions: Where it is renewed.
        claimed: The attempt; its token is what is renewed.
        since: The monotonic clock before the claim, in seconds.
        monotonic: Seconds of a clock that never goes back.
    """

    def __init__(
        self,
        sessions: async_sessionmaker[AsyncSession],
        claimed: Claimed,
        *,
        since: float,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._sessions = sessions
        self._delivery_id: UUID = claimed.delivery.id
        self._token = claimed.token
        self._monotonic = monotonic
        self._sure_until = since + LEASE.total_seconds()

    async def check(self) -> None:
        """Let a call begin only while the delivery is surely still in this worker's hands.

        Raises:
            LeaseLost: another worker has taken it over, or the database cannot be asked.
        """
        if self._monotonic() < self._sure_until - SPARE_S:
            return
        try:
            await self.renew()
        except (SQLAlchemyError, OSError) as fault:
            raise LeaseLost from fault

    async def renew(self) -> None:
        """Hold on for another lease from now, by the database's clock.

        Raises:
            LeaseLost: another worker has taken the delivery over.
        """
        asked_at = self._monotonic()
        async with self._sessions.begin() as session:
            held = await session.execute(
                update(Delivery)
                .where(Delivery.id == self._delivery_id, Delivery.token == self._token)
                .values(lease_until=func.clock_timestamp() + LEASE)
                .returning(Delivery.id)
            )
            if held.one_or_none() is None:
                raise LeaseLost
        self._sure_until = asked_at + LEASE.total_seconds()

    @contextlib.asynccontextmanager
    async def kept(self) -> AsyncIterator[None]:
        """Renew it every few seconds while the block runs."""
        async with _beating(self.renew, str(self._delivery_id)):
            yield


class LotLease:
    """The hold of a lot's attempts on their deliveries: renewed together, and lost each by itself.

    Reckoned as a `Lease` is.

    Args:
        sessions: Where it is renewed.
        lot: The attempts, all claimed by one transaction.
        since: The monotonic clock before the claim, in seconds.
        monotonic: Seconds of a clock that never goes back.
    """

    def __init__(
        self,
        sessions: async_sessionmaker[AsyncSession],
        lot: Sequence[Claimed],
        *,
        since: float,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._sessions = sessions
        self._held = {one.token: one.delivery.id for one in lot}
        self._monotonic = monotonic
        self._sure_until = since + LEASE.total_seconds()

    def let_go(self, claimed: Claimed) -> None:
        """Hold one attempt's delivery no longer: it is settled, or somebody else's."""
        self._held.pop(claimed.token, None)

    def check_of(self, claimed: Claimed) -> Callable[[], Awaitable[None]]:
        """What a call of one attempt asks before it leaves; as `Lease.check`."""

        async def check() -> None:
            if self._monotonic() >= self._sure_until - SPARE_S:
                try:
                    await self.renew()
                except (SQLAlchemyError, OSError) as fault:
                    raise LeaseLost from fault
            if claimed.token not in self._held:
                raise LeaseLost

        return check

    async def renew(self) -> None:
        """Hold on to all that are still held for another lease from now, by one statement."""
        asked_at = self._monotonic()
        async with self._sessions.begin() as session:
            kept = await session.scalars(
                update(Delivery)
                .where(tuple_(Delivery.id, Delivery.token).in_(_pairs(self._held)))
                .values(lease_until=func.clock_timestamp() + LEASE)
                .returning(Delivery.token)
                .execution_options(synchronize_session=False)
            )
            still = set(kept)
        self._held = {token: one for token, one in self._held.items() if token in still}
        self._sure_until = asked_at + LEASE.total_seconds()

    @contextlib.asynccontextmanager
    async def kept(self) -> AsyncIterator[None]:
        """Renew it every few seconds while the block runs."""
        async with _beating(self.renew, "of a lot"):
            yield


def _pairs(held: Mapping[UUID, UUID]) -> list[tuple[UUID, UUID]]:
    return [(delivery_id, token) for token, delivery_id in held.items()]


@contextlib.asynccontextmanager
async def _beating(renew: Callable[[], Awaitable[None]], of: str) -> AsyncIterator[None]:
    """Renew every few seconds while the block runs."""

    async def beat() -> None:
        while True:
            await asyncio.sleep(BEAT_S)
            try:
                await renew()
            except LeaseLost:
                return  # the next call, or the settle, finds out
            except (SQLAlchemyError, OSError):
                LOG.warning("lease not renewed", delivery_id=of)

    beating = asyncio.create_task(beat())
    try:
        yield
    finally:
        beating.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await beating
