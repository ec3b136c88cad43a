"""Events about an agreement that came before it: they wait, and are understood once it is there."""

from datetime import datetime

from sqlalchemy import exists, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.db.clock import real_now
from app.db.jobs import Job, enqueue
from app.db.models import Agreement, InboundEvent
from app.db.names import hold_name
from app.domain.actor import Actor
from app.services.audit import record

UNKNOWN = "agreement_unknown"
"""Code of the refusal with which such an event is quarantined; its reason begins with it."""

INTAKE = Actor.service("intake")


async def one_at_a_time(session: AsyncSession, ref: str) -> None:
    """Let the events of one agreement come one after the other, until the transaction ends.

    The second of two signatures finds the plan of the first, and an event that is just being set
    aside because its agreement is not known is seen by whoever makes the agreement known.
    """
    await hold_name(session, f"agreement:{ref}")


async def wake_waiting(session: AsyncSession, ref: str, *, now: datetime) -> None:
    """Have the oldest event understood again that waits for an agreement which is known by now.

    One after the other, in the order in which they happened: the transaction that settles one
    wakes the next.

    Args:
        session: It holds the agreement by `one_at_a_time`.
        ref: The agreement's ref.
        now: The present instant.

    Source: docs/domain/upgrade.md, I7.
    """
    await session.flush()
    event = await _oldest_waiting(session, ref)
    if event is None:
        return
    record(
        session,
        actor=INTAKE,
        action="inbound_event.replayed",
        subject=("inbound_event", event.id),
        now=now,
        before={"status": event.status, "reason": event.reason},
        after={"status": "received"},
        reason="Its agreement is known by now.",
    )
    event.status, event.reason, event.processed_at = "received", None, None
    event.tries = 0
    event.enqueued_at = await real_now(session)
    await enqueue(session, Job.INBOUND, {"event_id": str(event.id)})


async def _oldest_waiting(session: AsyncSession, ref: str) -> InboundEvent | None:
    known = exists().where(Agreement.ref == ref)
    event: InboundEvent | None = await session.scalar(
        select(InboundEvent)
        .where(
            InboundEvent.agreement_ref == ref,
            InboundEvent.status == "quarantined",
            InboundEvent.reason.startswith(f"{UNKNOWN}:"),
            known,
        )
        .order_by(
            func.coalesce(InboundEvent.occurred_at, InboundEvent.received_at), InboundEvent.id
        )
        .limit(1)
        # Nobody comes by again for one that is passed over, and whoever holds it may be waiting for
        # an event that this transaction holds: the whole is tried again.
        .with_for_update(of=InboundEvent, nowait=True)
    )
    return event
