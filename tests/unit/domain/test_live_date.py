"""Live dates, case by case: a Monday, still to come, in the client's own zone."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from app.domain.live_date import (
    LiveDate,
    LiveDateNotMonday,
    LiveDatePast,
    LiveDateQuestion,
    live_date,
    live_date_of_agreement,
    mondays_to_offer,
)
from app.domain.plan import PlanFlag, Trigger

MONDAY = date(2026, 12, 7)
BRISBANE = ZoneInfo("Australia/Brisbane")
NOW = datetime(2026, 11, 22, 10, tzinfo=UTC)
A_MICROSECOND = timedelta(microseconds=1)


def dated(
    live_on: date = MONDAY,
    zone: ZoneInfo = BRISBANE,
    *,
    now: datetime = NOW,
    window_days: int = 6,
) -> LiveDate:
    return live_date(live_on, zone, now=now, window_days=window_days)


def test_a_monday_to_come_is_accepted_with_its_instants_in_the_clients_zone() -> None:
    accepted = dated()

    # then: Brisbane is ten hours ahead, and the window opens on the Tuesday before
    assert accepted == LiveDate(
        live_on=MONDAY,
        live_at=datetime(2026, 12, 6, 14, tzinfo=UTC),
        window_opens_at=datetime(2026, 11, 30, 14, tzinfo=UTC),
        window_is_open=False,
    )
    assert accepted.trigger is Trigger.SCHEDULE


@pytest.mark.parametrize(
    ("zone", "live_on", "opens", "live", "hours"),
    [
        ("Australia/Brisbane", "2026-12-07", "2026-11-30T14:00", "2026-12-06T14:00", 144),
        # The Friday of this week begins at 01:00 in Cairo.
        ("Africa/Cairo", "2026-04-27", "2026-04-20T22:00", "2026-04-26T21:00", 143),
        # The eve begins at 01:00 in Beirut, so the Monday comes an hour early.
        ("Asia/Beirut", "2026-03-30", "2026-03-23T22:00", "2026-03-29T21:00", 143),
        # The eve has two midnights in Havana.
        ("America/Havana", "2026-11-02", "2026-10-27T04:00", "2026-11-02T05:00", 145),
        # The Tuesday and the Monday themselves begin at 01:00 in Tehran.
        ("Asia/Tehran", "2022-03-28", "2022-03-21T20:30", "2022-03-27T19:30", 143),
        ("Asia/Tehran", "2021-03-22", "2021-03-15T20:30", "2021-03-21T20:30", 144),
    ],
)
def test_a_window_has_the_hours_that_the_clock_on_the_wall_shows(
    zone: str, live_on: str, opens: str, live: str, hours: int
) -> None:
    now = datetime(2021, 1, 1, tzinfo=UTC)

    accepted = dated(date.fromisoformat(live_on), ZoneInfo(zone), now=now)

    assert accepted.window_opens_at == datetime.fromisoformat(opens).replace(tzinfo=UTC)
    assert accepted.live_at == datetime.fromisoformat(live).replace(tzinfo=UTC)
    assert accepted.live_at - accepted.window_opens_at == timedelta(hours=hours)


@pytest.mark.parametrize(
    ("day", "weekday", "before", "after"),
    [
        ("2026-12-01", "Tuesday", "2026-11-30", "2026-12-07"),
        ("2026-12-05", "Saturday", "2026-11-30", "2026-12-07"),
        ("2026-12-06", "Sunday", "2026-11-30", "2026-12-07"),
        ("2026-12-08", "Tuesday", "2026-12-07", "2026-12-14"),
        ("2027-01-01", "Friday", "2026-12-28", "2027-01-04"),
    ],
)
def test_another_day_is_refused_with_the_mondays_before_and_after(
    day: str, weekday: str, before: str, after: str
) -> None:
    with pytest.raises(LiveDateNotMonday) as refused:
        dated(date.fromisoformat(day))

    assert refused.value.code == "not_a_monday"
    assert refused.value.pointer == "/live_on"
    assert refused.value.facts == {"monday_before": before, "monday_after": after}
    assert all(word in refused.value.detail for word in (weekday, before, after))


def test_a_day_that_is_neither_a_monday_nor_to_come_is_refused_as_no_monday() -> None:
    with pytest.raises(LiveDateNotMonday):
        dated(date(2026, 11, 3))


def test_a_live_date_may_be_set_until_its_instant_and_not_at_it() -> None:
    live_at = datetime(2026, 12, 6, 14, tzinfo=UTC)

    assert dated(now=live_at - A_MICROSECOND).live_at == live_at
    with pytest.raises(LiveDatePast) as refused:
        dated(now=live_at)

    assert refused.value.code == "live_date_past"
    assert refused.value.pointer == "/live_on"
    assert refused.value.facts == {"today": "2026-12-07"}
    assert "today there: 2026-12-07" in refused.value.detail


def test_the_same_monday_has_begun_in_auckland_and_not_in_honolulu() -> None:
    # given: Sunday noon in London
    now = datetime(2026, 12, 6, 12, tzinfo=UTC)

    with pytest.raises(LiveDatePast):
        dated(zone=ZoneInfo("Pacific/Auckland"), now=now)
    assert dated(zone=ZoneInfo("Pacific/Honolulu"), now=now).live_on == MONDAY


def test_a_date_set_as_its_window_opens_leads_straight_into_the_window() -> None:
    opens_at = datetime(2026, 11, 30, 14, tzinfo=UTC)

    at_once, just_before = dated(now=opens_at), dated(now=opens_at - A_MICROSECOND)

    assert at_once.window_is_open
    assert at_once.trigger is Trigger.COMPRESS
    assert not just_before.window_is_open
    assert just_before.trigger is Trigger.SCHEDULE


def test_the_window_has_its_days_and_not_its_hours_when_the_clocks_change() -> None:
    # given: Havana puts its clocks back on Sunday 1 November 2026
    accepted = dated(
        date(2026, 11, 2), ZoneInfo("America/Havana"), now=datetime(2026, 10, 1, tzinfo=UTC)
    )

    # then: six days and an hour, Tuesday 00:00 to Monday 00:00
    assert accepted.window_opens_at == datetime(2026, 10, 27, 4, tzinfo=UTC)
    assert accepted.live_at == datetime(2026, 11, 2, 5, tzinfo=UTC)


def test_the_playbook_says_how_long_the_window_is() -> None:
    assert dated(window_days=3).window_opens_at == datetime(2026, 12, 3, 14, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "flag", "told"),
    [
        pytest.param(None, PlanFlag.LIVE_DATE_MISSING, "names no live date", id="missing"),
        pytest.param("next Monday", PlanFlag.LIVE_DATE_NOT_UNDERSTOOD, "YYYY-MM-DD", id="words"),
        pytest.param("1796601600", PlanFlag.LIVE_DATE_NOT_UNDERSTOOD, "YYYY-MM-DD", id="epoch"),
        pytest.param("2026-02-30", PlanFlag.LIVE_DATE_NOT_UNDERSTOOD, "YYYY-MM-DD", id="no day"),
        pytest.param("2026-12-08", PlanFlag.LIVE_DATE_NOT_MONDAY, "2026-12-07", id="Tuesday"),
        pytest.param("2026-11-16", PlanFlag.LIVE_DATE_PAST, "to come", id="past"),
    ],
)
def test_an_agreements_date_that_cannot_be_used_becomes_a_question(
    text: str | None, flag: PlanFlag, told: str
) -> None:
    question = live_date_of_agreement(text, BRISBANE, now=NOW, window_days=6)

    assert isinstance(question, LiveDateQuestion)
    assert question.flag is flag
    assert told in " ".join(question.details)


@pytest.mark.parametrize("text", ["2026-12-07", "2026-12-06T14:00:00Z"])
def test_an_agreements_instant_is_that_day_in_the_clients_zone(text: str) -> None:
    assert live_date_of_agreement(text, BRISBANE, now=NOW, window_days=6) == dated()


@pytest.mark.parametrize(
    ("named", "today", "offered"),
    [
        pytest.param(8, 1, (7, 14), id="both are to come"),
        pytest.param(8, 7, (14,), id="the one before has begun"),
        pytest.param(7, 10, (14,), id="a Monday that has passed"),
        pytest.param(1, 16, (21,), id="both have passed"),
    ],
)
def test_only_mondays_to_come_are_offered(named: int, today: int, offered: tuple[int, ...]) -> None:
    found = mondays_to_offer(date(2026, 12, named), today=date(2026, 12, today))

    assert found == tuple(date(2026, 12, day) for day in offered)
