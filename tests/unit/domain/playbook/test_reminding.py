"""Since when a plan waits for something, and at which instants people are told."""

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from app.domain.business_hours import BusinessHours, is_business_instant
from app.domain.calendar import live_instant
from app.domain.playbook.reminder import Awaited, Reminder, Repeat, Span, SpanUnit
from app.domain.playbook.reminding import (
    Bounds,
    due_to_be_told,
    in_business,
    is_late,
    next_telling,
    overdue_since,
    tellings,
)
from app.domain.playbook.week import Weekday, WeekTime
from tests.unit.domain.playbook.making import (
    acknowledgement,
    business_days,
    business_hours,
    reminder,
)

BRISBANE = ZoneInfo("Australia/Brisbane")
NEW_YORK = ZoneInfo("America/New_York")
LIVE = date(2026, 12, 7)


def at(written: str, zone: ZoneInfo = BRISBANE) -> datetime:
    return datetime.fromisoformat(written).replace(tzinfo=zone).astimezone(UTC)


def bounds(
    office: ZoneInfo = BRISBANE,
    client: ZoneInfo = BRISBANE,
    live_on: date | None = LIVE,
    days_off: frozenset[date] = frozenset(),
) -> Bounds:
    live_at = live_instant(live_on, client) if live_on else None
    return Bounds(live_on, live_at, BusinessHours(time(9), time(17), office, days_off))


def told(one: Reminder, since: str, within: Bounds) -> list[datetime]:
    return list(tellings(one, at(since), within))


# Business hours, and the live instant ----------------------------------------------------------


def test_what_falls_out_of_hours_waits_until_people_are_back() -> None:
    assert in_business(at("2026-11-20 13:00"), bounds()) == at("2026-11-20 13:00")
    assert in_business(at("2026-11-20 18:00"), bounds()) == at("2026-11-23 09:00")
    assert in_business(at("2026-11-20 18:00"), bounds(live_on=None)) == at("2026-11-23 09:00")


def test_what_would_wait_beyond_the_live_instant_is_told_at_once() -> None:
    assert in_business(at("2026-12-04 17:00"), bounds()) == at("2026-12-04 17:00")
    assert in_business(at("2026-12-06 23:59"), bounds()) == at("2026-12-06 23:59")


def test_what_comes_after_the_live_instant_waits_again() -> None:
    assert in_business(at("2026-12-07 00:00"), bounds()) == at("2026-12-07 09:00")


def test_people_who_are_back_before_the_client_goes_live_are_waited_for() -> None:
    # It is Monday 09:00 in Brisbane nine hours before Monday begins in New York.
    within = bounds(client=NEW_YORK)

    assert in_business(at("2026-12-05 12:00"), within) == at("2026-12-07 09:00")


# Overdue tasks ---------------------------------------------------------------------------------


def test_a_task_is_told_as_overdue_when_people_are_back_after_its_due_day() -> None:
    assert overdue_since(date(2026, 11, 24), BRISBANE, bounds()) == at("2026-11-25 09:00")
    assert overdue_since(date(2026, 11, 27), BRISBANE, bounds()) == at("2026-11-30 09:00")


def test_days_off_put_off_the_telling_of_overdue_tasks() -> None:
    within = bounds(days_off=frozenset({date(2026, 11, 25)}))

    assert overdue_since(date(2026, 11, 24), BRISBANE, within) == at("2026-11-26 09:00")


def test_a_due_day_is_over_when_it_is_over_for_the_client() -> None:
    # Tuesday ends in Brisbane on Tuesday 09:00 in New York, and in New York on Wednesday 15:00
    # in Brisbane: the office there has opened, and tells it on the next day.
    tuesday = date(2026, 11, 24)

    ahead = overdue_since(tuesday, BRISBANE, bounds(office=NEW_YORK, client=BRISBANE))
    behind = overdue_since(tuesday, NEW_YORK, bounds(office=BRISBANE, client=NEW_YORK))

    assert ahead == at("2026-11-24 09:00", NEW_YORK)
    assert behind == at("2026-11-26 09:00")


def test_a_task_of_the_last_friday_is_told_as_its_day_ends() -> None:
    since = overdue_since(date(2026, 12, 4), BRISBANE, bounds())
    at_once = reminder(of=Awaited.OVERDUE_TASKS, when=business_days(0))

    assert list(tellings(at_once, since, bounds())) == [at("2026-12-05 00:00")]
    assert overdue_since(date(2026, 12, 6), BRISBANE, bounds()) == at("2026-12-07 09:00")


# Tellings --------------------------------------------------------------------------------------


def test_a_reminder_is_told_once_unless_the_playbook_says_again() -> None:
    assert told(reminder(when=business_hours(8)), "2026-11-20 13:12", bounds(live_on=None)) == [
        at("2026-11-23 13:12")
    ]


def test_hours_that_are_used_up_at_closing_are_told_at_the_next_opening() -> None:
    assert told(reminder(when=business_hours(8)), "2026-11-20 09:00", bounds(live_on=None)) == [
        at("2026-11-23 09:00")
    ]


def test_it_is_told_again_as_often_as_the_playbook_says() -> None:
    daily = reminder(when=business_days(1), again=Repeat(business_days(1), 3))
    hourly = reminder(when=business_hours(1), again=Repeat(business_hours(4), 3))
    within = bounds(live_on=None)

    assert told(daily, "2026-11-19 13:12", within) == [
        at("2026-11-20 13:12"),
        at("2026-11-23 13:12"),
        at("2026-11-24 13:12"),
    ]
    assert told(hourly, "2026-11-20 13:00", within) == [
        at("2026-11-20 14:00"),
        at("2026-11-23 10:00"),
        at("2026-11-23 14:00"),
    ]


def test_an_acknowledgement_is_asked_for_at_the_last_such_time_before_the_live_date() -> None:
    nine = acknowledgement("nine", time(9))

    assert told(nine, "2026-11-20 13:12", bounds()) == [at("2026-12-04 09:00")]
    assert told(nine, "2026-11-20 13:12", bounds(live_on=None)) == []


def test_an_early_hour_waits_for_the_opening_and_a_day_off_for_nothing() -> None:
    six = reminder(of=Awaited.ACKNOWLEDGEMENT, when=WeekTime(Weekday.FRIDAY, time(6)))
    friday_off = bounds(days_off=frozenset({date(2026, 12, 4)}))

    assert told(six, "2026-11-20 13:12", bounds()) == [at("2026-12-04 09:00")]
    assert told(six, "2026-11-20 13:12", friday_off) == [at("2026-12-04 06:00")]


# What comes next -------------------------------------------------------------------------------

DAILY = reminder(when=business_days(1), again=Repeat(business_days(1), 3))


def test_what_was_told_is_not_told_again_before_its_time() -> None:
    starts = [at("2026-11-18 10:00")]
    within = bounds(live_on=None)

    first = next_telling(DAILY, starts, None, within, now=at("2026-11-18 10:00"))
    assert first == at("2026-11-19 10:00")
    second = next_telling(DAILY, starts, first, within, now=at("2026-11-19 10:00:05"))
    assert second == at("2026-11-20 10:00")
    last = next_telling(DAILY, starts, at("2026-11-23 10:00"), within, now=at("2026-11-23 10:01"))
    assert last is None


def test_a_late_start_tells_what_came_due_once_and_in_business_hours() -> None:
    starts = [at("2026-11-17 10:00")]
    within = bounds(live_on=None)

    on_saturday = next_telling(DAILY, starts, None, within, now=at("2026-11-21 03:00"))
    at_noon = next_telling(DAILY, starts, None, within, now=at("2026-11-20 12:00"))
    afterwards = next_telling(DAILY, starts, at_noon, within, now=at("2026-11-20 12:00"))

    assert on_saturday == at("2026-11-23 09:00")
    assert at_noon == at("2026-11-20 12:00")
    assert afterwards is None


def test_the_last_minute_before_closing_is_not_too_late() -> None:
    due_at, now = at("2026-11-20 16:59:58"), at("2026-11-20 17:00:03")
    soon = reminder(when=business_hours(1))

    assert next_telling(soon, [due_at - timedelta(hours=1)], None, bounds(), now=now) == due_at
    assert not is_late(due_at, now=now)
    assert is_late(due_at, now=due_at + timedelta(minutes=16))


def test_the_next_telling_is_that_of_whatever_comes_first() -> None:
    soon = reminder(when=business_hours(2))
    starts = [at("2026-11-20 12:00"), at("2026-11-20 10:00")]

    assert next_telling(soon, starts, None, bounds(), now=starts[1]) == at("2026-11-20 12:00")
    assert next_telling(soon, [], None, bounds(), now=starts[1]) is None


def test_only_what_came_due_since_the_last_time_is_told() -> None:
    soon = reminder(when=business_hours(2))
    starts = {"old": at("2026-11-20 10:00"), "new": at("2026-11-20 11:00")}
    starts["later"] = at("2026-11-20 12:00")

    first = due_to_be_told(soon, starts, None, bounds(), now=at("2026-11-20 12:30"))
    second = due_to_be_told(
        soon, starts, at("2026-11-20 12:30"), bounds(), now=at("2026-11-20 13:00")
    )

    assert (first, second) == (("old",), ("new",))


DAYS = st.dates(date(2026, 1, 1), date(2026, 12, 31))
OFFICES = st.sampled_from(
    ["Australia/Brisbane", "Australia/Sydney", "America/New_York", "Pacific/Auckland", "UTC"]
)


@given(
    since=st.datetimes(datetime(2026, 1, 1), datetime(2026, 12, 1)),  # noqa: DTZ001
    office=OFFICES,
    client=OFFICES,
    weeks=st.integers(0, 12),
    first=st.integers(0, 20),
    every=st.builds(Span, st.integers(1, 10), st.sampled_from(SpanUnit)),
)
def test_everything_is_told_in_order_and_in_business_hours_unless_that_were_too_late(
    since: datetime, office: str, client: str, weeks: int, first: int, every: Span
) -> None:
    # Given a plan that goes live some Monday
    since = since.replace(tzinfo=UTC)
    monday = since.date() + timedelta(days=7 * weeks - since.weekday())
    within = bounds(ZoneInfo(office), ZoneInfo(client), monday)
    one = reminder(when=Span(first, every.unit), again=Repeat(every, 6))

    # When it waits for something
    instants = list(tellings(one, since, within))

    # Then people are there to hear it, or would only be once it is live
    assert len(instants) == 6
    assert instants[0] >= since
    assert all(a < b for a, b in pairwise(instants))
    for instant in instants:
        live_at = within.live_at
        early = live_at is not None and instant < live_at <= in_business(live_at, within)
        assert is_business_instant(instant, within.hours) or early


@given(days=st.lists(DAYS, min_size=1, max_size=5), office=OFFICES, client=OFFICES)
def test_the_tasks_of_a_plan_are_told_once_a_business_day(
    days: list[date], office: str, client: str
) -> None:
    # Given tasks due on any days, and a list that is told daily
    within = bounds(ZoneInfo(office), ZoneInfo(client), live_on=None)
    daily = reminder(
        of=Awaited.OVERDUE_TASKS, when=business_days(0), again=Repeat(business_days(1), 5)
    )
    starts = [overdue_since(day, ZoneInfo(client), within) for day in days]

    # When the clock runs
    instants: list[datetime] = []
    told_at: datetime | None = None
    now = min(starts) - timedelta(days=1)
    while (due := next_telling(daily, starts, told_at, within, now=now)) is not None:
        told_at = now = due + timedelta(seconds=4)
        instants.append(due)

    # Then no business day has two of them
    told_on = [instant.astimezone(within.hours.zone).date() for instant in instants]
    assert len(told_on) == len(set(told_on)) >= 5
