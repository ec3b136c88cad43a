"""Points a rule's refusal at the field of the caller's own body."""

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from typing import Final

from app.domain.errors import DomainError

# Rules name the plan's values; the body of an agreement holds them elsewhere.
_IN_AGREEMENT: Final = {
    "/from_package": "/movement/from",
    "/to_package": "/movement/to",
    "/live_on": "/agreement/live_on",
}
_IN_AGREEMENT_BY_CODE: Final = {"day_not_understood": "/agreement/live_on"}


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


def pointing_into_agreement() -> AbstractContextManager[None]:
    """The same, where the body is the document of a signed agreement."""
    return pointing(_IN_AGREEMENT, by_code=_IN_AGREEMENT_BY_CODE)
