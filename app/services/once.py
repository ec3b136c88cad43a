"""Writing outside effects down by their facts: what is written down already is not told again."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.db.ids import new_id
from app.db.jobs import Job, enqueue_all
from app.db.models import Delivery
from app.domain.delivery import DeliveryKind, DeliveryState
from app.domain.effect_key import Effect
from app.services.epochs import RESTORED, is_in_epoch


@dataclass(frozen=True, slots=True)
class OnceOnly:
    """One outside effect of a contract, of a run, or of a version of a playbook.

    Attributes:
        kind: What it does.
        occasion: What of its owner it concerns: facts, never when it was written down.
        subject: The same in words.
        payload: Everything the effect needs, frozen, JSON-ready.
        hook_id: The subscription that an event goes to.
    """

    kind: DeliveryKind
    occasion: str
    subject: str
    payload: Mapping[str, Any]
    hook_id: UUID | None = None


class Of(StrEnum):
    """What an effect belongs to: the column that names its owner."""

    CONTRACT = "contract_id"
    RUN = "run_id"
    PLAYBOOK_VERSION = "playbook_version_id"


@dataclass(frozen=True, slots=True)
class Owned:
    """An effect with its owner, and what its key begins with."""

    owner_id: UUID
    ref: str
    effect: OnceOnly


async def intend_once(
    session: AsyncSession,
    owner: tuple[UUID, str],
    effects: Sequence[OnceOnly],
    *,
    now: datetime,
) -> int:
    """Write effects of a contract down with their jobs, in the caller's transaction.

    Args:
        session: The session of the change.
        owner: The contract, and what its keys begin with.
        effects: What is to happen outside.
        now: The present instant.

    Returns:
        How many were not written down before.
    """
    owned = [Owned(*owner, effect) for effect in effects]
    return await intend_owned(session, Of.CONTRACT, owned, now=now)


async def intend_owned(
    session: AsyncSession, of: Of, owned: Sequence[Owned], *, now: datetime
) -> int:
    """The same for effects of several owners of one kind, by one statement each."""
    if not owned:
        return 0
    doubted = await is_in_epoch(session)
    rows = [
        {
            "id": new_id(),
            of.value: one.owner_id,
            "hook_id": one.effect.hook_id,
            "kind": str(one.effect.kind),
            "system": str(one.effect.kind.system),
            "subject": one.effect.subject,
            "key": Effect(one.ref, one.effect.kind, one.effect.occasion).key(1),
            "state": str(DeliveryState.UNCERTAIN if doubted else DeliveryState.PENDING),
            "reason": RESTORED if doubted else None,
            "payload": dict(one.effect.payload),
            "created_at": now,
        }
        for one in owned
    ]
    made = await session.scalars(
        insert(Delivery)
        .values(rows)
        .on_conflict_do_nothing(index_elements=[Delivery.key])
        .returning(Delivery.id)
    )
    ids = list(made)
    if ids:
        await enqueue_all(session, Job.DELIVER, [{"delivery_id": str(one)} for one in ids])
    return len(ids)
