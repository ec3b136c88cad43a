"""A client's zone changes: what becomes of a plan whose days are counted in it."""

from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from app.domain.calendar import first_instant_of, live_instant, spoken, window_opens_on
from app.domain.errors import Conflict
from app.domain.plan import PlanState, Trigger, transition


class LiveDateBegunThere(Conflict):
    """In the new zone the live date of an open plan has begun already."""

    code = "live_date_begun_there"


@dataclass(frozen=True, slots=True)
class Rezoned:
    """A dated plan in another zone: its days are the same, its instants are not.

    Attributes:
        live_at: First instant of the live date there, in UTC.
        window_opens_at: First instant of the window there, in UTC.
        state: Where the plan stands there.
        shortened: Whether the window is open there that was not before, and so lost hours.
    """

    live_at: datetime
    window_opens_at: datetime
    state: PlanState
    shortened: bool


@dataclass(frozen=True, slots=True)
class DatedPlan:
    """A plan with a live date, as a change of its zone finds it.

    Attributes:
        ref: What people call it.
        state: Where it stands.
        live_on: The live date.
        under_way: Whether something was carried out in its present window.
    """

    ref: str
    state: PlanState
    live_on: date
    under_way: bool


_BY_THE_CLOCK = (PlanState.SCHEDULED, PlanState.IN_WINDOW)


def rezoned(plan: DatedPlan, zone: ZoneInfo, *, now: datetime, window_days: int) -> Rezoned:
    """A plan keeps its Monday and takes the hours of the new zone, with the state that follows.

    A window that is open there is entered; one that is not open yet is left again, unless
    something was carried out in it. A missed plan whose date has not begun there is in its window
    again. Plans that wait for a person (on hold, for a date, for a review) go on waiting.

    Args:
        plan: The plan.
        zone: The zone from now on.
        now: The present instant, aware.
        window_days: Days of the pre-live window (the playbook's figure).

    Raises:
        LiveDateBegunThere: the clock is to let it go live, and the instant has passed there.

    Source: docs/domain/upgrade.md, "Holidays and zones".
    """
    live_at = live_instant(plan.live_on, zone)
    opens_at = first_instant_of(window_opens_on(plan.live_on, window_days), zone)
    state = plan.state
    if live_at <= now and state in _BY_THE_CLOCK:
        raise LiveDateBegunThere(
            f"In {zone.key}, {spoken(plan.live_on)} has begun already, and plan {plan.ref} is to "
            "go live on it. Move its live date to a later Monday first, then change the zone.",
            pointer="/timezone",
            facts={"plan_ref": plan.ref, "live_on": plan.live_on.isoformat()},
        )
    if live_at > now and state in (*_BY_THE_CLOCK, PlanState.MISSED):
        stays = plan.under_way and state is not PlanState.SCHEDULED
        trigger = Trigger.COMPRESS if opens_at <= now or stays else Trigger.SCHEDULE
        state = transition(state, trigger)
    shortened = state is PlanState.IN_WINDOW and plan.state is not PlanState.IN_WINDOW
    return Rezoned(live_at, opens_at, state, shortened)
