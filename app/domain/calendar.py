"""Days, zones and the instants at which days begin; days are read by rule and never guessed."""

import re
from collections.abc import Set as AbstractSet
from datetime import UTC, date, datetime, time, timedelta
from functools import cache, lru_cache
from typing import Final
from zoneinfo import ZoneInfo, available_timezones

from app.domain.errors import DayNotUnderstood, ZoneUnknown
from app.domain.wording import MONTHS, day_in_words

_MONDAY: Final = 0
_SATURDAY: Final = 5
_DAY: Final = timedelta(days=1)
_WEEK: Final = timedelta(days=7)
_YEARS: Final = range(1900, 2201)
# Files that some machines keep beside the zones; what they mean differs from one to the next.
_NOT_ZONES: Final = frozenset({"Factory", "localtime", "posixrules"})
_ISO_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_RFC_3339: Final = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,9})?"
    r"(?:[Zz]|[+-][0-9]{2}:[0-9]{2})",
)


def zone_of(name: object) -> ZoneInfo:
    """Find a time zone by its IANA name, spelled exactly ("Australia/Sydney").

    Args:
        name: As given by a caller; may be anything.

    Raises:
        ZoneUnknown: Not the name of an IANA zone: paths, abbreviations, wrong capitals.
    """
    if not isinstance(name, str) or name not in _zone_names():
        raise ZoneUnknown(
            "This is not an IANA time zone; write one like 'Australia/Sydney'.",
        )
    return ZoneInfo(name)


def first_instant_of(day: date, zone: ZoneInfo) -> datetime:
    """The first instant that exists on a day in a zone, in UTC.

    00:00 as a rule; the end of the gap where the clock jumps over midnight; the first of two
    midnights where it is set back to it. A day that the zone left out altogether
    (Pacific/Apia, 30 December 2011) begins when it was jumped over.

    Source: docs/domain/upgrade.md, "Words" (live instant) and "Holidays and zones".
    """
    return first_instant_at(day, time.min, zone)


def end_of(day: date, zone: ZoneInfo) -> datetime:
    """The instant at which a day is over in a zone, in UTC: the next one begins."""
    return first_instant_of(day + timedelta(days=1), zone)


def spoken_instant(instant: datetime, zone: ZoneInfo) -> str:
    """An instant as people say it, on the clock of a zone: 17:00 on Monday 7 December 2026."""
    local = instant.astimezone(zone)
    return f"{local:%H:%M} on {spoken(local.date())}"


@lru_cache(maxsize=4096)
def first_instant_at(day: date, at: time, zone: ZoneInfo) -> datetime:
    """The first instant at which the clock of a zone has come to a time of a day, in UTC.

    Where the clock jumps over that time, the end of the jump; where it shows it twice, the first.

    Args:
        day: The calendar day there.
        at: The time of day there.
        zone: Whose clock it is.
    """
    wall = datetime.combine(day, at)
    # In a gap, fold 0 reckons with the offset before the jump and so lands after it.
    late = wall.replace(tzinfo=zone, fold=0).astimezone(UTC)
    if late.astimezone(zone).replace(tzinfo=None) == wall:
        return late
    early = wall.replace(tzinfo=zone, fold=1).astimezone(UTC)
    return _jump_between(early, late, zone)


def live_instant(live_on: date, zone: ZoneInfo) -> datetime:
    """The instant at which a live date begins in the client's zone, in UTC.

    Source: docs/domain/upgrade.md, "Words".
    """
    return first_instant_of(live_on, zone)


def day_of(instant: datetime, zone: ZoneInfo) -> date:
    """The calendar day on which an instant falls in a zone.

    Args:
        instant: Aware, in any zone.
        zone: Usually the client's.

    Raises:
        DayNotUnderstood: The instant has no zone, or lies outside the calendar.
    """
    if instant.tzinfo is None:
        raise DayNotUnderstood(f"{instant.isoformat()} has no zone, so it falls on no one day.")
    try:
        return instant.astimezone(zone).date()
    except OverflowError as beyond:
        raise DayNotUnderstood(f"{instant.isoformat()} is outside the calendar.") from beyond


def is_monday(day: date) -> bool:
    """Whether a day is a Monday."""
    return day.weekday() == _MONDAY


def mondays_around(day: date) -> tuple[date, date]:
    """The last Monday before a day and the first after it; a Monday itself is neither.

    Source: docs/domain/upgrade.md, I1.
    """
    return day - timedelta(days=day.weekday() or 7), day + timedelta(days=7 - day.weekday())


def window_opens_on(live_on: date, window_days: int = 6) -> date:
    """First day of the pre-live window: [live date - 6 days, live instant).

    Source: docs/domain/upgrade.md, "Words".
    """
    return live_on - timedelta(days=window_days)


def parse_day(text: object, zone: ZoneInfo) -> date:
    """Read a day by rule: an ISO day is that day, an instant is converted to the zone first.

    Args:
        text: `YYYY-MM-DD`, or RFC 3339 with `Z` or an offset; years 1900 to 2200.
        zone: The client's; it decides on which day an instant falls.

    Raises:
        DayNotUnderstood: Anything else: local times, epochs, slashes, week dates, blanks.

    Source: docs/domain/upgrade.md, "Holidays and zones".
    """
    try:
        day = _read(text, zone)
    except ValueError as no_such_day:
        raise DayNotUnderstood("This is a day or time that never comes.") from no_such_day
    if day.year not in _YEARS:
        raise DayNotUnderstood("This is not in the years 1900 to 2200.")
    return day


def spoken(day: date, language: str = "en") -> str:
    """Write a day out for a message: "Monday 7 December 2026".

    Args:
        day: The day, already in the client's zone.
        language: Tag such as "de" or "pt-BR"; one that we do not speak gets English.

    Source: docs/domain/upgrade.md, "People".
    """
    return day_in_words(day, language)


def spoken_span(first: date, last: date) -> str:
    """Write a run of days out in English, both ends included: "7 to 9 December 2026".

    Args:
        first: First day of the run.
        last: Last day of the run; the same day makes one date.
    """
    end = f"{last.day} {_month(last)} {last.year}"
    if first == last:
        return end
    if (first.year, first.month) == (last.year, last.month):
        return f"{first.day} to {end}"
    start = f"{first.day} {_month(first)}"
    return f"{start} to {end}" if first.year == last.year else f"{start} {first.year} to {end}"


def is_business_day(day: date, holidays: AbstractSet[date] = frozenset()) -> bool:
    """Whether people work on a day: Monday to Friday, no public holiday."""
    return day.weekday() < _SATURDAY and day not in holidays


def add_business_days(day: date, days: int, holidays: AbstractSet[date] = frozenset()) -> date:
    """Count business days on from a day, or back if negative; the day itself does not count.

    Args:
        day: May itself be a weekend or holiday; with 0 days it comes back unchanged.
        days: Business days to go.
        holidays: Public holidays of the place that counts.
    """
    step = _DAY if days > 0 else -_DAY
    left = abs(days)
    while left:
        day += step
        left -= is_business_day(day, holidays)
    return day


def next_working_monday(day: date, holidays: AbstractSet[date] = frozenset()) -> date:
    """The first Monday after a day that is no public holiday.

    Source: docs/domain/upgrade.md, "Holidays and zones".
    """
    monday = mondays_around(day)[1]
    while monday in holidays:
        monday += _WEEK
    return monday


@cache
def _zone_names() -> frozenset[str]:
    return frozenset(available_timezones() - _NOT_ZONES)


def _jump_between(early: datetime, late: datetime, zone: ZoneInfo) -> datetime:
    """The instant of the zone's jump, looked for between one before it and one after it.

    Args:
        early: UTC, before the jump.
        late: UTC, at the jump or after it.
        zone: The zone whose clock jumps once between them.
    """
    before = early.astimezone(zone).utcoffset()
    low, high = 0, int((late - early).total_seconds())
    while high - low > 1:
        middle = (low + high) // 2
        here = (early + timedelta(seconds=middle)).astimezone(zone).utcoffset()
        low, high = (middle, high) if here == before else (low, middle)
    return early + timedelta(seconds=high)


def _read(text: object, zone: ZoneInfo) -> date:
    if isinstance(text, str) and _ISO_DAY.fullmatch(text):
        return date.fromisoformat(text)
    if isinstance(text, str) and _RFC_3339.fullmatch(text):
        return day_of(datetime.fromisoformat(text.upper()), zone)
    raise DayNotUnderstood(
        "This is neither a day (2026-12-07) nor an instant with its zone (2026-12-06T14:00:00Z).",
    )


def _month(day: date) -> str:
    return MONTHS["en"][day.month - 1]
