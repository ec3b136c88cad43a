"""A plan in any zone, moved to any other at any time: its state is that of the new hours."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones

from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.calendar import day_of, first_instant_of, live_instant, window_opens_on
from app.domain.plan import PlanState
from app.domain.rezoning import DatedPlan, LiveDateBegunThere, rezoned

ZONES = st.sampled_from(sorted(available_timezones() - {"Factory", "localtime", "posixrules"}))
MONDAYS = st.integers(0, 700).map(lambda n: date(2024, 1, 1) + timedelta(weeks=n))
BY_THE_CLOCK = (PlanState.SCHEDULED, PlanState.IN_WINDOW)
WAITING = (PlanState.AWAITING_LIVE_DATE, PlanState.ON_HOLD, PlanState.NEEDS_REVIEW)


@st.composite
def moments(draw: st.DrawFn, live_on: date, zone: ZoneInfo) -> datetime:
    """Around the window and the live instant of the zone that a plan leaves."""
    around = draw(st.sampled_from([window_opens_on(live_on), live_on]))
    minutes = draw(st.integers(-30 * 60, 30 * 60))
    return first_instant_of(around, zone) + timedelta(minutes=minutes)


@settings(deadline=None)
@given(
    live_on=MONDAYS,
    left=ZONES.map(ZoneInfo),
    taken=ZONES.map(ZoneInfo),
    state=st.sampled_from([*BY_THE_CLOCK, PlanState.MISSED, *WAITING]),
    under_way=st.booleans(),
    data=st.data(),
)
def test_a_plan_stands_in_its_new_zone_as_its_hours_say(
    live_on: date,
    left: ZoneInfo,
    taken: ZoneInfo,
    state: PlanState,
    under_way: bool,
    data: st.DataObject,
) -> None:
    now = data.draw(moments(live_on, left), label="now")
    plan = DatedPlan("UPG-1", state, live_on, under_way)
    begins = live_instant(live_on, taken)

    try:
        found = rezoned(plan, taken, now=now, window_days=6)
    except LiveDateBegunThere:
        # Only what the clock would let go live is refused, and only where it is too late there.
        assert state in BY_THE_CLOCK
        assert begins <= now
        return

    assert found.live_at == begins
    assert day_of(found.live_at, taken) >= live_on
    assert found.window_opens_at < found.live_at
    if found.state in BY_THE_CLOCK:
        assert now < found.live_at
        assert found.state is not PlanState.SCHEDULED or now < found.window_opens_at
    if found.state is PlanState.IN_WINDOW and now < found.window_opens_at:
        assert under_way
    if state in WAITING:
        assert found.state is state
    if found.state is PlanState.MISSED:
        assert found.live_at <= now
    assert found.shortened == (found.state is PlanState.IN_WINDOW and state is not found.state)
