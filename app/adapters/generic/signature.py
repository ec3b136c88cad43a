"""Signs and verifies by Standard Webhooks: over raw bytes, with any number of secrets."""

import base64
import binascii
import hmac
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

from app.ports.inbound import SignatureInvalid

TOLERANCE = timedelta(seconds=300)
HEADERS = ("webhook-id", "webhook-timestamp", "webhook-signature")
_PREFIX = "whsec_"
_VERSION = "v1,"


def machine_clock() -> datetime:
    """The machine's own time: signature ages do not follow the sandbox clock."""
    return datetime.now(UTC)


def key_of(secret: str) -> bytes:
    """Read a secret, `whsec_` and base64, into the key it stands for.

    Raises:
        ValueError: It is empty or not base64; the text never repeats it.
    """
    try:
        key = base64.b64decode(secret.strip().removeprefix(_PREFIX), validate=True)
    except (binascii.Error, ValueError):
        raise ValueError("A webhook secret must be whsec_ followed by base64.") from None
    if not key:
        raise ValueError("A webhook secret is empty.")
    return key


def sign(secret: str, *, message_id: str, at: datetime, body: bytes) -> str:
    """Sign a body: the value of `webhook-signature` for this id and instant.

    Args:
        secret: `whsec_` and base64.
        message_id: The value of `webhook-id`.
        at: The instant sent as `webhook-timestamp`, in whole seconds.
        body: The raw bytes as sent.

    Source: Standard Webhooks specification, "Signature scheme".
    """
    content = f"{message_id}.{int(at.timestamp())}.".encode() + body
    return _VERSION + _signature(key_of(secret), content).decode("ascii")


def verify(
    secrets: Sequence[str], headers: Mapping[str, str], body: bytes, *, now: datetime
) -> None:
    """Let a call pass only if one of its signatures is right by one of the secrets.

    Args:
        secrets: Active secrets; several while one replaces another. None means nobody passes.
        headers: Header names in lower case.
        body: The raw bytes as received.
        now: Real time, aware; a call more than five minutes off is refused.

    Raises:
        SignatureInvalid: Says what was missing or wrong, never what was expected.

    Source: Standard Webhooks specification, "Verifying webhooks".
    """
    if not secrets:
        raise SignatureInvalid("No webhook secret is set, so no signature can be right.")
    message_id, timestamp, given = (_header(headers, name) for name in HEADERS)
    _check_age(timestamp, now)
    content = b".".join((_raw(message_id), timestamp.encode("ascii"), body))
    expected = [_signature(key_of(secret), content) for secret in secrets]
    # Bytes on both sides: compare_digest raises on text beyond ASCII, and headers may hold it.
    offered = [
        _raw(part.removeprefix(_VERSION)) for part in given.split() if part.startswith(_VERSION)
    ]
    matches = [hmac.compare_digest(one, other) for one in expected for other in offered]
    if not any(matches):
        raise SignatureInvalid("The webhook signature does not match the body.")


def _header(headers: Mapping[str, str], name: str) -> str:
    value = headers.get(name, "")
    if not value:
        raise SignatureInvalid(f"The header {name} is missing.")
    return value


def _check_age(timestamp: str, now: datetime) -> None:
    if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= 12):
        raise SignatureInvalid("The header webhook-timestamp is not a whole number of seconds.")
    if abs(now.timestamp() - int(timestamp)) > TOLERANCE.total_seconds():
        raise SignatureInvalid("The call was signed more than five minutes from now.")


def _signature(key: bytes, content: bytes) -> bytes:
    return base64.b64encode(hmac.digest(key, content, "sha256"))


def _raw(text: str) -> bytes:
    """The bytes of a header as they came: servers read them as latin-1."""
    try:
        return text.encode("latin-1")
    except UnicodeEncodeError:
        return text.encode("utf-8", "surrogatepass")
