"""Points a rule's refusal at the field of the caller's own body."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from app.domain.errors import DomainError


@contextmanager
def pointing(
    places: Mapping[str, str], *, by_code: Mapping[str, str] | None = None
) -> Iterator[None]:
    """Let refusals out with their pointers translated.

    Args:
        places: The body's pointer for a rule's pointer.
        by_code: The body's pointer for a refusal that has none, by its code.
    """
    try:
        yield
    except DomainError as refusal:
        if refusal.pointer is None:
            refusal.pointer = (by_code or {}).get(refusal.code)
        else:
            refusal.pointer = places.get(refusal.pointer, refusal.pointer)
        raise
