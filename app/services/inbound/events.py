"""An inbound event in hand, and what becomes of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.db.models import Agreement, Plan
from app.domain.actor import Actor
from app.domain.agreement import EventType
from app.domain.errors import NotFound
from app.services.office import Office
from app.services.waiting_events import UNKNOWN


class AgreementUnknown(NotFound):
    """No agreement with this ref has made a plan."""

    code = UNKNOWN


@dataclass(frozen=True, slots=True)
class Brought:
    """An event as it came: its kind, its document in our canonical shape, and its source."""

    kind: EventType
    document: Mapping[str, object]
    source: str


@dataclass(frozen=True, slots=True)
class Understood:
    """What became of an event: the status that it gets, why, and the plan that it concerns."""

    status: str
    reason: str | None = None
    plan: Plan | None = None


class Handler(Protocol):
    """What one kind of event does, in the transaction that settles the event."""

    async def __call__(
        self,
        session: AsyncSession,
        brought: Brought,
        *,
        office: Office,
        actor: Actor,
        now: datetime,
    ) -> Understood:
        """Act on the event; whatever cannot be understood is raised, and quarantines it."""
        ...


async def plan_of_agreement(session: AsyncSession, ref: str | None) -> Plan:
    """The plan that an agreement made, not locked.

    Raises:
        AgreementUnknown: there is none.
    """
    plan = await session.scalar(
        select(Plan).join(Agreement, Agreement.id == Plan.agreement_id).where(Agreement.ref == ref)
    )
    if plan is None:
        raise AgreementUnknown(
            "No agreement with this ref has made a plan.", pointer="/agreement/ref"
        )
    return plan
