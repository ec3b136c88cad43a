"""The source `agreement`: whoever holds a key or the secret may tell us of an agreement."""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime

from app.adapters.generic.aliases import canonical, unwrapped
from app.adapters.generic.bodies import read_bodies
from app.adapters.generic.flattening import nested
from app.adapters.generic.signature import HEADERS, key_of, verify
from app.ports.inbound import Acknowledgement, InboundCall, SignatureInvalid

MOST_BODY_BYTES = 1024 * 1024
LONGEST_EVENT_ID = 200


class GenericAgreements:
    """Implements `AgreementSender` for Zapier, Make, n8n and one's own code.

    Args:
        secrets: Active Standard Webhooks secrets (`whsec_...`); with none, only API keys pass.
        max_body_bytes: Most bytes of a body.

    Raises:
        ValueError: A secret is empty or not base64.
    """

    accepts_api_key: bool = True

    def __init__(
        self, *, secrets: Sequence[str] = (), max_body_bytes: int = MOST_BODY_BYTES
    ) -> None:
        for secret in secrets:
            key_of(secret)
        self._secrets = tuple(secrets)
        self.max_body_bytes = max_body_bytes

    def handshake(self, call: InboundCall) -> Acknowledgement | None:
        """Nobody asks first."""
        return None

    def verify(self, call: InboundCall, *, now: datetime) -> None:
        """Check the Standard Webhooks signature over the raw body; nothing passes without one."""
        if not any(call.headers.get(name) for name in HEADERS):
            raise SignatureInvalid("Send an API key of the role integration, or sign the call.")
        verify(self._secrets, call.headers, call.body, now=now)

    def parse(self, call: InboundCall) -> tuple[Mapping[str, object], ...]:
        """Read the body in any of its forms into documents in our words."""
        return tuple(canonical(_opened(nested(flat))) for flat in read_bodies(call))

    def dedupe_key(self, call: InboundCall, document: Mapping[str, object], index: int) -> str:
        """The document's own event id, else the `webhook-id` header, else a hash of the body.

        The latter two belong to the whole call, so further documents of an array add their
        index. An id too long to keep is kept as its hash.
        """
        own = document.get("event_id")
        if isinstance(own, int) and not isinstance(own, bool):
            own = str(own)
        if isinstance(own, str) and own.strip():
            return _bounded(own.strip())
        carried = call.headers.get("webhook-id", "").strip()
        base = _bounded(carried) if carried else f"sha256:{hashlib.sha256(call.body).hexdigest()}"
        return base if index == 0 else f"{base}#{index}"

    def ack(self) -> Acknowledgement:
        """Our own JSON answer."""
        return Acknowledgement()


def _opened(document: dict[str, object]) -> dict[str, object]:
    """What an envelope holds may be flattened in its turn; a document without one is nested."""
    inner = unwrapped(document)
    return document if inner is document else nested(inner)


def _bounded(event_id: str) -> str:
    if len(event_id) <= LONGEST_EVENT_ID:
        return event_id
    digest = hashlib.sha256(event_id.encode("utf-8", "surrogatepass")).hexdigest()
    return f"sha256:{digest}"
