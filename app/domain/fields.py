"""Reading fields of a foreign document: lenient about types, strict about meaning, never raising.

Automation platforms send numbers as strings, empty strings for what is absent, and ids as
numbers. A `Reader` takes what is meant, and gathers everything that cannot be meant as faults.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal

from app.domain.errors import DomainError, Invalid

EMAIL = re.compile(r"[^@\s\x00-\x1f,;<>\"()]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")
INSTANT = re.compile(
    r"(19[7-9]\d|2[01]\d\d)-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d{1,9})?([Zz]|[+-]\d\d:\d\d)",
    re.ASCII,
)
URL = re.compile(r"https?://[^\s\x00-\x1f<>\"]+")
LINE_BREAKS = re.compile(r"[\t\n\r\x85\u2028\u2029]+")
CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong with a document: where, a stable code, and a sentence."""

    pointer: str
    code: str
    detail: str


class DocumentNotUnderstood(Invalid):
    """A document parses but does not say what it must; `faults` lists everything wrong with it."""

    code = "not_understood"

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__(
            " ".join(fault.detail for fault in faults),
            facts={"codes": sorted({fault.code for fault in faults})},
        )
        self.faults = tuple(faults)


@dataclass(slots=True)
class Reader:
    """Reads one mapping of a document, noting faults under its pointer."""

    document: Mapping[str, object]
    pointer: str = ""
    faults: list[Fault] = field(default_factory=list)

    def fault(self, key: str, code: str, detail: str) -> None:
        """Note that the field cannot be meant."""
        self.faults.append(Fault(f"{self.pointer}/{key}", code, f"{self._name(key)} {detail}"))

    def _name(self, key: str) -> str:
        return f"{self.pointer}/{key}".strip("/").replace("/", ".")

    def value(self, key: str) -> object:
        """The field, with empty text as absent."""
        value = self.document.get(key)
        return None if isinstance(value, str) and not value.strip() else value

    def inner(self, key: str) -> "Reader":
        """A reader of the mapping in this field; an absent one reads as empty."""
        value = self.value(key)
        if value is not None and not isinstance(value, Mapping):
            self.fault(key, "not_an_object", "must be an object.")
            value = None
        return Reader(value or {}, f"{self.pointer}/{key}", self.faults)

    def text(self, key: str, *, most: int = 200, required: bool = False) -> str | None:
        """One trimmed line of at most `most` characters; a number is taken as its digits.

        Several lines become one, since a name ends up in subjects, titles and typed answers.
        """
        value = self.value(key)
        if value is None:
            if required:
                self.fault(key, "required", "is required.")
            return None
        if isinstance(value, int | Decimal) and not isinstance(value, bool):
            value = str(value)
        if not isinstance(value, str):
            self.fault(key, "not_text", "must be text.")
            return None
        value = value.strip()
        if len(value) > most:
            self.fault(key, "too_long", f"must have at most {most} characters.")
            return None
        value = " ".join(part.strip() for part in LINE_BREAKS.split(value))
        if CONTROL.search(value):
            self.fault(key, "control_characters", "must not hold control characters.")
            return None
        return value

    def matching(self, key: str, pattern: re.Pattern[str], code: str, what: str) -> str | None:
        """Text that matches `pattern` whole."""
        text = self.text(key, most=2000)
        if text is None or pattern.fullmatch(text):
            return text
        self.fault(key, code, f"must be {what}.")
        return None

    def email(self, key: str) -> str | None:
        """An e-mail address, in lower case."""
        text = self.matching(key, EMAIL, "email_invalid", "an e-mail address")
        if text is not None and len(text) > 254:
            self.fault(key, "email_invalid", "must be an e-mail address.")
            return None
        return text.lower() if text else None

    def instant(self, key: str) -> datetime | None:
        """An RFC 3339 instant with its zone, of the years 1970 to 2199, in UTC."""
        text = self.matching(
            key, INSTANT, "instant_invalid", "an instant such as 2026-11-20T03:12:00Z"
        )
        if text is None:
            return None
        try:
            return datetime.fromisoformat(text.upper()).astimezone(UTC)
        except ValueError:
            self.fault(key, "instant_invalid", "is no instant that exists.")
            return None

    def raised(self, key: str, refusal: DomainError) -> None:
        """Note a rule's refusal of this field's value as a fault."""
        self.fault(key, refusal.code, f"cannot be used: {refusal.detail}")
