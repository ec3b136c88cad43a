"""I4 through the service: no day is billed twice or not at all, whatever the old bills were."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import NamedTuple

from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import URL

from app.db.models import Adjustment
from app.domain.calendar import window_opens_on
from app.domain.period import Days
from tests.stories import few, in_a_world
from tests.world import World, day, local

MONDAYS = st.integers(0, 60).map(lambda weeks: day("2026-11-30") + timedelta(weeks=weeks))
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


class OldBill(NamedTuple):
    """A weekly bill: its weekday, and the first day that no bill has paid yet."""

    weekday: int
    paid_to: date


def billed_days(one: OldBill, ended_on: date, until: date) -> list[date]:
    """Every day that a weekly biller bills from its paid-through day on, if ended on a day."""
    paid_to = one.paid_to
    days = list(Days(paid_to - timedelta(days=100), paid_to))
    bill = paid_to
    while bill.weekday() != one.weekday:
        bill += timedelta(days=1)
    while bill < min(ended_on, until):
        days += [bill + timedelta(days=n) for n in range(7)]
        bill += timedelta(days=7)
    return days


def each_day_is_billed_once(one: OldBill, rows: Sequence[Adjustment], live_on: date) -> None:
    """Ended on any safe day, with its credits and charges, a service is billed up to the eve."""
    (cancel,) = (row for row in rows if row.kind == "cancel_service")
    settled = [row for row in rows if row.kind in ("credit", "charge")]
    for ended_on in cancel.safe_days:
        assert window_opens_on(live_on) <= ended_on < live_on
        days = billed_days(one, ended_on, live_on)
        for row in settled:
            for each in reckoned(row):
                if row.kind == "credit":
                    days.remove(each)
                else:
                    days.append(each)
        recent = sorted(each for each in days if each >= live_on - timedelta(days=40))
        assert recent == list(Days(live_on - timedelta(days=40), live_on))
    for row in settled:
        assert row.money_minor == 1000 * len(list(reckoned(row)))


def reckoned(row: Adjustment) -> Days:
    """The days that a credit or a charge is for."""
    assert row.reckoning is not None
    return Days(date.fromisoformat(row.reckoning["from"]), date.fromisoformat(row.reckoning["to"]))


@few(3)
@given(
    live_on=MONDAYS,
    services=st.fixed_dictionaries(
        {
            service: st.tuples(st.integers(0, 6), st.integers(-3, 3))
            for service in ("sms", "email_marketing", "google_business")
        }
    ),
)
def test_i4_no_day_is_billed_twice_or_not_at_all(
    database_template: URL, live_on: date, services: Mapping[str, tuple[int, int]]
) -> None:
    # given weekly services billed on any weekday, paid up to the eve of one of their bills
    facts: dict[str, OldBill] = {}
    for service, (weekday, weeks) in services.items():
        paid_to = live_on + timedelta(weeks=weeks)
        paid_to += timedelta(days=(weekday - paid_to.weekday()) % 7)
        facts[service] = OldBill(weekday, paid_to)
    billed = [
        {
            "service": service,
            "price": {"amount": "70.00", "currency": "AUD"},
            "billing_period": "week",
            "anchor": WEEKDAYS[one.weekday],
            "paid_through": (one.paid_to - timedelta(days=1)).isoformat(),
        }
        for service, one in facts.items()
    ]

    async def tell(world: World) -> None:
        world.clock.at = local(f"{live_on - timedelta(days=20)} 12:00")
        await world.receive(agreement__live_on=live_on.isoformat(), client__services=billed)
        adjustments = await world.adjustments()
        for service, one in facts.items():
            each_day_is_billed_once(
                one, [row for row in adjustments if row.service == service], live_on
            )

    in_a_world(database_template, tell)
