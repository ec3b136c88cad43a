"""I4 as a client reads it: the days of the last bill, the change-over and the first bill meet."""

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from app.domain.billed_service import BilledService
from app.domain.cutover import Preference
from app.domain.cutover_plan import cut_over_plan
from app.domain.money import Money
from app.domain.movement import Package, PackageService, Service
from app.domain.period import Anchor, BillingPeriod, period_holding
from app.domain.reckoning import ReckoningKind
from app.domain.three_bills import three_bills

DAY = timedelta(days=1)
MONDAYS = st.integers(0, 470).map(lambda weeks: date(2024, 1, 1) + timedelta(weeks=weeks))
RHYTHMS = st.one_of(
    st.integers(0, 6).map(lambda day: (BillingPeriod.WEEK, Anchor(day))),
    st.integers(1, 31).map(lambda day: (BillingPeriod.MONTH, Anchor(day))),
    st.tuples(st.integers(1, 31), st.integers(1, 12)).map(
        lambda both: (BillingPeriod.QUARTER, Anchor(*both))
    ),
)
PRICES = st.none() | st.integers(0, 100_000).map(lambda minor: Money.from_minor(minor, "AUD"))


def package(key: str, rank: int) -> Package:
    price = Money.of("49.00", "AUD")
    return Package(key, key, rank, "weekly", (PackageService(Service("sms", "SMS"), price),))


@given(
    live_on=MONDAYS,
    rhythm=RHYTHMS,
    periods_away=st.integers(-2, 2),
    price=PRICES,
    prefer=st.sampled_from(list(Preference)),
    window_days=st.integers(1, 6),
)
def test_every_day_up_to_the_live_date_is_paid_once_and_none_after_it(
    live_on: date,
    rhythm: tuple[BillingPeriod, Anchor],
    periods_away: int,
    price: Money | None,
    prefer: Preference,
    window_days: int,
) -> None:
    # given: paid up to a bill day some periods before or after the live date
    period, anchor = rhythm
    near = live_on + timedelta(days=periods_away * 31)
    paid_through = period_holding(period, anchor, near).start - DAY
    service = BilledService("sms", price, period, anchor, paid_through)
    ending = cut_over_plan(
        package("old", 1), [service], live_on, prefer=prefer, window_days=window_days
    )

    # when
    bills = three_bills(package("new", 2), ending, live_on)

    # then
    (last,), (first,) = bills.last_old.rows, bills.first_new.rows
    paid = set(last.span)
    for row in bills.change_over.rows:
        days = set(row.span)
        if row.kind is ReckoningKind.CHARGE:
            assert not days & paid
            paid |= days
        else:
            assert live_on <= row.span.start
            assert row.span.end <= last.span.end
            paid -= days
    up_to_live = {last.span.start + n * DAY for n in range((live_on - last.span.start).days)}
    assert up_to_live <= paid
    assert not any(day >= live_on for day in paid)
    assert first.span.start == live_on


@given(prices=st.lists(PRICES, min_size=1, max_size=6))
def test_a_total_is_the_sum_of_its_rows_or_left_open(prices: list[Money | None]) -> None:
    # given
    live_on = date(2026, 12, 7)
    parts = [
        PackageService(Service(f"s{n}", f"S{n}"), Money.of("1.00", "AUD"))
        for n in range(len(prices))
    ]
    old = Package("old", "Old", 1, "weekly", tuple(parts))
    told = [
        BilledService(f"s{n}", price, BillingPeriod.MONTH, Anchor(1), date(2026, 12, 31))
        for n, price in enumerate(prices)
    ]

    # when
    ending = cut_over_plan(old, told, live_on, prefer=Preference.CREDIT, window_days=6)
    bills = three_bills(package("new", 2), ending, live_on)

    # then
    for bill in (bills.last_old, bills.change_over):
        amounts = [row.money for row in bill.rows]
        signs = [1 if row.kind is ReckoningKind.CHARGE else -1 for row in bill.rows]
        if None in prices:
            assert bill.total is None
        else:
            assert bill.total is not None
            known = (money.minor for money in amounts if money is not None)
            assert bill.total.minor == sum(a * b for a, b in zip(known, signs, strict=True))
