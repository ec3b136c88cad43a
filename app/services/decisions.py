"""What an operator decides about a stuck effect, whosever it is: on the row, and in the trail."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.db.models import Delivery
from app.domain.actor import Actor
from app.domain.carrying_out import Evidence
from app.domain.carrying_out import evidence_as_json as as_json
from app.domain.delivery import DeliveryState
from app.services.audit import record


@dataclass(frozen=True, slots=True)
class Decide:
    """What an operator decides about a stuck delivery."""

    delivery_id: UUID
    action: str
    reason: str | None = None
    evidence: Evidence | None = None


def settle_by_hand(delivery: Delivery, command: Decide, *, now: datetime) -> None:
    """Skip a delivery, or count it as done by hand; the caller notes the decision."""
    skipped = command.action == "skip"
    delivery.state = DeliveryState.SKIPPED if skipped else DeliveryState.DONE_BY_HAND
    delivery.settled_at, delivery.evidence = now, as_json(command.evidence)
    delivery.reason = command.reason


def note_decision(
    session: AsyncSession,
    delivery: Delivery,
    command: Decide,
    *,
    before: str,
    actor: Actor,
    now: datetime,
) -> None:
    """Write down who decided what; the version counts."""
    delivery.version += 1
    record(
        session,
        actor=actor,
        action=f"delivery.{command.action.replace('-', '_')}",
        subject=("delivery", delivery.id),
        plan_id=delivery.plan_id,
        now=now,
        before={"state": before},
        after={"state": str(delivery.state), "evidence": delivery.evidence},
        reason=command.reason,
    )
