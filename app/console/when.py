"""Days and times as the pages say them: in the client's zone, seen from now."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from app.domain.calendar import day_of, spoken
from app.domain.period import runs_of
from app.domain.wording import counted

_MINUTE = timedelta(minutes=1)
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class When:
    """Says instants and days to people of Support and Marketing.

    Attributes:
        now: The present instant, aware.
        zone: The client's; every day and every time on a plan's page is counted in it.
    """

    now: datetime
    zone: ZoneInfo

    @property
    def today(self) -> date:
        """The client's calendar day."""
        return day_of(self.now, self.zone)

    @property
    def zone_name(self) -> str:
        """The zone as a person says it: "Brisbane time"."""
        place = self.zone.key.rpartition("/")[2].replace("_", " ")
        return place if place in ("UTC", "GMT") else f"{place} time"

    @property
    def offset(self) -> str:
        """How far the zone is from UTC now: "UTC+10:00"."""
        offset = self.now.astimezone(self.zone).strftime("%z")
        return f"UTC{offset[:3]}:{offset[3:5]}"

    def day(self, day: date) -> str:
        """Written out: "Monday 7 December 2026"."""
        return spoken(day)

    def short(self, day: date) -> str:
        """As a list has room for it: "Mon 7 Dec", with the year where it is another."""
        year = "" if day.year == self.today.year else f" {day.year}"
        return f"{day:%a} {day.day} {day:%b}{year}"

    def time(self, instant: datetime) -> str:
        """The hour in the client's zone: "13:12"."""
        return f"{instant.astimezone(self.zone):%H:%M}"

    def moment(self, instant: datetime) -> str:
        """A day and its hour: "Fri 20 Nov, 13:12"."""
        return f"{self.short(day_of(instant, self.zone))}, {self.time(instant)}"

    def machine(self, instant: datetime) -> str:
        """For the `datetime` of a time element."""
        return f"{instant.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"

    def away(self, day: date) -> str:
        """How far off a day is: "today", "in 3 days", "yesterday"."""
        days = (day - self.today).days
        near = {0: "today", 1: "tomorrow", -1: "yesterday"}
        if days in near:
            return near[days]
        return f"in {days} days" if days > 0 else f"{-days} days ago"

    def until(self, instant: datetime) -> str:
        """How far off an instant is: by days, and in the last two by hours, then minutes."""
        left = instant - self.now
        gap = abs(left)
        if gap >= 2 * _DAY:
            return self.away(day_of(instant, self.zone))
        hours, minutes = divmod(gap // _MINUTE, 60)
        if hours:
            words = counted(hours, "hour")
        elif minutes:
            words = counted(minutes, "minute")
        else:
            return "now"
        return f"in {words}" if left > timedelta(0) else f"{words} ago"

    def runs(self, days: Sequence[date]) -> str:
        """Days in runs: "Tue 1 to Thu 3 Dec, Sat 5 Dec"."""
        return ", ".join(self._run(run.start, run.last) for run in runs_of(days))

    def _run(self, first: date, last: date) -> str:
        if first == last:
            return self.short(first)
        start = f"{first:%a} {first.day}"
        same_month = (first.year, first.month) == (last.year, last.month)
        return f"{start if same_month else self.short(first)} to {self.short(last)}"
