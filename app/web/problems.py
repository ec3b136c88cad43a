"""Turns whatever goes wrong into an RFC 9457 problem; the table here is what can go wrong."""

import json
from collections.abc import Iterable, Mapping
from typing import Any, Final, NotRequired, TypedDict, cast

from asyncpg import PostgresError
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from fastapi.routing import iter_route_contexts
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Match

from app.domain.errors import Conflict, DomainError, Forbidden, Invalid, NotFound
from app.domain.fields import DocumentNotUnderstood
from app.domain.strict_json import MalformedJson
from app.web import refusals
from app.web.database_errors import refusal_for
from app.web.field_errors import FieldError, field_errors
from app.web.request_id import request_id_of

MEDIA_TYPE: Final = "application/problem+json"

STATUSES: Final[Mapping[type[DomainError], tuple[int, str]]] = {
    Invalid: (422, "A value can never be right"),
    NotFound: (404, "Not found"),
    Conflict: (409, "Not possible in the present state"),
    Forbidden: (403, "Not allowed"),
    MalformedJson: (400, "The body is not JSON"),
    refusals.Refusal: (400, "The request is not taken"),
    refusals.Unauthenticated: (401, "Who is calling is not known"),
    refusals.BodyTooLarge: (413, "The body is too large"),
    refusals.MediaTypeNotTaken: (415, "The media type is not taken"),
    refusals.ParameterInvalid: (422, "A parameter is not right"),
    refusals.BodyNotExpected: (422, "No body is expected here"),
    refusals.IdempotencyKeyInvalid: (422, "The idempotency key is not right"),
    refusals.IdempotencyMismatch: (422, "The idempotency key belongs to another request"),
    refusals.IdempotencyInFlight: (409, "The same request is still being carried out"),
    refusals.StaleVersion: (412, "The version is not the present one"),
    refusals.TooManyRequests: (429, "Too many requests"),
    refusals.Unavailable: (503, "Not available for a moment"),
    refusals.StoreRefused: (409, "Not possible beside what is stored"),
    refusals.ValueNotStorable: (422, "A value cannot be kept"),
}

_HTTP: Final[Mapping[int, tuple[str, str, str]]] = {
    400: ("bad_request", "The request is not taken", "The request cannot be read."),
    404: ("not_found", "Not found", "There is nothing at this address."),
    405: ("method_not_allowed", "Method not allowed", "This address does not take this method."),
    413: ("body_too_large", "The body is too large", "The body is too large."),
    415: ("media_type_not_taken", "The media type is not taken", "Send application/json."),
    429: ("too_many_requests", "Too many requests", "Slow down."),
    503: ("unavailable", "Not available for a moment", "Try again in a moment."),
}


_OF_THE_DATABASE: Final = (DBAPIError, PoolTimeout, OSError, PostgresError)


class Problem(TypedDict):
    """The answer to everything that went wrong; `facts` and `errors` where there are any."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    request_id: str
    errors: NotRequired[list[FieldError]]
    facts: NotRequired[dict[str, object]]


def problem(
    status: int,
    code: str,
    title: str,
    detail: str,
    request_id: str,
    *,
    errors: Iterable[FieldError] = (),
    facts: Mapping[str, object] | None = None,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """One problem document as an answer."""
    document = Problem(
        type=f"/problems/{code}",
        title=title,
        status=status,
        detail=detail,
        code=code,
        request_id=request_id,
    )
    listed = list(errors)
    if listed:
        document["errors"] = listed
    if facts:
        document["facts"] = dict(facts)
    # A fact may be a day or an amount: its text is better than a second failure.
    content = json.dumps(document, ensure_ascii=False, default=str).encode()
    return Response(content, status_code=status, headers=dict(headers or {}), media_type=MEDIA_TYPE)


def status_of(error: type[DomainError]) -> tuple[int, str]:
    """Status and title of an error: its own entry in the table, else that of its nearest base."""
    for base in error.__mro__:
        if base in STATUSES:
            return STATUSES[base]
    return 422, "A rule was not met"


def refusal_answer(error: DomainError, request_id: str) -> Response:
    """The problem that a domain error is answered with."""
    status, title = status_of(type(error))
    headers = error.headers if isinstance(error, refusals.Refusal) else {}
    return problem(
        status,
        error.code,
        title,
        error.detail,
        request_id,
        errors=_errors_in(error),
        facts=error.facts,
        headers=headers,
    )


def answer_to(error: Exception, request_id: str) -> Response | None:
    """The problem that an error of ours or of the database is answered with; None for others."""
    if isinstance(error, DomainError):
        return refusal_answer(error, request_id)
    refusal = refusal_for(error) if isinstance(error, _OF_THE_DATABASE) else None
    return None if refusal is None else refusal_answer(refusal, request_id)


def internal_error(request_id: str) -> Response:
    """The problem for what nobody foresaw."""
    return problem(
        500,
        "internal_error",
        "Something went wrong here",
        "Nothing was changed. The request id names this failure in the service's log.",
        request_id,
    )


def install(app: FastAPI) -> None:
    """Register the handlers; what they do not know, `Edge` answers."""
    app.add_exception_handler(DomainError, _domain_error)
    app.add_exception_handler(RequestValidationError, _validation_error)
    app.add_exception_handler(HTTPException, _http_exception)
    for fault in _OF_THE_DATABASE:
        app.add_exception_handler(fault, _database_error)


def _errors_in(error: DomainError) -> list[FieldError]:
    if isinstance(error, DocumentNotUnderstood):
        return [
            FieldError(pointer=fault.pointer, code=fault.code, detail=fault.detail)
            for fault in error.faults
        ]
    if isinstance(error, refusals.ParameterInvalid) and error.parameter is not None:
        return [FieldError(parameter=error.parameter, code=error.code, detail=error.detail)]
    if error.pointer is not None:
        return [FieldError(pointer=error.pointer, code=error.code, detail=error.detail)]
    return []


async def _domain_error(request: Request, error: Exception) -> Response:
    return refusal_answer(cast("DomainError", error), request_id_of(request.scope))


async def _validation_error(request: Request, error: Exception) -> Response:
    invalid = cast("RequestValidationError", error)
    return problem(
        422,
        "invalid",
        "A value can never be right",
        "The request does not have the form that this address takes.",
        request_id_of(request.scope),
        errors=field_errors(invalid.errors(), request.scope.get("route")),
    )


async def _http_exception(request: Request, error: Exception) -> Response:
    refused = cast("HTTPException", error)
    fallback = ("http_error", "The request is not taken", "The request is not taken.")
    code, title, detail = _HTTP.get(refused.status_code, fallback)
    headers = dict(refused.headers or {})
    if refused.status_code == 405:
        headers["Allow"] = _allowed_methods(request) or headers.get("Allow", "")
    if refused.status_code in (429, 503):
        headers.setdefault("Retry-After", "1")
    request_id = request_id_of(request.scope)
    return problem(refused.status_code, code, title, detail, request_id, headers=headers)


async def _database_error(request: Request, error: Exception) -> Response:
    answer = answer_to(error, request_id_of(request.scope))
    if answer is None:
        raise error
    return answer


def _allowed_methods(request: Request) -> str:
    # The framework names the methods of the first route that has the path, not of all.
    app: Any = request.app
    matching = [
        context
        for context in iter_route_contexts(app.routes)
        if context.methods and context.matches(dict(request.scope))[0] is not Match.NONE
    ]
    # `/plans/preview` looks like `/plans/{id}` too, whose methods are not meant for it.
    fewest = min((len(context.param_convertors) for context in matching), default=0)
    methods = [
        context.methods or () for context in matching if len(context.param_convertors) == fewest
    ]
    return ", ".join(sorted(set().union(*methods)))
