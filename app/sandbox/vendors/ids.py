"""Ids that a restarted stand-in does not give out a second time."""

from datetime import datetime


class Numbers:
    """Counts up from the milliseconds of the start, so that an id of an earlier run is unknown."""

    def __init__(self, started_at: datetime) -> None:
        self._last = int(started_at.timestamp() * 1000)

    def next(self) -> int:
        """A number not given out before."""
        self._last += 1
        return self._last
