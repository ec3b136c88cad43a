"""The id that every request has: bound to each log line and sent back in the answer."""

import re

import uuid_utils
from starlette.types import Scope

HEADER = "X-Request-Id"
_NAME = HEADER.lower().encode()
_TAKEN = re.compile(rb"[A-Za-z0-9._-]{1,128}")


def request_id_of(scope: Scope) -> str:
    """The id of the request that `scope` belongs to."""
    state = scope.get("state") or {}
    return str(state.get("request_id", ""))


def remember(scope: Scope, request_id: str) -> None:
    """Keep the id for `request_id_of`."""
    scope.setdefault("state", {})["request_id"] = request_id


def id_for(scope: Scope) -> str:
    """The caller's id where it is harmless, else one of ours."""
    values = [value for key, value in scope["headers"] if key.lower() == _NAME]
    if len(values) == 1 and _TAKEN.fullmatch(values[0]):
        return bytes(values[0]).decode("ascii")
    return str(uuid_utils.uuid7())
