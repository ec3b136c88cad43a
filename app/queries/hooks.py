"""Subscriptions that stand, and the events that were sent of late."""

from typing import Any, Final

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.db.models import Delivery, Hook
from app.domain.delivery import DeliveryKind

NEWEST: Final = (Hook.created_at, Hook.id)
SAMPLES: Final = 3
_LOOKED_AT: Final = 50


def hooks_listed(target_url: str | None) -> Select[*tuple[Any, ...]]:
    """The subscriptions that have not ended, to be ordered and cut by `NEWEST`."""
    wanted: Select[*tuple[Any, ...]] = select(Hook).where(Hook.ended_at.is_(None))
    return wanted if target_url is None else wanted.where(Hook.target_url == target_url)


async def newest_events(session: AsyncSession, event: str) -> list[dict[str, Any]]:
    """The newest events of a type, each once, newest first.

    Args:
        session: Of the request.
        event: The type.
    """
    bodies = await session.scalars(
        select(Delivery.payload["body"])
        .where(
            Delivery.kind == str(DeliveryKind.HOOK_POST),
            Delivery.hook_id.is_not(None),
            Delivery.subject == event,
        )
        .order_by(Delivery.created_at.desc(), Delivery.id.desc())
        .limit(_LOOKED_AT)
    )
    found: dict[str, dict[str, Any]] = {}
    for body in bodies:
        found.setdefault(body["id"], body)
    return list(found.values())[:SAMPLES]
