"""Verifies the JWT with which monday.com signs its calls: HS256, one audience, not expired."""

import base64
import binascii
import hmac
import re
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal

from app.domain.strict_json import MalformedJson, parse
from app.ports.inbound import SignatureInvalid

MOST_CHARACTERS = 8192
_TOKEN = re.compile(r"([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)", re.ASCII)


def verify(token: str, *, secret: str | None, audience: str, now: datetime) -> None:
    """Let a call pass only with a token that monday made for this address and that still holds.

    Args:
        token: The header's value: the token alone.
        secret: The app's signing secret; None or empty means that nobody passes.
        audience: Our address, which the claim `aud` must equal.
        now: Real time, aware; `exp` must lie after it.

    Raises:
        SignatureInvalid: Says what was missing or wrong, never what was expected.

    Source: monday.com, "Authorization header"; RFC 7515, section 3; RFC 8725, section 3.1.
    """
    if not secret:
        raise SignatureInvalid("No signing secret is set, so no signature can be right.")
    if not token:
        raise SignatureInvalid("The header authorization is missing.")
    parts = _TOKEN.fullmatch(token) if len(token) <= MOST_CHARACTERS else None
    if parts is None:
        raise SignatureInvalid("The header authorization holds no JWT alone.")
    header, claims, signature = parts.groups()
    # Before anything in the token is believed: the algorithm is ours to say, not the token's.
    expected = hmac.digest(secret.encode(), f"{header}.{claims}".encode("ascii"), "sha256")
    if not hmac.compare_digest(expected, _decoded(signature)):
        raise SignatureInvalid("The JWT's signature does not match.")
    _check_header(_object(header))
    _check_claims(_object(claims), audience=audience, now=now)


def _check_header(header: Mapping[str, object]) -> None:
    if header.get("alg") != "HS256" or "crit" in header:
        raise SignatureInvalid("The JWT is not signed by HS256 alone.")


def _check_claims(claims: Mapping[str, object], *, audience: str, now: datetime) -> None:
    expires = claims.get("exp")
    if isinstance(expires, bool) or not isinstance(expires, int | Decimal):
        raise SignatureInvalid("The JWT does not say when it expires.")
    if expires <= Decimal(str(now.timestamp())):
        raise SignatureInvalid("The JWT has expired.")
    given = claims.get("aud")
    if not isinstance(given, str) or not hmac.compare_digest(
        given.encode("utf-8"), audience.encode("utf-8")
    ):
        raise SignatureInvalid("The JWT was made for another address.")


def _object(part: str) -> Mapping[str, object]:
    try:
        value = parse(_decoded(part))
    except MalformedJson:
        value = None
    if not isinstance(value, dict):
        raise SignatureInvalid("The JWT cannot be read.")
    return value


def _decoded(part: str) -> bytes:
    try:
        return base64.b64decode(part + "=" * (-len(part) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise SignatureInvalid("The JWT cannot be read.") from None
