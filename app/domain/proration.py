"""Proration: what days of a period are worth, and what a change inside a period comes to."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from app.domain.day_count import Basis, counted
from app.domain.errors import ChangeOutsidePeriod, CurrenciesDiffer, PeriodEmpty, PriceNegative
from app.domain.money import Money, share_of
from app.domain.period import Days
from app.domain.reckoning import Reckoning, ReckoningKind, in_words


class Manner(StrEnum):
    """Which money rows a change inside a period makes."""

    NONE = "none"
    CHARGE_ONLY = "charge_only"
    FULL = "full"


def prorated(price: Money, part: Days, whole: Days, basis: Basis = Basis.ACTUAL_DAYS) -> Money:
    """Price x days / days of the whole period, rounded once.

    Args:
        price: Of the whole period.
        part: Days inside it.
        whole: The whole aligned period.
        basis: How days are counted, above the line and below it.

    Raises:
        PeriodEmpty: The period has no day under this basis.

    Source: docs/domain/money.md, "Proration".
    """
    of_days = counted(whole, basis)
    if of_days == 0:
        raise PeriodEmpty(f"{whole.spoken()} has no day where every month has thirty.")
    return share_of(price, counted(part, basis), of_days)


@dataclass(frozen=True, slots=True)
class Priced:
    """What a row is reckoned on.

    Args:
        price: Of the whole period, not negative.
        name: What the sentence calls the thing; empty where it has no name.
        per: What the price is for, in the sentence.
    """

    price: Money
    name: str = ""
    per: str = "period"


def row_of(
    kind: ReckoningKind,
    part: Days,
    whole: Days,
    thing: Priced,
    *,
    basis: Basis = Basis.ACTUAL_DAYS,
    most: Money | None = None,
    fate: tuple[str, str] | None = None,
) -> Reckoning:
    """One money row with its reckoning in a sentence.

    Args:
        kind: Which way the money goes.
        part: The days reckoned, inside one period.
        whole: The whole aligned period.
        thing: What is priced.
        basis: How days are counted.
        most: What the row may come to at most; the sentence says so where it bites.
        fate: What becomes of the days, in words, for several and for one.

    Source: docs/domain/money.md, "Proration".
    """
    price, per = thing.price, thing.per
    money = prorated(price, part, whole, basis)
    is_capped = most is not None and most < money
    if most is not None and is_capped:
        money = most
    days, of_days = counted(part, basis), counted(whole, basis)
    about = f"1 whole {per}" if part == whole else f"{days} of {of_days} days"
    name = f" of {thing.name}" if thing.name else ""
    sentence = in_words(
        kind,
        f"{about} ({part.spoken()}){name} at {price.spoken()} a {per}",
        money,
        is_one=days == 1 or part == whole,
        fate=fate,
    )
    if is_capped:
        sentence += ", which is all that is left to credit"
    return Reckoning(kind, money, days, of_days, price, part, sentence)


def prorated_change(
    period: Days, change_on: date, *, old: Money, new: Money, manner: Manner, basis: Basis
) -> tuple[Reckoning, ...]:
    """What a change of price inside a period comes to; its day belongs to the new price.

    Args:
        period: The whole aligned period that holds the change.
        change_on: First day at the new price.
        old: Price of the whole period before.
        new: Price of the whole period after.
        manner: `full` makes a credit and a charge; `charge_only` one row for the difference,
            rounded once, and none where the price falls; `none` makes no rows.
        basis: How days are counted.

    Raises:
        ChangeOutsidePeriod: The day is not in the period.
        PriceNegative: A price is below zero.
        CurrenciesDiffer: The prices are in two currencies.
        PeriodEmpty: The period has no day under this basis.

    Source: docs/domain/money.md, "Proration".
    """
    for name, price in (("old", old), ("new", new)):
        if price.minor < 0:
            raise PriceNegative("A price is not below zero.", pointer=f"/{name}/amount")
    if old.currency != new.currency:
        raise CurrenciesDiffer(
            f"The old price is in {old.currency}, the new one in {new.currency}.",
            pointer="/new/currency",
            facts={"currencies": [old.currency, new.currency]},
        )
    if change_on not in period:
        raise ChangeOutsidePeriod(
            f"{change_on} is not in the period from {period.start} up to {period.end}.",
            pointer="/change_on",
            facts={"from": str(period.start), "to": str(period.end)},
        )
    if counted(period, basis) == 0:
        raise PeriodEmpty("The period has no day where every month has thirty.", pointer="/period")
    left = Days(change_on, period.end)
    if manner is Manner.FULL:
        credit = row_of(ReckoningKind.CREDIT, left, period, Priced(old), basis=basis)
        return credit, row_of(ReckoningKind.CHARGE, left, period, Priced(new), basis=basis)
    if manner is Manner.CHARGE_ONLY and new > old:
        rise = Priced(new - old, "the difference")
        return (row_of(ReckoningKind.CHARGE, left, period, rise, basis=basis),)
    return ()


def net_of(rows: tuple[Reckoning, ...], currency: str) -> Money:
    """What rows come to: charges less credits, so below zero in the client's favour."""
    net = 0
    for row in rows:
        if row.money is not None:
            net += row.money.minor if row.kind is ReckoningKind.CHARGE else -row.money.minor
    return Money.from_minor(net, currency)
