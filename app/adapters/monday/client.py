"""Sends GraphQL operations to monday.com and tells success from its many shapes of failure."""

import logging
import uuid
from collections.abc import Mapping
from typing import NoReturn

from app.adapters.answers import as_object, plain_ref, read_json, status_error
from app.adapters.http import Answer, Call, VendorHttp
from app.adapters.monday.failures import error_for, failures_of
from app.adapters.monday.operations import API_VERSION, Operation
from app.domain.strict_json import MalformedJson, parse

VENDOR = "monday.com"
# Our own namespace of idempotency keys: monday wants a UUID, deliveries have text.
_KEYS = uuid.UUID("6b7d3c0e-6f2c-5d0a-9a53-6d6f6e646179")

logger = logging.getLogger(__name__)


class MondayApi:
    """monday.com's GraphQL endpoint.

    Args:
        http: The way out.
        url: Endpoint, `https://api.monday.com/v2`.
        token: API token, sent raw as monday wants it.
    """

    def __init__(self, http: VendorHttp, *, url: str, token: str) -> None:
        self._http = http
        self._url = url
        self._token = token

    async def run(
        self,
        operation: Operation,
        variables: Mapping[str, object] | None = None,
        *,
        key: str | None = None,
    ) -> Mapping[str, object]:
        """Run one operation and return its `data`, every root of it non-null.

        Args:
            operation: The document.
            variables: Its variables, JSON-ready.
            key: For a mutation, the idempotency key of the effect and whatever tells this call
                from the effect's other calls; monday keeps it for 30 minutes.

        Raises:
            VendorError: By the decision table of monday's errors; never with monday's text.

        Source: monday.com, "Error handling", "Idempotency", "API versioning".
        """
        call = Call(
            vendor=VENDOR,
            method="POST",
            url=self._url,
            effect=operation.effect,
            headers=self._headers(operation, key),
            payload={
                "query": operation.document,
                "variables": dict(variables or {}),
                "operationName": operation.name,
            },
        )
        answer = await self._http.send(call)
        _warn_of_other_version(answer)
        return _data(call, operation, answer)

    def _headers(self, operation: Operation, key: str | None) -> dict[str, str]:
        headers = {"Authorization": self._token, "API-Version": API_VERSION}
        if operation.effect:
            if not key:
                raise ValueError(f"{operation.name} changes something: it needs a key.")
            headers["Idempotency-Key"] = str(idempotency_key(key, operation.name))
        return headers


def idempotency_key(key: str, operation: str) -> uuid.UUID:
    """Derive monday's key from ours: equal over attempts, different for each operation."""
    return uuid.uuid5(_KEYS, f"{operation}\n{key}")


def _data(call: Call, operation: Operation, answer: Answer) -> Mapping[str, object]:
    if not answer.ok:
        _raise_failure(call, answer)
    body = as_object(call, read_json(call, answer))
    request_ref = _request_ref(answer, body)
    failures = failures_of(answer, body)
    held = body.get("data")
    data: Mapping[str, object] = held if isinstance(held, dict) else {}
    whole = all(data.get(root) is not None for root in operation.roots)
    if not failures and whole:
        return data
    if not failures:
        raise call.lost(f"{VENDOR} answered without a result.", code="null_result")
    if operation.effect and whole:
        # The write happened; only something asked about it could not be read.
        logger.warning(
            "monday.com carried out %s and reported nested errors: %s (request %s)",
            operation.name,
            ", ".join(sorted({failure.code or "unnamed" for failure in failures})),
            request_ref,
        )
        return data
    raise error_for(call, failures, request_ref)


def _raise_failure(call: Call, answer: Answer) -> NoReturn:
    """Judge an answer that HTTP itself calls a failure, by its body where it has one."""
    try:
        body = parse(answer.body)
    except MalformedJson:
        body = None
    if not isinstance(body, dict) or 300 <= answer.status < 400:
        raise status_error(call, answer, request_ref=_request_ref(answer, {}))
    failures = failures_of(answer, body)
    raise error_for(call, failures, _request_ref(answer, body))


def _request_ref(answer: Answer, body: Mapping[str, object]) -> str | None:
    extensions = body.get("extensions")
    if isinstance(extensions, dict) and (ref := plain_ref(extensions.get("request_id"))):
        return ref
    return plain_ref(answer.headers.get("x-request-id"))


def _warn_of_other_version(answer: Answer) -> None:
    used = plain_ref(answer.headers.get("api-version"))
    if used is not None and used != API_VERSION:
        logger.warning("monday.com answered by API version %s, not %s", used, API_VERSION)
