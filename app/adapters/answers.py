"""What any vendor's answer means before its own words are read: status, waiting time, JSON."""

import re
from collections.abc import Mapping
from datetime import datetime
from email.utils import parsedate_to_datetime

from app.adapters.http import Answer, Call
from app.domain.strict_json import MalformedJson, parse
from app.ports.errors import (
    OutcomeUnknown,
    RateLimited,
    Refused,
    Transient,
    Unauthorized,
    VendorError,
)

SHORTEST_WAIT_S = 1.0
LONGEST_WAIT_S = 3600.0

_SECONDS = re.compile(r"[0-9]{1,9}(\.[0-9]{1,6})?", re.ASCII)
# A vendor's code is a name; anything longer or stranger may quote the caller's data.
_CODE = re.compile(r"[A-Za-z][A-Za-z0-9_.\- ]{0,59}", re.ASCII)


def clamped_wait(seconds: float) -> float:
    """Keep a vendor's waiting time within one second and one hour."""
    return min(max(seconds, SHORTEST_WAIT_S), LONGEST_WAIT_S)


def retry_after_s(answer: Answer) -> float | None:
    """Seconds the vendor asks us to wait, clamped to 1..3600; None where it does not say.

    Read are `Retry-After` in seconds or as an HTTP date (against the answer's own `Date`, so no
    clock of ours is needed) and Help Scout's `X-RateLimit-Retry-After`.

    Source: RFC 9110, 10.2.3; Help Scout, "Rate limiting".
    """
    for name in ("retry-after", "x-ratelimit-retry-after"):
        text = answer.headers.get(name, "").strip()
        if _SECONDS.fullmatch(text):
            return clamped_wait(float(text))
        at, now = _http_date(text), _http_date(answer.headers.get("date", ""))
        if at is not None and now is not None:
            return clamped_wait((at - now).total_seconds())
    return None


def _http_date(text: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, OverflowError, TypeError):  # a year beyond all calendars, and the like
        return None
    return moment if moment.tzinfo is not None else None


def read_json(call: Call, answer: Answer) -> object:
    """Read an answer's body; what cannot be read is a lost answer, not a success.

    Raises:
        OutcomeUnknown: The call was an effect, and its answer is not JSON.
        Transient: The call was a read, and its answer is not JSON.
    """
    try:
        return parse(answer.body)
    except MalformedJson as error:
        raise call.lost(f"{call.vendor} answered with unreadable JSON.", code=error.code) from None


def read_object(call: Call, answer: Answer) -> Mapping[str, object]:
    """Read an answer that is one JSON object; raises as `read_json` does."""
    return as_object(call, read_json(call, answer))


def as_object(call: Call, value: object) -> Mapping[str, object]:
    """Take a value for a JSON object; raises as `read_json` does where it is none."""
    if not isinstance(value, dict):
        raise call.lost(f"{call.vendor} answered with unexpected JSON.", code="unexpected_json")
    return value


def status_error(
    call: Call,
    answer: Answer,
    *,
    code: str | None = None,
    detail: str | None = None,
    request_ref: str | None = None,
) -> VendorError:
    """The error that a status of failure means, where the vendor's own words add nothing.

    401 is Unauthorized, 429 RateLimited, 423 Transient; 408 and 5xx may come from a proxy after
    the vendor acted, so they are unknown outcomes of an effect; the rest is refused for good.

    Args:
        call: What was asked.
        answer: What came back.
        code: The vendor's own code; `http_<status>` where it gave none.
        detail: A sentence of ours; a plain one by status where None.
        request_ref: The vendor's id of the request.
    """
    status = answer.status
    code = code or f"http_{status}"
    said = detail or f"{call.vendor} answered {status}."
    if status == 401:
        return Unauthorized(
            f"{call.vendor} does not accept our credentials.", code=code, request_ref=request_ref
        )
    if status == 429:
        return RateLimited(
            f"{call.vendor} asks us to slow down.",
            retry_after_s=retry_after_s(answer),
            code=code,
            request_ref=request_ref,
        )
    if status == 423:
        return Transient(said, code=code, request_ref=request_ref)
    if status == 408 or status >= 500:
        lost = OutcomeUnknown if call.effect else Transient
        return lost(said, code=code, request_ref=request_ref)
    return Refused(said, code=code, request_ref=request_ref)


def must_be(
    vendor: str, what: str, told: object, asked: str, *, effect: bool, code: str = "another_object"
) -> None:
    """Believe an answer only if it is about what was asked for; one that names nothing may be.

    Args:
        vendor: The vendor's name.
        what: The kind of object, for the operator.
        told: The id or name in the answer; None where it holds none.
        asked: What it must be.
        effect: Whether something was to be changed: then it is unknown what was.
        code: Of the error.

    Raises:
        OutcomeUnknown: An effect was answered with another object.
        Transient: A read was.
    """
    if told is None or str(told).strip() == asked.strip():
        return
    detail = f"{vendor} answered about another {what} than the one that was asked for."
    raise (OutcomeUnknown if effect else Transient)(detail, code=code)


def plain_code(value: object) -> str | None:
    """A vendor's code if it looks like one, so that no text of a person slips into an error."""
    if isinstance(value, str) and _CODE.fullmatch(value):
        return value
    return None


def plain_ref(value: object) -> str | None:
    """A vendor's id of a request or object if it looks like one (no blanks, at most 200)."""
    if isinstance(value, str) and re.fullmatch(r"[!-~]{1,200}", value):
        return value
    return None
