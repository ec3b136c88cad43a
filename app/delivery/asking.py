"""Reading at a system: counted like all that it is asked, and held off while it is down."""

import contextlib
from collections.abc import AsyncIterator
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from app.db.clock import real_now
from app.db.models import OutsideSystem
from app.delivery import budgets, circuits
from app.delivery.budgets import Buckets
from app.domain.circuit import Circuit, Passage
from app.domain.delivery import System
from app.domain.pacing import cost_of
from app.ports.errors import OutcomeUnknown, RateLimited, Transient, VendorError
from app.ports.exchange import Exchange, recording

HELD_OFF = timedelta(seconds=15)
"""After which a reading that was held off is tried again; it counts as no try."""

UNSAID = timedelta(seconds=30)
"""How long a system is left alone that is asked too much and does not say for how long."""


class NotNow(Transient):
    """The system may not be asked just now; nothing has left."""


@contextlib.asynccontextmanager
async def asking(
    sessions: async_sessionmaker[AsyncSession], system: System, buckets: Buckets
) -> AsyncIterator[None]:
    """Let the block read at a system, and tell all workers what it found and what it cost.

    Args:
        sessions: Where that is kept.
        system: Whom the block asks.
        buckets: What the system is limited by.

    Raises:
        NotNow: it is down, paused, or wants to be left alone.
    """
    async with sessions.begin() as session:
        known, probe = await _let_in(session, system, buckets, at=await real_now(session))
    failure: VendorError | None = None
    with recording() as exchanges:
        try:
            yield
        except VendorError as fault:
            failure = fault
            raise
        finally:
            cost = cost_of(system, [one.method for one in exchanges])
            async with sessions.begin() as session:
                if exchanges:
                    await budgets.spend(session, buckets, cost)
                if isinstance(failure, RateLimited):
                    await budgets.drain(session, buckets, _wanted_pause(failure))
                await circuits.note_outcome(
                    session,
                    system,
                    answered=_answered(failure, exchanges),
                    known=known,
                    probe=probe,
                    failure=failure.detail if failure else None,
                    real_now=await real_now(session),
                )


async def _let_in(
    session: AsyncSession, system: System, buckets: Buckets, *, at: datetime
) -> tuple[Circuit, bool]:
    row = await session.scalar(select(OutsideSystem).where(OutsideSystem.system == system))
    may = circuits.passage_of(row, real_now=at)
    left_alone = bool(buckets) and await budgets.left_alone(session, buckets)
    if may is Passage.WAIT or left_alone:
        raise NotNow(f"{system} may not be asked just now.", code="held_off")
    probe = may is Passage.PROBE
    if probe and not await circuits.become_probe(session, system, real_now=at):
        raise NotNow(f"{system} is just being tried by another.", code="held_off")
    return circuits.circuit_of(row), probe


def _answered(failure: VendorError | None, exchanges: list[Exchange]) -> bool | None:
    if not exchanges:
        return None
    return isinstance(failure, RateLimited) or not isinstance(failure, Transient | OutcomeUnknown)


def _wanted_pause(failure: RateLimited) -> timedelta:
    said = failure.retry_after_s
    return timedelta(seconds=said) if said is not None else UNSAID
