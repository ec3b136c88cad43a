"""I1 and I2 in every zone: only a Monday, only to come, and the window open or not."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.calendar import day_of
from app.domain.live_date import (
    LiveDate,
    LiveDateNotMonday,
    LiveDatePast,
    LiveDateQuestion,
    live_date,
    live_date_of_agreement,
)
from app.domain.plan import PlanFlag, Trigger

ZONES = st.sampled_from(sorted(available_timezones() - {"Factory", "localtime", "posixrules"})).map(
    ZoneInfo
)
FIRST, LAST = date(1990, 1, 1), date(2100, 12, 31)
DAYS = st.dates(FIRST, LAST)
MONDAYS = st.integers(0, (LAST - FIRST).days // 7).map(lambda weeks: FIRST + timedelta(weeks=weeks))
INSTANTS = st.datetimes(datetime(1989, 12, 1), datetime(2101, 1, 31), timezones=st.just(UTC))  # noqa: DTZ001
WINDOWS = st.integers(1, 6)
DAY = timedelta(days=1)
AT_THE_EDGE = st.sampled_from([timedelta(microseconds=-1), timedelta(0), timedelta(microseconds=1)])


def long_before(day: date) -> datetime:
    return datetime.combine(day - 30 * DAY, time.min, UTC)


@settings(deadline=None)
@given(zone=ZONES, day=DAYS.filter(lambda day: day.strftime("%a") != "Mon"), now=INSTANTS)
def test_no_day_but_a_monday_is_accepted_and_the_mondays_around_it_are_told(
    zone: ZoneInfo, day: date, now: datetime
) -> None:
    with pytest.raises(LiveDateNotMonday) as refused:
        live_date(day, zone, now=now, window_days=6)

    # then: both are Mondays, the day lies between them, and nothing Monday does
    before = date.fromisoformat(str(refused.value.facts["monday_before"]))
    after = date.fromisoformat(str(refused.value.facts["monday_after"]))
    assert before.strftime("%a") == after.strftime("%a") == "Mon"
    assert before < day < after
    assert after - before == timedelta(days=7)


@settings(deadline=None)
@given(zone=ZONES, live_on=MONDAYS)
def test_the_live_instant_is_the_first_of_its_day_in_the_clients_zone(
    zone: ZoneInfo, live_on: date
) -> None:
    live_at = live_date(live_on, zone, now=long_before(live_on), window_days=6).live_at

    # then: every instant of the day before it lies on an earlier day
    assert day_of(live_at, zone) == live_on
    assert day_of(live_at - timedelta(microseconds=1), zone) < live_on
    for minutes in range(1, 24 * 60, 7):
        assert day_of(live_at - timedelta(minutes=minutes), zone) < live_on


@settings(deadline=None)
@given(zone=ZONES, live_on=MONDAYS, window_days=WINDOWS)
def test_the_window_opens_with_the_first_instant_of_its_first_day(
    zone: ZoneInfo, live_on: date, window_days: int
) -> None:
    at = live_date(live_on, zone, now=long_before(live_on), window_days=window_days)

    first_day = live_on - window_days * DAY
    # A zone may have left that day out altogether; then the window opens with the next.
    assert day_of(at.window_opens_at, zone) in (first_day, first_day + DAY)
    assert day_of(at.window_opens_at - timedelta(microseconds=1), zone) < first_day
    assert at.window_opens_at < at.live_at


@settings(deadline=None)
@given(
    zone=ZONES,
    live_on=MONDAYS,
    window_days=WINDOWS,
    away=st.timedeltas(timedelta(days=-9), timedelta(days=9)) | AT_THE_EDGE,
    edge=st.sampled_from(["live_at", "window_opens_at"]),
)
def test_a_date_is_never_past_and_compressed_exactly_while_its_window_is_open(
    zone: ZoneInfo, live_on: date, window_days: int, away: timedelta, edge: str
) -> None:
    # given: some instant around the live instant, or around the opening of the window
    known = live_date(live_on, zone, now=long_before(live_on), window_days=window_days)
    now = getattr(known, edge) + away

    answer = live_date_of_agreement(live_on.isoformat(), zone, now=now, window_days=window_days)

    if now >= known.live_at:
        with pytest.raises(LiveDatePast):
            live_date(live_on, zone, now=now, window_days=window_days)
        assert isinstance(answer, LiveDateQuestion)
        assert answer.flag is PlanFlag.LIVE_DATE_PAST
        return
    assert isinstance(answer, LiveDate)
    assert answer == live_date(live_on, zone, now=now, window_days=window_days)
    assert (answer.live_at, answer.window_opens_at) == (known.live_at, known.window_opens_at)
    is_open = now >= known.window_opens_at
    assert answer.trigger is (Trigger.COMPRESS if is_open else Trigger.SCHEDULE)


@settings(deadline=None)
@given(text=st.none() | st.text(max_size=40) | DAYS.map(date.isoformat), zone=ZONES, now=INSTANTS)
def test_whatever_an_agreement_says_is_a_lawful_date_or_a_question(
    text: str | None, zone: ZoneInfo, now: datetime
) -> None:
    answer = live_date_of_agreement(text, zone, now=now, window_days=6)

    if isinstance(answer, LiveDate):
        assert answer.live_on.strftime("%a") == "Mon"
        assert answer.live_at > now
    else:
        assert answer.details
