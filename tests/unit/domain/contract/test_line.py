"""Lines of a contract, and what comes off their price."""

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

import pytest

from app.domain.contract.errors import LineInvalid, QuantityInvalid
from app.domain.contract.line import MOST_UNITS, Discount, LineKind
from app.domain.errors import AmountInvalid, CurrenciesDiffer
from app.domain.money import Money
from tests.contracted import aud, line, percent

ONCE = LineKind.ONE_TIME


def test_a_line_costs_its_units_for_a_period() -> None:
    seats = line(quantity=150)

    assert seats.price == seats.gross == aud("1500.00")
    assert seats.spoken == "150 x Seats"
    assert line(quantity=1).spoken == "Seats"


@pytest.mark.parametrize(
    ("discount", "price"),
    [
        (percent("10"), "900.00"),
        (percent("0.0001"), "1000.00"),  # 0.001 off: no cent of it
        (percent("33.3333"), "666.67"),  # 333.333 off, rounded once: 333.33
        (Discount(None, aud("50.00")), "950.00"),
        (percent("100"), "0.00"),
        (percent("10", once=True), "1000.00"),  # comes off the first bill, not off the price
    ],
)
def test_a_discount_comes_off_the_price(discount: Discount, price: str) -> None:
    assert line(discount=discount).price == aud(price)


def test_a_one_time_discount_of_what_is_billed_once_comes_off_that() -> None:
    hours = line("hours", 100, "1.00", kind=ONCE, discount=percent("10", once=True))

    assert hours.price == aud("90.00")
    assert hours.first_discount is None


def test_a_one_time_discount_does_not_last() -> None:
    assert line(discount=percent("10", once=True)).lasting_discount is None
    assert line(discount=percent("10")).lasting_discount == percent("10")
    assert line(discount=percent("10")).first_discount is None
    assert line(discount=percent("10", once=True)).first_discount == percent("10", once=True)
    assert line().first_discount is None


@pytest.mark.parametrize("quantity", [0, -1, MOST_UNITS + 1])
def test_a_line_has_units(quantity: int) -> None:
    with pytest.raises(QuantityInvalid):
        line(quantity=quantity)


def test_a_price_is_not_below_zero() -> None:
    with pytest.raises(LineInvalid):
        line(unit_price="-0.01")


def test_more_cannot_come_off_than_there_is() -> None:
    with pytest.raises(LineInvalid):
        line(discount=Discount(None, aud("1000.01")))
    with pytest.raises(CurrenciesDiffer):
        line(discount=Discount(None, Money.of("1.00", "USD")))


def test_more_than_can_be_kept_is_refused() -> None:
    with pytest.raises(AmountInvalid):
        line(quantity=MOST_UNITS, unit_price="999999999.00")


@pytest.mark.parametrize(
    ("share", "amount"),
    [
        (None, None),
        (Decimal(10), aud("1.00")),
        (Decimal(0), None),
        (Decimal(-1), None),
        (Decimal("100.01"), None),
        (Decimal("0.00001"), None),
        (Decimal("NaN"), None),
        (None, aud("0.00")),
    ],
)
def test_a_discount_is_one_sensible_thing(share: Decimal | None, amount: Money | None) -> None:
    with pytest.raises(LineInvalid):
        Discount(share, amount)


def test_a_discount_knows_how_deep_it_is() -> None:
    assert percent("10.5").share_of(aud("1.00")) == Fraction(21, 200)
    assert Discount(None, aud("1.00")).share_of(aud("3.00")) == Fraction(1, 3)
    assert Discount(None, aud("1.00")).share_of(aud("0.00")) == 1


@pytest.mark.parametrize(
    ("discount", "words"),
    [
        (percent("10.50"), "10.5 %"),
        (percent("10"), "10 %"),
        (Discount(None, aud("1000.00")), "1,000.00 AUD"),
    ],
)
def test_a_discount_can_be_said(discount: Discount, words: str) -> None:
    assert discount.spoken() == words


def test_a_price_is_no_part_of_what_makes_two_lines_alike() -> None:
    assert replace(line(), quantity=100) == line()
