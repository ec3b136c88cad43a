"""Credits and charges by the day, with the arithmetic beside them."""

from datetime import date
from fractions import Fraction

import pytest

from app.domain.money import Money
from app.domain.period import MONDAYS, Anchor, BillingPeriod, Days
from app.domain.reckoning import Reckoning, ReckoningKind, parts_of, reckon, worth_of

CREDIT, CHARGE = ReckoningKind.CREDIT, ReckoningKind.CHARGE
WEEK, MONTH, YEAR = BillingPeriod.WEEK, BillingPeriod.MONTH, BillingPeriod.YEAR


def days(start: str, end: str) -> Days:
    return Days(date.fromisoformat(start), date.fromisoformat(end))


def sms(
    kind: ReckoningKind,
    span: Days,
    *,
    price: str | None = "49.00",
    currency: str = "AUD",
    period: BillingPeriod = WEEK,
    anchor: Anchor = MONDAYS,
) -> Reckoning:
    money = Money.of(price, currency) if price else None
    return reckon(kind, span, name="SMS", price=money, period=period, anchor=anchor)


def test_a_credit_explains_itself() -> None:
    row = sms(CREDIT, days("2026-12-07", "2026-12-10"), anchor=Anchor(3))

    assert row.money == Money.of("21.00", "AUD")  # 49.00 x 3 / 7
    assert (row.days, row.of_days) == (3, 7)
    assert row.price == Money.of("49.00", "AUD")
    assert row.sentence == (
        "3 of 7 days (7 to 9 December 2026) of SMS at 49.00 AUD a week "
        "were paid but are not used: credit 21.00 AUD"
    )


def test_a_charge_explains_itself() -> None:
    row = sms(CHARGE, days("2026-12-06", "2026-12-07"), anchor=Anchor(6))

    assert row.money == Money.of("7.00", "AUD")  # 49.00 x 1 / 7
    assert row.sentence == (
        "1 of 7 days (6 December 2026) of SMS at 49.00 AUD a week "
        "is served but not billed: charge 7.00 AUD"
    )


def test_an_unknown_price_makes_a_row_for_a_person() -> None:
    row = sms(CREDIT, days("2026-12-07", "2026-12-10"), price=None, anchor=Anchor(3))

    assert row.money is None
    assert row.price is None
    assert row.sentence == (
        "3 of 7 days (7 to 9 December 2026) of SMS, price unknown, "
        "were paid but are not used: the credit is for a person to work out"
    )


@pytest.mark.parametrize(
    ("price", "currency", "period", "span", "money"),
    [
        ("100.00", "AUD", MONTH, ("2026-12-14", "2027-01-01"), "58.06"),  # x 18 / 31 = 58.0645
        ("100.00", "AUD", MONTH, ("2027-02-15", "2027-03-01"), "50.00"),  # x 14 / 28
        ("100.00", "AUD", YEAR, ("2026-12-07", "2027-01-01"), "6.85"),  # x 25 / 365 = 6.8493
        ("100.00", "AUD", YEAR, ("2028-12-04", "2029-01-01"), "7.65"),  # x 28 / 366 = 7.6503
        ("5000", "JPY", MONTH, ("2026-12-14", "2027-01-01"), "2903"),  # x 18 / 31 = 2903.2
        ("1.000", "KWD", MONTH, ("2026-12-14", "2027-01-01"), "0.581"),  # x 18 / 31 = 0.58065
        ("0.31", "AUD", MONTH, ("2026-12-17", "2027-01-01"), "0.15"),
        ("0.01", "AUD", MONTH, ("2027-02-15", "2027-03-01"), "0.01"),  # half a cent: up
        ("0.00", "AUD", MONTH, ("2027-02-15", "2027-03-01"), "0.00"),
    ],
)
def test_days_are_reckoned_on_the_whole_period_that_holds_them(
    price: str, currency: str, period: BillingPeriod, span: tuple[str, str], money: str
) -> None:
    row = sms(CREDIT, days(*span), price=price, currency=currency, period=period, anchor=Anchor(1))

    assert row.money == Money.of(money, currency)


def test_a_run_over_several_periods_is_rounded_once() -> None:
    # given: 25 November to 9 March, bills on the first
    span = days("2026-11-25", "2027-03-10")

    # when
    row = sms(CHARGE, span, price="10.00", period=MONTH, anchor=Anchor(1))

    # then: 10.00 x (6/30 + 1 + 1 + 1 + 9/31) = 34.9032
    assert row.money == Money.of("34.90", "AUD")
    assert (row.days, row.of_days) == (105, 30)
    assert row.sentence == (
        "6 of 30 days, 3 whole months and 9 of 31 days (25 November 2026 to 9 March 2027) of SMS "
        "at 10.00 AUD a month are served but not billed: charge 34.90 AUD"
    )


def test_a_whole_period_is_called_so() -> None:
    row = sms(CREDIT, days("2026-12-07", "2026-12-14"))

    assert row.money == Money.of("49.00", "AUD")
    assert row.sentence.startswith("1 whole week (7 to 13 December 2026) of SMS")


def test_a_run_is_cut_at_the_bill_days_in_it() -> None:
    parts = parts_of(days("2026-12-05", "2026-12-16"), WEEK, MONDAYS)

    assert [part.share for part in parts] == [Fraction(2, 7), Fraction(1), Fraction(2, 7)]
    assert worth_of(Money.of("49.00", "AUD"), parts) == 77
