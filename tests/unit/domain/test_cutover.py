"""The cut-over plan, case by case; the live date is Monday 7 December 2026 unless said."""

from datetime import date

import pytest

from app.domain.billed_service import BilledService
from app.domain.cutover import (
    CutOver,
    Preference,
    Side,
    cut_over,
)
from app.domain.money import Money
from app.domain.period import BillingPeriod, Days, parse_anchor

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


@pytest.mark.parametrize("prefer", list(Preference))
def test_where_nothing_is_known_every_day_is_safe_and_nothing_is_left_over(
    prefer: Preference,
) -> None:
    plan = cut_over(BilledService.unknown("sms", PRICE, LIVE), LIVE, prefer=prefer)

    assert plan == CutOver(
        service="sms",
        safe=december(1, 2, 3, 4, 5, 6),
        side=Side.EXACT,
        rows=(),
        switched=False,
        note="Paid through Sunday 6 December 2026, the eve of the live date: nothing is left over.",
        ended_on=LIVE,
    )
    assert plan.left_over is None
    assert plan.safe_spans == (Days(date(2026, 12, 1), LIVE),)


def test_without_a_live_date_yet_the_same_is_assumed_later() -> None:
    plan = cut_over(BilledService.unscheduled("sms", PRICE), LIVE, prefer=CREDIT)

    assert plan.safe == december(1, 2, 3, 4, 5, 6)
    assert plan.side is Side.EXACT
    assert plan.rows == ()
    assert plan.note == (
        "End it after its bill of Monday 30 November 2026, which pays up to the live date."
    )


def test_an_old_bill_day_thursday_leaves_a_credit_of_three_of_seven_days() -> None:
    # given: the bill of 3 December is still to come and will pay for 3 to 9 December
    service = sms("thursday", "2026-12-02")

    plan = cut_over(service, LIVE, prefer=CREDIT)

    # then: after Thursday; 7, 8 and 9 December are paid twice: 49.00 x 3 / 7 = 21.00
    assert plan.safe == december(4, 5, 6)
    assert plan.side is Side.CREDIT
    assert not plan.switched
    assert sentences(plan) == [
        "3 of 7 days (7 to 9 December 2026) of SMS at 49.00 AUD a week "
        "were paid but are not used: credit 21.00 AUD"
    ]
    assert plan.note == (
        "End it after its bill of Thursday 3 December 2026: "
        "the days from the live date on are credited."
    )


def test_an_old_bill_day_thursday_leaves_a_bridge_of_four_of_seven_days() -> None:
    service = sms("thursday", "2026-12-02")

    plan = cut_over(service, LIVE, prefer=BRIDGE)

    # then: before Thursday; 3, 4, 5 and 6 December are billed by nobody: 49.00 x 4 / 7 = 28.00
    assert plan.safe == december(1, 2)
    assert plan.side is Side.BRIDGE
    assert not plan.switched
    assert sentences(plan) == [
        "4 of 7 days (3 to 6 December 2026) of SMS at 49.00 AUD a week "
        "are served but not billed: charge 28.00 AUD"
    ]
    assert plan.note == (
        "End it before its bill of Thursday 3 December 2026: "
        "the days up to the live date are charged."
    )


def test_an_old_bill_day_sunday_leaves_no_day_after_it() -> None:
    service = sms("sunday", "2026-12-05")

    plan = cut_over(service, LIVE, prefer=CREDIT)

    # then: the other side, and it is said; 6 December is billed by nobody: 49.00 x 1 / 7 = 7.00
    assert plan.safe == december(1, 2, 3, 4, 5)
    assert plan.side is Side.BRIDGE
    assert plan.switched
    assert plan.left_over is not None
    assert plan.left_over.money == Money.of("7.00", "AUD")
    assert plan.note == (
        "No safe day is left after its bill of Sunday 6 December 2026, so end it before that "
        "bill: the days up to the live date are charged."
    )


def test_an_old_bill_day_tuesday_leaves_no_day_before_it() -> None:
    service = sms("tuesday", "2026-11-30")

    plan = cut_over(service, LIVE, prefer=BRIDGE)

    # then: 1 to 7 December are paid, 7 December twice: 49.00 x 1 / 7 = 7.00
    assert plan.safe == december(2, 3, 4, 5, 6)
    assert plan.side is Side.CREDIT
    assert plan.switched
    assert plan.note == (
        "No safe day is left before its bill of Tuesday 1 December 2026, so end it after that "
        "bill: the days from the live date on are credited."
    )


def test_a_bill_paid_early_is_no_longer_stopped() -> None:
    # given: Thursday's bill has been paid already, through 9 December
    service = sms("thursday", "2026-12-09")

    plan = cut_over(service, LIVE, prefer=BRIDGE)

    # then: a credit whatever is preferred; Thursday itself stays out
    assert plan.safe == december(1, 2, 4, 5, 6)
    assert plan.safe_spans == (
        Days(date(2026, 12, 1), date(2026, 12, 3)),
        Days(date(2026, 12, 4), LIVE),
    )
    assert plan.side is Side.CREDIT
    assert plan.switched
    assert plan.left_over is not None
    assert plan.left_over.money == Money.of("21.00", "AUD")
    assert plan.note == (
        "Paid through Wednesday 9 December 2026: the days from the live date on are credited."
    )


def test_bills_that_fall_due_before_the_window_are_counted_on_and_said() -> None:
    # given: signed weeks ahead, paid through the week of signing
    service = sms("monday", "2026-11-15")

    plan = cut_over(service, LIVE, prefer=CREDIT)

    assert plan.side is Side.EXACT
    assert plan.rows == ()
    assert plan.note == (
        "End it after its bill of Monday 30 November 2026, which pays up to the live date. "
        "This counts on its bills from Monday 16 November 2026 on."
    )


def test_days_that_nobody_billed_before_the_next_bill_are_a_row_of_their_own() -> None:
    # given: facts that disagree: paid through Tuesday, billed on Fridays
    service = sms("friday", "2026-12-01")

    plan = cut_over(service, LIVE, prefer=CREDIT)

    # then: 2 and 3 December charged (14.00), 7 to 10 December credited (28.00), and a warning
    assert plan.safe == december(5, 6)
    assert [(row.kind.value, str(row.money), row.days) for row in plan.rows] == [
        ("charge", "14.00 AUD", 2),
        ("credit", "28.00 AUD", 4),
    ]
    assert plan.left_over is plan.rows[-1]
    assert plan.note.endswith(
        "Its paid-through day is not the eve of a bill day: check both with billing."
    )


def test_an_unknown_price_still_gives_the_days() -> None:
    plan = cut_over(sms("thursday", "2026-12-02", price=None), LIVE, prefer=CREDIT)

    assert plan.left_over is not None
    assert plan.left_over.money is None
    assert plan.left_over.days == 3


def test_a_service_without_a_title_goes_by_its_key() -> None:
    thursday = parse_anchor("thursday", BillingPeriod.WEEK)
    service = BilledService("sms", PRICE, BillingPeriod.WEEK, thursday, date(2026, 12, 2))

    plan = cut_over(service, LIVE, prefer=CREDIT)

    assert " of sms at 49.00 AUD" in sentences(plan)[0]


@pytest.mark.parametrize("window_days", [0, 1])
def test_a_window_without_a_safe_day_says_so(window_days: int) -> None:
    # given: billed on Sunday, in a window of that Sunday or of nothing
    plan = cut_over(sms("sunday", "2026-12-05"), LIVE, prefer=CREDIT, window_days=window_days)

    assert plan.safe == ()
    assert plan.safe_spans == ()
    assert plan.note.startswith("No day of the window is safe: settle it with billing by hand")


def test_a_longer_window_ends_between_the_last_two_bills_or_after_them() -> None:
    # given: Thursdays in a window of thirteen days, 24 November to 6 December
    service = sms("thursday", "2026-11-18")

    after = cut_over(service, LIVE, prefer=CREDIT, window_days=13)
    before = cut_over(service, LIVE, prefer=BRIDGE, window_days=13)

    assert after.safe == december(4, 5, 6)
    assert before.safe == (
        *(date(2026, 11, day) for day in (27, 28, 29, 30)),
        *december(1, 2),
    )
    assert before.left_over is not None
    assert before.left_over.days == 4


def test_paid_days_that_fit_are_taken_whatever_is_preferred() -> None:
    # given: in a long window it could also be ended before the bill of 30 November
    plan = cut_over(sms("monday", "2026-11-29"), LIVE, prefer=BRIDGE, window_days=13)

    assert plan.safe == december(1, 2, 3, 4, 5, 6)
    assert plan.side is Side.EXACT
    assert not plan.switched
    assert plan.rows == ()
