"""Counts requests by the minute, as the vendors' limits do."""

from datetime import datetime


class MinuteLimit:
    """A budget that is whole again at the start of every minute of real time."""

    def __init__(self, budget: int) -> None:
        self.budget = budget
        self._minute = ""
        self._used = 0

    def spend(self, cost: int, now: datetime) -> None:
        """Count a request; spending beyond the budget is counted as well."""
        self._turn(now)
        self._used += cost

    def left(self, now: datetime) -> int:
        """What remains of this minute's budget, never below zero."""
        self._turn(now)
        return max(0, self.budget - self._used)

    def wait_s(self, now: datetime) -> int:
        """Whole seconds until the budget is whole again."""
        return 60 - now.second

    def _turn(self, now: datetime) -> None:
        minute = now.isoformat(timespec="minutes")
        if minute != self._minute:
            self._minute = minute
            self._used = 0
