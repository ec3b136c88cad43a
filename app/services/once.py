"""Writing outside effects down by their facts: what is written down already is not told again."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.db.base import new_id
from app.db.jobs import Job, enqueue_all
from app.db.models import Delivery
from app.domain.delivery import DeliveryKind, DeliveryState
from app.domain.effect_key import Effect
from app.services.epochs import RESTORED, is_in_epoch


@dataclass(frozen=True, slots=True)
class OnceOnly:
    """One outside effect of a contract.

    Attributes:
        kind: What it does.
        occasion: What of the contract it concerns: facts, never when it was written down.
        subject: The same in words.
        payload: Everything the effect needs, frozen, JSON-ready.
        hook_id: The subscription that an event goes to.
    """

    kind: DeliveryKind
    occasion: str
    subject: str
    payload: Mapping[str, Any]
    hook_id: UUID | None = None


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
    if not effects:
        return 0
    contract_id, ref = owner
    doubted = await is_in_epoch(session)
    rows = [
        {
            "id": new_id(),
            "contract_id": contract_id,
            "hook_id": each.hook_id,
            "kind": str(each.kind),
            "system": str(each.kind.system),
            "subject": each.subject,
            "key": Effect(ref, each.kind, each.occasion).key(1),
            "state": str(DeliveryState.UNCERTAIN if doubted else DeliveryState.PENDING),
            "reason": RESTORED if doubted else None,
            "payload": dict(each.payload),
            "created_at": now,
        }
        for each in effects
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
