"""The source `stripe`: what became of a charge, told by Stripe and signed over the raw body."""

import hmac
import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from app.domain.strict_json import MalformedJson, parse
from app.ports.inbound import Acknowledgement, CallNotParseable, InboundCall, SignatureInvalid

MOST_BODY_BYTES: Final = 512 * 1024
TOLERANCE: Final = timedelta(seconds=300)
_STAMP: Final = re.compile(r"[0-9]{1,12}", re.ASCII)
_EVENTS: Final = {
    "payment_intent.succeeded": "payment.succeeded",
    "payment_intent.payment_failed": "payment.failed",
}


class StripeEvents:
    """Implements `AgreementSender` for Stripe's webhook endpoint.

    Args:
        secret: The endpoint's signing secret, used as it is written.

    Source: Stripe, "Verify webhook signatures manually".
    """

    accepts_api_key: bool = False
    max_body_bytes: int = MOST_BODY_BYTES

    def __init__(self, *, secret: str) -> None:
        self._key = secret.encode()

    def handshake(self, call: InboundCall) -> Acknowledgement | None:
        """Stripe never asks first."""
        return None

    def verify(self, call: InboundCall, *, now: datetime) -> None:
        """Check one of the `v1` signatures over the stamp and the raw body."""
        header = call.headers.get("stripe-signature", "")
        pairs = [part.strip().partition("=") for part in header.split(",")]
        stamp = next((value for name, _, value in pairs if name == "t"), "")
        given = [value for name, _, value in pairs if name == "v1"]
        if not _STAMP.fullmatch(stamp) or not given:
            raise SignatureInvalid("Stripe-Signature is missing, or has no stamp and signature.")
        if abs(now.timestamp() - int(stamp)) > TOLERANCE.total_seconds():
            raise SignatureInvalid("The call was signed more than five minutes ago.")
        right = hmac.digest(self._key, stamp.encode() + b"." + call.body, "sha256").hex()
        if not any(hmac.compare_digest(right.encode(), one.encode()) for one in given):
            raise SignatureInvalid("The signature is not right.")

    def parse(self, call: InboundCall) -> tuple[Mapping[str, object], ...]:
        """Read one event: of a payment in our words, of anything else only its name."""
        try:
            event = parse(call.body)
        except MalformedJson as fault:
            raise CallNotParseable(fault.detail) from None
        if not isinstance(event, dict):
            raise CallNotParseable("An event is a JSON object.")
        kind = str(event.get("type", ""))
        if kind not in _EVENTS:
            return ({"event": f"stripe.{kind}"},)
        data = event.get("data")
        intent = data.get("object") if isinstance(data, dict) else None
        if not isinstance(intent, dict):
            raise CallNotParseable("The event names no payment.")
        metadata = intent.get("metadata")
        marks = metadata if isinstance(metadata, dict) else {}
        error = intent.get("last_payment_error")
        return (
            {
                "event": _EVENTS[kind],
                "quote_id": marks.get("quote_id"),
                "payment": {
                    "ref": intent.get("id"),
                    "minor": intent.get("amount_received") or intent.get("amount"),
                    "currency": str(intent.get("currency", "")).upper(),
                    "code": error.get("code") if isinstance(error, dict) else None,
                },
            },
        )

    def dedupe_key(self, call: InboundCall, document: Mapping[str, object], index: int) -> str:
        """Stripe's own id of the event: it may deliver one several times."""
        try:
            event = parse(call.body)
        except MalformedJson as fault:
            raise CallNotParseable(fault.detail) from None
        found = event.get("id") if isinstance(event, dict) else None
        if not isinstance(found, str) or not found or len(found) > 200:
            raise CallNotParseable("The event has no id.")
        return found

    def ack(self) -> Acknowledgement:
        """Any 2xx means that it is kept."""
        return Acknowledgement()
