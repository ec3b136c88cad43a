"""Charges: looked up first where an earlier attempt may have been one, and repeated by key only."""

from datetime import datetime
from typing import Any

from app.delivery.sending import Delivered, Sending
from app.delivery.systems import Systems
from app.ports.charges import ChargeMade, ChargeWanted
from app.ports.errors import OutcomeUnknown


async def create_charge(sending: Sending, systems: Systems) -> Delivered:
    """Charge the card once.

    Where an earlier attempt may have charged, the vendor is asked first. What it does not show is
    asked for again under the same key, which the vendor remembers for a day; after that the key
    protects no more, and a person decides.

    Raises:
        OutcomeUnknown: whether it was charged cannot be established.
    """
    payload, charges = sending.payload, systems.the_charges()
    if sending.unsure:
        found = await charges.find(payload["quote_id"])
        if found is not None:
            return Delivered(_result(found))
        if await sending.now() >= datetime.fromisoformat(payload["repeat_until"]):
            raise OutcomeUnknown("Its key is forgotten by now; whether it was charged is unknown.")
    wanted = ChargeWanted(
        quote_id=payload["quote_id"],
        reference=payload["reference"],
        minor=payload["minor"],
        currency=payload["currency"],
        customer_ref=payload["customer_ref"],
        payment_method_ref=payload["payment_method_ref"],
        description=payload["description"],
        receipt_email=payload["receipt_email"],
    )
    return Delivered(_result(await charges.charge(wanted, key=sending.key)))


def _result(made: ChargeMade) -> dict[str, Any]:
    return {"ref": made.ref, "minor": made.minor, "currency": made.currency, "card": made.card}
