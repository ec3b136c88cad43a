"""Every Monday of twenty years in every zone: its first instant, found a second way.

The second way knows nothing of gaps and folds: it walks through UTC minute by minute and looks at
the clock on the wall. Where the zone's clock was not set within a day and a half, its one offset
is enough. Left to itself the suite walks through every sixteenth zone and those that are known for
their midnights; with more examples asked for, through all of them.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo, available_timezones

from hypothesis import settings

from app.domain.calendar import day_of, first_instant_of, live_instant, window_opens_on

ASKED_FOR_MORE = settings().max_examples > 100
FIRST, LAST = date(2018, 1, 1), date(2037, 12, 28)
MONDAYS = [FIRST + timedelta(weeks=n) for n in range((LAST - FIRST).days // 7 + 1)]
NEAR = timedelta(hours=36)
MINUTE = timedelta(minutes=1)
NAMES = sorted(available_timezones() - {"Factory", "localtime", "posixrules"})
KNOWN_FOR_THEIR_MIDNIGHTS = {
    "Africa/Cairo",
    "America/Asuncion",
    "America/Havana",
    "America/Nuuk",
    "America/Santiago",
    "Antarctica/Vostok",
    "Asia/Almaty",
    "Asia/Beirut",
    "Asia/Gaza",
    "Asia/Tehran",
    "Atlantic/Azores",
    "Australia/Lord_Howe",
    "Pacific/Apia",
    "Pacific/Chatham",
    "Pacific/Kiritimati",
}


def zones() -> list[ZoneInfo]:
    some = sorted({*NAMES[::16], *KNOWN_FOR_THEIR_MIDNIGHTS})
    return [ZoneInfo(name) for name in (NAMES if ASKED_FOR_MORE else some)]


def clock_changes(zone: ZoneInfo) -> list[datetime]:
    """Instants, a day early at most, at which a zone's clock is set."""
    at = datetime.combine(FIRST, time.min, UTC) - timedelta(days=30)
    changes, offset = [], at.astimezone(zone).utcoffset()
    while at < datetime(2038, 1, 15, tzinfo=UTC):
        later = at + timedelta(days=1)
        after = later.astimezone(zone).utcoffset()
        if after != offset:
            changes.append(at)
        at, offset = later, after
    return changes


def walked_to(day: date, zone: ZoneInfo) -> datetime:
    """The first minute of UTC in which the clock on the wall shows this day or a later one."""
    minute = datetime.combine(day, time.min, UTC) - timedelta(hours=27)
    while day_of(minute, zone) < day:
        minute += MINUTE
    return minute


def found_the_second_way(days: list[date], zone: ZoneInfo) -> Iterator[tuple[date, datetime]]:
    changes = clock_changes(zone)
    for day in days:
        midnight = datetime.combine(day, time.min, UTC)
        if any(-NEAR < midnight - change < NEAR + timedelta(days=1) for change in changes):
            yield day, walked_to(day, zone)
        else:
            offset = midnight.astimezone(zone).utcoffset()
            assert offset is not None
            yield day, midnight - offset


def test_every_live_date_begins_where_walking_through_the_minutes_finds_it() -> None:
    wrong = [
        (zone.key, monday, live_instant(monday, zone), walked)
        for zone in zones()
        for monday, walked in found_the_second_way(MONDAYS, zone)
        if live_instant(monday, zone) != walked
    ]
    assert wrong == []


def test_every_window_opens_where_walking_through_the_minutes_finds_it() -> None:
    tuesdays = [window_opens_on(monday) for monday in MONDAYS]
    wrong = [
        (zone.key, tuesday, first_instant_of(tuesday, zone), walked)
        for zone in zones()
        for tuesday, walked in found_the_second_way(tuesdays, zone)
        if first_instant_of(tuesday, zone) != walked
    ]
    assert wrong == []


def test_every_day_on_which_a_clock_is_set_begins_where_walking_finds_it() -> None:
    wrong = [
        (zone.key, day, first_instant_of(day, zone), walked)
        for zone in zones()
        for change in clock_changes(zone)
        for day in (change.date(), change.date() + timedelta(days=1))
        if (walked := walked_to(day, zone)) != first_instant_of(day, zone)
    ]
    assert wrong == []


def test_a_window_is_six_days_long_give_or_take_what_the_clock_was_set() -> None:
    for zone in zones():
        for monday in MONDAYS:
            opens = first_instant_of(window_opens_on(monday), zone)
            lasts = live_instant(monday, zone) - opens
            assert abs(lasts - timedelta(days=6)) <= timedelta(hours=3), (zone.key, monday)
