"""The circuits of the outside systems, shared by all workers: who may go, and what came of it.

Each subscriber to events has a circuit of its own: it is a system to itself.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import func, or_, select, true, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.db.chosen import once
from app.db.jobs import Job, enqueue_all
from app.db.models import Delivery, OutsideSystem, SubscriberCircuit
from app.db.models.systems import CircuitColumns
from app.domain.circuit import CLOSED, PROBE_PATIENCE, Circuit, Passage, after, passage
from app.domain.delivery import System
from app.telemetry import logger

LOG = logger(__name__)

RELEASED_AT_ONCE = 500
"""Held deliveries that get a job in one transaction; the next ones follow a moment later."""


def circuit_of(known: CircuitColumns | None) -> Circuit:
    """What a row says of the circuit of its system, or of its subscriber."""
    if known is None:
        return CLOSED
    return Circuit(known.failures, known.opened_at, known.probe_at, known.probes)


def passage_of(
    row: OutsideSystem | None,
    subscriber: SubscriberCircuit | None = None,
    *,
    real_now: datetime,
) -> Passage:
    """Whether an attempt may go to a system just now; one that is paused is waited for.

    Args:
        row: What is known of the system.
        subscriber: What is known of the subscriber, where the attempt goes to one.
        real_now: The database's own clock.
    """
    if row is not None and row.paused_at is not None:
        return Passage.WAIT
    return passage(circuit_of(subscriber or row), real_now=real_now)


def _whose(
    system: System, hook_id: UUID | None
) -> tuple[type[OutsideSystem] | type[SubscriberCircuit], dict[str, Any]]:
    """The table of a circuit, and the key of its row there."""
    if hook_id is not None:
        return SubscriberCircuit, {"hook_id": hook_id}
    return OutsideSystem, {"system": str(system)}


def hold(delivery: Delivery, *, real_now: datetime) -> None:
    """Let a delivery wait for its system without an attempt and without a job."""
    delivery.held_at = delivery.held_at or real_now
    delivery.paced_at = None


async def become_probe(
    session: AsyncSession, system: System, hook_id: UUID | None = None, *, real_now: datetime
) -> bool:
    """Be the one attempt that tries a system that is down; False where another one was first."""
    table, key = _whose(system, hook_id)
    first = await session.execute(
        update(table)
        .filter_by(**key)
        .where(
            OutsideSystem.paused_at.is_(None) if table is OutsideSystem else true(),
            table.opened_at.is_not(None),
            table.probe_at <= real_now,
        )
        .values(probe_at=real_now + PROBE_PATIENCE)
        .returning(table.probe_at)
        .execution_options(synchronize_session=False)
    )
    return first.one_or_none() is not None


async def note_outcome(
    session: AsyncSession,
    system: System,
    hook_id: UUID | None = None,
    *,
    answered: bool | None,
    known: Circuit,
    probe: bool,
    failure: str | None,
    real_now: datetime,
) -> None:
    """Tell all workers what an attempt found: the system answered, or it did not.

    A system that is well costs nobody a statement.

    Args:
        session: The transaction of the settle; the system's row is the last that it locks.
        system: Whom the attempt asked.
        hook_id: Which subscriber, where it was one.
        answered: Whether it answered; None where the attempt came to an end without asking it.
        known: What was known of it when the attempt began.
        probe: Whether the attempt was the one that tries it.
        failure: What went wrong, for the operator.
        real_now: The database's own clock.
    """
    table, key = _whose(system, hook_id)
    if answered is None:
        if probe:
            await _give_back_probe(session, system, hook_id, real_now=real_now)
        return
    if answered and known == CLOSED:
        return
    if not answered:
        await session.execute(insert(table).values(**key).on_conflict_do_nothing())
    row: CircuitColumns | None = await session.get(
        table, key, populate_existing=True, with_for_update=True
    )
    if row is None:
        return
    before = circuit_of(row)
    tried = known.opened_at if probe else None
    now = after(before, answered=answered, tried=tried, real_now=real_now)
    row.failures, row.probes = now.failures, now.probes
    row.opened_at, row.probe_at = now.opened_at, now.probe_at
    row.last_failure = failure if not answered else row.last_failure
    if now.is_open != before.is_open:
        said = "system is down" if now.is_open else "system is up again"
        about = {"hook_id": str(hook_id)} if hook_id is not None else {}
        LOG.warning(said, system=str(system), **about)


async def _give_back_probe(
    session: AsyncSession, system: System, hook_id: UUID | None, *, real_now: datetime
) -> None:
    table, key = _whose(system, hook_id)
    await session.execute(
        update(table)
        .filter_by(**key)
        .where(table.opened_at.is_not(None))
        .values(probe_at=real_now)
        .execution_options(synchronize_session=False)
    )


async def release_held(session: AsyncSession, *, real_now: datetime) -> int:
    """Give deliveries that wait for their system a job, once it may be asked again.

    All of them where it is up; one, to try it, where it is down and its pause is over.

    Returns:
        How many there were.
    """
    waiting = await session.execute(
        select(Delivery.system, Delivery.hook_id, OutsideSystem, SubscriberCircuit)
        .outerjoin(OutsideSystem, OutsideSystem.system == Delivery.system)
        .outerjoin(SubscriberCircuit, SubscriberCircuit.hook_id == Delivery.hook_id)
        .where(Delivery.held_at.is_not(None))
        .distinct()
    )
    released = 0
    for system, hook_id, row, subscriber in waiting.all():
        most = _MOST[passage_of(row, subscriber, real_now=real_now)]
        if most:
            released += await _release(session, system, hook_id, most, real_now=real_now)
    return released


_MOST: Mapping[Passage, int] = {
    Passage.GO: RELEASED_AT_ONCE,
    Passage.PROBE: 1,
    Passage.WAIT: 0,
}


async def _release(
    session: AsyncSession, system: str, hook_id: UUID | None, most: int, *, real_now: datetime
) -> int:
    """Enqueue held deliveries, those first that wait longest; a probe is one whose time has come.

    One that was settled meanwhile, by a person say, is let go as well: its job finds nothing to do.
    """
    soon = real_now + timedelta(seconds=1)
    is_ripe = or_(Delivery.next_attempt_at.is_(None), Delivery.next_attempt_at <= soon)
    chosen = (
        select(Delivery.id)
        .where(Delivery.system == system, Delivery.held_at.is_not(None))
        .where(Delivery.hook_id == hook_id if hook_id is not None else true())
        .where(is_ripe if most == 1 else true())
        .order_by(Delivery.held_at)
        .limit(most)
        .with_for_update(skip_locked=True)
    )
    freed = await session.scalars(
        update(Delivery)
        .where(Delivery.id.in_(once(chosen)))
        .values(held_at=None, enqueued_at=func.clock_timestamp())
        .returning(Delivery.id)
        .execution_options(synchronize_session=False)
    )
    jobs = [{"delivery_id": str(delivery_id)} for delivery_id in freed]
    if jobs:
        await enqueue_all(session, Job.DELIVER, jobs)
    return len(jobs)
