"""Fields that a run or a step needs filled: their kinds, and values read into them."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from typing import Any

from app.domain.playbook.condition import Domain, Kind, Known, number, read_day

LONGEST_VALUE = 4000
_NUMBER = re.compile(r"-?[0-9]{1,15}(?:\.[0-9]{1,6})?")
_FINEST = -6
_FORMS = {
    "email": re.compile(r"[^@\s<>,;\"]{1,64}@[^@\s<>,;\".]+(?:\.[^@\s<>,;\".]+)+"),
    "phone": re.compile(r"\+[1-9][0-9]{6,14}"),
    "url": re.compile(r"https?://[^\s]+"),
}


class FieldKind(StrEnum):
    """What a field takes."""

    TEXT = "text"
    EMAIL = "email"
    PHONE = "phone"
    URL = "url"
    NUMBER = "number"
    WHOLE = "whole"
    DAY = "day"
    YES_NO = "yes_no"
    CHOICE = "choice"
    TEXTS = "texts"


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a form.

    Attributes:
        key: Its name in conditions, tables, scores and texts.
        title: What people see.
        kind: What it takes.
        required: Whether the run (or the step) cannot do without.
        values: Of a choice.
        minimum: The least number, included; of a list, its fewest entries.
        maximum: The greatest number, included; of a list, its most entries.
        unit: What a number counts: "USD", "%", "months".
        hint: A sentence for who fills it.
    """

    key: str
    title: str
    kind: FieldKind
    required: bool = True
    values: tuple[str, ...] = ()
    minimum: Fraction | None = None
    maximum: Fraction | None = None
    unit: str = ""
    hint: str = ""

    @property
    def domain(self) -> Domain:
        """The values that it can have, for conditions and tables."""
        if self.kind is FieldKind.TEXTS:
            return Domain(Kind.TEXTS)
        whole = self.kind is FieldKind.WHOLE
        return Domain(_KINDS[self.kind], self.values, self.minimum, self.maximum, whole)


@dataclass(frozen=True, slots=True)
class Filled:
    """What was given: the values that fit, and a sentence for every field that does not."""

    values: Mapping[str, Known]
    wrong: Mapping[str, str]


def fill(fields: Iterable[Field], given: Mapping[str, object]) -> Filled:
    """Read what was given into fields; what is missing or does not fit is named.

    Args:
        fields: Of the run, or of a step.
        given: By key: text, numbers as text or number, lists of text, true and false.

    Source: docs/playbooks.md, "Inputs".
    """
    known = {field.key: field for field in fields}
    values: dict[str, Known] = {}
    wrong = {key: "is no field here" for key in given if key not in known}
    for key, field in known.items():
        value = given.get(key)
        if value is None or value in ("", [], ()):
            if field.required:
                wrong[key] = f"is missing: {field.title}"
            continue
        try:
            values[key] = _read(field, value)
        except _Unfit as unfit:
            wrong[key] = str(unfit)
    return Filled(values, wrong)


def as_given(values: Mapping[str, Known]) -> dict[str, Any]:
    """Values of a form as one gives them: `fill` makes the same of them; numbers are text."""
    return {key: _given(value) for key, value in values.items()}


def _given(value: Known) -> Any:
    if isinstance(value, bool | str):
        return value
    if isinstance(value, tuple):
        return list(value)
    if isinstance(value, date):
        return value.isoformat()
    return str(
        Decimal(value.numerator) / value.denominator if isinstance(value, Fraction) else value
    )


class _Unfit(ValueError):
    """A value that a field does not take."""


def _read(field: Field, value: object) -> Known:
    if field.kind in (FieldKind.NUMBER, FieldKind.WHOLE):
        return _number(field, value)
    if field.kind is FieldKind.TEXTS:
        return _texts(field, value)
    if field.kind is FieldKind.YES_NO:
        if not isinstance(value, bool):
            raise _Unfit("expected true or false")
        return value
    if not isinstance(value, str) or len(value) > LONGEST_VALUE:
        raise _Unfit(f"expected text of at most {LONGEST_VALUE} characters")
    return _text(field, value)


def _text(field: Field, value: str) -> Known:
    if field.kind is FieldKind.DAY:
        day = read_day(value)
        if day is None:
            raise _Unfit("expected a day as 2026-12-24")
        return day
    if field.kind is FieldKind.CHOICE and value not in field.values:
        raise _Unfit(f"expected one of {', '.join(field.values)}")
    form = _FORMS.get(field.kind)
    if form is not None and not form.fullmatch(value):
        raise _Unfit(_EXPECTED[field.kind])
    return value


def _number(field: Field, value: object) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, str | int | Decimal):
        raise _Unfit("expected a number, as text where it has a fraction")
    if isinstance(value, str) and not _NUMBER.fullmatch(value):
        raise _Unfit("expected a number such as 1250 or 12.5, of at most 15 digits")
    found = Decimal(value)
    if not found.is_finite() or abs(found) >= Decimal(10) ** 15:
        raise _Unfit("expected a number of at most 15 digits")
    # A tiny number with a huge exponent would fill the memory once it is a fraction.
    exponent = found.as_tuple().exponent
    if isinstance(exponent, int) and exponent < _FINEST:
        raise _Unfit("expected at most six digits after the point")
    if field.kind is FieldKind.WHOLE and found != found.to_integral_value():
        raise _Unfit("expected a whole number")
    if field.minimum is not None and found < field.minimum:
        raise _Unfit(f"expected {number(field.minimum)} or more")
    if field.maximum is not None and found > field.maximum:
        raise _Unfit(f"expected {number(field.maximum)} or less")
    return found


def _texts(field: Field, value: object) -> tuple[str, ...]:
    if not isinstance(value, list | tuple) or not all(
        isinstance(each, str) and 0 < len(each) <= LONGEST_VALUE for each in value
    ):
        raise _Unfit("expected a list of texts")
    if field.minimum is not None and len(value) < field.minimum:
        raise _Unfit(f"expected {number(field.minimum)} or more entries")
    if field.maximum is not None and len(value) > field.maximum:
        raise _Unfit(f"expected {number(field.maximum)} or fewer entries")
    return tuple(value)


_KINDS = {
    FieldKind.TEXT: Kind.TEXT,
    FieldKind.EMAIL: Kind.TEXT,
    FieldKind.PHONE: Kind.TEXT,
    FieldKind.URL: Kind.TEXT,
    FieldKind.NUMBER: Kind.NUMBER,
    FieldKind.WHOLE: Kind.NUMBER,
    FieldKind.DAY: Kind.DAY,
    FieldKind.YES_NO: Kind.YES_NO,
    FieldKind.CHOICE: Kind.CHOICE,
}
_EXPECTED = {
    FieldKind.EMAIL: "expected an e-mail address",
    FieldKind.PHONE: "expected a phone number as +14155551234",
    FieldKind.URL: "expected an address that begins with https://",
}
