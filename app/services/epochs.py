"""After a backup was restored: what may have been sent before is looked up before it is sent."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import Exists, exists, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.db.clock import real_now
from app.db.ids import new_id
from app.db.jobs import Job, enqueue_all
from app.db.models import Delivery, RestoreEpoch
from app.domain.actor import Actor
from app.domain.delivery import UNSETTLED, DeliveryState
from app.services.audit import record

LASTS = timedelta(days=3)
"""By then what the lost time had set off has been set off again, by the clock or by people."""

RESTORED = "A backup was restored: this may have been sent before, so it is looked up first."


@dataclass(frozen=True, slots=True)
class Begun:
    """A restore epoch: until when it lasts, and how many deliveries go into reconciliation."""

    ends_at: datetime
    unsettled: int


def in_epoch() -> Exists:
    """Whether the present moment lies in a restore epoch, as a condition of a statement."""
    return exists().where(RestoreEpoch.ends_at > func.clock_timestamp())


async def begin_epoch(
    session: AsyncSession, *, actor: Actor, now: datetime, lasts: timedelta = LASTS
) -> Begun:
    """Put every unsettled delivery into reconciliation, and each new one for a while.

    Their keys and markers stay as they are: by these they are found at the vendors. What cannot be
    looked up there, and is not harmless to repeat under its key, ends with a person. What was in
    hand and is withdrawn is left to whoever takes it back from its worker, so that it stays
    withdrawn.

    Args:
        session: No worker may be running on this database yet.
        actor: Who restored it.
        now: The application's clock.
        lasts: How long new effects are looked up before they are sent.
    """
    at = await real_now(session)
    left = await _left_withdrawn(session, at)
    ids = await _put_into_reconciliation(session, at)
    if ids:
        await enqueue_all(session, Job.DELIVER, [{"delivery_id": str(one)} for one in ids])
    epoch = RestoreEpoch(id=new_id(), began_at=at, ends_at=at + lasts, unsettled=len(ids) + left)
    session.add(epoch)
    record(
        session,
        actor=actor,
        action="restore.begun",
        subject=("restore_epoch", epoch.id),
        now=now,
        after={"ends_at": epoch.ends_at.isoformat(), "unsettled": epoch.unsettled},
    )
    return Begun(epoch.ends_at, epoch.unsettled)


async def _left_withdrawn(session: AsyncSession, at: datetime) -> int:
    """Have what was in hand and is withdrawn taken back now; return how many there are."""
    withdrawn = await session.scalars(
        update(Delivery)
        .where(Delivery.state == DeliveryState.SENDING, Delivery.withdraw)
        .values(lease_until=at)
        .returning(Delivery.id)
        .execution_options(synchronize_session=False)
    )
    return len(list(withdrawn))


async def _put_into_reconciliation(session: AsyncSession, at: datetime) -> Sequence[UUID]:
    unsettled = await session.scalars(
        update(Delivery)
        .where(
            Delivery.state.in_([str(state) for state in UNSETTLED]),
            or_(Delivery.state != DeliveryState.SENDING, ~Delivery.withdraw),
        )
        .values(
            state=str(DeliveryState.UNCERTAIN),
            token=None,
            lease_until=None,
            next_attempt_at=None,
            held_at=None,
            paced_at=None,
            enqueued_at=at,
            reason=RESTORED,
            version=Delivery.version + 1,
        )
        .returning(Delivery.id)
        .execution_options(synchronize_session=False)
    )
    return list(unsettled)


async def end_epochs(session: AsyncSession, *, actor: Actor, now: datetime) -> int:
    """Take new effects for new again; return how many epochs were under way."""
    at = await real_now(session)
    ended = list(
        await session.scalars(
            update(RestoreEpoch)
            .where(RestoreEpoch.ends_at > at)
            .values(ends_at=at)
            .returning(RestoreEpoch.id)
        )
    )
    for epoch_id in ended:
        record(
            session,
            actor=actor,
            action="restore.ended",
            subject=("restore_epoch", epoch_id),
            now=now,
            after={"ends_at": at.isoformat()},
        )
    return len(ended)


async def is_in_epoch(session: AsyncSession) -> bool:
    """Whether the present moment lies in a restore epoch."""
    return bool(await session.scalar(select(in_epoch())))
