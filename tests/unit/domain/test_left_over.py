"""What is left over of a service whose live date moved after credits and charges were made."""

from datetime import date

from app.domain.billed_service import BilledService
from app.domain.left_over import SettledDays, left_over_if_ended
from app.domain.money import Money
from app.domain.period import Anchor, BillingPeriod, Days
from app.domain.reckoning import ReckoningKind

CREDIT, CHARGE = ReckoningKind.CREDIT, ReckoningKind.CHARGE
DECEMBER = [date(2026, 12, day) for day in range(1, 32)]
SEVENTH, FOURTEENTH = DECEMBER[6], DECEMBER[13]


def sms(weekday: int, paid_through: date) -> BilledService:
    """A week of it costs 49.00: seven a day."""
    price = Money.of("49.00", "AUD")
    return BilledService("sms", price, BillingPeriod.WEEK, Anchor(weekday), paid_through)


def days(first: int, end: int) -> Days:
    return Days(date(2026, 12, first), date(2026, 12, end))


def rows(
    service: BilledService, ended_on: date, live_on: date, *settled: SettledDays
) -> list[tuple[str, str, date, date]]:
    found = left_over_if_ended(service, ended_on, live_on, settled)
    return [(one.kind, str(one.money), one.span.start, one.span.end) for one in found]


def test_a_thursday_biller_is_credited_three_of_seven_days() -> None:
    # given: paid through Wednesday the ninth, live on Monday the seventh
    service = sms(3, date(2026, 12, 9))

    assert rows(service, date(2026, 12, 4), SEVENTH) == [
        (CREDIT, "21.00 AUD", date(2026, 12, 7), date(2026, 12, 10))
    ]


def test_days_credited_for_an_earlier_date_are_charged_again_with_the_gap() -> None:
    # given: those three days were credited, and now it goes live a week later
    service, credited = sms(3, date(2026, 12, 9)), SettledDays(CREDIT, days(7, 10))

    assert rows(service, date(2026, 12, 4), FOURTEENTH, credited) == [
        (CHARGE, "49.00 AUD", date(2026, 12, 7), date(2026, 12, 14))
    ]


def test_days_that_were_not_credited_are_not_charged_again() -> None:
    service = sms(3, date(2026, 12, 9))

    assert rows(service, date(2026, 12, 4), FOURTEENTH) == [
        (CHARGE, "28.00 AUD", date(2026, 12, 10), date(2026, 12, 14))
    ]


def test_a_bridge_that_was_charged_in_vain_is_credited() -> None:
    # given: bridged up to the fourteenth, and now it goes live on the seventh after all
    service, charged = sms(0, date(2026, 12, 6)), SettledDays(CHARGE, days(7, 14))

    assert rows(service, date(2026, 12, 2), SEVENTH, charged) == [
        (CREDIT, "49.00 AUD", date(2026, 12, 7), date(2026, 12, 14))
    ]


def test_what_is_settled_already_is_not_asked_for_again() -> None:
    service, credited = sms(3, date(2026, 12, 9)), SettledDays(CREDIT, days(7, 10))

    assert rows(service, date(2026, 12, 4), SEVENTH, credited) == []


def test_a_date_that_moves_there_and_back_comes_out_even() -> None:
    # given: credited for the seventh, charged for the fourteenth, back to the seventh
    service = sms(3, date(2026, 12, 9))
    settled = SettledDays(CREDIT, days(7, 10)), SettledDays(CHARGE, days(7, 14))

    assert rows(service, date(2026, 12, 4), SEVENTH, *settled) == [
        (CREDIT, "49.00 AUD", date(2026, 12, 7), date(2026, 12, 14))
    ]


def test_days_apart_are_rows_of_their_own() -> None:
    # given: one day in the middle was settled
    service = sms(0, date(2026, 12, 6))
    settled = SettledDays(CHARGE, days(9, 10))

    assert rows(service, date(2026, 12, 2), FOURTEENTH, settled) == [
        (CHARGE, "14.00 AUD", date(2026, 12, 7), date(2026, 12, 9)),
        (CHARGE, "28.00 AUD", date(2026, 12, 10), date(2026, 12, 14)),
    ]


def test_waived_days_are_not_asked_for_again() -> None:
    # given: three days were paid twice, and billing let them go
    service, let_go = sms(3, date(2026, 12, 9)), SettledDays(CREDIT, days(7, 10), waived=True)

    assert rows(service, date(2026, 12, 4), SEVENTH, let_go) == []


def test_waiving_a_credit_makes_no_charge_of_its_days_when_the_date_moves() -> None:
    # given: the bill of the third paid through the ninth, and nothing was credited
    service, let_go = sms(3, date(2026, 12, 9)), SettledDays(CREDIT, days(7, 10), waived=True)

    # then: a week later only the days are charged that no bill has paid
    assert rows(service, date(2026, 12, 4), FOURTEENTH, let_go) == [
        (CHARGE, "28.00 AUD", date(2026, 12, 10), date(2026, 12, 14))
    ]


def test_waiving_a_charge_makes_no_credit_of_its_days_when_the_date_moves() -> None:
    # given: ended before Sunday's bill; the Sunday was served, not billed, and let go
    service, let_go = sms(6, date(2026, 12, 5)), SettledDays(CHARGE, days(6, 7), waived=True)

    assert rows(service, date(2026, 12, 5), FOURTEENTH, let_go) == [
        (CHARGE, "49.00 AUD", date(2026, 12, 7), date(2026, 12, 14))
    ]
