"""Runs of days, and billing periods on their anchors."""

from datetime import date

import pytest

from app.domain.errors import AnchorInvalid, PeriodEmpty
from app.domain.period import (
    MONDAYS,
    Anchor,
    BillingPeriod,
    Days,
    bill_days_between,
    days_between,
    is_bill_day,
    last_bill_day,
    next_bill_day,
    parse_anchor,
    period_holding,
)

WEEK, MONTH = BillingPeriod.WEEK, BillingPeriod.MONTH
QUARTER, YEAR = BillingPeriod.QUARTER, BillingPeriod.YEAR


def day(text: str) -> date:
    return date.fromisoformat(text)


def days(start: str, end: str) -> Days:
    return Days.of(day(start), day(end))


def test_a_run_of_days_leaves_its_end_out() -> None:
    week = days("2026-12-07", "2026-12-14")

    assert week.length == 7
    assert week.last == day("2026-12-13")
    assert day("2026-12-07") in week
    assert day("2026-12-14") not in week
    assert [one.day for one in week] == [7, 8, 9, 10, 11, 12, 13]
    assert week.spoken() == "7 to 13 December 2026"


@pytest.mark.parametrize("end", ["2026-12-07", "2026-12-06"])
def test_a_run_without_a_day_is_refused(end: str) -> None:
    with pytest.raises(PeriodEmpty):
        days("2026-12-07", end)
    with pytest.raises(PeriodEmpty):
        Days(day("2026-12-07"), day(end))
    assert days_between(day("2026-12-07"), day(end)) is None


def test_runs_that_only_touch_do_not_overlap() -> None:
    first, second = days("2026-12-01", "2026-12-07"), days("2026-12-07", "2026-12-09")

    assert first.overlap(second) is None
    assert first.overlap(days("2026-12-05", "2026-12-20")) == days("2026-12-05", "2026-12-07")


@pytest.mark.parametrize(
    ("text", "period", "anchor", "written"),
    [
        ("monday", WEEK, Anchor(0), "monday"),
        ("Sunday", WEEK, Anchor(6), "sunday"),
        ("2026-12-03", WEEK, Anchor(3), "thursday"),  # a bill fell on that Thursday
        ("1", MONTH, Anchor(1), "1"),
        ("31", MONTH, Anchor(31), "31"),
        ("05", MONTH, Anchor(5), "5"),
        ("2026-02-15", MONTH, Anchor(15), "15"),
        ("15", QUARTER, Anchor(15), "15"),
        ("02-15", QUARTER, Anchor(15, 2), "02-15"),
        ("2026-02-15", QUARTER, Anchor(15, 2), "02-15"),
        ("31", YEAR, Anchor(31), "31"),
        ("2028-02-29", YEAR, Anchor(29, 2), "02-29"),
    ],
)
def test_an_anchor_is_read_by_the_rule_of_its_period(
    text: str, period: BillingPeriod, anchor: Anchor, written: str
) -> None:
    assert parse_anchor(text, period) == anchor
    assert anchor.text(period) == written
    assert parse_anchor(written, period) == anchor


@pytest.mark.parametrize(
    ("text", "period"),
    [
        ("15", WEEK),
        ("0", WEEK),
        ("mon", WEEK),
        ("", WEEK),
        ("montag", WEEK),
        ("monday", MONTH),
        ("0", MONTH),
        ("00", MONTH),
        ("32", MONTH),
        ("-1", MONTH),
        ("1.5", MONTH),
        ("\u0661", MONTH),
        ("02-15", MONTH),
        ("2026-02-30", MONTH),
        ("13-01", QUARTER),
        ("00-10", YEAR),
        ("02-32", YEAR),
        ("last", YEAR),
        ("1" * 5000, YEAR),
        (15, MONTH),
        (None, WEEK),
        (True, MONTH),
    ],
)
def test_an_anchor_that_its_period_cannot_have_is_refused(
    text: object, period: BillingPeriod
) -> None:
    with pytest.raises(AnchorInvalid) as refused:
        parse_anchor(text, period)

    assert refused.value.code == "anchor_invalid"
    assert len(refused.value.detail) < 180


def test_an_anchor_without_month_takes_the_month_of_a_known_bill() -> None:
    assert Anchor(15).placed_in(2) == Anchor(15, 2)
    assert Anchor(15, 3).placed_in(2) == Anchor(15, 3)


def test_monthly_bills_fall_back_to_shorter_months_without_drifting() -> None:
    bills = bill_days_between(MONTH, Anchor(31), day("2027-01-01"), day("2027-06-01"))

    assert [str(one) for one in bills] == [
        "2027-01-31",
        "2027-02-28",
        "2027-03-31",
        "2027-04-30",
        "2027-05-31",
    ]


@pytest.mark.parametrize(
    ("period", "anchor", "at", "start", "end"),
    [
        (WEEK, MONDAYS, "2026-12-07", "2026-12-07", "2026-12-14"),
        (WEEK, MONDAYS, "2026-12-06", "2026-11-30", "2026-12-07"),
        (WEEK, Anchor(3), "2026-12-07", "2026-12-03", "2026-12-10"),
        (MONTH, Anchor(1), "2026-12-31", "2026-12-01", "2027-01-01"),
        (MONTH, Anchor(15), "2026-12-14", "2026-11-15", "2026-12-15"),
        (MONTH, Anchor(31), "2027-02-27", "2027-01-31", "2027-02-28"),
        (MONTH, Anchor(31), "2027-02-28", "2027-02-28", "2027-03-31"),
        (MONTH, Anchor(30), "2028-02-29", "2028-02-29", "2028-03-30"),
        (QUARTER, Anchor(15), "2026-12-07", "2026-10-15", "2027-01-15"),  # January, if none named
        (QUARTER, Anchor(30, 11), "2026-12-07", "2026-11-30", "2027-02-28"),
        (QUARTER, Anchor(30, 2), "2026-12-07", "2026-11-30", "2027-02-28"),  # the same months
        (YEAR, Anchor(1), "2026-12-07", "2026-01-01", "2027-01-01"),
        (YEAR, Anchor(29, 2), "2027-12-07", "2027-02-28", "2028-02-29"),
        (YEAR, Anchor(8, 12), "2026-12-07", "2025-12-08", "2026-12-08"),
    ],
)
def test_each_day_lies_in_one_whole_billing_period(
    period: BillingPeriod, anchor: Anchor, at: str, start: str, end: str
) -> None:
    assert period_holding(period, anchor, day(at)) == days(start, end)


def test_the_bill_days_around_a_day_are_found() -> None:
    thursdays = Anchor(3)

    assert next_bill_day(WEEK, thursdays, day("2026-12-03")) == day("2026-12-03")
    assert next_bill_day(WEEK, thursdays, day("2026-12-04")) == day("2026-12-10")
    assert last_bill_day(WEEK, thursdays, day("2026-12-03")) == day("2026-11-26")
    assert is_bill_day(WEEK, thursdays, day("2026-12-03"))
    assert not is_bill_day(WEEK, thursdays, day("2026-12-04"))


def test_bill_days_leave_the_end_out() -> None:
    assert bill_days_between(WEEK, MONDAYS, day("2026-12-07"), day("2026-12-21")) == (
        day("2026-12-07"),
        day("2026-12-14"),
    )
    assert bill_days_between(WEEK, MONDAYS, day("2026-12-08"), day("2026-12-14")) == ()
