"""Standard Webhooks, written anew from the specification: verifies our caller, signs call backs."""

import base64
import hashlib
import hmac
import re
from collections.abc import Mapping
from datetime import datetime

TOLERANCE_S = 300


class SignatureWrong(Exception):
    """A request does not prove whose it is; the text says what is wrong with it."""


def verify(secret: str, headers: Mapping[str, str], body: bytes, *, now: datetime) -> str:
    """Verify a request; returns its id.

    Args:
        secret: `whsec_` and base64.
        headers: Names in any case that the mapping understands.
        body: The raw bytes.
        now: The machine's time.

    Raises:
        SignatureWrong: A header is missing, too old, or no signature is right.
    """
    message_id, written = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    if not message_id or not re.fullmatch(r"[0-9]{1,12}", written):
        raise SignatureWrong("webhook-id or webhook-timestamp is missing")
    if abs(now.timestamp() - int(written)) > TOLERANCE_S:
        raise SignatureWrong("webhook-timestamp is more than five minutes off")
    wanted = signature(secret, message_id, int(written), body).encode()
    given = headers.get("webhook-signature", "").split(" ")
    if not any(hmac.compare_digest(wanted, one.encode()) for one in given):
        raise SignatureWrong("no webhook-signature is right")
    return message_id


def signature(secret: str, message_id: str, at: int, body: bytes) -> str:
    """The signature of a body: `v1,` and base64."""
    key = base64.b64decode(secret.split("_", 1)[1])
    digest = hmac.new(key, f"{message_id}.{at}.".encode() + body, hashlib.sha256).digest()
    return f"v1,{base64.b64encode(digest).decode()}"
