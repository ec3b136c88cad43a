"""Chat messages: the room's system makes a repeat of the same key harmless."""

from app.delivery.sending import Delivered, Sending
from app.delivery.systems import Systems


async def post_message(sending: Sending, systems: Systems) -> Delivered:
    """Post to a room; the key makes the system return the message that it has."""
    payload = sending.payload
    ref = await systems.the_chat().post(
        payload["room"], payload["text"], thread=payload["thread"], key=sending.key
    )
    return Delivered({"message_ref": ref})
