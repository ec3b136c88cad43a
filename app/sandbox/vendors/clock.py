"""The time the stand-ins live in: the application's, as its requests last told it."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

_RFC3339 = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,9})?(Z|[+-][0-9]{2}:[0-9]{2})"
)


class InstantNotUnderstood(ValueError):
    """The text is no RFC 3339 instant between the years 2000 and 2100."""


def parse_instant(text: str) -> datetime:
    """Read an RFC 3339 instant as UTC.

    Raises:
        InstantNotUnderstood: Another form, an impossible day, or a year outside 2000 to 2100.
    """
    if not _RFC3339.fullmatch(text):
        raise InstantNotUnderstood(text)
    try:
        instant = datetime.fromisoformat(text).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise InstantNotUnderstood(text) from error
    if not 2000 <= instant.year <= 2100:
        raise InstantNotUnderstood(text)
    return instant


def written(instant: datetime) -> str:
    """Write an instant as the vendors do: UTC, whole seconds, `Z`."""
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def real_clock() -> datetime:
    """The machine's own time."""
    return datetime.now(UTC)


class SandboxClock:
    """Runs on from the last instant it was told; the real time until it was told one.

    Real time stays visible beside it, because a vendor's key windows, token lives and filling
    boards are waited for by retries, which run in real time as well.
    """

    def __init__(self, real_now: Callable[[], datetime] = real_clock) -> None:
        self._real_now = real_now
        self._ahead = timedelta(0)

    def observe(self, text: str) -> None:
        """Take over the application's time, forwards or backwards."""
        self._ahead = parse_instant(text) - self._real_now()

    def now(self) -> datetime:
        """The application's time."""
        return self._real_now() + self._ahead

    def real_now(self) -> datetime:
        """The machine's time."""
        return self._real_now()
