"""What monday.com's errors mean: six shapes read into one, then judged by what may be done next."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import IntEnum

from app.adapters.answers import clamped_wait, plain_code, retry_after_s
from app.adapters.http import Answer, Call
from app.ports.errors import (
    OutcomeUnknown,
    RateLimited,
    Refused,
    Transient,
    Unauthorized,
    VendorError,
)

CONFLICT_WAIT_S = 2.0

# Compared without case and punctuation: monday spells one limit three ways
# (COMPLEXITY_BUDGET_EXHAUSTED, complexityBudgetExhausted, ComplexityException).
_LIMITS = frozenset(
    {
        "complexitybudgetexhausted",
        "complexityexception",
        "maxconcurrencyexceeded",
        "ratelimitexceeded",
        "minutelimitrateexceeded",
        "minuteratelimitexceeded",
        "concurrencylimitexceeded",
        "ipratelimitexceeded",
        "fieldlimitexceeded",
        "dailylimitexceeded",
    }
)
_IN_FLIGHT = "idempotencyconflict"
_BUSY = frozenset({"apitemporarilyblocked", "resourcelocked", "resourcelockedexception"})
_LOGIN = frozenset({"notauthenticated", "unauthorized", "unauthenticated"})
_BROKEN = frozenset({"internalservererror", "internalerror", "servererror"})
_GONE = frozenset({"resourcenotfound", "resourcenotfoundexception"})

_RESET_IN = re.compile(r"reset in ([0-9]{1,6}) second", re.ASCII)
_EXHAUSTED = re.compile(r"complexity budget exhausted", re.IGNORECASE)


class Meaning(IntEnum):
    """What a failure allows next; of several, the highest is acted on."""

    BUSY = 1
    LIMITED = 2
    REFUSED = 3
    LOGIN = 4
    UNKNOWN = 5


@dataclass(frozen=True, slots=True)
class Failure:
    """One error of an answer, whatever its shape was. `wait_s` is what monday asked for."""

    code: str | None
    status: int
    wait_s: float | None = None

    @property
    def meaning(self) -> Meaning:
        """Judge by code first: monday sends limits with HTTP 200, and 409 with two meanings."""
        code = _folded(self.code)
        if self.status == 429 or code in _LIMITS or code == _IN_FLIGHT:
            return Meaning.LIMITED
        if self.status == 423 or code in _BUSY:
            return Meaning.BUSY
        if self.status == 401 or code in _LOGIN:
            return Meaning.LOGIN
        if self.status == 408 or self.status >= 500 or code in _BROKEN:
            return Meaning.UNKNOWN
        return Meaning.REFUSED


def is_gone(error: Refused) -> bool:
    """Whether monday says that what was to be changed does not exist (any more)."""
    return _folded(error.code) in _GONE


def failures_of(answer: Answer, body: Mapping[str, object]) -> tuple[Failure, ...]:
    """Read every error of an answer: objects, bare strings, and the legacy top-level fields."""
    asked = retry_after_s(answer)
    legacy = body.get("error_code") or body.get("error_message")
    top_code = plain_code(body.get("error_code"))
    top_status = _status(body.get("status_code"), answer.status)
    found: list[Failure] = []
    for error in _listed(body.get("errors")):
        if isinstance(error, Mapping):
            found.append(_from_object(error, top_status, asked))
        else:
            found.append(_from_text(str(error), top_code, top_status, asked))
    if legacy and not found:
        text = str(body.get("error_message") or "")
        found.append(_from_text(text, top_code, top_status, asked))
    if not found and not answer.ok:
        found.append(Failure(None, answer.status, asked))
    return tuple(found)


def error_for(call: Call, failures: tuple[Failure, ...], request_ref: str | None) -> VendorError:
    """The one error to act on: retryable only if every failure is, unknown if any is.

    Args:
        call: What was asked; a failure at the server is unknown only for an effect.
        failures: At least one.
        request_ref: monday's request id.
    """
    worst = max(failures, key=lambda failure: failure.meaning)
    code = worst.code or f"http_{worst.status}"
    match worst.meaning:
        case Meaning.UNKNOWN:
            lost = OutcomeUnknown if call.effect else Transient
            return lost("monday.com failed on its side.", code=code, request_ref=request_ref)
        case Meaning.LOGIN:
            return Unauthorized(
                "monday.com does not accept the API token.", code=code, request_ref=request_ref
            )
        case Meaning.REFUSED:
            return Refused(
                f"monday.com refused the operation ({code}).", code=code, request_ref=request_ref
            )
        case Meaning.LIMITED:
            return _limited(failures, code, request_ref)
        case Meaning.BUSY:
            return Transient(
                "monday.com holds the board locked or the API blocked for a moment.",
                code=code,
                request_ref=request_ref,
            )


def _limited(failures: tuple[Failure, ...], code: str, request_ref: str | None) -> RateLimited:
    waits = [failure.wait_s for failure in failures if failure.wait_s is not None]
    wait_s = max(waits, default=None)
    if any(_folded(failure.code) == _IN_FLIGHT for failure in failures):
        # The same key is being worked on right now: the answer is ready a moment later.
        wait_s = max(wait_s or 0.0, CONFLICT_WAIT_S)
    return RateLimited(
        f"monday.com's limit was reached ({code}).",
        retry_after_s=wait_s,
        code=code,
        request_ref=request_ref,
    )


def _from_object(error: Mapping[str, object], status: int, asked: float | None) -> Failure:
    extensions = error.get("extensions")
    held = extensions if isinstance(extensions, Mapping) else {}
    code = plain_code(held.get("code")) or plain_code(error.get("code"))
    text = str(error.get("message") or "")
    if code is None and _EXHAUSTED.search(text):
        code = "COMPLEXITY_BUDGET_EXHAUSTED"
    wait_s = _seconds(held.get("retry_in_seconds")) or asked or _told(text)
    return Failure(code, _status(held.get("status_code"), status), wait_s)


def _from_text(text: str, code: str | None, status: int, asked: float | None) -> Failure:
    if code is None and _EXHAUSTED.search(text):
        code = "COMPLEXITY_BUDGET_EXHAUSTED"
    return Failure(code, status, asked or _told(text))


def _listed(errors: object) -> Iterator[object]:
    if isinstance(errors, list):
        yield from errors
    elif errors:
        yield errors


def _status(value: object, otherwise: int) -> int:
    """The status inside the body outranks HTTP's, unless it claims success against it."""
    if isinstance(value, int) and not isinstance(value, bool) and 400 <= value <= 599:
        return value
    return otherwise


def _seconds(value: object) -> float | None:
    if isinstance(value, int | Decimal) and not isinstance(value, bool):
        return clamped_wait(float(value))
    return None


def _told(text: str) -> float | None:
    match = _RESET_IN.search(text)
    return clamped_wait(float(match.group(1))) if match else None


def _folded(code: str | None) -> str:
    return "".join(character for character in (code or "").lower() if character.isalnum())
