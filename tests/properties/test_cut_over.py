"""I4 against a biller played day by day: no day billed twice, and none by nobody."""

from calendar import monthrange
from collections import Counter
from datetime import date, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.billed_service import BilledService
from app.domain.cutover import Preference, Side, cut_over
from app.domain.left_over import left_over_if_ended
from app.domain.money import Money
from app.domain.period import (
    MONDAYS,
    Anchor,
    BillingPeriod,
    bill_days_between,
    next_bill_day,
    period_holding,
)
from app.domain.reckoning import Reckoning, ReckoningKind

DAY = timedelta(days=1)
MONDAY = date(2024, 1, 1)
PRICE = Money.of("49.00", "AUD")
STEPS = {BillingPeriod.MONTH: 1, BillingPeriod.QUARTER: 3, BillingPeriod.YEAR: 12}

LIVE = st.integers(0, 470).map(lambda weeks: MONDAY + timedelta(weeks=weeks))
WEEKLY = st.integers(0, 6).map(lambda day: (BillingPeriod.WEEK, Anchor(day)))
LONGER = st.builds(
    lambda period, day, month: (
        period,
        Anchor(day, None if period is BillingPeriod.MONTH else month),
    ),
    st.sampled_from(list(STEPS)),
    st.integers(1, 31),
    st.integers(1, 12),
)
RHYTHM = WEEKLY | LONGER
PREFERENCES = st.sampled_from(list(Preference))


def bills_on(period: BillingPeriod, anchor: Anchor, day: date) -> bool:
    """The biller's own idea of its calendar, written the slow way."""
    if period is BillingPeriod.WEEK:
        return day.weekday() == anchor.day
    if (day.month - (anchor.month or 1)) % STEPS[period]:
        return False
    return day.day == min(anchor.day, monthrange(day.year, day.month)[1])


def ledger(
    service: BilledService, ended_on: date, live_on: date, rows: tuple[Reckoning, ...]
) -> Counter[date]:
    """How often each day is billed, all told, from before the paid days to after both packages."""
    assert service.paid_through is not None
    first = min(service.paid_through, live_on) - timedelta(days=10)
    billed: Counter[date] = Counter()
    day = first
    while day <= service.paid_through:
        billed[day] += 1
        day += DAY
    # The biller issues, on each bill day before the end, a bill up to the next bill day.
    day = service.paid_through + DAY
    while service.renews and day < ended_on:
        if bills_on(service.period, service.anchor, day):
            billed[day] += 1
            paid = day + DAY
            while not bills_on(service.period, service.anchor, paid):
                billed[paid] += 1
                paid += DAY
        day += DAY
    # The new package bills every day from the live date on.
    last = max([live_on, *billed])
    billed.update(live_on + DAY * n for n in range((last - live_on).days + 1))
    for row in rows:
        sign = 1 if row.kind is ReckoningKind.CHARGE else -1
        for one in row.span:
            billed[one] += sign
    assert set(billed) == {first + DAY * n for n in range((last - first).days + 1)}
    return billed


@st.composite
def services(draw: st.DrawFn) -> tuple[BilledService, date]:
    """A service, and a live Monday; paid days end with a period, or anywhere, near or far."""
    live_on = draw(LIVE)
    period, anchor = draw(RHYTHM)
    near = live_on + timedelta(days=draw(st.integers(-40, 10) | st.integers(-400, 400)))
    met = draw(st.booleans())
    paid_through = (period_holding(period, anchor, near).start if met else near) - DAY
    renews = draw(st.sampled_from([True, True, True, False]))
    return BilledService("sms", PRICE, period, anchor, paid_through, renews=renews), live_on


@settings(deadline=None)
@given(case=services(), prefer=PREFERENCES, window_days=st.integers(1, 20))
def test_ended_on_any_safe_day_each_day_is_billed_once(
    case: tuple[BilledService, date], prefer: Preference, window_days: int
) -> None:
    service, live_on = case

    plan = cut_over(service, live_on, prefer=prefer, window_days=window_days)

    for ended_on in plan.safe:
        assert live_on - timedelta(days=window_days) <= ended_on < live_on
        assert set(ledger(service, ended_on, live_on, plan.rows).values()) == {1}
        assert left_over_if_ended(service, ended_on, live_on) == plan.rows


@settings(deadline=None)
@given(case=services(), apart=st.integers(-40, 40))
def test_ended_on_any_day_at_all_each_day_is_billed_once(
    case: tuple[BilledService, date], apart: int
) -> None:
    service, live_on = case
    ended_on = live_on + timedelta(days=apart)

    rows = left_over_if_ended(service, ended_on, live_on)

    assert set(ledger(service, ended_on, live_on, rows).values()) == {1}


@given(case=services(), prefer=PREFERENCES)
def test_the_usual_window_always_holds_a_safe_day(
    case: tuple[BilledService, date], prefer: Preference
) -> None:
    service, live_on = case

    plan = cut_over(service, live_on, prefer=prefer)

    assert len(plan.safe) >= 1
    assert [day for span in plan.safe_spans for day in span] == list(plan.safe)
    if service.renews:
        assert not any(bills_on(service.period, service.anchor, day) for day in plan.safe)


@given(live_on=LIVE, rhythm=RHYTHM, prefer=PREFERENCES, periods=st.integers(0, 5))
def test_a_service_whose_facts_agree_leaves_one_row_at_most(
    live_on: date, rhythm: tuple[BillingPeriod, Anchor], prefer: Preference, periods: int
) -> None:
    # given: paid up to a bill day, some periods before the live date
    period, anchor = rhythm
    unpaid_from = live_on
    for _ in range(periods + 1):
        unpaid_from = period_holding(period, anchor, unpaid_from - DAY).start
    service = BilledService("sms", PRICE, period, anchor, unpaid_from - DAY)

    plan = cut_over(service, live_on, prefer=prefer)

    # then: never a whole period, and nothing if the paid days fit
    assert len(plan.rows) == (plan.side is not Side.EXACT)
    for row in plan.rows:
        assert row.days < row.of_days
        assert row.money is not None
        assert Money.zero("AUD") <= row.money <= PRICE
        assert row.kind.value == {Side.CREDIT: "credit", Side.BRIDGE: "charge"}[plan.side]


@given(live_on=LIVE, weekday=st.integers(0, 6))
def test_what_is_credited_after_the_bill_and_bridged_before_it_make_one_bill(
    live_on: date, weekday: int
) -> None:
    last_bill = max(d for d in (live_on - DAY * n for n in range(1, 8)) if d.weekday() == weekday)
    service = BilledService(
        "sms", PRICE, BillingPeriod.WEEK, Anchor(weekday), paid_through=last_bill - DAY
    )

    after = left_over_if_ended(service, live_on, live_on)
    before = left_over_if_ended(service, last_bill, live_on)

    # then: 49.00 is 7.00 a day, so that no rounding hides a day
    amounts = [row.money for row in (*after, *before) if row.money]
    assert sum(money.minor for money in amounts) == PRICE.minor


@given(
    live_on=LIVE,
    weeks_paid=st.integers(0, 8),
    ended=st.integers(1, 6),
    prefer=PREFERENCES,
)
def test_weekly_billing_on_mondays_never_skips_or_doubles_a_week(
    live_on: date, weeks_paid: int, ended: int, prefer: Preference
) -> None:
    # given: billed each Monday, the last bills before the live date still to come
    paid_through = live_on - timedelta(weeks=weeks_paid) - DAY
    service = BilledService("sms", PRICE, BillingPeriod.WEEK, MONDAYS, paid_through)
    ended_on = live_on - DAY * ended

    plan = cut_over(service, live_on, prefer=prefer)

    # then: the old bills and the new ones together fall on each Monday once
    old = bill_days_between(BillingPeriod.WEEK, MONDAYS, paid_through + DAY, ended_on)
    new = tuple(live_on + timedelta(weeks=n) for n in range(4))
    assert ended_on in plan.safe
    assert plan.rows == ()
    assert [*old, *new] == [
        paid_through + DAY + timedelta(weeks=n) for n in range(len(old) + len(new))
    ]


@given(rhythm=RHYTHM, day=st.dates(date(2000, 1, 1), date(2100, 1, 1)))
def test_billing_periods_follow_one_another_on_the_billers_days(
    rhythm: tuple[BillingPeriod, Anchor], day: date
) -> None:
    period, anchor = rhythm

    whole = period_holding(period, anchor, day)

    assert day in whole
    assert [one for one in whole if bills_on(period, anchor, one)] == [whole.start]
    assert bills_on(period, anchor, whole.end)
    assert next_bill_day(period, anchor, whole.end) == whole.end
    assert period_holding(period, anchor, whole.end).start == whole.end
