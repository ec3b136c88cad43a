"""Credits and charges by the day: exact, rounded once, and explained in a sentence."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from itertools import groupby

from app.domain.money import Money, rounded
from app.domain.period import Anchor, BillingPeriod, Days, period_holding


class ReckoningKind(StrEnum):
    """Which way the money goes."""

    CREDIT = "credit"
    CHARGE = "charge"


@dataclass(frozen=True, slots=True)
class PeriodPart:
    """Days of a run that lie in one billing period.

    Args:
        days: The days reckoned.
        whole: The whole aligned period that holds them; its length is the denominator.
    """

    days: Days
    whole: Days

    @property
    def share(self) -> Fraction:
        """What part of the period's price the days are worth."""
        return Fraction(self.days.length, self.whole.length)


@dataclass(frozen=True, slots=True)
class Reckoning:
    """One money row with how it came about.

    Args:
        kind: Credit or charge.
        money: Never negative; None where the price is not known.
        days: Number of days reckoned.
        of_days: Length of the whole billing period that holds the first of them.
        price: Of one billing period; None where it is not known.
        span: The days reckoned; they may run over several periods (`parts_of`).
        sentence: The reckoning in plain English.
    """

    kind: ReckoningKind
    money: Money | None
    days: int
    of_days: int
    price: Money | None
    span: Days
    sentence: str


def parts_of(span: Days, period: BillingPeriod, anchor: Anchor) -> tuple[PeriodPart, ...]:
    """Cut a run of days at the bill days in it.

    Args:
        span: Half-open days.
        period: How often is billed.
        anchor: When.
    """
    parts = []
    start = span.start
    while start < span.end:
        whole = period_holding(period, anchor, start)
        days = Days(start, min(whole.end, span.end))
        parts.append(PeriodPart(days, whole))
        start = days.end
    return tuple(parts)


def worth_of(price: Money, parts: Iterable[PeriodPart]) -> Fraction:
    """Exact worth of days at a period's price, in major units; the caller rounds it, once.

    Source: docs/domain/money.md, "Proration".
    """
    return Fraction(price.amount) * sum((part.share for part in parts), Fraction(0))


def reckon(
    kind: ReckoningKind,
    span: Days,
    *,
    name: str,
    price: Money | None,
    period: BillingPeriod,
    anchor: Anchor,
) -> Reckoning:
    """Reckon a run of days of a service as one money row: price x days / days of the period.

    Args:
        kind: Credit for days paid and not used, charge for days served and not billed.
        span: The days, half-open, in the client's zone.
        name: What the sentence calls the service.
        price: Of one period; None makes a row without money that says so.
        period: How often the service is billed.
        anchor: When.

    Source: docs/domain/money.md, "Proration".
    """
    parts = parts_of(span, period, anchor)
    money = None if price is None else rounded(worth_of(price, parts), price.currency)
    counted = f"{_counted(parts, period)} ({span.spoken()}) of {name}"
    what = _FATE[kind][span.length == 1]
    if price is None or money is None:
        sentence = f"{counted}, price unknown, {what}: the {kind} is for a person to work out"
    else:
        about = f"{counted} at {price.spoken()} a {period}"
        sentence = in_words(kind, about, money, is_one=span.length == 1)
    return Reckoning(kind, money, span.length, parts[0].whole.length, price, span, sentence)


def in_words(
    kind: ReckoningKind,
    about: str,
    money: Money,
    *,
    is_one: bool,
    fate: tuple[str, str] | None = None,
) -> str:
    """Say what becomes of days and what that comes to.

    Args:
        kind: Which way the money goes.
        about: Which days, of what, at what price.
        money: What they come to.
        is_one: Whether it is one day, or one whole period.
        fate: What becomes of them, in words, for several and for one; by the kind if not given.
    """
    return f"{about} {(fate or _FATE[kind])[is_one]}: {kind} {money.spoken()}"


# For several days, and for one.
_FATE = {
    ReckoningKind.CREDIT: ("were paid but are not used", "was paid but is not used"),
    ReckoningKind.CHARGE: ("are served but not billed", "is served but not billed"),
}


def _counted(parts: Iterable[PeriodPart], period: BillingPeriod) -> str:
    """Say how many days of how many: "4 of 7 days, 2 whole weeks and 3 of 7 days"."""
    phrases: list[str] = []
    for is_whole, run in groupby(parts, key=lambda part: part.days == part.whole):
        run_parts = list(run)
        if is_whole:
            phrases.append(f"{len(run_parts)} whole {period}{'s' * (len(run_parts) > 1)}")
        else:
            phrases += [f"{part.days.length} of {part.whole.length} days" for part in run_parts]
    *others, final = phrases
    return f"{', '.join(others)} and {final}" if others else final
