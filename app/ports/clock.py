"""The application's clock: one reading a request, job or sweep, passed down as `now`."""

from datetime import datetime
from typing import Protocol


class Clock(Protocol):
    """Tells business time."""

    async def now(self) -> datetime:
        """The present instant, aware, in UTC."""
