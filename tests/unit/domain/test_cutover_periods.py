"""The cut-over plan for months and years, and for endings out of the window."""

from datetime import date

import pytest

from app.domain.billed_service import BilledService
from app.domain.cutover import (
    CutOver,
    Preference,
    Side,
    cut_over,
)
from app.domain.left_over import left_over_if_ended
from app.domain.money import Money
from app.domain.period import BillingPeriod, parse_anchor

LIVE = date(2026, 12, 7)
CREDIT, BRIDGE = Preference.CREDIT, Preference.BRIDGE
PRICE = Money.of("49.00", "AUD")


def sms(
    anchor: str,
    paid_through: str | None,
    *,
    period: str = "week",
    price: Money | None = PRICE,
    renews: bool = True,
) -> BilledService:
    kind = BillingPeriod(period)
    paid = date.fromisoformat(paid_through) if paid_through else None
    return BilledService("sms", price, kind, parse_anchor(anchor, kind), paid, "SMS", renews)


def december(*days: int) -> tuple[date, ...]:
    return tuple(date(2026, 12, day) for day in days)


def sentences(plan: CutOver) -> list[str]:
    return [row.sentence for row in plan.rows]


@pytest.mark.parametrize(
    ("anchor", "paid_through", "prefer", "live", "safe", "side", "money"),
    [
        # 1 December pays for 31 days; 7 to 31 December unused: 310.00 x 25 / 31
        ("1", "2026-11-30", CREDIT, LIVE, december(2, 3, 4, 5, 6), Side.CREDIT, "250.00"),
        # 1 December is the window's first day, so nothing is left before it
        ("1", "2026-11-30", BRIDGE, LIVE, december(2, 3, 4, 5, 6), Side.CREDIT, "250.00"),
        # 15 November pays for 30 days; 7 to 14 December unused: 310.00 x 8 / 30 = 82.666
        ("15", "2026-12-14", CREDIT, LIVE, december(1, 2, 3, 4, 5, 6), Side.CREDIT, "82.67"),
        # 30 November (the 31st of a month of 30 days) pays for 31 days up to 31 December;
        # 7 to 30 December unused: 310.00 x 24 / 31
        ("31", "2026-11-29", CREDIT, LIVE, december(1, 2, 3, 4, 5, 6), Side.CREDIT, "240.00"),
        # A window over the month's end, 27 October to 1 November: the 31st pays for 30 days up to
        # 30 November; 2 to 29 November unused: 310.00 x 28 / 30 = 289.333
        (
            "31",
            "2026-10-30",
            CREDIT,
            date(2026, 11, 2),
            (date(2026, 11, 1),),
            Side.CREDIT,
            "289.33",
        ),
        # The same, ended before the 31st: 31 October and 1 November bridged: 310.00 x 2 / 30
        (
            "31",
            "2026-10-30",
            BRIDGE,
            date(2026, 11, 2),
            tuple(date(2026, 10, day) for day in (27, 28, 29, 30)),
            Side.BRIDGE,
            "20.67",
        ),
        # A bill on the live date itself never comes: the month fits
        ("7", "2026-12-06", BRIDGE, LIVE, december(1, 2, 3, 4, 5, 6), Side.EXACT, None),
    ],
)
def test_monthly_services_are_cut_over_by_the_same_rule(
    anchor: str,
    paid_through: str,
    prefer: Preference,
    live: date,
    safe: tuple[date, ...],
    side: Side,
    money: str | None,
) -> None:
    service = sms(anchor, paid_through, period="month", price=Money.of("310.00", "AUD"))

    plan = cut_over(service, live, prefer=prefer)

    assert plan.safe == safe
    assert plan.side is side
    left_over = plan.left_over.money if plan.left_over else None
    assert left_over == (Money.of(money, "AUD") if money else None)


def test_a_year_paid_ahead_is_credited_by_the_day() -> None:
    # given: billed each 15 February, paid through 14 February 2027
    service = sms("15", "2027-02-14", period="year", price=Money.of("365.00", "AUD"))

    plan = cut_over(service, LIVE, prefer=BRIDGE)

    # then: 7 December to 14 February are 70 of 365 days, at 1.00 a day
    assert plan.safe == december(1, 2, 3, 4, 5, 6)
    assert plan.switched
    assert sentences(plan) == [
        "70 of 365 days (7 December 2026 to 14 February 2027) of SMS at 365.00 AUD a year "
        "were paid but are not used: credit 70.00 AUD"
    ]


def test_a_lapsed_service_is_bridged_from_its_last_paid_day() -> None:
    # given: no bill since; paid through 27 November
    service = sms("monday", "2026-11-27", renews=False)

    plan = cut_over(service, LIVE, prefer=CREDIT)

    # then: 28 and 29 November, and the week of 30 November: 49.00 x (2/7 + 1) = 63.00
    assert plan.safe == december(1, 2, 3, 4, 5, 6)
    assert plan.side is Side.BRIDGE
    assert sentences(plan) == [
        "2 of 7 days and 1 whole week (28 November to 6 December 2026) of SMS at 49.00 AUD a week "
        "are served but not billed: charge 63.00 AUD"
    ]
    assert plan.note == (
        "Paid through Friday 27 November 2026, with no bill before the live date: "
        "the gap is charged."
    )


def test_a_service_without_further_bills_and_without_paid_day_leaves_nothing() -> None:
    plan = cut_over(sms("monday", None, renews=False), LIVE, prefer=CREDIT)

    assert plan.side is Side.EXACT
    assert plan.rows == ()


def test_ended_long_before_the_live_date_the_whole_gap_is_charged() -> None:
    # given: ended for a live date that then moved by a week
    service = sms("monday", "2026-12-06")

    rows = left_over_if_ended(service, date(2026, 12, 3), date(2026, 12, 14))

    assert [(row.kind.value, str(row.money)) for row in rows] == [("charge", "49.00 AUD")]


def test_ended_after_the_live_date_the_bills_since_are_credited() -> None:
    # given: ended on Wednesday 16 December, after the bills of the 7th and the 14th
    rows = left_over_if_ended(sms("monday", "2026-12-06"), date(2026, 12, 16), LIVE)

    assert [(row.kind.value, str(row.money)) for row in rows] == [("credit", "98.00 AUD")]


def test_ended_after_the_live_date_with_facts_that_disagree_every_day_is_settled() -> None:
    # given: paid through 8 December, billed on Fridays, ended on the 16th
    rows = left_over_if_ended(sms("friday", "2026-12-08"), date(2026, 12, 16), LIVE)

    # then: 7 and 8 December, and the week from the 11th, were paid under both packages
    assert [(row.kind.value, row.span.spoken()) for row in rows] == [
        ("credit", "7 to 8 December 2026"),
        ("credit", "11 to 17 December 2026"),
    ]


def test_ended_after_the_live_date_paid_days_and_later_bills_are_one_credit() -> None:
    # given: paid through 13 December already, then billed on the 14th, ended on the 16th
    rows = left_over_if_ended(sms("monday", "2026-12-13"), date(2026, 12, 16), LIVE)

    assert [(row.kind.value, row.span.spoken()) for row in rows] == [
        ("credit", "7 to 20 December 2026")
    ]


def test_ended_early_with_facts_that_disagree_both_gaps_are_charged() -> None:
    # given: paid through Tuesday 17 November, billed on Friday the 20th, ended on the 24th
    rows = left_over_if_ended(sms("friday", "2026-11-17"), date(2026, 11, 24), LIVE)

    assert [(row.kind.value, row.span.spoken()) for row in rows] == [
        ("charge", "18 to 19 November 2026"),
        ("charge", "27 November to 6 December 2026"),
    ]
