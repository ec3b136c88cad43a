"""The source `helpscout`: conversations that are tagged as requests for other users."""

import base64
import hmac
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Final

from app.domain.strict_json import MalformedJson, parse
from app.ports.inbound import Acknowledgement, CallNotParseable, InboundCall, SignatureInvalid

MOST_BODY_BYTES: Final = 1024 * 1024
_USERS: Final = re.compile(r"users[-: ]?([0-9]{1,7})", re.ASCII | re.IGNORECASE)
_USERS_FIELD: Final = "requested users"
_ACCOUNT_FIELD: Final = "account"


class HelpScoutEvents:
    """Implements `AgreementSender` for a webhook of Help Scout.

    Args:
        secret: The webhook's secret.
        tag: Conversations with this tag are requests; the others are let pass.

    Source: Help Scout, "Webhooks": HMAC-SHA1 over the raw body, in base64; no stamp.
    """

    accepts_api_key: bool = False
    max_body_bytes: int = MOST_BODY_BYTES

    def __init__(self, *, secret: str, tag: str) -> None:
        self._key = secret.encode()
        self._tag = tag.strip().lower()

    def handshake(self, call: InboundCall) -> Acknowledgement | None:
        """Help Scout's test event is signed like every other, and kept as one."""
        return None

    def verify(self, call: InboundCall, *, now: datetime) -> None:
        """Compare the signature in base64; without a stamp its age cannot be known."""
        given = call.headers.get("x-helpscout-signature", "").strip()
        right = base64.b64encode(hmac.digest(self._key, call.body, "sha1"))
        if not given or not hmac.compare_digest(given.encode(), right):
            raise SignatureInvalid("X-HelpScout-Signature is missing or not right.")

    def parse(self, call: InboundCall) -> tuple[Mapping[str, object], ...]:
        """Read a tagged conversation as a request; of any other event only its name is kept.

        The number of users is a custom field "Requested users", else a tag such as `users-25`;
        the account is a custom field "Account", else found by the customer's address.
        """
        body = _object(call)
        tags = _tags(body)
        if self._tag not in tags:
            kind = call.headers.get("x-helpscout-event", "event")
            return ({"event": f"helpscout.{kind}"},)
        fields = _fields(body)
        customer = body.get("primaryCustomer") or body.get("customer")
        email = customer.get("email") if isinstance(customer, dict) else None
        users = fields.get(_USERS_FIELD) or next(
            (match[1] for tag in sorted(tags) if (match := _USERS.fullmatch(tag))), None
        )
        return (
            {
                "event": "tier.requested",
                "requested_users": users,
                "account": {"ref": fields.get(_ACCOUNT_FIELD)},
                "client": {"email": email},
                "conversation_ref": str(body.get("id", "")),
            },
        )

    def dedupe_key(self, call: InboundCall, document: Mapping[str, object], index: int) -> str:
        """One request of one conversation is one event, however often it is saved or tagged.

        Another number of users in the same conversation is another request.
        """
        body = _object(call)
        if document.get("event") == "tier.requested":
            users = document.get("requested_users")
            return f"{document.get('conversation_ref')}:{users}"[:200]
        kind = call.headers.get("x-helpscout-event", "event")
        return f"{kind}:{body.get('id')}:{body.get('updatedAt') or body.get('userUpdatedAt')}"[:200]

    def ack(self) -> Acknowledgement:
        """Any 2xx means that it is kept."""
        return Acknowledgement()


def _object(call: InboundCall) -> Mapping[str, object]:
    try:
        body = parse(call.body)
    except MalformedJson as fault:
        raise CallNotParseable(fault.detail) from None
    if not isinstance(body, dict):
        raise CallNotParseable("A conversation is a JSON object.")
    return body


def _tags(body: Mapping[str, object]) -> set[str]:
    tags = body.get("tags")
    names = [
        tag.get("tag") or tag.get("name") if isinstance(tag, dict) else tag
        for tag in (tags if isinstance(tags, list) else [])
    ]
    return {name.strip().lower() for name in names if isinstance(name, str)}


def _fields(body: Mapping[str, object]) -> dict[str, str]:
    fields = body.get("customFields")
    return {
        str(field.get("name", "")).strip().lower(): str(field.get("text") or field.get("value"))
        for field in (fields if isinstance(fields, list) else [])
        if isinstance(field, dict) and (field.get("text") or field.get("value"))
    }
