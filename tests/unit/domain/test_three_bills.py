"""Three bills around Monday 7 December 2026, from Sprint to Scale."""

from datetime import date
from decimal import Decimal

import pytest

from app.domain.billed_service import BilledService
from app.domain.cutover import Preference
from app.domain.cutover_plan import cut_over_plan
from app.domain.money import Money
from app.domain.movement import Package, PackageService, Service
from app.domain.period import BillingPeriod, Days, parse_anchor
from app.domain.reckoning import ReckoningKind
from app.domain.three_bills import BillRow, ThreeBills, three_bills

LIVE = date(2026, 12, 7)


def aud(amount: str) -> Money:
    return Money.of(amount, "AUD")


def package(title: str, rank: int, period: str = "weekly", **prices: str) -> Package:
    services = tuple(
        PackageService(Service(key, key.upper()), aud(price)) for key, price in prices.items()
    )
    return Package(title.lower(), title, rank, period, services)


SPRINT = package("Sprint", 2, sms="49.00", ads="59.00")
SCALE = package("Scale", 3, sms="79.00", ads="99.00", seo="21.00")


def billed(
    anchor: str,
    paid_through: str | None,
    period: str = "week",
    price: Money | None = None,
    service: str = "sms",
) -> BilledService:
    kind = BillingPeriod(period)
    paid = date.fromisoformat(paid_through) if paid_through else None
    return BilledService(service, price, kind, parse_anchor(anchor, kind), paid)


def bills(
    *told: BilledService,
    old: Package = SPRINT,
    new: Package = SCALE,
    prefer: Preference = Preference.CREDIT,
    window_days: int = 6,
) -> ThreeBills:
    ending = cut_over_plan(old, told, LIVE, prefer=prefer, window_days=window_days)
    return three_bills(new, ending, LIVE)


def days(row: BillRow) -> str:
    return f"{row.span.start:%d.%m.}-{row.span.end:%d.%m.}"


def test_where_nothing_is_known_the_bills_meet_on_the_live_date() -> None:
    # when
    three = bills()

    # then
    assert [row.sentence for row in three.last_old.rows] == [
        "SMS, billed on Monday 30 November 2026 for 30 November to 6 December 2026: 49.00 AUD.",
        "ADS, billed on Monday 30 November 2026 for 30 November to 6 December 2026: 59.00 AUD.",
    ]
    assert three.last_old.total == aud("108.00")
    assert three.last_old.sentence == "The last bills before the live date: 108.00 AUD."
    assert (three.change_over.rows, three.change_over.total) == ((), aud("0.00"))
    assert three.change_over.sentence.startswith("Nothing is left over")
    assert [days(row) for row in three.first_new.rows] == ["07.12.-14.12."] * 3
    assert three.first_new.total == aud("199.00")
    assert three.first_new.sentence == (
        "Scale from Monday 7 December 2026 on, every week: 199.00 AUD."
    )


def test_a_thursday_bill_pays_past_the_live_date_and_is_credited() -> None:
    # when
    three = bills(billed("thursday", "2026-12-02"))

    # then
    sms = three.last_old.rows[0]
    assert (days(sms), sms.billed_on, sms.money) == ("03.12.-10.12.", date(2026, 12, 3), aud("49"))
    (credit,) = three.change_over.rows
    assert (credit.kind, days(credit), credit.of_days) == (
        ReckoningKind.CREDIT,
        "07.12.-10.12.",
        7,
    )
    assert credit.sentence == (
        "3 of 7 days (7 to 9 December 2026) of SMS at 49.00 AUD a week were paid but are not "
        "used: credit 21.00 AUD."
    )
    assert three.change_over.total == aud("-21.00")
    assert three.change_over.sentence == (
        "Credits and charges of the change-over: 21.00 AUD in the client's favour."
    )


def test_ended_before_its_last_bill_the_gap_is_charged() -> None:
    # when
    three = bills(billed("thursday", "2026-12-02"), prefer=Preference.BRIDGE)

    # then
    assert days(three.last_old.rows[0]) == "26.11.-03.12."
    (charge,) = three.change_over.rows
    assert (charge.kind, days(charge), charge.money) == (
        ReckoningKind.CHARGE,
        "03.12.-07.12.",
        aud("28.00"),
    )
    assert three.change_over.total == aud("28.00")


def test_a_monthly_service_shows_the_month_that_was_billed_last() -> None:
    # when
    three = bills(billed("15", "2026-12-14", "month", aud("200.00")))

    # then
    sms = three.last_old.rows[0]
    assert (days(sms), sms.of_days, sms.money) == ("15.11.-15.12.", 30, aud("200.00"))
    assert three.change_over.total == aud("-53.33")


def test_a_new_package_by_the_month_begins_its_month_on_the_live_date() -> None:
    # when
    three = bills(new=package("Scale", 3, "monthly", sms="300.00"))

    # then
    (row,) = three.first_new.rows
    assert (row.span, row.of_days) == (Days(LIVE, date(2027, 1, 7)), 31)
    assert three.first_new.sentence.endswith("every month: 300.00 AUD.")


def test_a_price_that_nobody_knows_is_left_open_and_never_guessed() -> None:
    # when
    three = bills(billed("1", "2026-12-31", "month"))

    # then
    sms, ads = three.last_old.rows
    assert (sms.money, ads.money) == (None, aud("59.00"))
    assert sms.sentence == (
        "SMS, billed on Tuesday 1 December 2026 for 1 to 31 December 2026: its price is not known."
    )
    assert three.last_old.total is None
    assert three.last_old.sentence == (
        "The last bills before the live date: 59.00 AUD and what SMS comes to; the total is for a "
        "person to work out."
    )
    assert three.change_over.total is None
    assert three.change_over.sentence == (
        "Credits and charges of the change-over: not known; the total is for a person to work out."
    )


def test_days_paid_in_the_middle_of_a_period_are_billed_nobody_knows_how() -> None:
    # when: paid through a Saturday, although it bills on Mondays
    three = bills(billed("monday", "2026-12-12", price=aud("49.00")))

    # then
    sms = three.last_old.rows[0]
    assert (days(sms), sms.money) == ("07.12.-13.12.", None)
    assert sms.sentence == (
        "SMS, billed ahead for 7 to 12 December 2026, a part of its week: what was billed for it "
        "is not known."
    )


def test_a_service_paid_far_ahead_shows_its_last_period_without_a_bill_day() -> None:
    # when
    three = bills(billed("monday", "2026-12-27", price=aud("49.00")))

    # then
    sms = three.last_old.rows[0]
    assert (days(sms), sms.billed_on, sms.money) == ("21.12.-28.12.", None, aud("49.00"))
    assert sms.sentence == "SMS, billed ahead for 21 to 27 December 2026: 49.00 AUD."
    assert three.change_over.total == aud("-147.00")


def test_amounts_in_two_currencies_are_not_added() -> None:
    # when
    three = bills(billed("monday", "2026-12-06", price=Money.of("40.00", "USD")))

    # then
    assert three.last_old.total is None
    assert three.last_old.sentence == (
        "The last bills before the live date: 40.00 USD and 59.00 AUD, which do not add up."
    )


@pytest.mark.parametrize("price", ["0.00", "0.01"])
def test_a_service_for_next_to_nothing_is_billed_so(price: str) -> None:
    three = bills(billed("monday", "2026-12-06", price=aud(price)))
    assert three.last_old.rows[0].money == aud(price)
    assert three.last_old.total is not None
    assert three.last_old.total.amount == Decimal(price) + 59
