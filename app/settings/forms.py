"""The forms that a setting's value may have; each refusal completes "X must ..."."""

import base64
import binascii
import re
from collections.abc import Callable
from urllib.parse import urlsplit
from zoneinfo import available_timezones

from pydantic import SecretStr

from app.db.engine import DatabaseUrlInvalid, database_url
from app.ports.failpoints import Failpoint

WEBHOOK_KEY_BYTES = range(24, 65)


def web_address(value: str) -> str:
    """An http or https address without credentials; a closing slash is dropped."""
    try:
        parts = urlsplit(value)
        port = parts.port
    except ValueError:
        raise ValueError("be a web address such as https://example.com") from None
    if parts.scheme not in {"http", "https"} or not parts.hostname or port == 0:
        raise ValueError("be a web address such as https://example.com")
    if parts.username is not None or parts.fragment:
        raise ValueError("be a web address without a user name or a fragment")
    return value.rstrip("/")


def hook_address(value: str) -> str:
    """The address of a catch hook, to the letter: a slash at its end may belong to it."""
    web_address(value)
    return value


def header_value(value: str) -> str:
    """A key that is sent in a header."""
    if not re.fullmatch(r"[!-~]{1,500}", value):
        raise ValueError("be a key of plain letters, digits and signs, without blanks")
    return value


def zone(value: str) -> str:
    """The name of an IANA time zone."""
    if value not in available_timezones():
        raise ValueError("be the IANA name of a time zone such as Australia/Sydney")
    return value


def postgres_address(value: str) -> str:
    """The address of a Postgres database."""
    try:
        database_url(value)
    except DatabaseUrlInvalid:
        raise ValueError("be an address such as postgresql://user:password@host/name") from None
    return value


def optional_failpoint(value: str | None) -> str | None:
    """A point of the work, what happens there, and at which passing."""
    if value is not None:
        Failpoint.read(value)
    return value


def webhook_secrets(value: str) -> str:
    """One or several Standard Webhooks secrets, separated by blanks."""
    for secret in value.split():
        try:
            key = base64.b64decode(secret.removeprefix("whsec_"), validate=True)
        except binascii.Error:
            key = b""
        if not secret.startswith("whsec_") or len(key) not in WEBHOOK_KEY_BYTES:
            raise ValueError("be whsec_ followed by 24 to 64 bytes in base64")
    return value


def optional_number(value: str | None) -> str | None:
    """An id made of digits."""
    if value is not None and not re.fullmatch(r"[0-9]{1,20}", value):
        raise ValueError("be a number, as its system shows it")
    return value


def optional_email(value: str | None) -> str | None:
    """One e-mail address."""
    if value is not None and not re.fullmatch(r"[^@\s,;<>]+@[^@\s,;<>]+\.[^@\s,;<>]+", value):
        raise ValueError("be one e-mail address")
    return value


def secret_form(check: Callable[[str], str]) -> Callable[[SecretStr], SecretStr]:
    """The same form for a value that must not be shown."""

    def checked(value: SecretStr) -> SecretStr:
        return SecretStr(check(value.get_secret_value()))

    return checked


def optional(check: Callable[[str], str]) -> Callable[[SecretStr | None], SecretStr | None]:
    """The same form for a secret that may be absent."""

    def checked(value: SecretStr | None) -> SecretStr | None:
        return None if value is None else secret_form(check)(value)

    return checked
