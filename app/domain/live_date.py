"""The live date: a Monday in the client's zone, in the future, with the window before it."""

from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from app.domain.calendar import (
    day_of,
    first_instant_of,
    is_monday,
    live_instant,
    mondays_around,
    parse_day,
    window_opens_on,
)
from app.domain.errors import DayNotUnderstood, Invalid
from app.domain.plan import PlanFlag, Trigger


class LiveDateNotMonday(Invalid):
    """The new services begin on a Monday; the facts name the Mondays before and after."""

    code = "not_a_monday"


class LiveDatePast(Invalid):
    """The live instant has passed already."""

    code = "live_date_past"


@dataclass(frozen=True, slots=True)
class LiveDate:
    """A lawful live date.

    Attributes:
        live_on: The Monday, in the client's zone.
        live_at: Its first instant there, in UTC.
        window_opens_at: The first instant of the Tuesday before, in UTC.
        window_is_open: Whether the window had opened when the date was set.
    """

    live_on: date
    live_at: datetime
    window_opens_at: datetime
    window_is_open: bool

    @property
    def trigger(self) -> Trigger:
        """How a plan moves that is given this date."""
        return Trigger.COMPRESS if self.window_is_open else Trigger.SCHEDULE


def live_date(live_on: date, zone: ZoneInfo, *, now: datetime, window_days: int) -> LiveDate:
    """Accept `live_on` as a live date: a Monday whose first instant is still to come.

    Args:
        live_on: A calendar day in the client's zone.
        zone: The client's zone.
        now: The present instant, aware.
        window_days: Days of the pre-live window (the playbook's figure).

    Raises:
        LiveDateNotMonday: I1.
        LiveDatePast: I2.

    Source: docs/domain/upgrade.md, I1 and I2.
    """
    if not is_monday(live_on):
        before, after = mondays_around(live_on)
        raise LiveDateNotMonday(
            f"{live_on} is a {live_on:%A}. The Monday before it is {before}, "
            f"the Monday after it {after}.",
            pointer="/live_on",
            facts={"monday_before": before.isoformat(), "monday_after": after.isoformat()},
        )
    live_at = live_instant(live_on, zone)
    if live_at <= now:
        raise LiveDatePast(
            f"{live_on} has begun in {zone.key} already (today there: {day_of(now, zone)}). "
            "Choose a Monday to come.",
            pointer="/live_on",
            facts={"today": day_of(now, zone).isoformat()},
        )
    opens_at = first_instant_of(window_opens_on(live_on, window_days), zone)
    return LiveDate(live_on, live_at, opens_at, window_is_open=opens_at <= now)


@dataclass(frozen=True, slots=True)
class LiveDateQuestion:
    """Why the live date of a signed agreement cannot be used, to be asked of Sales.

    Attributes:
        flag: What is wrong with it.
        details: Sentences for the question.
        day: The day that it names; None where it names none.
    """

    flag: PlanFlag
    details: tuple[str, ...]
    day: date | None = None


def live_date_of_agreement(
    text: str | None, zone: ZoneInfo, *, now: datetime, window_days: int
) -> LiveDate | LiveDateQuestion:
    """Read the live date that an agreement names; what cannot be used becomes a question.

    An agreement is signed whatever it says about the date, so nothing is raised here.
    """
    if text is None:
        return LiveDateQuestion(PlanFlag.LIVE_DATE_MISSING, ("The agreement names no live date.",))
    try:
        day = parse_day(text, zone)
        return live_date(day, zone, now=now, window_days=window_days)
    except DayNotUnderstood:
        return LiveDateQuestion(
            PlanFlag.LIVE_DATE_NOT_UNDERSTOOD,
            ("The agreement's live date is not written as a day (YYYY-MM-DD).",),
        )
    except LiveDateNotMonday as refusal:
        return LiveDateQuestion(PlanFlag.LIVE_DATE_NOT_MONDAY, (refusal.detail,), day)
    except LiveDatePast as refusal:
        return LiveDateQuestion(PlanFlag.LIVE_DATE_PAST, (refusal.detail,), day)


def mondays_to_offer(day: date, *, today: date) -> tuple[date, ...]:
    """The Mondays around a day that cannot be the live date, as far as they are still to come.

    Args:
        day: The day that was named.
        today: The client's calendar day.

    Returns:
        One or two; where both have begun, the next Monday from today.

    Source: docs/domain/upgrade.md, I1 and I2.
    """
    to_come = tuple(monday for monday in mondays_around(day) if monday > today)
    return to_come or (mondays_around(today)[1],)
