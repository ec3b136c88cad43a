"""Events to subscribers: the same id in all attempts makes a repeat harmless."""

from uuid import UUID

from app.delivery.sending import Delivered, Sending
from app.delivery.systems import Systems


async def post_event(sending: Sending, systems: Systems) -> Delivered:
    """Post an event; a subscriber that is gone is unsubscribed by whoever settles this."""
    payload = sending.payload
    taken = await systems.the_subscribers().post(
        UUID(payload["hook_id"]), payload["target_url"], payload["body"]
    )
    return Delivered({"gone": not taken})
