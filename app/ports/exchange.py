"""What went over the wire during one attempt, kept for the operator with secrets removed."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request and its answer: bodies bounded, secrets redacted, status None where none came."""

    method: str
    url: str
    request: str
    status: int | None
    answer: str
    duration_ms: int


_RECORD: ContextVar[list[Exchange] | None] = ContextVar("exchanges", default=None)


def note_exchange(exchange: Exchange) -> None:
    """Add an exchange to the record of the attempt under way, if one is being kept."""
    record = _RECORD.get()
    if record is not None:
        record.append(exchange)


@contextmanager
def recording() -> Iterator[list[Exchange]]:
    """Collect the exchanges that adapters note inside this block, in order."""
    record: list[Exchange] = []
    token = _RECORD.set(record)
    try:
        yield record
    finally:
        _RECORD.reset(token)
