"""The source `tier-request`: whoever holds a key or the secret may ask for other users."""

from collections.abc import Mapping

from app.adapters.generic.aliases import unwrapped
from app.adapters.generic.bodies import read_bodies
from app.adapters.generic.flattening import nested
from app.adapters.generic.inbound import GenericAgreements
from app.ports.inbound import InboundCall


class TierRequests(GenericAgreements):
    """Implements `AgreementSender` for requests of other users, in the generic forms."""

    def parse(self, call: InboundCall) -> tuple[Mapping[str, object], ...]:
        """Read the body in any of its forms; a document without an event is a request."""
        documents = (nested(unwrapped(nested(flat))) for flat in read_bodies(call))
        return tuple({"event": "tier.requested", **document} for document in documents)
