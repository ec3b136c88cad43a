"""Completes the OpenAPI document: problems, keys, roles and shared headers on every operation."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute, iter_route_contexts

from app.web.idempotency import HEADER as IDEMPOTENCY_KEY
from app.web.problems import MEDIA_TYPE
from app.web.routing import GuardedRoute, page_item
from app.web.security import Access, access_of

Json = dict[str, Any]

_EXAMPLE: Final[Json] = {
    "type": "/problems/not_a_monday",
    "title": "A value can never be right",
    "status": 422,
    "detail": "Tuesday 8 December 2026 is not a Monday.",
    "code": "not_a_monday",
    "request_id": "0193a6c2-7b1e-7cc0-8f0a-3d1f6a2b9c11",
    "errors": [
        {"pointer": "/live_on", "code": "not_a_monday", "detail": "The nearest Mondays are ..."}
    ],
}
_FIELD_ERROR: Final[Json] = {
    "type": "object",
    "description": "One thing wrong: `pointer` into the body, or the name of a `parameter`.",
    "required": ["code", "detail"],
    "properties": {
        "pointer": {"type": "string", "format": "json-pointer"},
        "parameter": {"type": "string"},
        "code": {"type": "string"},
        "detail": {"type": "string"},
    },
}
_PROBLEM: Final[Json] = {
    "type": "object",
    "description": "What went wrong (RFC 9457). `code` is stable; `detail` is for people.",
    "required": ["type", "title", "status", "detail", "code", "request_id"],
    "properties": {
        "type": {"type": "string", "format": "uri-reference"},
        "title": {"type": "string"},
        "status": {"type": "integer", "minimum": 400, "maximum": 599},
        "detail": {"type": "string"},
        "code": {"type": "string"},
        "request_id": {"type": "string"},
        "errors": {"type": "array", "items": {"$ref": "#/components/schemas/FieldError"}},
        "facts": {"type": "object", "description": "Values worth having, named by the code."},
    },
    "examples": [_EXAMPLE],
}
_RESPONSES: Final[Mapping[str, tuple[str, str]]] = {
    "400": ("Malformed", "The body is not strict JSON."),
    "401": ("Unauthenticated", "No valid API key was given."),
    "403": ("RoleNotAllowed", "The key's role may not do this; the answer names those that may."),
    "404": ("NotFound", "There is no such thing."),
    "409": ("Conflict", "Right in itself, but not in the present state."),
    "412": ("StaleVersion", "`If-Match` names another version than the present one."),
    "413": ("BodyTooLarge", "The body is over the limit."),
    "415": ("MediaTypeNotTaken", "Another media type, charset or encoding than is read."),
    "422": ("Invalid", "A value can never be right; `errors` says which."),
    "429": ("TooManyRequests", "Too fast; `Retry-After` says when to try again."),
    "503": ("Unavailable", "Away for a moment; `Retry-After` says when to try again."),
    "default": ("Failed", "Anything else that went wrong."),
}
_SECURITY_SCHEMES: Final[Json] = {
    "bearer": {
        "type": "http",
        "scheme": "bearer",
        "description": "An API key, `cov_<env>_...`, in `Authorization: Bearer`.",
    },
    "api_key": {
        "type": "apiKey",
        "in": "header",
        "name": "X-API-Key",
        "description": "The same API key, for callers that cannot set `Authorization`.",
    },
}
_PARAMETERS: Final[Json] = {
    "IdempotencyKey": {
        "name": IDEMPOTENCY_KEY,
        "in": "header",
        "required": False,
        "description": "Carries the request out once: within 7 days a repeat gets the stored "
        "answer, with `Idempotency-Replayed: true`.",
        "schema": {"type": "string", "pattern": "^[\\x20-\\x7e]{1,255}$"},
    },
}


@dataclass(frozen=True, slots=True)
class Written:
    """What of the document is written by hand, since no route of the framework says it.

    Attributes:
        paths: Path items of raw routes.
        webhooks: A path item for each type of event that subscribers are sent.
        schemas: What these refer to, by name.
    """

    paths: Mapping[str, Json] = field(default_factory=dict)
    webhooks: Mapping[str, Json] = field(default_factory=dict)
    schemas: Mapping[str, Json] = field(default_factory=dict)


def document_of(app: FastAPI, written: Written) -> Json:
    """The whole document.

    Args:
        app: The application, its routes included.
        written: What its routes do not say.
    """
    document = get_openapi(
        title=app.title,
        version=app.version,
        openapi_version="3.1.0",
        summary=app.summary,
        description=app.description,
        contact=app.contact,
        license_info=app.license_info,
        routes=app.routes,
        tags=app.openapi_tags,
        servers=app.servers,
    )
    components = document.setdefault("components", {})
    schemas = components.setdefault("schemas", {})
    for unused in ("HTTPValidationError", "ValidationError"):
        schemas.pop(unused, None)
    schemas |= {"Problem": _PROBLEM, "FieldError": _FIELD_ERROR, **written.schemas}
    components["responses"] = _shared_responses()
    components["parameters"] = _PARAMETERS
    components["securitySchemes"] = _SECURITY_SCHEMES
    for context in iter_route_contexts(app.routes):
        route = context.original_route
        if isinstance(route, GuardedRoute) and context.include_in_schema:
            for method in context.methods or ():
                _complete(document["paths"][context.path_format][method.lower()], method, route)
    document.setdefault("paths", {}).update(written.paths)
    document["webhooks"] = dict(written.webhooks)
    return document


def problem_responses(*statuses: str) -> Json:
    """References to the shared problem responses, for path items written by hand."""
    return {
        status: {"$ref": f"#/components/responses/{_RESPONSES[status][0]}"} for status in statuses
    }


def _complete(operation: Json, method: str, route: APIRoute) -> None:
    access = access_of(route.endpoint) or Access()
    _name(operation, route)
    statuses = {"429", "503", "default"}
    parameters = operation.get("parameters", [])
    if parameters:
        statuses.add("422")
    if any(parameter["in"] == "path" for parameter in parameters):
        statuses.add("404")
    if any(parameter["name"] == "If-Match" for parameter in parameters):
        statuses.add("412")
    if method not in ("GET", "HEAD"):
        statuses |= {"400", "409", "413", "415", "422"}
    if access.public_because is None:
        statuses |= {"401", "403"}
        operation["security"] = [{"bearer": []}, {"api_key": []}]
        operation["x-roles"] = sorted(role.value for role in access.roles)
        if method == "POST":
            shared = {"$ref": "#/components/parameters/IdempotencyKey"}
            operation["parameters"] = [*parameters, shared]
    else:
        operation["security"] = []
    responses = operation["responses"]
    # The framework's own 422 describes an answer that we never give.
    responses.pop("422", None)
    operation["responses"] = {**responses, **problem_responses(*sorted(statuses))}
    _offer_csv(operation, route)


def _name(operation: Json, route: APIRoute) -> None:
    """Take the docstring's first line as the summary; the framework would take the name."""
    summary, _, rest = operation.get("description", "").partition("\n")
    if route.summary is None and summary:
        operation["summary"] = summary.rstrip(".")
        operation["description"] = rest.strip() or summary


def _offer_csv(operation: Json, route: APIRoute) -> None:
    if page_item(route) is not None:
        content = operation["responses"]["200"]["content"]
        content["text/csv"] = {"schema": {"type": "string"}}


def _shared_responses() -> Json:
    body = {"schema": {"$ref": "#/components/schemas/Problem"}}
    retry = {"Retry-After": {"description": "Seconds to wait.", "schema": {"type": "integer"}}}
    return {
        name: {
            "description": text,
            **({"headers": retry} if status in ("429", "503") else {}),
            "content": {MEDIA_TYPE: body},
        }
        for status, (name, text) in _RESPONSES.items()
    }
