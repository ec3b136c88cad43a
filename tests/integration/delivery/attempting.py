"""What workers do with deliveries, a step at a time."""

from datetime import datetime, timedelta

from app.db.clock import real_now
from app.db.models import Delivery
from app.delivery.attempts import Claimed, Outcome, claim, settle
from app.domain.delivery import DeliveryState
from app.scheduler.queue import inbound
from tests.builders import signed_document
from tests.world import World


async def begun(world: World) -> None:
    """A plan whose effects are intended; none is carried out yet."""
    event = await world.store_event(signed_document())
    await world.change("DELETE FROM jobs.pgqueuer")
    await inbound(world.work, {"event_id": str(event)})


async def the(world: World, kind: str) -> Delivery:
    (one,) = await world.deliveries(kind)
    return one


async def taken(world: World, delivery: Delivery, *, ago: timedelta = timedelta()) -> Claimed:
    """A worker takes a delivery in hand, perhaps a while ago."""
    async with world.sessions.begin() as session:
        at: datetime = await real_now(session) - ago
        claimed = await claim(session, delivery.id, real_now=at)
    assert claimed is not None
    return claimed


DONE = Outcome(DeliveryState.DELIVERED, "delivered", result={"ref": "1", "url": None})


async def settled(world: World, claimed: Claimed, outcome: Outcome = DONE) -> None:
    async with world.sessions.begin() as session:
        at = await real_now(session)
        await settle(session, claimed, outcome, [], now=world.now, real_now=at)
