"""Another business changes a file and no code: seats at graduated prices."""

from datetime import date

import pytest

from app.domain.money import Money
from app.domain.period import BillingPeriod
from app.domain.tiers.account import Account, Band
from app.domain.tiers.quote import quote
from tests.tiers import asked, policy, said

SEATS = policy("seats")


def euros(amount: str) -> Money:
    return Money.of(amount, "EUR")


def customer(seats: int, price: str) -> Account:
    return Account(
        pricing="standard",
        band=Band(seats, seats),
        price=euros(price),
        billing_period=BillingPeriod.MONTH,
        next_billing_on=date(2027, 1, 1),
    )


@pytest.mark.parametrize(
    ("of", "seats", "answer"),
    [
        (customer(5, "100.00"), 6, "6 Seats at 120.00"),
        (customer(5, "100.00"), 12, "12 Seats at 230.00"),  # 10 x 20 + 2 x 15
        (customer(5, "100.00"), 60, "60 Seats at 925.00"),  # 200 + 40 x 15 + 10 x 12.50
        (customer(12, "230.00"), 8, "8 Seats at 160.00"),
        (customer(5, "100.00"), 5, "unchanged: same_band"),
        (customer(5, "100.00"), 2, "refused: at_floor"),
        (customer(5, "100.00"), 251, "custom_pricing: custom_pricing"),
        (customer(5, "500.00"), 6, "needs_review: price_contradicts"),
        (customer(12, "10.00"), 8, "needs_review: price_contradicts"),
        (customer(5, "100.00"), 5001, "needs_review: requested_too_many"),
    ],
)
def test_seats_are_priced_by_their_own_file(of: Account, seats: int, answer: str) -> None:
    assert said(quote(SEATS, of, asked(seats))) == answer


def test_the_rest_of_the_cycle_is_charged_by_the_same_rule_without_grace() -> None:
    found = quote(SEATS, customer(5, "100.00"), asked(6, date(2026, 12, 30)))

    assert found.prorated is not None
    assert found.prorated.money == euros("1.29")  # 20 x 2 / 31
    assert found.steps[2] == "6, each at the rate of its stretch, cost 120.00 EUR."
