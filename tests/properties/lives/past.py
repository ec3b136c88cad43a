"""A life's own memory of what held when, reckoned apart from the service."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from uuid import UUID
from zoneinfo import ZoneInfo

from tests.properties.lives.reading import Row, Seen

WINDOW = timedelta(days=6)


@cache
def first_instant(day: date, zone: str) -> datetime:
    """The first instant of a day in a zone: looked for between two that surely enclose it."""
    here = ZoneInfo(zone)
    low = datetime.combine(day, time(), UTC) - timedelta(hours=30)
    high = low + timedelta(hours=60)
    while high - low > timedelta(microseconds=1):
        middle = low + (high - low) / 2
        if middle.astimezone(here).date() < day:
            low = middle
        else:
            high = middle
    return high


@dataclass(frozen=True)
class Window:
    """The window that a plan has since some instant; nothing of it while it has no date."""

    since: datetime
    zone: str
    live_on: date | None
    opens_at: datetime | None
    live_at: datetime | None

    @classmethod
    def of(cls, live_on: date | None, zone: str, since: datetime) -> "Window":
        """The window before a live date, reckoned here."""
        if live_on is None:
            return cls(since, zone, None, None, None)
        opens_at, live_at = first_instant(live_on - WINDOW, zone), first_instant(live_on, zone)
        return cls(since, zone, live_on, opens_at, live_at)


@dataclass
class Past:
    """What a life remembers.

    Attributes:
        windows: Of each plan, the oldest first.
        made_in: The window in which an adjustment was carried out, by its id and that instant.
        sent: How much of the outside's ledger was looked at before.
    """

    windows: dict[UUID, list[Window]] = field(default_factory=dict)
    made_in: dict[tuple[UUID, datetime], Window] = field(default_factory=dict)
    sent: int = 0

    def learn(self, before: Seen, after: Seen, now: datetime) -> Sequence[Row]:
        """Remember the windows that changed; return the plans whose date is new."""
        dated = []
        known = {plan.id: plan for plan in before.plans}
        for plan in after.plans:
            was = known.get(plan.id)
            if was is None or (was.live_on, was.timezone) != (plan.live_on, plan.timezone):
                window = Window.of(plan.live_on, plan.timezone, now)
                self.windows.setdefault(plan.id, []).append(window)
                if plan.live_on is not None and (was is None or was.live_on != plan.live_on):
                    dated.append(plan)
        for one in after.adjustments:
            if one.carried_out_at is not None:
                key = (one.id, one.carried_out_at)
                self.made_in.setdefault(key, self.windows[one.plan_id][-1])
        return dated

    def window(self, plan: Row, at: datetime) -> Window:
        """The window that a plan had at an instant."""
        held = self.windows[plan.id]
        return next((one for one in reversed(held) if one.since <= at), held[0])
