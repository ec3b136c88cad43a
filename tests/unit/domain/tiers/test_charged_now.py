"""What a rise costs at once: the difference by the day, nothing for a fall, days of grace."""

from datetime import date

import pytest

from app.domain.period import BillingPeriod, Days
from app.domain.tiers.charge import Due, due_after_yes
from app.domain.tiers.flow import ChargeState
from tests.tiers import account, card, contract, quoted, usd


@pytest.mark.parametrize(
    ("on", "next_bill", "money", "days", "of_days"),
    [
        ("2026-12-06", "2027-01-01", "83.87", 26, 31),  # 100 x 26 / 31 = 83.8709
        ("2026-12-01", "2027-01-01", "100.00", 31, 31),
        ("2026-12-28", "2027-01-01", "12.90", 4, 31),  # 12.9032
        ("2027-02-15", "2027-03-01", "50.00", 14, 28),
        ("2027-02-15", "2027-03-15", "100.00", 28, 28),
        ("2028-02-20", "2028-02-29", "29.03", 9, 31),  # billed on the 29th: 29 January on
    ],
)
def test_a_rise_costs_its_difference_for_the_days_that_remain(
    on: str, next_bill: str, money: str, days: int, of_days: int
) -> None:
    next_billing_on = date.fromisoformat(next_bill)
    found = quoted(account(next_billing_on=next_billing_on), 15, date.fromisoformat(on))

    assert found.prorated is not None
    assert found.prorated.money == usd(money)
    assert found.prorated.span == Days(date.fromisoformat(on), next_billing_on)
    assert (found.prorated.span.length, found.prorated.of_days) == (days, of_days)
    assert found.effective_on == date.fromisoformat(on)
    assert found.price_from == next_billing_on


@pytest.mark.parametrize("days_away", [0, 1, 2, 3])
def test_a_few_days_before_the_next_bill_nothing_is_charged(days_away: int) -> None:
    found = quoted(account(next_billing_on=date(2027, 1, 1 + days_away)), 15, date(2027, 1, 1))

    assert found.prorated is None
    assert found.effective_on == date(2027, 1, 1)  # the limit rises at once
    assert found.price_from == date(2027, 1, 1 + days_away)
    day = "day" if days_away == 1 else "days"
    assert (
        f"The next bill is {days_away} {day} away, at most 3: nothing is charged now."
        in found.steps
    )


def test_one_day_more_is_charged() -> None:
    found = quoted(account(next_billing_on=date(2027, 1, 5)), 15, date(2027, 1, 1))

    assert found.prorated is not None
    assert found.prorated.money == usd("12.90")  # 100 x 4 / 31


def test_a_decrease_is_never_credited_and_starts_on_the_next_bill() -> None:
    found = quoted(account("21-25 at 799.95"), 20)

    assert (found.prorated, found.waived) == (None, None)
    assert found.effective_on == date(2027, 1, 1)
    assert not found.is_rise
    assert (
        "Fewer users are not credited: the new price begins on the next billing date."
        in found.steps
    )


def test_a_wider_band_at_the_same_price_costs_nothing_now() -> None:
    of = account(contract=contract(rows=card("1-10 at 349.95", "11-25 at 349.95")))

    found = quoted(of, 20)

    assert found.to_price == usd("349.95")
    assert found.prorated is None
    assert found.is_rise


def test_a_year_is_prorated_over_its_own_days() -> None:
    of = account(period=BillingPeriod.YEAR, next_billing_on=date(2027, 7, 1))

    found = quoted(of, 15, date(2027, 4, 1))

    assert found.prorated is not None
    assert (found.prorated.span.length, found.prorated.of_days) == (91, 365)
    assert found.prorated.money == usd("24.93")  # 100 x 91 / 365


@pytest.mark.parametrize(
    ("prorated", "waived", "by_card", "due"),
    [
        (True, False, True, Due(ChargeState.PENDING, usd("83.87"))),
        (True, False, False, Due(ChargeState.BY_HAND, usd("83.87"))),
        (False, True, True, Due(ChargeState.WAIVED)),
        (False, False, True, Due(ChargeState.NOTHING)),
    ],
)
def test_the_yes_charges_what_the_client_was_told(
    prorated: bool, waived: bool, by_card: bool, due: Due
) -> None:
    told = {"money": {"amount": "83.87", "currency": "USD"}}
    kept = {"prorated": told if prorated else None, "waived": told if waived else None}

    assert due_after_yes(kept, by_card=by_card) == due
