"""Reads JSON so that two readers can never understand one body differently."""

import json
import re
from decimal import Decimal
from typing import ClassVar, NoReturn

from app.domain.errors import DomainError

MAX_DIGITS = 40

# A string (closed, or running to the end of a cut body) or one bracket. Possessive, so that a
# body of nothing but escaped quotes is still read in one pass.
_STRING_OR_BRACKET = re.compile(
    r'"(?:[^"\\]++|\\.|\\\Z)*+(?:"|\Z)|[\[\]{}]',
    re.DOTALL,
)


class MalformedJson(DomainError):
    """The body is not JSON text."""

    code: ClassVar[str] = "json_malformed"


class JsonNotUtf8(MalformedJson):
    """The body is not plain UTF-8: another encoding, broken bytes, or a byte order mark."""

    code: ClassVar[str] = "json_not_utf8"


class JsonTooDeep(MalformedJson):
    """Objects and arrays lie too deep inside one another."""

    code: ClassVar[str] = "json_too_deep"


class JsonDuplicateKey(MalformedJson):
    """One object names a key twice."""

    code: ClassVar[str] = "json_duplicate_key"


class JsonNumberNotFinite(MalformedJson):
    """NaN or an infinity, which JSON does not have."""

    code: ClassVar[str] = "json_number_not_finite"


class JsonNumberTooLong(MalformedJson):
    """A number of more digits, or a larger power of ten, than anything real needs."""

    code: ClassVar[str] = "json_number_too_long"


class JsonCharacterRefused(MalformedJson):
    """A string holds a NUL or half of a surrogate pair, which no text may contain."""

    code: ClassVar[str] = "json_character_refused"


def parse(body: bytes, *, max_depth: int = 32) -> object:
    """Read one JSON value; refuse whatever lenient readers silently decide for the caller.

    Whole numbers become `int`, numbers with a fraction or an exponent `Decimal`, never `float`.

    Args:
        body: The raw bytes as they came in.
        max_depth: How many objects and arrays may lie inside one another; a scalar is depth 0.

    Raises:
        MalformedJson: Not JSON; its subclasses name the other reasons, each with its own `code`.
            No text ever repeats the caller's input.

    Source: docs/api.md, "Conventions".
    """
    text = _decoded(body)
    _check_depth(text, max_depth)
    try:
        value: object = _DECODER.decode(text)
    except json.JSONDecodeError as error:
        raise MalformedJson(
            f"The body is not valid JSON (line {error.lineno}, column {error.colno})."
        ) from None
    # Raw NULs and encoded surrogates are refused above; only escapes can still bring one in.
    if "\\" in text and "\\u" in text:
        _check_characters(value)
    return value


def _decoded(body: bytes) -> str:
    if body.startswith(b"\xef\xbb\xbf"):
        raise JsonNotUtf8("The body starts with a byte order mark; send plain UTF-8.")
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError:
        raise JsonNotUtf8("The body is not UTF-8.") from None


def _check_depth(text: str, max_depth: int) -> None:
    # Fewer brackets than levels cannot lie too deep: most bodies are not read for this at all.
    if text.count("{") + text.count("[") <= max_depth:
        return
    depth = 0
    for match in _STRING_OR_BRACKET.finditer(text):
        first = text[match.start()]
        if first in "[{":
            depth += 1
            if depth > max_depth:
                raise JsonTooDeep(f"The body is nested more than {max_depth} levels deep.")
        elif first in "]}":
            depth -= 1


def _whole(digits: str) -> int:
    _check_digits(digits)
    return int(digits)


def _fraction(digits: str) -> Decimal:
    _check_digits(digits)
    _, _, exponent = digits.lower().partition("e")
    if exponent and abs(int(exponent)) > MAX_DIGITS:
        raise JsonNumberTooLong(f"A number's power of ten is beyond {MAX_DIGITS}.")
    return Decimal(digits)


def _check_digits(digits: str) -> None:
    # What is short has not too many: most numbers are not counted.
    if len(digits) > MAX_DIGITS and sum(map(str.isdigit, digits)) > MAX_DIGITS:
        raise JsonNumberTooLong(f"A number has more than {MAX_DIGITS} digits.")


def _not_finite(_name: str) -> NoReturn:
    raise JsonNumberNotFinite("NaN and Infinity are not numbers in JSON.")


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    value = dict(pairs)
    if len(value) != len(pairs):
        raise JsonDuplicateKey("An object names the same key twice.")
    return value


def _check_characters(value: object) -> None:
    if isinstance(value, str):
        if "\x00" in value or any("\ud800" <= character <= "\udfff" for character in value):
            raise JsonCharacterRefused("A string holds a NUL or half a surrogate pair.")
    elif isinstance(value, dict):
        for key, held in value.items():
            _check_characters(key)
            _check_characters(held)
    elif isinstance(value, list):
        for held in value:
            _check_characters(held)


_DECODER = json.JSONDecoder(
    parse_int=_whole,
    parse_float=_fraction,
    parse_constant=_not_finite,
    object_pairs_hook=_object,
)
