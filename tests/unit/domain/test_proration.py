"""What a change inside a period comes to, with the arithmetic beside it."""

from datetime import date
from fractions import Fraction

import pytest

from app.domain.day_count import Basis, counted
from app.domain.errors import (
    AmountInvalid,
    ChangeOutsidePeriod,
    CurrenciesDiffer,
    CurrencyUnknown,
    DomainError,
    PeriodEmpty,
    PriceNegative,
)
from app.domain.money import Money, rounded, share_of, times
from app.domain.period import BillingPeriod, Days, anchor_on, months_after
from app.domain.proration import Manner, Priced, net_of, prorated, prorated_change, row_of
from app.domain.reckoning import Reckoning, ReckoningKind

ACTUAL, THIRTY = Basis.ACTUAL_DAYS, Basis.THIRTY_DAYS
CREDIT, CHARGE = ReckoningKind.CREDIT, ReckoningKind.CHARGE


def day(text: str) -> date:
    return date.fromisoformat(text)


def days(start: str, end: str) -> Days:
    return Days(day(start), day(end))


def change(
    old: str,
    new: str,
    on: str = "2026-05-07",
    period: tuple[str, str] = ("2026-05-01", "2026-06-01"),
    manner: Manner = Manner.FULL,
    basis: Basis = ACTUAL,
    currency: str = "USD",
) -> list[tuple[str, str, int, int]]:
    rows = prorated_change(
        days(*period),
        day(on),
        old=Money.of(old, currency),
        new=Money.of(new, currency),
        manner=manner,
        basis=basis,
    )
    return [(str(row.kind), str(row.money), row.days, row.of_days) for row in rows]


def test_the_shipped_example_nets_475_81_in_the_clients_favour() -> None:
    # 599.95 x 25 / 31 = 483.8306...; 9.95 x 25 / 31 = 8.0241...; 8.02 - 483.83 = -475.81
    assert change("599.95", "9.95") == [
        ("credit", "483.83 USD", 25, 31),
        ("charge", "8.02 USD", 25, 31),
    ]
    rows = prorated_change(
        days("2026-05-01", "2026-06-01"),
        day("2026-05-07"),
        old=Money.of("599.95", "USD"),
        new=Money.of("9.95", "USD"),
        manner=Manner.FULL,
        basis=ACTUAL,
    )
    assert net_of(rows, "USD") == Money.of("-475.81", "USD")


@pytest.mark.parametrize(
    ("price", "currency", "on", "period", "credit"),
    [
        # 9.99 x 15 / 30 = 4.995: half a cent goes up
        ("9.99", "USD", "2026-06-16", ("2026-06-01", "2026-07-01"), "5.00 USD"),
        # 10000 x 17 / 31 = 5483.87: yen have no decimals
        ("10000", "JPY", "2026-05-15", ("2026-05-01", "2026-06-01"), "5484 JPY"),
        # 1.000 x 17 / 31 = 0.54838...: dinars have three
        ("1.000", "KWD", "2026-05-15", ("2026-05-01", "2026-06-01"), "0.548 KWD"),
        # 366.00 x 307 / 366: a leap year
        ("366.00", "USD", "2028-02-29", ("2028-01-01", "2029-01-01"), "307.00 USD"),
        # 70.00 x 3 / 7: a week, over the night in which Sydney's clocks change
        ("70.00", "AUD", "2026-10-02", ("2026-09-28", "2026-10-05"), "30.00 AUD"),
        # 92.00 x 61 / 92: a quarter
        ("92.00", "USD", "2026-08-01", ("2026-07-01", "2026-10-01"), "61.00 USD"),
        # 31.00 x 1 / 31: the last day of an anchor on the 31st that fell back twice
        ("31.00", "USD", "2026-03-30", ("2026-02-28", "2026-03-31"), "1.00 USD"),
    ],
)
def test_days_left_are_credited_on_the_whole_period(
    price: str, currency: str, on: str, period: tuple[str, str], credit: str
) -> None:
    rows = change(price, price, on, period, currency=currency)

    assert [row[1] for row in rows] == [credit, credit]


@pytest.mark.parametrize(
    ("on", "period", "days_left", "of_days"),
    [
        ("2026-05-07", ("2026-05-01", "2026-06-01"), 24, 30),  # May has thirty days
        ("2026-05-31", ("2026-05-01", "2026-06-01"), 1, 30),  # the 31st is the 30th
        ("2026-02-15", ("2026-02-01", "2026-03-01"), 16, 30),  # so has February
        ("2026-02-28", ("2026-01-31", "2026-02-28"), None, 28),  # 30 January to 28 February
        ("2026-07-01", ("2026-01-01", "2027-01-01"), 180, 360),
    ],
)
def test_thirty_days_a_month_count_so_above_and_below_the_line(
    on: str, period: tuple[str, str], days_left: int | None, of_days: int
) -> None:
    assert counted(days(*period), THIRTY) == of_days
    if days_left is not None:
        rows = change("36.00", "72.00", on, period, basis=THIRTY)
        assert [(row[2], row[3]) for row in rows] == [(days_left, of_days)] * 2


def test_charge_only_is_the_difference_rounded_once_and_nothing_on_a_fall() -> None:
    # (20.00 - 10.01) x 25 / 31 = 8.0564...
    assert change("10.01", "20.00", manner=Manner.CHARGE_ONLY) == [("charge", "8.06 USD", 25, 31)]
    assert change("20.00", "10.00", manner=Manner.CHARGE_ONLY) == []
    assert change("20.00", "20.00", manner=Manner.CHARGE_ONLY) == []


def test_none_makes_no_rows() -> None:
    assert change("10.00", "20.00", manner=Manner.NONE) == []


def test_the_day_of_the_change_belongs_to_the_new_price() -> None:
    assert change("31.00", "62.00", "2026-05-01")[1] == ("charge", "62.00 USD", 31, 31)
    assert change("31.00", "62.00", "2026-05-31")[1] == ("charge", "2.00 USD", 1, 31)


@pytest.mark.parametrize(
    ("fault", "error", "pointer"),
    [
        ({"old": "-1.00"}, PriceNegative, "/old/amount"),
        ({"new": "-0.01"}, PriceNegative, "/new/amount"),
        ({"on": "2026-06-01"}, ChangeOutsidePeriod, "/change_on"),
        ({"on": "2026-04-30"}, ChangeOutsidePeriod, "/change_on"),
        ({"period": ("2026-05-30", "2026-05-31"), "on": "2026-05-30"}, PeriodEmpty, "/period"),
        ({"period": ("2026-05-30", "2026-05-30")}, PeriodEmpty, None),
        ({"old": "1.001"}, AmountInvalid, None),
        ({"currency": "USX"}, CurrencyUnknown, None),
    ],
)
def test_what_cannot_be_reckoned_is_refused_with_its_fact(
    fault: dict[str, str], error: type[DomainError], pointer: str | None
) -> None:
    asked: dict[str, object] = {"old": "1.00", "new": "2.00", "basis": THIRTY, **fault}

    with pytest.raises(error) as refused:
        change(**asked)  # type: ignore[arg-type]

    assert refused.value.pointer == pointer


def test_two_currencies_are_not_reckoned_together() -> None:
    with pytest.raises(CurrenciesDiffer) as refused:
        prorated_change(
            days("2026-05-01", "2026-06-01"),
            day("2026-05-07"),
            old=Money.of("1.00", "USD"),
            new=Money.of("1.00", "AUD"),
            manner=Manner.FULL,
            basis=ACTUAL,
        )

    assert refused.value.facts == {"currencies": ["USD", "AUD"]}


def test_a_row_that_is_capped_says_so() -> None:
    whole = days("2026-05-01", "2026-06-01")
    seats = Priced(Money.of("31.00", "AUD"), "Seats", "month")

    row = row_of(
        CREDIT, days("2026-05-07", "2026-06-01"), whole, seats, most=Money.of("9.00", "AUD")
    )

    assert row.money == Money.of("9.00", "AUD")
    assert row.sentence == (
        "25 of 31 days (7 to 31 May 2026) of Seats at 31.00 AUD a month were paid but are not "
        "used: credit 9.00 AUD, which is all that is left to credit"
    )


def test_a_row_below_its_cap_and_a_whole_period_are_told_plainly() -> None:
    whole = days("2026-05-01", "2026-06-01")
    seats = Priced(Money.of("31.00", "AUD"), "Seats", "month")

    row = row_of(CHARGE, whole, whole, seats, most=Money.of("31.00", "AUD"))

    assert row.sentence == (
        "1 whole month (1 to 31 May 2026) of Seats at 31.00 AUD a month is served but not billed: "
        "charge 31.00 AUD"
    )


def test_one_day_periods_have_no_day_of_thirty() -> None:
    with pytest.raises(PeriodEmpty):
        prorated(
            Money.of("1.00", "AUD"),
            days("2026-05-30", "2026-05-31"),
            days("2026-05-30", "2026-05-31"),
            THIRTY,
        )


def test_shares_are_rounded_as_everything_is() -> None:
    price = Money.of("-9.99", "USD")

    assert share_of(price, 15, 30) == rounded(Fraction("-9.99") / 2, "USD")
    assert times(Money.of("0.10", "USD"), 3) == Money.of("0.30", "USD")


def test_rows_without_money_count_for_nothing() -> None:
    unknown = Reckoning(CREDIT, None, 1, 7, None, days("2026-05-01", "2026-05-02"), "Unknown.")

    assert net_of((unknown,), "AUD") == Money.zero("AUD")


def test_months_later_fall_back_and_come_back() -> None:
    assert months_after(day("2026-01-31"), 1) == day("2026-02-28")
    assert months_after(day("2026-02-28"), 1, day_of_month=31) == day("2026-03-31")
    assert months_after(day("2026-11-30"), 3) == day("2027-02-28")


def test_a_billing_day_makes_an_anchor() -> None:
    thursday = day("2026-12-03")

    assert anchor_on(thursday, BillingPeriod.WEEK).text(BillingPeriod.WEEK) == "thursday"
    assert anchor_on(thursday, BillingPeriod.MONTH).text(BillingPeriod.MONTH) == "3"
    assert anchor_on(thursday, BillingPeriod.YEAR).text(BillingPeriod.YEAR) == "12-03"
