"""Each old service ends once, each new one starts once, and none outside its window (I3)."""

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones

from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.actor import Actor
from app.domain.adjustment import (
    AdjustmentKind,
    AdjustmentState,
    IntendedAdjustment,
    adjustments_of_upgrade,
)
from app.domain.billed_service import BilledService
from app.domain.calendar import day_of
from app.domain.carrying_out import AdjustmentInHand, Evidence, PlanAtHand, may_carry_out
from app.domain.cutover import Preference
from app.domain.errors import DomainError
from app.domain.live_date import live_date
from app.domain.money import Money
from app.domain.movement import Package, PackageService, Service
from app.domain.period import Anchor, BillingPeriod

K = AdjustmentKind
DAY = timedelta(days=1)
AWAY = st.timedeltas(timedelta(days=-8), timedelta(days=8)) | st.sampled_from(
    [timedelta(microseconds=-1), timedelta(0), timedelta(microseconds=1)]
)
SERVICES = ("sms", "email_marketing", "google_business", "paid_ads", "website_care")
ZONES = st.sampled_from(sorted(available_timezones() - {"Factory", "localtime", "posixrules"})).map(
    ZoneInfo
)
MONDAYS = st.integers(0, 520).map(lambda weeks: date(2024, 1, 1) + timedelta(weeks=weeks))
PRICES = st.integers(0, 100_000).map(lambda minor: Money.from_minor(minor, "AUD"))
ANCHORS = {
    BillingPeriod.WEEK: st.builds(Anchor, st.integers(0, 6)),
    BillingPeriod.MONTH: st.builds(Anchor, st.integers(1, 31)),
    BillingPeriod.QUARTER: st.builds(Anchor, st.integers(1, 31), st.integers(1, 12)),
    BillingPeriod.YEAR: st.builds(Anchor, st.integers(1, 31), st.integers(1, 12)),
}


@st.composite
def packages(draw: st.DrawFn, key: str, rank: int) -> Package:
    """A package of some of the services, in some order, at some prices."""
    keys = draw(st.lists(st.sampled_from(SERVICES), min_size=1, unique=True))
    parts = tuple(PackageService(Service(one, one.title()), draw(PRICES)) for one in keys)
    return Package(key, key.title(), rank, "weekly", parts)


@st.composite
def bills(draw: st.DrawFn, live_on: date) -> list[BilledService]:
    """What is known of the bills of some services, in the old package or beside it."""
    known = []
    for key in draw(st.lists(st.sampled_from(SERVICES), unique=True)):
        period = draw(st.sampled_from(BillingPeriod))
        away = draw(st.none() | st.integers(-400, 400))
        paid_through = None if away is None else live_on + away * DAY
        price, anchor = draw(st.none() | PRICES), draw(ANCHORS[period])
        known.append(BilledService(key, price, period, anchor, paid_through))
    return known


@st.composite
def upgrades(
    draw: st.DrawFn,
) -> tuple[Package, Package, list[BilledService], date, Preference, int]:
    """Two packages, what is known of the old bills, a live Monday, a policy and a window."""
    live_on = draw(MONDAYS)
    old, new = draw(packages("sprint", 2)), draw(packages("scale", 3))
    prefer, window_days = draw(st.sampled_from(Preference)), draw(st.integers(1, 6))
    return old, new, draw(bills(live_on)), live_on, prefer, window_days


def of_kind(adjustments: Sequence[IntendedAdjustment], kind: AdjustmentKind) -> Counter[str]:
    return Counter(one.service for one in adjustments if one.kind is kind)


def services_of(package: Package) -> Counter[str]:
    return Counter(part.service.key for part in package.services)


@settings(deadline=None)
@given(case=upgrades())
def test_every_old_service_ends_once_and_every_new_one_starts_once(
    case: tuple[Package, Package, list[BilledService], date, Preference, int],
) -> None:
    old, new, known, live_on, prefer, window_days = case

    found = adjustments_of_upgrade(old, new, known, live_on, prefer=prefer, window_days=window_days)

    assert of_kind(found, K.CANCEL_SERVICE) == services_of(old)
    assert of_kind(found, K.START_SERVICE) == services_of(new)
    # then: money moves only for what the client leaves, never for what is bought beside it
    money = of_kind(found, K.CREDIT) + of_kind(found, K.CHARGE)
    assert set(money) <= set(services_of(old)) & {one.service for one in known}


@settings(deadline=None)
@given(case=upgrades())
def test_every_adjustment_takes_effect_on_the_live_date_and_is_made_in_the_window_before(
    case: tuple[Package, Package, list[BilledService], date, Preference, int],
) -> None:
    old, new, known, live_on, prefer, window_days = case
    window = [live_on - n * DAY for n in range(window_days, 0, -1)]

    found = adjustments_of_upgrade(old, new, known, live_on, prefer=prefer, window_days=window_days)

    for one in found:
        assert one.effective_on == live_on
        assert [day for day in window if day in one.safe_days] == list(one.safe_days)
        if one.kind is not K.CANCEL_SERVICE:
            assert list(one.safe_days) == window
        is_money_row = one.kind in (K.CREDIT, K.CHARGE)
        assert (one.reckoning is not None) is is_money_row
        assert one.money is None or one.money >= Money.zero("AUD")


@settings(deadline=None)
@given(
    zone=ZONES,
    live_on=MONDAYS,
    kind=st.sampled_from(AdjustmentKind),
    state=st.sampled_from(AdjustmentState),
    safe=st.sets(st.integers(0, 8)),
    moment=st.tuples(st.booleans(), AWAY),
    forced_after=st.none() | st.timedeltas(timedelta(0), timedelta(days=2)),
)
def test_nothing_is_carried_out_outside_its_window_or_on_an_unsafe_day(
    zone: ZoneInfo,
    live_on: date,
    kind: AdjustmentKind,
    state: AdjustmentState,
    safe: set[int],
    moment: tuple[bool, timedelta],
    forced_after: timedelta | None,
) -> None:
    # given: any instant around the window, at its very edges too, and any days that are safe
    long_before = datetime.combine(live_on - 30 * DAY, datetime.min.time(), UTC)
    at = live_date(live_on, zone, now=long_before, window_days=6)
    closes_at = at.live_at if forced_after is None else at.live_at + forced_after
    from_opening, away = moment
    now = (at.window_opens_at if from_opening else closes_at) + away
    safe_days = tuple(live_on - n * DAY for n in sorted(safe, reverse=True))
    one = AdjustmentInHand(kind, state, "sms", at.window_opens_at, closes_at, safe_days)

    try:
        may_carry_out(
            one,
            PlanAtHand("sprint", "sprint", frozenset({"sms"})),
            actor=Actor.service("test"),
            client_name="Harbour Dental",
            zone=zone,
            typed="Harbour Dental / sms",
            evidence=Evidence("INV-7"),
            now=now,
        )
        accepted = True
    except DomainError:
        accepted = False

    # then: accepted exactly where all of it holds
    in_window = at.window_opens_at <= now < closes_at
    is_open = state not in (AdjustmentState.CONFIRMED, AdjustmentState.VOIDED)
    assert accepted is (in_window and day_of(now, zone) in safe_days and is_open)
