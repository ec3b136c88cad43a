"""The strip of days that a plan turns on: Tuesday to Sunday of its window, and the live Monday."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from app.console.when import When
from app.domain.calendar import day_of


@dataclass(frozen=True, slots=True)
class WeekDay:
    """One day of the strip; `place` is past, today or ahead."""

    day: date
    place: str
    live: bool


@dataclass(frozen=True, slots=True)
class Week:
    """The window with the live date, and a sentence on where we are in it."""

    days: tuple[WeekDay, ...]
    caption: str


def week_of(live_on: date, window_opens_at: datetime, when: When) -> Week:
    """Lay a plan's window out.

    Args:
        live_on: The live date.
        window_opens_at: First instant of the window.
        when: Now, in the client's zone.
    """
    opens_on = day_of(window_opens_at, when.zone)
    length = (live_on - opens_on).days
    days = [opens_on + timedelta(days=number) for number in range(length + 1)]
    cells = tuple(WeekDay(day, _place(day, when.today), day == live_on) for day in days)
    return Week(cells, _caption(opens_on, live_on, length, when))


def _place(day: date, today: date) -> str:
    if day == today:
        return "today"
    return "past" if day < today else "ahead"


def _caption(opens_on: date, live_on: date, length: int, when: When) -> str:
    today = when.today
    if today < opens_on:
        return f"The window opens {when.away(opens_on)}, on {when.day(opens_on)}."
    if today < live_on:
        number = (today - opens_on).days + 1
        last = "" if number < length else ", the last one"
        return f"Today is day {number} of {length} of the window{last}."
    return "Today is the live date." if today == live_on else "The window is over."
