"""Charges: looked up first where an earlier attempt may have been one, and repeated by key only."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from app.delivery.sending import Delivered, Sending
from app.delivery.systems import Systems
from app.domain.money import Money
from app.ports.charges import ChargeMade, ChargeWanted
from app.ports.errors import OutcomeUnknown


async def create_charge(sending: Sending, systems: Systems) -> Delivered:
    """Charge the card once.

    Where an earlier attempt may have charged, the vendor is asked first. What it does not show is
    asked for again under the same key, which the vendor remembers for a day; after that the key
    protects no more, and a person decides.

    Raises:
        OutcomeUnknown: whether it was charged cannot be established, or the vendor tells of
            another amount than was asked for.
    """
    payload, charges = sending.payload, systems.the_charges()
    if sending.unsure:
        found = await charges.find(payload["quote_id"])
        if found is not None:
            return _delivered(found, payload)
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
    return _delivered(await charges.charge(wanted, key=sending.key), payload)


def _delivered(made: ChargeMade, payload: Mapping[str, Any]) -> Delivered:
    """What the vendor tells of is believed only where it is the very amount."""
    if (made.minor, made.currency) != (payload["minor"], payload["currency"]):
        told = Money.from_minor(made.minor, made.currency).spoken()
        asked = Money.from_minor(payload["minor"], payload["currency"]).spoken()
        raise OutcomeUnknown(
            f"The vendor tells of {told} ({made.ref}); {asked} was asked for.",
            code="another_amount",
        )
    return Delivered(
        {"ref": made.ref, "minor": made.minor, "currency": made.currency, "card": made.card}
    )
