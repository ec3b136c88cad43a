"""Changes of bills: asked for in time, and never again where nobody knows what became of one."""

from app.delivery.sending import Delivered, Expired, Sending
from app.delivery.systems import Systems
from app.ports.errors import OutcomeUnknown


async def submit_change(sending: Sending, systems: Systems) -> Delivered | Expired:
    """Ask the automation for a change of a bill, while that is still right.

    Raises:
        OutcomeUnknown: an earlier attempt may have asked for it; then nothing is sent.

    Source: docs/domain/upgrade.md, I3 and I8.
    """
    if sending.unsure:
        raise OutcomeUnknown("Whether the hook got the request of an earlier attempt is unknown.")
    if sending.not_after is not None and await sending.now() >= sending.not_after:
        return Expired(
            f"It would have left after {sending.not_after:%Y-%m-%dT%H:%M:%SZ}, when the change "
            "was right no more."
        )
    await systems.the_billing().submit(sending.payload, key=sending.key)
    return Delivered({})
