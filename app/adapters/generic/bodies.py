"""Reads a call's body into flat or nested mappings, in each form that automation platforms send."""

import re
from collections.abc import Iterable, Mapping
from urllib.parse import parse_qsl

from python_multipart.exceptions import MultipartParseError
from python_multipart.multipart import parse_options_header

from app.adapters.generic.multipart import PartsRefused, read_parts
from app.domain.strict_json import MalformedJson, parse
from app.ports.inbound import CallNotParseable, InboundCall

MOST_DOCUMENTS = 500
MOST_FIELDS = 500

_BROKEN_ESCAPE = re.compile(rb"%(?![0-9A-Fa-f]{2})")
_JSON_SUFFIX = re.compile(r"application/[a-z0-9.!#$&^_-]+\+json", re.ASCII)
_TAKEN = "Send application/json, application/x-www-form-urlencoded or multipart/form-data in UTF-8."


def read_bodies(call: InboundCall) -> tuple[Mapping[str, object], ...]:
    """Read the body by its content type into one mapping an event.

    Raises:
        CallNotParseable: Another content type or any content encoding (415), or a body that is
            not what its content type says (400). The text never repeats the body.

    Source: docs/api.md, "Intake".
    """
    if call.headers.get("content-encoding", "").strip():
        raise CallNotParseable("A Content-Encoding is not taken; send the body plain.", status=415)
    content_type = call.headers.get("content-type", "")
    # The parser of the header cannot take everything that a server may hand on.
    media_type, options = parse_options_header(content_type if content_type.isascii() else "")
    name = media_type.decode("latin-1").strip().lower()
    charset = options.get(b"charset", b"utf-8").decode("latin-1").strip().lower()
    if charset not in {"utf-8", "utf8"}:
        raise CallNotParseable(f"The charset is not taken. {_TAKEN}", status=415)
    if name == "application/json" or _JSON_SUFFIX.fullmatch(name):
        return _from_json(call.body)
    if name == "application/x-www-form-urlencoded":
        return (_from_form(call.body),)
    if name == "multipart/form-data":
        return (_from_multipart(call.body, options.get(b"boundary", b"")),)
    raise CallNotParseable(f"The content type is not taken. {_TAKEN}", status=415)


def _from_json(body: bytes) -> tuple[Mapping[str, object], ...]:
    try:
        value = parse(body)
    except MalformedJson as error:
        raise CallNotParseable(error.detail) from None
    documents = value if isinstance(value, list) else [value]
    if not documents:
        raise CallNotParseable("The array holds no event.")
    if len(documents) > MOST_DOCUMENTS:
        raise CallNotParseable(f"The array holds more than {MOST_DOCUMENTS} events.")
    if not all(isinstance(document, dict) for document in documents):
        raise CallNotParseable("The body must be a JSON object or an array of objects.")
    return tuple(documents)


def _from_form(body: bytes) -> Mapping[str, object]:
    if _BROKEN_ESCAPE.search(body):
        raise CallNotParseable("The form holds a broken percent escape.")
    try:
        pairs = parse_qsl(
            body.decode("utf-8"),
            keep_blank_values=True,
            strict_parsing=True,
            errors="strict",
            max_num_fields=MOST_FIELDS,
        )
    except ValueError:
        raise CallNotParseable(
            f"The form is not key=value pairs in UTF-8, {MOST_FIELDS} at most."
        ) from None
    return _as_fields(pairs)


def _from_multipart(body: bytes, boundary: bytes) -> Mapping[str, object]:
    if not 0 < len(boundary) <= 70:
        raise CallNotParseable("The multipart content type names no boundary.")
    try:
        return _as_fields(read_parts(body, boundary))
    except PartsRefused as error:
        raise CallNotParseable(str(error)) from None
    except (MultipartParseError, UnicodeDecodeError):
        raise CallNotParseable("The multipart body is malformed.") from None


def _as_fields(pairs: Iterable[tuple[str, str]]) -> Mapping[str, object]:
    fields: dict[str, object] = {}
    for name, value in pairs:
        if name in fields:
            raise CallNotParseable("The form names the same field twice.")
        if "\x00" in name or "\x00" in value:
            raise CallNotParseable("The form holds a NUL character.")
        fields[name] = value
    if not fields:
        raise CallNotParseable("The form is empty.")
    return fields
