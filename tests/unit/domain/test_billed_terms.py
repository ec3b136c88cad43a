"""How an event tells that a client's services are billed."""

from datetime import date

import pytest

from app.domain.billed_service import BilledService
from app.domain.billed_terms import MOST_SERVICES, read_services
from app.domain.cutover import Preference, Side, cut_over
from app.domain.fields import Reader
from app.domain.money import Money
from app.domain.period import Anchor, BillingPeriod

PRICE = {"amount": "49.00", "currency": "aud"}


def services(*entries: object) -> tuple[BilledService, ...]:
    reader = Reader({"services": list(entries)})
    found = read_services(reader)
    assert reader.faults == []
    return found


def faults_of(value: object) -> list[tuple[str, str]]:
    reader = Reader({"services": value}, "/client")
    read_services(reader)
    return [(fault.pointer, fault.code) for fault in reader.faults]


def test_a_service_is_read_with_its_price_its_period_and_its_days() -> None:
    (sms,) = services(
        {
            "service": " SMS ",
            "price": PRICE,
            "billing_period": "Month",
            "anchor": "15",
            "paid_through": "2026-12-14",
        }
    )

    assert sms == BilledService(
        "sms", Money.of("49.00", "AUD"), BillingPeriod.MONTH, Anchor(15), date(2026, 12, 14)
    )


@pytest.mark.parametrize("entry", [{"service": "sms"}, {"service": "sms", "price": None}])
def test_a_service_of_which_nothing_is_told_is_billed_weekly_on_mondays(
    entry: dict[str, object],
) -> None:
    assert services(entry) == (BilledService.unscheduled("sms", None),)


@pytest.mark.parametrize(
    ("period", "anchor", "read"),
    [
        ("week", "Thursday", Anchor(3)),
        ("month", 3, Anchor(3)),
        ("quarter", "02-15", Anchor(15, 2)),
        ("year", "2026-03-31", Anchor(31, 3)),
    ],
)
def test_regular_bills_count_also_where_nobody_told_up_to_when_they_are_paid(
    period: str, anchor: object, read: Anchor
) -> None:
    (sms,) = services({"service": "sms", "billing_period": period, "anchor": anchor})

    assert (sms.period, sms.anchor, sms.paid_through) == (BillingPeriod(period), read, None)


def test_a_monthly_bill_in_the_window_leaves_its_credit_though_no_paid_day_was_told() -> None:
    # given: 62.00 on the third of each month, and a live date on 7 December
    (sms,) = services(
        {
            "service": "sms",
            "price": {"amount": "62.00", "currency": "AUD"},
            "billing_period": "month",
            "anchor": "3",
        }
    )

    plan = cut_over(sms, date(2026, 12, 7), prefer=Preference.CREDIT)

    # then: the bill of 3 December pays up to 2 January, 27 of 31 days of it for nothing
    assert plan.side is Side.CREDIT
    assert plan.left_over is not None
    assert plan.left_over.money == Money.of("54.00", "AUD")


@pytest.mark.parametrize("period", ["quarter", "year"])
def test_a_long_period_needs_a_month_or_a_paid_day_to_stand_on(period: str) -> None:
    entry = {"service": "sms", "billing_period": period, "anchor": "15"}

    assert faults_of([entry]) == [("/client/services/0/anchor", "month_missing")]
    (sms,) = services({**entry, "paid_through": "2026-12-14"})
    assert sms.paid_through == date(2026, 12, 14)


@pytest.mark.parametrize("value", [None, "", []])
def test_no_services_are_no_fault(value: object) -> None:
    assert faults_of(value) == []
    assert read_services(Reader({"services": value})) == ()


@pytest.mark.parametrize("value", [{"service": "sms"}, 3, [{}] * (MOST_SERVICES + 1)])
def test_services_are_a_list_of_a_sensible_length(value: object) -> None:
    assert faults_of(value) == [("/client/services", "not_a_list")]


@pytest.mark.parametrize(
    ("entry", "field", "code"),
    [
        ("sms", "", "not_an_object"),
        ({}, "/service", "required"),
        ({"service": "sms", "price": "49.00"}, "/price", "not_an_object"),
        ({"service": "sms", "price": {"amount": "49.00"}}, "/price/currency", "required"),
        ({"service": "sms", "price": {"currency": "AUD"}}, "/price/amount", "required"),
        (
            {"service": "sms", "price": {"amount": "4.999", "currency": "AUD"}},
            "/price/amount",
            "amount_invalid",
        ),
        (
            {"service": "sms", "price": {"amount": "-1.00", "currency": "AUD"}},
            "/price/amount",
            "amount_negative",
        ),
        ({"service": "sms", "billing_period": "fortnight"}, "/billing_period", "period_unknown"),
        ({"service": "sms", "billing_period": "month"}, "/anchor", "required"),
        ({"service": "sms", "anchor": "someday"}, "/anchor", "anchor_invalid"),
        ({"service": "sms", "paid_through": "6/12/2026"}, "/paid_through", "day_not_understood"),
        ({"service": "sms", "paid_through": "2026-02-30"}, "/paid_through", "day_not_understood"),
        (
            {"service": "sms", "paid_through": "2026-12-06T14:00:00Z"},
            "/paid_through",
            "day_not_understood",
        ),
    ],
)
def test_what_cannot_be_meant_is_noted_where_it_stands(
    entry: object, field: str, code: str
) -> None:
    # given: a lawful service before it
    faults = faults_of([{"service": "email_marketing"}, entry])

    assert faults[0] == (f"/client/services/1{field}", code)
    assert all(pointer.startswith(f"/client/services/1{field}") for pointer, _ in faults)


def test_a_service_may_cost_nothing() -> None:
    (sms,) = services({"service": "sms", "price": {"amount": "0.00", "currency": "AUD"}})

    assert sms.price == Money.zero("AUD")


def test_a_hundred_services_are_read() -> None:
    assert len(services(*({"service": f"s{n}"} for n in range(MOST_SERVICES)))) == 100


def test_a_service_is_named_once() -> None:
    assert faults_of([{"service": "sms"}, {"service": "SMS"}]) == [
        ("/client/services", "service_twice")
    ]
