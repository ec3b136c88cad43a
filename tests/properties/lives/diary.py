"""The diary of a life: what happened when, in sentences; a counterexample is read as one."""

from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

from app.domain.calendar import spoken


@dataclass
class Diary:
    """Sentences with the instants at which they were written, told in the client's zone."""

    zone: ZoneInfo
    lines: list[str] = field(default_factory=list)

    @property
    def place(self) -> str:
        """The zone as people call it: "Brisbane"."""
        return self.zone.key.rpartition("/")[2].replace("_", " ")

    def write(self, at: datetime, sentence: str) -> None:
        """Add a line: "Friday 20 November 2026 13:12 (Brisbane) - PROP-1 signed"."""
        here = at.astimezone(self.zone)
        time = here.time().isoformat("auto") if here.second or here.microsecond else f"{here:%H:%M}"
        self.lines.append(f"{spoken(here.date())} {time} ({self.place}) - {sentence}")

    def add(self, more: str) -> None:
        """Say more on the last line."""
        self.lines[-1] += f": {more}"

    def __str__(self) -> str:
        return "\n".join(self.lines)


class Broken(AssertionError):
    """An invariant does not hold: the diary up to there, and what is wrong."""

    def __init__(self, diary: Diary, invariant: str, complaint: str) -> None:
        super().__init__(f"\n{diary}\n{invariant} broken: {complaint}\n")
        self.invariant = invariant
