"""An event that waits for its agreement is woken, whoever holds it at that moment."""

import asyncio
from contextlib import suppress

from sqlalchemy.exc import DBAPIError

from app.db.driver import Lines, engine_of
from app.db.models import InboundEvent
from app.services.intake import process_event
from app.webhooks.storing import Arrived, Repeated, count_repeats
from tests.builders import signed_document
from tests.world import World

VOIDED = {
    "event": "agreement.voided",
    "agreement": {"ref": "PROP-1042"},
    "occurred_at": "2026-11-23T00:00:00Z",
}


async def repeated(world: World, *events: InboundEvent) -> None:
    """The sender brings events once more, in one call."""
    known = [Arrived(event.event_id or "", event.document or {}) for event in events]
    async with Lines(engine_of(world.sessions)).transaction() as driver:
        await count_repeats(driver, [Repeated("agreement", known)])


async def test_an_event_whose_repeat_is_being_counted_is_woken_all_the_same(plain: World) -> None:
    # given an agreement that was voided before its signature came: that waits
    waiting = await plain.store_event(VOIDED)
    await plain.run_until_idle()
    voided = await plain.event(waiting)
    assert voided.status == "quarantined"
    signed = await plain.event(await plain.store_event(signed_document()))

    # when the sender repeats both while the signature is being understood
    with suppress(DBAPIError):  # its job comes again
        async with plain.sessions.begin() as session:
            await session.get(InboundEvent, signed.id, with_for_update=True)
            counting = asyncio.create_task(repeated(plain, voided, signed))
            await asyncio.sleep(0.3)
            await process_event(session, signed.id, office=plain.office, now=plain.now)
    await counting
    await plain.run_until_idle()

    # then the plan of the voided agreement does not go on
    assert [plan.state for plan in await plain.plans()] == ["cancelled"]
    assert (await plain.event(waiting)).status == "processed"
