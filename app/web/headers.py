"""The headers that protect every answer, and the stricter ones of every page."""

from collections.abc import Iterable
from typing import Final

Header = tuple[bytes, bytes]

PAGE_POLICY: Final = (
    "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; "
    "frame-ancestors 'none'; form-action 'self'"
)
_ALWAYS: Final[tuple[Header, ...]] = (
    (b"x-content-type-options", b"nosniff"),
    # Answers hold clients' data: no shared cache keeps them, and a private one asks first.
    (b"cache-control", b"private, no-cache"),
)
_OF_PAGES: Final[tuple[Header, ...]] = (
    (b"content-security-policy", PAGE_POLICY.encode()),
    (b"referrer-policy", b"same-origin"),
    (b"x-frame-options", b"DENY"),
)


def completed(headers: Iterable[Header]) -> list[Header]:
    """An answer's headers, with what it does not set itself."""
    pairs = list(headers)
    given = dict(pairs)
    is_page = given.get(b"content-type", b"").startswith(b"text/html")
    wanted = (*_ALWAYS, *_OF_PAGES) if is_page else _ALWAYS
    pairs.extend(pair for pair in wanted if pair[0] not in given)
    return pairs
