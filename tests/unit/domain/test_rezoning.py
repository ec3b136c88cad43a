"""A plan whose client's zone changes: the Monday stays, the hours and what follows do not."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from app.domain.calendar import zone_of
from app.domain.plan import PlanState
from app.domain.rezoning import DatedPlan, LiveDateBegunThere, Rezoned, rezoned

BRISBANE = zone_of("Australia/Brisbane")
LOS_ANGELES = zone_of("America/Los_Angeles")
AUCKLAND = zone_of("Pacific/Auckland")
LIVE_ON = date(2026, 12, 7)
S = PlanState


def at(local: str, zone: ZoneInfo) -> datetime:
    return datetime.fromisoformat(local).replace(tzinfo=zone).astimezone(UTC)


def plan(state: PlanState, *, under_way: bool = False) -> DatedPlan:
    return DatedPlan("UPG-1", state, LIVE_ON, under_way)


def moved(state: PlanState, zone: ZoneInfo, now: datetime, *, under_way: bool = False) -> Rezoned:
    return rezoned(plan(state, under_way=under_way), zone, now=now, window_days=6)


def test_the_days_stay_and_the_instants_are_those_of_the_new_zone() -> None:
    found = moved(S.SCHEDULED, LOS_ANGELES, at("2026-11-20 13:00", BRISBANE))

    assert found.live_at == datetime(2026, 12, 7, 8, tzinfo=UTC)
    assert found.window_opens_at == datetime(2026, 12, 1, 8, tzinfo=UTC)
    assert (found.state, found.shortened) == (S.SCHEDULED, False)


@pytest.mark.parametrize(
    ("state", "zone", "now", "becomes", "shortened"),
    [
        # The window is open in Auckland three hours before it is in Brisbane.
        (S.SCHEDULED, AUCKLAND, at("2026-11-30 22:00", BRISBANE), S.IN_WINDOW, True),
        (S.SCHEDULED, AUCKLAND, at("2026-12-01 00:00", AUCKLAND), S.IN_WINDOW, True),
        (S.SCHEDULED, AUCKLAND, at("2026-11-30 23:59:59", AUCKLAND), S.SCHEDULED, False),
        # In Los Angeles it opens 18 hours later.
        (S.IN_WINDOW, LOS_ANGELES, at("2026-12-01 12:00", BRISBANE), S.SCHEDULED, False),
        (S.IN_WINDOW, LOS_ANGELES, at("2026-12-03 12:00", BRISBANE), S.IN_WINDOW, False),
        # The date was missed in Brisbane and has not come in Los Angeles.
        (S.MISSED, LOS_ANGELES, at("2026-12-07 09:00", BRISBANE), S.IN_WINDOW, True),
        (S.MISSED, LOS_ANGELES, at("2026-12-07 18:00", BRISBANE), S.MISSED, False),
        # Whoever waits for a person goes on waiting, whatever the hour.
        (S.ON_HOLD, AUCKLAND, at("2026-12-06 22:00", BRISBANE), S.ON_HOLD, False),
        (S.ON_HOLD, LOS_ANGELES, at("2026-12-01 12:00", BRISBANE), S.ON_HOLD, False),
        (S.AWAITING_LIVE_DATE, AUCKLAND, at("2026-12-06 22:00", BRISBANE), S.AWAITING_LIVE_DATE, 0),
        (S.NEEDS_REVIEW, LOS_ANGELES, at("2026-12-07 09:00", BRISBANE), S.NEEDS_REVIEW, False),
    ],
)
def test_the_state_follows_the_hours(
    state: PlanState, zone: ZoneInfo, now: datetime, becomes: PlanState, shortened: bool
) -> None:
    found = moved(state, zone, now)

    assert (found.state, found.shortened) == (becomes, bool(shortened))


def test_a_plan_in_which_something_was_carried_out_stays_in_its_window() -> None:
    now = at("2026-12-01 12:00", BRISBANE)

    assert moved(S.IN_WINDOW, LOS_ANGELES, now, under_way=True).state is S.IN_WINDOW
    # One that was held and resumed waits for the sweep that opens its window, as before.
    assert moved(S.SCHEDULED, LOS_ANGELES, now, under_way=True).state is S.SCHEDULED


@pytest.mark.parametrize("state", [S.SCHEDULED, S.IN_WINDOW])
def test_a_live_date_that_has_begun_in_the_new_zone_refuses_it(state: PlanState) -> None:
    now = at("2026-12-06 22:00", BRISBANE)

    with pytest.raises(LiveDateBegunThere) as refused:
        moved(state, AUCKLAND, now)

    assert refused.value.code == "live_date_begun_there"
    assert refused.value.pointer == "/timezone"
    assert refused.value.detail == (
        "In Pacific/Auckland, Monday 7 December 2026 has begun already, and plan UPG-1 is to go "
        "live on it. Move its live date to a later Monday first, then change the zone."
    )
    assert refused.value.facts == {"plan_ref": "UPG-1", "live_on": "2026-12-07"}


def test_the_live_instant_itself_has_begun_and_the_second_before_has_not() -> None:
    begins = at("2026-12-07 00:00", AUCKLAND)

    with pytest.raises(LiveDateBegunThere):
        moved(S.IN_WINDOW, AUCKLAND, begins)
    before = at("2026-12-06 23:59:59", AUCKLAND)
    assert moved(S.IN_WINDOW, AUCKLAND, before).state is S.IN_WINDOW
