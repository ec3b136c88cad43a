"""The kinds of values that the files of a catalog share: keys, lines, times, amounts."""

import re
from datetime import time
from fractions import Fraction
from typing import Annotated, Any, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    Strict,
    WithJsonSchema,
)

from app.catalog.faults import shown
from app.domain.playbook.condition_text import read_condition
from app.domain.playbook.week import Weekday

KEY = r"[a-z][a-z0-9_]{0,62}"
FILE_KEY = r"[a-z][a-z0-9-]{0,62}"
ADDRESS = re.compile(
    r"[^@\s<>,;\"]{1,64}@[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9-]+)+", re.IGNORECASE
)
NUMBER = re.compile(r"-?[0-9]{1,12}(?:\.[0-9]{1,6})?")
CLOCK_TIME = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])")


def _key(value: str) -> str:
    if not re.fullmatch(KEY, value):
        raise ValueError(f"expected a key of small letters, digits and _; found {shown(value)}")
    return value


def _file_key(value: str) -> str:
    if not re.fullmatch(FILE_KEY, value):
        raise ValueError(f"expected a key of small letters, digits and -; found {shown(value)}")
    return value


def _line(value: str) -> str:
    if not value.strip() or "\n" in value or len(value) > 200:
        raise ValueError("expected one line of 1 to 200 characters")
    return value


def _text(value: str) -> str:
    if not value.strip() or len(value) > 4000:
        raise ValueError("expected 1 to 4,000 characters")
    return value.strip()


def _address(value: str) -> str:
    if not ADDRESS.fullmatch(value):
        raise ValueError(f"expected an e-mail address; found {shown(value)}")
    return value


def _clock_time(value: object) -> object:
    if isinstance(value, str) and (match := CLOCK_TIME.fullmatch(value)):
        return time(int(match[1]), int(match[2]))
    raise ValueError(f'expected a time such as "09:00"; found {shown(value)}')


def _weekday(value: object) -> object:
    names = {day.name.lower(): day for day in Weekday}
    if isinstance(value, str) and value in names:
        return names[value]
    raise ValueError(f"expected one of {', '.join(names)}; found {shown(value)}")


def _currency(value: str) -> str:
    if not re.fullmatch("[A-Z]{3}", value):
        raise ValueError(f"expected a currency code such as AUD; found {shown(value)}")
    return value


def _number(value: object) -> object:
    plain = isinstance(value, int) and not isinstance(value, bool)
    if plain or (isinstance(value, str) and NUMBER.fullmatch(value)):
        return Fraction(str(value))
    raise ValueError(f"expected a number; found {shown(value)}")


def _figure(value: str) -> str:
    if not re.fullmatch(rf"{KEY}(\.{KEY})?", value):
        raise ValueError(f"expected the name of a figure; found {shown(value)}")
    return value


def _condition(value: object) -> object:
    if isinstance(value, str):
        return read_condition(value)
    raise ValueError(f'expected a condition as "score >= 80"; found {shown(value)}')


def _amount(value: object) -> object:
    # A plain 49 reaches us as a number, 49.00 as text; both are exact.
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return value


T = TypeVar("T")
MOST_ENTRIES = 200
Several = Annotated[tuple[T, ...], Field(max_length=MOST_ENTRIES)]
"""A list that people can still read, and whose checks take no time."""

Key = Annotated[
    str,
    AfterValidator(_key),
    Field(
        description="a key of small letters, digits and _",
        json_schema_extra={"pattern": f"^{KEY}$"},
    ),
]
FileKey = Annotated[
    str,
    AfterValidator(_file_key),
    Field(
        description="a key of small letters, digits and -",
        json_schema_extra={"pattern": f"^{FILE_KEY}$"},
    ),
]
Line = Annotated[
    str,
    AfterValidator(_line),
    Field(description="one line of text", json_schema_extra={"maxLength": 200}),
]
Text = Annotated[
    str, AfterValidator(_text), Field(description="text", json_schema_extra={"maxLength": 4000})
]
Address = Annotated[str, AfterValidator(_address), Field(description="an e-mail address")]
ClockTime = Annotated[
    time,
    BeforeValidator(_clock_time),
    Field(description='a time as "09:00"'),
    WithJsonSchema({"type": "string", "pattern": CLOCK_TIME.pattern}),
]
Day = Annotated[
    Weekday,
    BeforeValidator(_weekday),
    Field(description="the name of a weekday"),
    WithJsonSchema({"enum": [day.name.lower() for day in Weekday]}),
]
Amount = Annotated[
    str,
    BeforeValidator(_amount),
    Field(description='an amount as "49.00"'),
    WithJsonSchema({"type": ["string", "integer"]}),
]
Number = Annotated[
    Any,
    BeforeValidator(_number),
    Field(description="a number"),
    WithJsonSchema({"type": ["number", "string"]}),
]
Figure = Annotated[
    str,
    AfterValidator(_figure),
    Field(
        description="the name of a figure",
        json_schema_extra={"pattern": rf"^{KEY}(\.{KEY})?$"},
    ),
]
When = Annotated[
    Any,
    BeforeValidator(_condition),
    Field(description="a condition"),
    WithJsonSchema({"type": "string", "examples": ["score >= 80 && region in ['eu', 'uk']"]}),
]
CurrencyCode = Annotated[
    str, AfterValidator(_currency), Field(description="a currency code such as AUD")
]
Whole = Annotated[int, Strict(), Field(description="a whole number")]
Flag = Annotated[bool, Strict(), Field(description="true or false")]


class Shape(BaseModel):
    """A mapping in a file: only its own fields, and no value bent into another type."""

    model_config = ConfigDict(extra="forbid", frozen=True)
