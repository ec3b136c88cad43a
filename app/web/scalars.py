"""The scalar types of bodies and parameters: one spelling each, bounded, and storable."""

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Annotated, Any, Final
from uuid import UUID

from pydantic import BeforeValidator, Field, GetCoreSchemaHandler, PlainSerializer, WithJsonSchema
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from app.domain.fields import EMAIL

SENTENCES: Final[Mapping[str, str]] = {
    "not_an_object": "This must be an object.",
    "day_invalid": "Write a day as YYYY-MM-DD, between 1970 and 2199.",
    "instant_invalid": "Write an instant as RFC 3339 with its zone, such as 2026-12-07T00:00:00Z.",
    "id_invalid": "Write the id as it was given: a UUID in lower case, with its hyphens.",
    "slug_invalid": "Write 1 to 64 of a-z, 0-9, - and _, beginning with a letter or digit.",
    "board_ref_invalid": "Write the board's number in digits, as the address of its page shows it.",
    "text_invalid": "This must be text.",
    "text_blank": "This may not be blank.",
    "text_too_short": "This is too short.",
    "text_too_long": "This is too long.",
    "text_character_refused": "This holds a control character.",
    "email_invalid": "This is not an e-mail address.",
    "flag_invalid": "Write true or false.",
    "whole_invalid": "Write a whole number, within the bounds of the field.",
    "money_invalid": 'Write money as {"amount": "149.00", "currency": "AUD"}.',
    "amount_invalid": "The currency cannot express this amount.",
    "amount_negative": "This amount may not be negative.",
    "currency_unknown": "This is not the ISO 4217 code of a currency in circulation.",
    "percent_invalid": 'Write a percentage as text: "12.5", at most 100, four decimals at most.',
    "page_limit_invalid": "Write a whole number from 1 to 200.",
}

_DAY = re.compile(r"(?:19[7-9]\d|2[01]\d\d)-\d\d-\d\d", re.ASCII)
_INSTANT = re.compile(
    r"(?:19[7-9]\d|2[01]\d\d)-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:[Zz]|[+-]\d\d:\d\d)",
    re.ASCII,
)
_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_SLUG = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
_BOARD_NUMBER = re.compile(r"[1-9][0-9]{0,19}")
_DIGITS = re.compile(r"0|[1-9][0-9]{0,9}")
_INT32_MAX: Final = 2**31 - 1


def refuse(code: str, sentence: str | None = None) -> PydanticCustomError:
    """The error for a value of a wrong form; its sentence never repeats the value."""
    return PydanticCustomError(code, "{sentence}", {"sentence": sentence or SENTENCES[code]})


def day(value: object) -> date:
    """Read an ISO day, written in full."""
    if isinstance(value, str) and _DAY.fullmatch(value):
        try:
            return date.fromisoformat(value)
        except ValueError:
            pass
    elif type(value) is date:
        return value
    raise refuse("day_invalid")


def instant(value: object) -> datetime:
    """Read an RFC 3339 instant with its zone, as UTC."""
    if isinstance(value, datetime) and value.tzinfo is not None:
        return value.astimezone(UTC)
    if isinstance(value, str) and _INSTANT.fullmatch(value):
        try:
            return datetime.fromisoformat(value.upper()).astimezone(UTC)
        except ValueError:
            pass
    raise refuse("instant_invalid")


def identity(value: object) -> UUID:
    """Read an id in its one spelling."""
    if isinstance(value, UUID):
        return value
    if isinstance(value, str) and _ID.fullmatch(value):
        return UUID(value)
    raise refuse("id_invalid")


def _matching(pattern: re.Pattern[str], code: str, longest: int) -> Callable[[object], str]:
    def read(value: object) -> str:
        if isinstance(value, str) and len(value) <= longest and pattern.fullmatch(value):
            return value
        raise refuse(code)

    return read


def _flag(value: object) -> bool:
    if isinstance(value, bool):
        return value
    if value in ("true", "false"):
        return value == "true"
    raise refuse("flag_invalid")


def _number(value: object) -> int:
    if type(value) is int:
        return value
    if isinstance(value, str) and _DIGITS.fullmatch(value):
        return int(value)
    raise refuse("whole_invalid")


def _as_z(value: datetime) -> str:
    return value.astimezone(UTC).isoformat().replace("+00:00", "Z")


Day = Annotated[date, BeforeValidator(day), WithJsonSchema({"type": "string", "format": "date"})]
Instant = Annotated[
    datetime,
    BeforeValidator(instant),
    PlainSerializer(_as_z, return_type=str, when_used="json"),
    WithJsonSchema({"type": "string", "format": "date-time"}),
]
Id = Annotated[
    UUID, BeforeValidator(identity), WithJsonSchema({"type": "string", "format": "uuid"})
]
Slug = Annotated[
    str,
    BeforeValidator(_matching(_SLUG, "slug_invalid", 64)),
    WithJsonSchema({"type": "string", "pattern": f"^{_SLUG.pattern}$"}),
]
BoardNumber = Annotated[
    str,
    BeforeValidator(_matching(_BOARD_NUMBER, "board_ref_invalid", 20)),
    WithJsonSchema({"type": "string", "pattern": f"^{_BOARD_NUMBER.pattern}$"}),
]
Email = Annotated[
    str,
    BeforeValidator(_matching(EMAIL, "email_invalid", 254)),
    WithJsonSchema({"type": "string", "format": "email", "maxLength": 254}),
]
Whole = Annotated[int, Field(strict=True, ge=0, le=_INT32_MAX)]
"""A whole number of a body, from 0 to what an integer column holds; never a boolean."""

StrictBool = Annotated[bool, Field(strict=True)]
StrictInt = Annotated[int, Field(strict=True, ge=-_INT32_MAX, le=_INT32_MAX)]

QueryFlag = Annotated[bool, BeforeValidator(_flag), WithJsonSchema({"type": "boolean"})]
QueryWhole = Annotated[
    int,
    BeforeValidator(_number),
    Field(ge=0, le=_INT32_MAX),
    WithJsonSchema({"type": "integer", "minimum": 0, "maximum": _INT32_MAX}),
]


@dataclass(frozen=True, slots=True)
class Text:
    """Text that is not blank: `Annotated[str, Text(max=200)]`.

    Args:
        max: Most characters.
        min: Fewest characters.
        lines: Whether it may run over several lines; else no control character is taken,
            since the text may become a subject, a header or a cell.
    """

    max: int
    min: int = 1
    lines: bool = False

    def read(self, value: object) -> str:
        """Refuse what is not such a text; a NUL cannot be stored at all."""
        if not isinstance(value, str):
            raise refuse("text_invalid")
        if not value.strip():
            raise refuse("text_blank")
        if len(value) < self.min:
            raise refuse("text_too_short")
        if len(value) > self.max:
            raise refuse("text_too_long")
        if any(self._refused(character) for character in value):
            raise refuse("text_character_refused")
        return value

    def _refused(self, character: str) -> bool:
        if self.lines and character in "\n\r\t":
            return False
        # Cc: controls; Cs: half a pair, not UTF-8; Zl and Zp: line breaks to some readers.
        kinds = ("Cc", "Cs") if self.lines else ("Cc", "Cs", "Zl", "Zp")
        return unicodedata.category(character) in kinds

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        """Check before pydantic does; the lengths appear in the document too."""
        document = {"type": "string", "minLength": self.min, "maxLength": self.max}
        return core_schema.no_info_before_validator_function(
            self.read,
            core_schema.str_schema(),
            metadata={"pydantic_js_functions": [lambda _schema, _handler: document]},
        )


Name = Annotated[str, Text(max=200)]
Ref = Annotated[str, Text(max=200)]
Reason = Annotated[str, Text(max=1000, lines=True)]
Note = Annotated[str, Text(max=10_000, lines=True)]
