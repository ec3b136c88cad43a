"""Checks the bodies that Help Scout takes, field by field, and collects what is wrong."""

import re
from datetime import datetime
from typing import Any

from ..clock import InstantNotUnderstood, parse_instant
from .errors import bad_request, field_error

CONVERSATION_TYPES = ("chat", "email", "phone")
CONVERSATION_STATUSES = ("active", "closed", "pending")
THREAD_TYPES = ("chat", "customer", "note", "phone", "reply")
MAX_SUBJECT = 998
MAX_TAGS = 100
MAX_THREADS = 100

_EMAIL = re.compile(r"[^@\s<>,;\"]{1,64}@[^@\s<>,;\"]+\.[^@\s<>,;\".]+")


def is_email(value: object) -> bool:
    """Whether a value is one plain e-mail address."""
    return isinstance(value, str) and len(value) <= 254 and bool(_EMAIL.fullmatch(value))


class Fields:
    """One JSON object under check; every error is collected under its path."""

    def __init__(self, given: object, errors: list[dict[str, Any]], path: str = "") -> None:
        self.errors = errors
        self._path = path
        self._given: dict[str, Any] = given if isinstance(given, dict) else {}
        if not isinstance(given, dict):
            self.wrong("", "must be an object", "Type")

    def wrong(self, name: str, message: str, kind: str) -> None:
        """Note an error."""
        path = f"{self._path}.{name}".strip(".") or "body"
        self.errors.append(field_error(path, message, kind))

    def has(self, name: str) -> bool:
        """Whether the field is given and not null."""
        return self._given.get(name) is not None

    def text(self, name: str, *, required: bool = False, longest: int = 500_000) -> str:
        """A text."""
        value = self._given.get(name)
        if value is None or value == "":
            if required:
                self.wrong(name, "may not be empty", "NotEmpty")
            return ""
        if not isinstance(value, str):
            self.wrong(name, "must be a string", "Type")
            return ""
        if required and not value.strip():
            self.wrong(name, "may not be empty", "NotEmpty")
        if len(value) > longest:
            self.wrong(name, f"must be at most {longest} characters", "Size")
        return value

    def choice(self, name: str, choices: tuple[str, ...], *, required: bool = True) -> str:
        """One of a few words."""
        value = self._given.get(name)
        if value is None and not required:
            return ""
        if value not in choices:
            words = ", ".join(f"'{choice}'" for choice in choices)
            self.wrong(name, f"Expected one of these: {words}", "EnumValue")
            return ""
        return str(value)

    def flag(self, name: str, *, required: bool = False) -> bool:
        """True or false."""
        value = self._given.get(name)
        if value is None:
            if required:
                self.wrong(name, "may not be null", "NotNull")
            return False
        if not isinstance(value, bool):
            self.wrong(name, "must be a boolean", "Type")
        return value is True

    def number(self, name: str, *, required: bool = False) -> int | None:
        """A whole number above zero."""
        value = self._given.get(name)
        if value is None:
            if required:
                self.wrong(name, "may not be null", "NotNull")
            return None
        if type(value) is not int or not 0 < value < 2**53:
            self.wrong(name, "must be a positive number", "Type")
            return None
        return value

    def emails(self, name: str) -> tuple[str, ...]:
        """A list of e-mail addresses."""
        value = self._given.get(name)
        if value is None:
            return ()
        if not isinstance(value, list) or len(value) > 100:
            self.wrong(name, "must be a list of e-mail addresses", "Type")
            return ()
        for place, one in enumerate(value):
            if not is_email(one):
                self.wrong(f"{name}[{place}]", "not a well-formed email address", "Email")
        return tuple(one for one in value if is_email(one))

    def tags(self, name: str, *, required: bool = False) -> tuple[str, ...]:
        """A list of tags; Help Scout keeps them in lower case."""
        value = self._given.get(name)
        if value is None and not required:
            return ()
        if not isinstance(value, list) or len(value) > MAX_TAGS:
            self.wrong(name, "must be a list of tags", "Type")
            return ()
        if not all(isinstance(one, str) and 0 < len(one.strip()) <= 60 for one in value):
            self.wrong(name, "a tag has between 1 and 60 characters", "Size")
            return ()
        return tuple(dict.fromkeys(one.strip().lower() for one in value))

    def objects(self, name: str) -> list["Fields"]:
        """A list of at least one object."""
        value = self._given.get(name)
        if not isinstance(value, list) or not value:
            self.wrong(name, "may not be empty", "NotEmpty")
            return []
        if len(value) > MAX_THREADS:
            self.wrong(name, f"must have at most {MAX_THREADS} entries", "Size")
            return []
        path = f"{self._path}.{name}".strip(".")
        return [Fields(one, self.errors, f"{path}[{place}]") for place, one in enumerate(value)]

    def part(self, name: str) -> "Fields":
        """An object that must be there."""
        if self._given.get(name) is None:
            self.wrong(name, "may not be null", "NotNull")
            return Fields({}, [])
        return Fields(self._given[name], self.errors, f"{self._path}.{name}".strip("."))

    def instant(self, name: str, *, after: datetime) -> datetime | None:
        """An ISO 8601 instant in the future."""
        value = self._given.get(name)
        if value is None:
            self.wrong(name, "may not be null", "NotNull")
            return None
        try:
            instant = parse_instant(value if isinstance(value, str) else "")
        except InstantNotUnderstood:
            self.wrong(name, "must be an ISO 8601 date before 2101", "Date")
            return None
        if instant <= after:
            self.wrong(name, "must be in the future", "Future")
            return None
        return instant


def refuse_if(errors: list[dict[str, Any]]) -> None:
    """Raise the 400 that lists what was collected, if anything was."""
    if errors:
        raise bad_request(errors)
