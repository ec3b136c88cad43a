"""No cent is lost or made, whatever is split, rounded or written."""

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from app.domain.money import Money, allocate, exponent, rounded, total_of

CURRENCIES = st.sampled_from(["AUD", "EUR", "JPY", "KWD", "CLF"])
MINOR = st.integers(-(10**14), 10**14)
WEIGHTS = st.lists(
    st.integers(0, 1000) | st.fractions(0, 10, max_denominator=400), min_size=1, max_size=12
).filter(lambda weights: sum(weights) > 0)


@given(minor=MINOR, currency=CURRENCIES, weights=WEIGHTS)
def test_the_parts_of_an_allocation_add_up_and_lie_within_a_unit(
    minor: int, currency: str, weights: list[int | Fraction]
) -> None:
    total = Money.from_minor(minor, currency)

    parts = allocate(total, weights)

    assert total_of(parts, currency) == total
    whole = sum(map(Fraction, weights), Fraction(0))
    for part, weight in zip(parts, weights, strict=True):
        assert abs(part.minor - minor * Fraction(weight) / whole) < 1
        assert weight or part.is_zero


@given(
    value=st.fractions(-(10**9), 10**9, max_denominator=10**6),
    currency=CURRENCIES,
)
def test_rounding_errs_by_half_a_unit_at_most_and_alike_on_both_sides(
    value: Fraction, currency: str
) -> None:
    money = rounded(value, currency)

    exact = value * 10 ** exponent(currency)
    assert abs(money.minor - exact) <= Fraction(1, 2)
    assert abs(money.minor) >= abs(exact) or abs(money.minor - exact) < Fraction(1, 2)
    assert rounded(-value, currency) == -money


@given(minor=MINOR, currency=CURRENCIES)
def test_an_amount_written_is_the_amount_read(minor: int, currency: str) -> None:
    money = Money.from_minor(minor, currency)

    assert Money.of(str(money.amount), currency) == money
    assert Money.of(money.amount, currency).minor == minor
