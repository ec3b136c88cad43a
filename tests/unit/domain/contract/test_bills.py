"""The bills of a contract, to the cent."""

from dataclasses import replace

from app.domain.contract.bills import ContractBill, Credited, bills, credit_left
from app.domain.contract.line import Ahead, Discount, LineKind
from app.domain.contract.model import Standing
from app.domain.contract.prepaid import credit_for_unused, prepaid_on
from app.domain.contract.rows import MoneyRow, Purpose, net
from app.domain.day_count import Basis
from app.domain.period import Anchor, BillingPeriod
from app.domain.reckoning import ReckoningKind
from tests.contracted import aud, contract, day, days, line, percent, standing

ONCE = LineKind.ONE_TIME


def due(found: tuple[ContractBill, ...]) -> list[tuple[str, str]]:
    return [(str(bill.due_on), str(bill.total.amount)) for bill in found]


def row(kind: ReckoningKind, amount: str, on: str, *, held: bool = False) -> MoneyRow:
    return MoneyRow(
        Purpose.CHANGE, "seats", None, day(on), kind, aud(amount), None, "A row.", is_held=held
    )


def test_a_contract_is_billed_in_advance_up_to_its_end() -> None:
    # given: a year from 15 January, billed on the first
    term = days("2026-01-15", "2027-01-15")
    now = standing(line(span=term), of=contract(term=term))

    # when
    found = bills(now, (), start=day("2026-01-01"), count=20)

    # then: 1000.00 x 17 / 31 = 548.387, and x 14 / 31 = 451.61 for the last days
    assert due(found)[:2] == [("2026-01-15", "548.39"), ("2026-02-01", "1000.00")]
    assert due(found)[-1] == ("2027-01-01", "451.61")
    assert len(found) == 13
    assert found[0].rows[0].sentence == (
        "17 of 31 days (15 to 31 January 2026) of 100 x Seats at 1,000.00 AUD a month are billed "
        "in advance: charge 548.39 AUD."
    )


def test_the_next_bills_are_looked_for_from_a_day_on() -> None:
    found = bills(standing(), (), start=day("2026-03-02"), count=2)

    assert due(found) == [("2026-04-01", "1000.00"), ("2026-05-01", "1000.00")]


def test_weeks_quarters_and_years_have_their_own_days() -> None:
    weekly = line("a", 1, "7.00", period=BillingPeriod.WEEK, anchor=Anchor(3))
    quarterly = line("b", 1, "90.00", period=BillingPeriod.QUARTER, anchor=Anchor(1, 2))
    yearly = line("c", 1, "365.00", period=BillingPeriod.YEAR, anchor=Anchor(1, 1))

    found = bills(standing(weekly, quarterly, yearly), (), start=day("2026-01-01"), count=6)

    # 1 January 2026 is a Thursday; 90.00 x 31 / 92 = 30.326 (1 November to 1 February)
    assert due(found) == [
        ("2026-01-01", "402.33"),
        ("2026-01-08", "7.00"),
        ("2026-01-15", "7.00"),
        ("2026-01-22", "7.00"),
        ("2026-01-29", "7.00"),
        ("2026-02-01", "90.00"),
    ]


def test_what_is_bought_once_is_billed_once() -> None:
    found = bills(
        standing(line("hours", 100, "1.50", kind=ONCE)), (), start=day("2026-01-01"), count=5
    )

    assert due(found) == [("2026-01-01", "150.00")]
    assert found[0].rows[0].sentence == "100 x Hours, billed once: charge 150.00 AUD."
    assert found[0].rows[0].purpose is Purpose.ONE_TIME


def test_a_one_time_discount_comes_off_the_first_bill() -> None:
    now = standing(line(discount=percent("10", once=True)))

    found = bills(now, (), start=day("2026-01-01"), count=2)

    assert due(found) == [("2026-01-01", "900.00"), ("2026-02-01", "1000.00")]
    assert found[0].rows[1].sentence == "10 % off the first bill of 100 x Seats: credit 100.00 AUD."


def test_a_discount_never_makes_a_bill_negative() -> None:
    # given: 15 January on, 17 of 31 days: 548.39, and 600.00 off
    term = days("2026-01-15", "2027-01-15")
    off = Discount(None, aud("600.00"), once=True)
    now = standing(line(span=term, discount=off), of=contract(term=term))

    assert due(bills(now, (), start=term.start, count=2))[0] == ("2026-01-15", "0.00")


def test_credit_is_used_up_bill_by_bill_and_never_paid_out() -> None:
    rows = [row(ReckoningKind.CREDIT, "1500.00", "2026-02-10")]

    found = bills(standing(), rows, start=day("2026-02-01"), count=4)

    assert due(found) == [
        ("2026-02-01", "1000.00"),
        ("2026-02-10", "0.00"),
        ("2026-03-01", "0.00"),
        ("2026-04-01", "500.00"),
    ]
    assert [str(bill.credit_left.amount) for bill in found] == ["0.00", "1500.00", "500.00", "0.00"]
    assert [str(bill.credit_used.amount) for bill in found] == ["0.00", "0.00", "1000.00", "500.00"]


def test_credit_of_days_gone_by_still_counts() -> None:
    rows = [row(ReckoningKind.CREDIT, "1500.00", "2026-02-10")]

    assert due(bills(standing(), rows, start=day("2026-04-01"), count=1)) == [
        ("2026-04-01", "500.00")
    ]


def test_charges_of_days_gone_by_are_not_billed_again() -> None:
    rows = [row(ReckoningKind.CHARGE, "10.00", "2026-02-10")]

    assert due(bills(standing(), rows, start=day("2026-02-11"), count=1)) == [
        ("2026-03-01", "1000.00")
    ]
    assert due(bills(standing(), rows, start=day("2026-02-10"), count=1)) == [
        ("2026-02-10", "10.00")
    ]


def test_credit_from_outside_waits_for_its_day() -> None:
    account = [Credited(aud("300.00"), day("2026-02-01"))]

    found = bills(standing(), (), start=day("2026-01-01"), count=2, account=account)

    assert due(found) == [("2026-01-01", "1000.00"), ("2026-02-01", "700.00")]


def test_held_credits_and_empty_rows_are_on_no_bill() -> None:
    rows = [
        row(ReckoningKind.CREDIT, "300.00", "2026-01-10", held=True),
        row(ReckoningKind.CHARGE, "0.00", "2026-01-11"),
    ]

    assert due(bills(standing(), rows, start=day("2026-01-02"), count=1)) == [
        ("2026-02-01", "1000.00")
    ]
    assert net(rows, "AUD") == aud("0.00")


def test_only_the_rows_asked_for_are_told_and_all_are_summed() -> None:
    now = standing(line(), line("support", 1, "20.00"))
    rows = [row(ReckoningKind.CHARGE, "5.00", "2026-01-01")]

    found = bills(now, rows, start=day("2026-01-01"), count=1, only=frozenset({"support"}))

    assert due(found) == [("2026-01-01", "1025.00")]
    assert [each.product for each in found[0].rows] == ["support"]


def test_a_line_that_is_billed_nowhere_is_on_no_bill() -> None:
    silent = replace(line(), billed_to=day("2026-01-01"))

    assert bills(standing(silent), (), start=day("2026-01-01"), count=3) == ()


def test_a_line_that_begins_late_is_billed_late() -> None:
    late = line(span=days("2026-10-15", "2027-01-01"))

    # 1000.00 x 17 / 31
    assert due(bills(standing(late), (), start=day("2026-01-01"), count=2)) == [
        ("2026-10-15", "548.39"),
        ("2026-11-01", "1000.00"),
    ]


def test_no_bill_falls_on_a_day_on_which_a_line_has_ended() -> None:
    ended = replace(line(), billed_to=day("2026-02-15"), days=days("2026-01-01", "2026-02-15"))

    found = bills(standing(ended), (), start=day("2026-01-01"), count=9)

    assert due(found) == [("2026-01-01", "1000.00"), ("2026-02-01", "1000.00")]


def test_what_is_left_on_the_account_is_known_on_any_day() -> None:
    rows = [row(ReckoningKind.CREDIT, "1500.00", "2026-02-10")]
    account = [Credited(aud("7.00"), day("2026-02-20"))]
    quiet = Standing(contract(), (replace(line(), billed_to=day("2026-01-01")),))

    assert credit_left(standing(), rows, account, on=day("2026-02-10")) == aud("0.00")
    assert credit_left(standing(), rows, account, on=day("2026-02-11")) == aud("1500.00")
    assert credit_left(standing(), rows, account, on=day("2026-02-21")) == aud("1507.00")
    assert credit_left(standing(), rows, account, on=day("2026-03-02")) == aud("507.00")
    assert credit_left(quiet, (), account, on=day("2026-02-20")) == aud("0.00")
    assert credit_left(quiet, (), account, on=day("2026-02-21")) == aud("7.00")


# Credits for what is not used ----------------------------------------------------------------


def credited(of: object, on: str, unpaid: str | None = None) -> str | None:
    found = credit_for_unused(contract(), of, day(on))  # type: ignore[arg-type]
    return str(found[0].money) if found else None


def test_unused_days_are_credited_on_the_bill_that_paid_for_them() -> None:
    # 1000.00 x 19 / 31 = 612.903
    assert credited(line(), "2026-01-13") == "612.90 AUD"


def test_used_and_credited_make_the_original() -> None:
    found = credit_for_unused(contract(), line(), day("2026-01-13"))

    assert found is not None
    assert found[1].paid - aud("612.90") == aud("387.10")  # by subtraction


def test_no_more_is_credited_than_was_paid() -> None:
    # given: the first bill of 1000.00 with 900.00 off, so 100.00 for 31 days
    first = line(discount=Discount(None, aud("900.00"), once=True))

    # then: 100.00 x 19 / 31 = 61.290 of the first, the full price of the second
    assert credited(first, "2026-01-13") == "61.29 AUD"
    assert credited(first, "2026-02-15") == "500.00 AUD"


def test_days_paid_by_a_change_are_credited_on_what_that_charged() -> None:
    # given: opened on 16 January, with 516.13 (x 16 / 31) paid up to the first regular bill
    opened = replace(
        line(span=days("2026-01-16", "2027-01-01")),
        billed_from=day("2026-02-01"),
        ahead=Ahead(days("2026-01-16", "2026-02-01"), aud("516.13")),
    )
    cheap = replace(opened, ahead=Ahead(days("2026-01-16", "2026-02-01"), aud("16.00")))

    assert credited(opened, "2026-01-24") == "258.06 AUD"  # 1000.00 x 8 / 31
    assert credited(opened, "2026-01-16") == "516.13 AUD"  # all of it
    assert credited(cheap, "2026-01-24") == "8.00 AUD"  # 16.00 x 8 / 16


def test_days_that_nobody_paid_are_not_credited() -> None:
    later = replace(line(), billed_from=day("2026-02-01"))

    assert credited(later, "2026-01-10") is None
    assert (
        prepaid_on(
            replace(line(), billed_to=day("2026-01-01")), day("2026-01-10"), Basis.ACTUAL_DAYS
        )
        is None
    )
    assert credited(line(), "2027-01-01") is None
    assert credited(line(), "2026-02-01") is None  # its bill is not made out any more


def test_days_of_thirty_can_come_to_none() -> None:
    # given: paid ahead for 30 August alone, which has no day beside the 31st
    opened = replace(
        line(anchor=Anchor(31)),
        billed_from=day("2026-08-31"),
        ahead=Ahead(days("2026-08-30", "2026-08-31"), aud("1.00")),
    )
    thirty = contract(anchor=Anchor(31), basis=Basis.THIRTY_DAYS)

    found = credit_for_unused(thirty, opened, day("2026-08-30"))

    assert found is not None
    assert found[0].money == aud("0.00")
    lesser = replace(opened, ahead=Ahead(days("2026-08-30", "2026-08-31"), aud("0.00")))
    assert credit_for_unused(thirty, lesser, day("2026-08-30")) is not None
