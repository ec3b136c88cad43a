"""What an amount of money may be, and how it is rounded and split."""

from decimal import Decimal, localcontext
from fractions import Fraction

import pytest

from app.domain.errors import AmountInvalid, CurrenciesDiffer, CurrencyUnknown, WeightsInvalid
from app.domain.money import Money, allocate, exponent, rounded, total_of


@pytest.mark.parametrize(
    ("currency", "places"),
    [
        ("AUD", 2),
        ("EUR", 2),
        ("JPY", 0),
        ("KRW", 0),
        ("VND", 0),
        ("CLP", 0),
        ("KWD", 3),
        ("BHD", 3),
        ("TND", 3),
        ("CLF", 4),
        ("UYW", 4),
        ("XCG", 2),
        ("ZWG", 2),
    ],
)
def test_a_currency_has_the_decimal_places_of_iso_4217(currency: str, places: int) -> None:
    assert exponent(currency) == places


@pytest.mark.parametrize(
    "code",
    ["XAU", "XAG", "XDR", "XTS", "XXX", "HRK", "BGN", "DEM", "aud", "AU", "", "AUD ", "$"],
)
def test_what_is_no_money_in_circulation_is_refused(code: str) -> None:
    with pytest.raises(CurrencyUnknown) as refused:
        Money.of("1.00", code)

    assert refused.value.code == "currency_unknown"


@pytest.mark.parametrize(
    ("written", "currency", "kept", "minor"),
    [
        ("149.00", "AUD", "149.00 AUD", 14900),
        ("149", "AUD", "149.00 AUD", 14900),
        ("149.5", "AUD", "149.50 AUD", 14950),
        ("-0.05", "AUD", "-0.05 AUD", -5),
        ("-0.00", "AUD", "0.00 AUD", 0),
        ("007", "AUD", "7.00 AUD", 700),
        ("5000", "JPY", "5000 JPY", 5000),
        ("1.234", "KWD", "1.234 KWD", 1234),
        ("0.0001", "CLF", "0.0001 CLF", 1),
        ("999999999999999.99", "AUD", "999999999999999.99 AUD", 99999999999999999),
        (Decimal("12.5"), "AUD", "12.50 AUD", 1250),
        (Decimal("1E+2"), "JPY", "100 JPY", 100),
    ],
)
def test_an_amount_is_read_as_written(
    written: str | Decimal, currency: str, kept: str, minor: int
) -> None:
    money = Money.of(written, currency)

    assert str(money) == kept
    assert money.minor == minor
    assert money == Money.from_minor(minor, currency)


@pytest.mark.parametrize(
    "written",
    [
        "",
        " 1",
        "1 ",
        "1_000",
        "1,000.00",
        "1e5",
        "1E5",
        "+1",
        ".5",
        "5.",
        "--1",
        "NaN",
        "Infinity",
        "\u0661",
        "1\n",
        "1\x00",
        "$5",
        "1.0.0",
        "1" * 16,
        "1.005",
        "1.000",
        "1." + "0" * 100,
        Decimal("NaN"),
        Decimal("Infinity"),
        Decimal("1.005"),
        Decimal("1E+999999999"),
        Decimal("1E-999999"),
        Decimal("1." + "0" * 60),
        149.0,
        149,
        None,
        True,
    ],
)
def test_any_other_writing_of_an_amount_is_refused(written: object) -> None:
    with pytest.raises(AmountInvalid) as refused:
        Money.of(written, "AUD")  # type: ignore[arg-type]

    assert refused.value.code == "amount_invalid"
    assert len(refused.value.detail) < 140


@pytest.mark.parametrize("written", ["149.00", "1.000", "0.5"])
def test_yen_have_no_decimals(written: str) -> None:
    with pytest.raises(AmountInvalid, match="0 decimal places of JPY"):
        Money.of(written, "JPY")


@pytest.mark.parametrize("amount", [1.5, 1, Decimal("NaN"), Decimal("0.001")])
def test_no_money_can_be_built_round_the_check(amount: object) -> None:
    with pytest.raises(AmountInvalid):
        Money(amount, "AUD")  # type: ignore[arg-type]


def test_an_amount_larger_than_the_database_holds_is_refused() -> None:
    largest = Money.from_minor(2**63 - 1, "AUD")

    with pytest.raises(AmountInvalid, match="larger than can be kept"):
        largest + Money.from_minor(1, "AUD")
    with pytest.raises(AmountInvalid, match="larger than can be kept"):
        Money.of("999999999999999.9999", "CLF")


def test_amounts_add_and_subtract_to_the_cent() -> None:
    price = Money.of("149.10", "AUD")

    assert price + Money.of("0.20", "AUD") == Money.of("149.30", "AUD")
    assert price - Money.of("150.00", "AUD") == Money.of("-0.90", "AUD")
    assert -price == Money.of("-149.10", "AUD")
    assert abs(-price) == price
    assert Money.zero("AUD").is_zero
    assert not price.is_zero


def test_sums_do_not_depend_on_the_precision_of_the_thread() -> None:
    with localcontext() as context:
        context.prec = 3
        money = Money.of("123456.78", "AUD") + Money.of("0.01", "AUD")

        assert money.minor == 12345679


def test_amounts_of_one_currency_are_ordered() -> None:
    small, large = Money.of("9.00", "AUD"), Money.of("10.00", "AUD")

    assert small < large
    assert large >= small
    assert sorted([large, small]) == [small, large]


def test_two_currencies_are_never_reckoned_together() -> None:
    aud, nzd = Money.of("1.00", "AUD"), Money.of("1.00", "NZD")

    for reckon in (lambda: aud + nzd, lambda: aud - nzd, lambda: aud < nzd):
        with pytest.raises(CurrenciesDiffer) as refused:
            reckon()
        assert refused.value.facts == {"currencies": ["AUD", "NZD"]}
    assert aud != nzd


def test_a_message_sets_thousands_apart() -> None:
    assert Money.of("1490", "AUD").spoken() == "1,490.00 AUD"
    assert Money.of("-1234567", "JPY").spoken() == "-1,234,567 JPY"


@pytest.mark.parametrize(
    ("value", "currency", "kept"),
    [
        (Fraction(1, 200), "AUD", "0.01 AUD"),  # half a cent goes up
        (Fraction(-1, 200), "AUD", "-0.01 AUD"),  # and away from zero, not towards it
        (Fraction(3, 200), "AUD", "0.02 AUD"),  # 1.5 cents: not to the even neighbour's rule
        (Fraction(5, 200), "AUD", "0.03 AUD"),  # 2.5 cents: to-even would give 0.02
        (Fraction(4999, 1000000), "AUD", "0.00 AUD"),
        (Fraction(1, 2), "JPY", "1 JPY"),
        (Fraction(1, 2000), "KWD", "0.001 KWD"),
        (Fraction(0), "AUD", "0.00 AUD"),
    ],
)
def test_rounding_is_half_up_on_the_magnitude(value: Fraction, currency: str, kept: str) -> None:
    assert str(rounded(value, currency)) == kept


def test_a_total_of_nothing_is_zero() -> None:
    assert total_of([], "AUD") == Money.zero("AUD")
    assert total_of([Money.of("1.10", "AUD")] * 3, "AUD") == Money.of("3.30", "AUD")


@pytest.mark.parametrize(
    ("total", "weights", "parts"),
    [
        ("10.00", [1, 1, 1], ["3.34", "3.33", "3.33"]),  # equal remainders: the first gets it
        ("0.05", [1, 2], ["0.02", "0.03"]),  # 1.67 and 3.33 cents: the larger remainder
        ("-10.00", [1, 1, 1], ["-3.34", "-3.33", "-3.33"]),
        ("7.00", [Fraction(3, 7), 0, Fraction(4, 7)], ["3.00", "0.00", "4.00"]),
        ("0.00", [1, 5], ["0.00", "0.00"]),
    ],
)
def test_no_cent_is_lost_in_an_allocation(
    total: str, weights: list[int | Fraction], parts: list[str]
) -> None:
    whole = Money.of(total, "AUD")

    split = allocate(whole, weights)

    assert [str(part.amount) for part in split] == parts
    assert total_of(split, "AUD") == whole


@pytest.mark.parametrize("weights", [[], [0, 0], [-1, 2], [-1]])
def test_nothing_is_split_by_weights_below_zero_or_by_none(weights: list[int]) -> None:
    with pytest.raises(WeightsInvalid):
        allocate(Money.of("1.00", "AUD"), weights)
