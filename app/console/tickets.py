"""The signed token in the console's cookie: whose key it stands for, and until when."""

import base64
import binascii
import hmac
import json
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Final

LIFETIME: Final = timedelta(hours=12)
"""A working day: who signs in in the morning is not asked again before the evening."""


@dataclass(frozen=True, slots=True)
class Ticket:
    """What a token says: `holder` names the key that was shown, and is not the key."""

    holder: str
    expires_at: datetime


def signing_key(secret_key: str) -> bytes:
    """The key that tokens are signed with, derived so that it serves nothing else.

    Raises:
        ValueError: The installation has no secret, so nothing can be signed.
    """
    if not secret_key:
        raise ValueError("an installation without a secret signs nobody in")
    return hmac.digest(secret_key.encode(), b"changeover console ticket", sha256)


def issue(key: bytes, holder: str, *, now: datetime) -> str:
    """Make a token.

    Args:
        key: From `signing_key`.
        holder: Names the API key that was shown.
        now: Real time, aware: a sign-in lasts hours of the person's day, not of the sandbox.
    """
    expires = int((now + LIFETIME).timestamp())
    document = json.dumps([holder, expires, secrets.token_urlsafe(12)], separators=(",", ":"))
    body = _text(document.encode())
    return f"{body}.{_text(_seal(key, body))}"


def read(key: bytes, token: str, *, now: datetime) -> Ticket | None:
    """What a token says, or None where it was made by somebody else or is over."""
    body, _, seal = token.partition(".")
    try:
        given = base64.b64decode(seal + "=" * (-len(seal) % 4), altchars=b"-_", validate=True)
    except (ValueError, binascii.Error):
        return None
    if not hmac.compare_digest(given, _seal(key, body)):
        return None
    holder, expires, _ = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    expires_at = datetime.fromtimestamp(expires, UTC)
    return Ticket(holder, expires_at) if now < expires_at else None


def form_token(key: bytes, token: str) -> str:
    """What a form of this session carries; another site can neither read nor reckon it."""
    return _text(hmac.digest(key, b"form " + token.encode(), sha256))


def fingerprint(key: bytes, plain: str) -> str:
    """Names a key that has no row, and says nothing of it."""
    return hmac.digest(key, b"holder " + plain.encode(), sha256).hex()[:24]


def _seal(key: bytes, body: str) -> bytes:
    return hmac.digest(key, b"ticket " + body.encode(), sha256)


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")
