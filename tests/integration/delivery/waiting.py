"""Deliveries that wait for their system, made in numbers, and what became of them."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from app.db.clock import real_now
from app.db.ids import new_id
from app.db.models import Delivery
from app.delivery.attempts import Claimed, claim
from app.domain.delivery import DeliveryKind
from tests.world import World


async def intended(world: World, kind: DeliveryKind, number: int, payload: Any) -> list[UUID]:
    """So many deliveries of a kind, of the only plan, without jobs."""
    plan = await world.plan()
    made = [new_id() for _ in range(number)]
    async with world.sessions.begin() as session:
        session.add_all(
            Delivery(
                id=one,
                plan_id=plan.id,
                kind=str(kind),
                system=str(kind.system),
                subject=f"test/{one}",
                key=f"test/{one}#1",
                payload=payload,
                created_at=world.now,
            )
            for one in made
        )
    return made


async def posts(world: World, number: int, room: str = "support") -> list[UUID]:
    """So many messages to a room."""
    payload: Mapping[str, str] = {"room": room, "text": "A message", "thread": "T"}
    return await intended(world, DeliveryKind.CHAT_POST, number, dict(payload))


async def claimed(world: World, delivery_id: UUID) -> Claimed | None:
    """Take a delivery in hand as a worker does, within its system's limits."""
    async with world.sessions.begin() as session:
        at: datetime = await real_now(session)
        return await claim(session, delivery_id, real_now=at, buckets=world.work.courier.buckets)


async def delivery(world: World, delivery_id: UUID) -> Delivery:
    """A delivery as it is."""
    async with world.sessions() as session:
        return await session.get_one(Delivery, delivery_id)


async def jobs_of(world: World, delivery_id: UUID) -> int:
    """How many jobs it has."""
    (found,) = await world.rows(
        "SELECT count(*) FROM jobs.pgqueuer WHERE convert_from(payload, 'UTF8') LIKE :like",
        like=f"%{delivery_id}%",
    )
    return int(found[0])
