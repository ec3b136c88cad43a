"""Amounts of money: exact, in a known currency, rounded in this one place."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Context, Decimal
from fractions import Fraction
from functools import total_ordering
from typing import Final

from app.domain.errors import AmountInvalid, CurrenciesDiffer, CurrencyUnknown, WeightsInvalid

# ISO 4217 as amended to 1 January 2026 (BGN, HRK, CUC, ANG, SLL, ZWL are withdrawn). Left out:
# metals, bond units, XDR, XSU, XUA, test codes, and the clearing codes CHE, CHW and USN.
_BY_EXPONENT: Final = {
    0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF",
    2: (
        "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BOV BRL BSD BTN BWP BYN BZD "
        "CAD CDF CHF CNY COP COU CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS "
        "GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR "
        "LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MXV MYR MZN NAD NGN NIO NOK NPR "
        "NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP "
        "STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD UYU UZS VED VES WST XCD XCG YER "
        "ZAR ZMW ZWG"
    ),
    3: "BHD IQD JOD KWD LYD OMR TND",
    4: "CLF UYW",
}
_EXPONENTS: Final = {
    code: exponent for exponent, codes in _BY_EXPONENT.items() for code in codes.split()
}
_AMOUNT: Final = re.compile(r"-?[0-9]{1,15}(?:\.([0-9]+))?")
_MOST_MINOR: Final = 2**63 - 1  # what a bigint column holds
_EXACT: Final = Context(prec=60)


def exponent(currency: str) -> int:
    """Number of decimal places that a currency has: AUD 2, JPY 0, KWD 3.

    Args:
        currency: ISO 4217 code in capitals.

    Raises:
        CurrencyUnknown: No such currency is in circulation, or the code is not in capitals.
    """
    places = _EXPONENTS.get(currency)
    if places is None:
        raise CurrencyUnknown(
            "This is not the ISO 4217 code of a currency in circulation, such as AUD.",
        )
    return places


@total_ordering
@dataclass(frozen=True, slots=True)
class Money:
    """An amount in one currency; always at that currency's decimal places, never a float.

    Args:
        amount: Exact; at most as many places as the currency has.
        currency: ISO 4217 code in capitals.
    """

    amount: Decimal
    currency: str

    def __post_init__(self) -> None:
        places = exponent(self.currency)
        if not _is_sensible(self.amount):
            raise AmountInvalid("This is not an exact amount of money.")
        scaled = Fraction(self.amount) * 10**places
        if scaled.denominator != 1:
            raise AmountInvalid(
                f"This has more than the {places} decimal places of {self.currency}.",
            )
        object.__setattr__(self, "amount", _at_places(scaled.numerator, places))

    @classmethod
    def of(cls, amount: str | Decimal, currency: str) -> "Money":
        """Read an amount as written, refusing what the currency cannot express.

        More decimal places than the currency has are refused even where they are zeros:
        "1.000" is a thousand to half of Europe, and nobody guesses here.

        Args:
            amount: `-?` up to 15 digits, optionally a point and decimals, ASCII only.
            currency: ISO 4217 code in capitals.

        Raises:
            AmountInvalid: Any other writing, a float, or too many decimal places.
            CurrencyUnknown: See `exponent`.
        """
        places = exponent(currency)
        text: object = f"{amount:f}" if _is_sensible(amount) else amount
        match = _AMOUNT.fullmatch(text) if isinstance(text, str) else None
        if match is None:
            raise AmountInvalid(
                "This is not an amount such as 149.00."
                if isinstance(amount, str)
                else 'This is not an amount; write it as text like "149.00".',
            )
        if len(match[1] or "") > places:
            raise AmountInvalid(
                f"This has more than the {places} decimal places of {currency}.",
            )
        return cls(Decimal(match[0]), currency)

    @classmethod
    def from_minor(cls, minor: int, currency: str) -> "Money":
        """Amount from minor units (cents, fils, whole yen)."""
        # Right as it is made, so it need not be looked at again: bills are made of thousands.
        money = object.__new__(cls)
        object.__setattr__(money, "amount", _at_places(minor, exponent(currency)))
        object.__setattr__(money, "currency", currency)
        return money

    @classmethod
    def zero(cls, currency: str) -> "Money":
        """Nothing, in a currency."""
        return cls.from_minor(0, currency)

    @property
    def minor(self) -> int:
        """The amount in minor units, as the database keeps it."""
        # Always at its currency's places, so its digits are the minor units: no arithmetic.
        return int(f"{self.amount:f}".replace(".", ""))

    @property
    def is_zero(self) -> bool:
        """Whether it is nothing."""
        return self.minor == 0

    def spoken(self) -> str:
        """Form for messages: thousands set apart, the currency after it: "1,490.00 AUD"."""
        return f"{self.amount:,} {self.currency}"

    def __add__(self, other: "Money") -> "Money":
        return Money.from_minor(self.minor + self._same(other).minor, self.currency)

    def __sub__(self, other: "Money") -> "Money":
        return Money.from_minor(self.minor - self._same(other).minor, self.currency)

    def __neg__(self) -> "Money":
        return Money.from_minor(-self.minor, self.currency)

    def __abs__(self) -> "Money":
        return Money.from_minor(abs(self.minor), self.currency)

    def __lt__(self, other: "Money") -> bool:
        return self.minor < self._same(other).minor

    def __str__(self) -> str:
        return f"{self.amount} {self.currency}"

    def _same(self, other: "Money") -> "Money":
        if other.currency != self.currency:
            raise CurrenciesDiffer(
                f"{self} and {other} cannot be reckoned together: one plan, one currency.",
                facts={"currencies": [self.currency, other.currency]},
            )
        return other


def rounded(value: Fraction, currency: str) -> Money:
    """Round an exact value to the currency's minor unit, half up on the magnitude.

    Half of a cent goes away from zero, so a credit and a charge of the same size round alike.

    Args:
        value: Exact amount in major units (149 is 149.00 AUD).
        currency: ISO 4217 code in capitals.

    Source: docs/domain/money.md, "Proration".
    """
    minor = _half_up(abs(value) * 10 ** exponent(currency))
    return Money.from_minor(minor if value >= 0 else -minor, currency)


def share_of(price: Money, part: int, whole: int) -> Money:
    """`part` of `whole` equal shares of an amount, rounded once, half up on the magnitude.

    The same as `rounded(Fraction(price.amount) * Fraction(part, whole), ...)`, in whole numbers.

    Args:
        price: What is shared.
        part: Number of shares, not negative.
        whole: Number of all shares, above zero.

    Source: docs/domain/money.md, "Proration".
    """
    size = (2 * abs(price.minor) * part + whole) // (2 * whole)
    return Money.from_minor(size if price.minor >= 0 else -size, price.currency)


def times(price: Money, quantity: int) -> Money:
    """A unit's price as often as it is bought: exact, never rounded.

    Raises:
        AmountInvalid: It comes to more than can be kept.
    """
    return Money.from_minor(price.minor * quantity, price.currency)


def total_of(parts: Iterable[Money], currency: str) -> Money:
    """Add amounts of one currency; no amounts make zero.

    Raises:
        CurrenciesDiffer: A part is in another currency.
    """
    total = Money.zero(currency)
    for part in parts:
        total += part
    return total


def allocate(total: Money, weights: Sequence[int | Fraction]) -> tuple[Money, ...]:
    """Split an amount by weight so that the parts add up to it: largest remainder.

    Minor units left over go to the largest remainders, of equal ones to the earliest.

    Args:
        total: What is split; may be negative.
        weights: One for each part, none negative, not all zero.

    Raises:
        WeightsInvalid: No weight at all, a negative one, or nothing but zeros.

    Source: docs/domain/money.md, "Proration".
    """
    whole = sum((Fraction(weight) for weight in weights), Fraction(0))
    if whole <= 0 or any(weight < 0 for weight in weights):
        raise WeightsInvalid("An amount is split by weights of which none is below zero.")
    size = abs(total.minor)
    exact = [size * Fraction(weight) / whole for weight in weights]
    minors = [share.numerator // share.denominator for share in exact]
    by_remainder = sorted(range(len(exact)), key=lambda at: minors[at] - exact[at])
    for at in by_remainder[: size - sum(minors)]:
        minors[at] += 1
    sign = -1 if total.minor < 0 else 1
    return tuple(Money.from_minor(sign * minor, total.currency) for minor in minors)


def _half_up(value: Fraction) -> int:
    return (2 * value.numerator + value.denominator) // (2 * value.denominator)


def _at_places(minor: int, places: int) -> Decimal:
    # In a context of our own: the ambient one may round to fewer digits.
    if abs(minor) > _MOST_MINOR:
        raise AmountInvalid("The amount is larger than can be kept.")
    return _EXACT.scaleb(Decimal(minor), -places)


def _is_sensible(amount: object) -> bool:
    # Also keeps Decimal("1E+999999999") from being written out digit by digit.
    return (
        isinstance(amount, Decimal)
        and amount.is_finite()
        and amount.adjusted() < 20
        and len(amount.as_tuple().digits) < 40
        and amount.adjusted() > -20
    )
