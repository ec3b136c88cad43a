"""Single charges to a client's card on file: made once, looked up before anything is repeated."""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class ChargeWanted:
    """One charge.

    Args:
        quote_id: Finds the charge again; kept with it at the vendor.
        reference: As people call it.
        minor: Minor units, above zero.
        currency: ISO 4217 code in capitals.
        customer_ref: The client at the vendor.
        payment_method_ref: The card at the vendor.
        description: As the receipt says it.
        receipt_email: Where the receipt goes, if anywhere.
    """

    quote_id: str
    reference: str
    minor: int
    currency: str
    customer_ref: str
    payment_method_ref: str
    description: str
    receipt_email: str | None = None


@dataclass(frozen=True, slots=True)
class ChargeMade:
    """A charge that succeeded; `card` is kind and last digits, where they are told."""

    ref: str
    minor: int
    currency: str
    card: str | None = None


class Charges(Protocol):
    """Whoever charges cards. Every method raises the errors of `app.ports.errors`."""

    async def charge(self, wanted: ChargeWanted, *, key: str) -> ChargeMade:
        """Charge the card now, its holder not being there; a repeat under one key charges once.

        A decline, or a bank that asks the card's holder to confirm, is `Refused`.
        """

    async def find(self, quote_id: str) -> ChargeMade | None:
        """The charge of a quote that succeeded; None where the vendor shows none.

        One that is still being processed is `OutcomeUnknown`: nothing may be sent beside it.
        """

    async def probe(self) -> str:
        """Check the credentials; return a sentence that names the account."""
