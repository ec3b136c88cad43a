"""Conditions as values: what they may ask of a run's figures, whether they fit, and what holds."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

from app.domain.errors import Invalid
from app.domain.playbook.contradiction import unknown

Known = int | Decimal | Fraction | str | bool | date | tuple[str, ...]
"""A figure of a run as it is known; numbers are exact."""
Literal = Fraction | str | bool


class FigureMissing(Invalid):
    """A table or an approval was asked before every figure that it needs was known."""

    code = "figure_missing"


class Kind(StrEnum):
    """What a figure is, as far as a condition is concerned."""

    NUMBER = "a number"
    TEXT = "text"
    CHOICE = "a choice"
    YES_NO = "true or false"
    DAY = "a day"
    TEXTS = "a list"


@dataclass(frozen=True, slots=True)
class Domain:
    """The values that a figure can have.

    Attributes:
        kind: What it is.
        values: Of a choice.
        low: The least number, included; None without a bound.
        high: The greatest number, included; None without a bound.
        whole: Whether numbers have no fraction.
    """

    kind: Kind
    values: tuple[str, ...] = ()
    low: Fraction | None = None
    high: Fraction | None = None
    whole: bool = False


class Sign(StrEnum):
    """How two values compare."""

    IS = "=="
    IS_NOT = "!="
    BELOW = "<"
    UP_TO = "<="
    ABOVE = ">"
    FROM = ">="


@dataclass(frozen=True, slots=True)
class Compare:
    """A figure beside a value."""

    name: str
    sign: Sign
    value: Literal


@dataclass(frozen=True, slots=True)
class OneOf:
    """A figure that has one of these values."""

    name: str
    values: tuple[Literal, ...]


@dataclass(frozen=True, slots=True)
class Has:
    """A figure that is known."""

    name: str


@dataclass(frozen=True, slots=True)
class Not:
    """The contrary of a condition."""

    of: "Condition"


@dataclass(frozen=True, slots=True)
class All:
    """Every part holds."""

    parts: tuple["Condition", ...]


@dataclass(frozen=True, slots=True)
class Some:
    """At least one part holds."""

    parts: tuple["Condition", ...]


Condition = Compare | OneOf | Has | Not | All | Some


def holds(condition: Condition, figures: Mapping[str, Known | None]) -> bool:
    """Whether a condition holds; a comparison with a figure that is not known does not.

    Args:
        condition: It fits the figures' domains (`misfits`).
        figures: By name; None or absent where one is not known yet.

    Source: docs/playbooks.md, "Conditions".
    """
    match condition:
        case All(parts):
            return all(holds(part, figures) for part in parts)
        case Some(parts):
            return any(holds(part, figures) for part in parts)
        case Not(of):
            return not holds(of, figures)
    found = figures.get(condition.name)
    if found is None or isinstance(condition, Has):
        return found is not None
    plain = found.isoformat() if isinstance(found, date) else found
    if isinstance(condition, OneOf):
        return plain in condition.values
    if condition.sign in _EQUAL:
        return (plain == condition.value) is _EQUAL[condition.sign]
    return _compares(found, condition)


def _compares(found: Known, condition: Compare) -> bool:
    wanted = condition.value
    left = _ordered(found)
    right = _ordered(date.fromisoformat(wanted) if isinstance(wanted, str) else wanted)
    return {
        Sign.BELOW: left < right,
        Sign.UP_TO: left <= right,
        Sign.ABOVE: left > right,
        Sign.FROM: left >= right,
    }[condition.sign]


def _ordered(value: Known) -> Fraction:
    """A number, or the number of a day; nothing else is put in order."""
    return Fraction(value.toordinal() if isinstance(value, date) else value)  # type: ignore[arg-type]


def misfits(condition: Condition, domains: Mapping[str, Domain]) -> Iterator[str]:
    """What a condition asks that can never be answered: unknown names, values of another kind.

    Args:
        condition: As read.
        domains: Of every figure that is known where the condition stands.
    """
    match condition:
        case All(parts) | Some(parts):
            for part in parts:
                yield from misfits(part, domains)
        case Not(of):
            yield from misfits(of, domains)
        case _:
            yield from _misfit(condition, domains)


def _misfit(condition: Compare | OneOf | Has, domains: Mapping[str, Domain]) -> Iterator[str]:
    domain = domains.get(condition.name)
    if domain is None:
        yield unknown("figure", condition.name, domains)
        return
    if isinstance(condition, Has):
        return
    values = condition.values if isinstance(condition, OneOf) else (condition.value,)
    for value in values:
        yield from _value_misfit(condition.name, value, domain)
    ordered = domain.kind in _IN_ORDER
    if isinstance(condition, Compare) and condition.sign not in _EQUAL and not ordered:
        yield f"{condition.name!r} is {domain.kind} and has no order; expected == or !="


def _value_misfit(name: str, value: Literal, domain: Domain) -> Iterator[str]:
    if domain.kind is Kind.TEXTS:
        yield f"{name!r} is a list; expected has({name})"
    elif type(value) is not _LITERALS[domain.kind]:
        alone = "; a name alone asks whether it is true" if value is True else ""
        yield f"{name!r} is {domain.kind}, which is never {shown(value)}{alone}"
    elif domain.kind is Kind.CHOICE and value not in domain.values:
        yield f"{name!r} is never {shown(value)}; expected one of {', '.join(domain.values)}"
    elif domain.kind is Kind.DAY and read_day(str(value)) is None:
        yield f"{name!r} is a day; expected one as '2026-12-24'"


def shown(value: Literal) -> str:
    """A value as a condition writes it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return f"'{value}'" if isinstance(value, str) else number(value)


def number(value: Fraction) -> str:
    """A number as people write it, as far as six digits after the point."""
    millionths = round(value * 10**6)
    whole, rest = divmod(abs(millionths), 10**6)
    sign, digits = "-" * (millionths < 0), f"{rest:06d}".rstrip("0")
    return f"{sign}{whole}.{digits}" if digits else f"{sign}{whole}"


def read_day(text: str) -> date | None:
    """A day as 2026-12-24 and in no other form; None where the text is none."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if day.isoformat() == text else None


_EQUAL = {Sign.IS: True, Sign.IS_NOT: False}
_IN_ORDER = frozenset({Kind.NUMBER, Kind.DAY})
_LITERALS: Mapping[Kind, type] = {
    Kind.NUMBER: Fraction,
    Kind.TEXT: str,
    Kind.CHOICE: str,
    Kind.YES_NO: bool,
    Kind.DAY: str,
}
