"""What is drawn for a life: who the client is, how it was billed, and what befalls its plans."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from hypothesis import strategies as st

from app.domain.cutover import Preference
from app.domain.delivery import System
from app.domain.period import BillingPeriod
from tests.builders import catalog
from tests.properties.biller import DAY, Rhythm

ZONES = (
    "Australia/Brisbane",
    "UTC",
    "America/New_York",
    "Pacific/Kiritimati",  # fourteen hours ahead
    "Pacific/Niue",  # eleven behind
    "Africa/Cairo",  # its midnights go missing on Fridays
    "America/Havana",  # and here on Sundays
    "Asia/Beirut",
    "America/Santiago",
    "Australia/Lord_Howe",  # half an hour of summer time
    "Pacific/Apia",
    "Pacific/Chatham",
    "Asia/Kathmandu",
    "Asia/Tehran",  # where a Monday and a Tuesday began at one o'clock
)
MONDAYS = (
    date(2026, 12, 7),
    date(2026, 3, 9),  # the clocks of Havana and New York have gone forward
    date(2026, 3, 30),  # Beirut's
    date(2026, 4, 27),  # Cairo's
    date(2026, 9, 7),  # Santiago's
    date(2026, 10, 5),  # Lord Howe's
    date(2026, 11, 2),  # Havana's midnight came twice
    date(2021, 3, 22),  # no midnight in Tehran on this Monday
    date(2022, 3, 28),  # nor on the Tuesday before this one
    date(2027, 1, 4),
    date(2028, 3, 6),
)
MOVEMENTS = (("sprint", "scale"), ("start", "sprint"), ("start", "scale"))
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
EVERYTHING = frozenset({System.BOARD, System.MAIL, System.CHAT})
CONNECTED = (
    frozenset({System.MAIL}),
    frozenset({System.MAIL, System.CHAT}),
    EVERYTHING,
    frozenset[System](),
    frozenset({System.MAIL, System.BOARD}),
)


@dataclass(frozen=True)
class OldBill:
    """How one service was billed before, as the agreement's event tells it."""

    service: str
    rhythm: Rhythm
    paid_through: date | None
    price: str | None

    def told(self) -> dict[str, Any]:
        """An entry of `client.services`."""
        rhythm = self.rhythm
        anchor = WEEKDAYS[rhythm.day] if rhythm.period is BillingPeriod.WEEK else str(rhythm.day)
        if rhythm.month is not None:
            anchor = f"{rhythm.month:02}-{rhythm.day:02}"
        return {
            "service": self.service,
            "price": self.price and {"amount": self.price, "currency": "AUD"},
            "billing_period": str(rhythm.period),
            "anchor": anchor,
            "paid_through": self.paid_through and self.paid_through.isoformat(),
        }


@dataclass(frozen=True)
class Facts:
    """Who the client is, how it was billed, and how the installation is set up.

    Attributes:
        lead: From the signing to the first live date; below zero it came too late.
    """

    zone: str
    office_zone: str
    monday: date
    lead: timedelta
    movement: tuple[str, str]
    bills: tuple[OldBill, ...]
    prefer: Preference
    connected: frozenset[System]
    mailed_by_service: bool
    billed_by_hook: bool
    boards_by_automation: bool


@dataclass(frozen=True)
class Step:
    """One thing that happens: its name, and the numbers by which it picks its objects."""

    what: str
    numbers: tuple[int, ...]


@dataclass(frozen=True)
class Story:
    """A life as it is drawn.

    Attributes:
        facts: What it begins with.
        so_far: How many steps of the usual way are taken first.
        on_the_way: What befalls it before each time that workers deliver on that way.
        steps: What befalls it then.
        to_the_end: Whether everything that is under way is brought to its end afterwards.
    """

    facts: Facts
    so_far: int
    on_the_way: Sequence[Step]
    steps: Sequence[Step]
    to_the_end: bool


def rhythms() -> st.SearchStrategy[Rhythm]:
    """Weekly on any weekday, or longer, on any day of the month."""
    days, months = st.integers(1, 31), st.integers(1, 12)
    return st.one_of(
        st.builds(Rhythm, st.just(BillingPeriod.WEEK), st.integers(0, 6)),
        st.builds(Rhythm, st.just(BillingPeriod.MONTH), days),
        st.builds(
            Rhythm, st.sampled_from([BillingPeriod.QUARTER, BillingPeriod.YEAR]), days, months
        ),
    )


@st.composite
def old_bills(draw: st.DrawFn, monday: date, service: str) -> OldBill | None:
    """What is told of a service's bills: nothing, its rhythm, or also how far it is paid."""
    if not draw(st.booleans()):
        return None
    rhythm = draw(rhythms())
    near = monday + timedelta(days=draw(st.integers(-21, 21)))
    ends = draw(st.sampled_from(["with a period", "anywhere", "untold"]))
    paid_through = {
        "with a period": rhythm.last_bill(near) - DAY,
        "anywhere": near,
        "untold": None,
    }[ends]
    return OldBill(service, rhythm, paid_through, draw(st.sampled_from(["70.00", None, "0.10"])))


@st.composite
def facts(draw: st.DrawFn) -> Facts:
    """Everything that a life begins with."""
    monday = draw(st.sampled_from(MONDAYS)) + timedelta(weeks=draw(st.integers(0, 3)))
    movement = draw(st.sampled_from(MOVEMENTS))
    # One service stands beside the package: whatever happens, it is left alone.
    services = [*(one.service.key for one in catalog().packages[movement[0]].services), "seo"]
    bills = [draw(old_bills(monday, service)) for service in services]
    hours = draw(st.sampled_from([24 * 17, 24 * 10, 24 * 8, 24 * 4, 30, 3, -5]))
    return Facts(
        zone=draw(st.sampled_from(ZONES)),
        office_zone=draw(st.sampled_from(ZONES)),
        monday=monday,
        lead=timedelta(hours=hours, minutes=draw(st.integers(0, 90))),
        movement=movement,
        bills=tuple(one for one in bills if one is not None),
        prefer=draw(st.sampled_from(Preference)),
        connected=draw(st.sampled_from(CONNECTED)),
        mailed_by_service=draw(st.sampled_from([False, False, True])),
        billed_by_hook=draw(st.sampled_from([False, False, True])),
        boards_by_automation=draw(st.sampled_from([False, False, True])),
    )


def stories(
    weights: Mapping[str, int], on_the_way: Mapping[str, int], way: int
) -> st.SearchStrategy[Story]:
    """Lives of the happenings given.

    Args:
        weights: How often each happening is drawn, by its name; the first is the plainest.
        on_the_way: The same for those that befall a life on the usual way.
        way: How many steps the usual way has.
    """
    so_far = st.sampled_from(range(way + 1))
    befalls = st.lists(steps_of(on_the_way), max_size=3)
    steps = st.lists(steps_of(weights), min_size=8, max_size=32)
    return st.builds(Story, facts(), so_far, befalls, steps, st.booleans())


def steps_of(weights: Mapping[str, int]) -> st.SearchStrategy[Step]:
    """Single happenings, as often as their weights say."""
    names = [name for name, often in weights.items() for _ in range(often)]
    return st.builds(Step, st.sampled_from(names), st.tuples(*[st.integers(0, 23)] * 4))
