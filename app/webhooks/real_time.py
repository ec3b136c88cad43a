"""The database's real time, asked now and then and carried on by the process' steady clock."""

import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Final

ASKED_EVERY_S: Final = 10.0


class RealTime:
    """Real time for the ages of signatures, which are allowed minutes: no host's clock decides.

    Args:
        ask: The database's own clock, in seconds since 1970.
        clock: Seconds that only go forward.
    """

    def __init__(
        self, ask: Callable[[], Awaitable[float]], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._ask = ask
        self._clock = clock
        self._ahead_by = 0.0
        self._asked_at: float | None = None

    async def now(self) -> datetime:
        """The present instant, in UTC."""
        if self._asked_at is None or self._clock() - self._asked_at > ASKED_EVERY_S:
            told = await self._ask()
            self._asked_at = self._clock()
            self._ahead_by = told - self._asked_at
        return datetime.fromtimestamp(self._clock() + self._ahead_by, UTC)
