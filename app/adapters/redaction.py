"""Takes secrets out of whatever is kept or shown of a request and its answer."""

import re
from collections.abc import Iterable, Mapping
from urllib.parse import parse_qsl, quote, quote_plus

import httpx

REDACTED = "[redacted]"
KEPT_BYTES = 4096

# Names whose values are secrets wherever they stand: in a query, a form, or a JSON body.
SECRET_NAMES = frozenset(
    {
        "access_token",
        "api_key",
        "apikey",
        "authorization",
        "client_secret",
        "code",
        "key",
        "password",
        "refresh_token",
        "secret",
        "signature",
        "token",
    }
)
_SECRET_HEADERS = frozenset(
    {"authorization", "x-api-key", "x-make-apikey", "proxy-authorization", "cookie"}
)
_JSON_TOKEN = re.compile(
    r'("(?:access_token|refresh_token|client_secret|password|secret|token)"\s*:\s*)"(?:[^"\\]|\\.)*+"?'
)
# Shorter values are no secrets, and replacing them would blot out ordinary text.
_SHORTEST_SECRET = 6


def shown_url(url: httpx.URL, *, secret_path: bool = False) -> str:
    """Write an address without the values of secret query parameters and without user info.

    Args:
        url: The address.
        secret_path: Whether its path and its whole query are secrets as well.
    """
    bare = url.copy_with(userinfo=b"", query=None)
    if secret_path:
        return f"{bare.copy_with(raw_path=b'/')}{REDACTED}"
    if not url.query:
        return str(bare)
    pairs = [
        f"{name}={REDACTED if name.lower() in SECRET_NAMES else value}"
        for name, value in url.params.multi_items()
    ]
    return f"{bare}?{'&'.join(pairs)}"


def secrets_of(url: httpx.URL, headers: Mapping[str, str], body: bytes) -> frozenset[str]:
    """Collect the secret values that a request carries, so that they vanish from its record."""
    found = {value for name, value in url.params.multi_items() if name.lower() in SECRET_NAMES}
    for name, value in headers.items():
        if name.lower() in _SECRET_HEADERS:
            found.update((value, value.rpartition(" ")[2]))
    if headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
        form = parse_qsl(body.decode("utf-8", "replace"))
        found.update(value for name, value in form if name.lower() in SECRET_NAMES)
    long_enough = {value for value in found if len(value) >= _SHORTEST_SECRET}
    # In a form or an address a secret stands as it was escaped there.
    escaped = {write(value) for value in long_enough for write in (quote, quote_plus)}
    return frozenset(long_enough | escaped)


def shown_body(body: bytes, secrets: Iterable[str]) -> str:
    """Write a body for the operator: secrets replaced, then cut to 4 KB.

    Args:
        body: The bytes as they went over the wire.
        secrets: Values to replace wherever they stand, the longest first.
    """
    text = body.decode("utf-8", "replace").replace("\x00", "\N{REPLACEMENT CHARACTER}")
    for secret in sorted(secrets, key=len, reverse=True):
        text = text.replace(secret, REDACTED)
    text = _JSON_TOKEN.sub(rf'\1"{REDACTED}"', text)
    raw = text.encode("utf-8")
    if len(raw) <= KEPT_BYTES:
        return text
    return raw[:KEPT_BYTES].decode("utf-8", "ignore") + "…"
