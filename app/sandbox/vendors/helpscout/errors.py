"""How Help Scout words a refusal."""

from collections.abc import Mapping
from typing import Any
from uuid import uuid4

from starlette.responses import JSONResponse, Response

_ABOUT = "http://developer.helpscout.net/mailbox-api/overview/errors"


class Refusal(Exception):
    """The request is answered with an error; `errors` name the fields at fault."""

    def __init__(
        self,
        status: int,
        message: str,
        errors: list[dict[str, Any]] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.errors = errors or []
        self.headers = dict(headers or {})

    def answer(self) -> Response:
        """The answer in the vendor's form; a 429 is bare."""
        if self.status == 429:
            return JSONResponse({"message": self.message}, self.status, headers=self.headers)
        body: dict[str, Any] = {"logRef": str(uuid4()), "message": self.message}
        if self.errors:
            body["_embedded"] = {"errors": self.errors}
        body["_links"] = {"about": {"href": _ABOUT}}
        media_type = "application/vnd.error+json"
        return JSONResponse(body, self.status, headers=self.headers, media_type=media_type)


def field_error(path: str, message: str, kind: str) -> dict[str, Any]:
    """One field at fault; the rejected value is left out, it may be the client's."""
    return {
        "path": path,
        "message": message,
        "source": "JSON",
        "_links": {"about": {"href": f"{_ABOUT}#{kind}"}},
    }


def bad_request(errors: list[dict[str, Any]]) -> Refusal:
    """The 400 that lists every field at fault."""
    return Refusal(400, "Bad request", errors)


def not_found() -> Refusal:
    """The 404 for an id that is unknown or gone."""
    return Refusal(404, "Not Found")


def rate_limited(retry_after_s: int, budget: int) -> Refusal:
    """The 429; Help Scout does not send `Retry-After`."""
    return Refusal(
        429,
        "API rate limit exceeded",
        headers={
            "X-RateLimit-Limit-Minute": str(budget),
            "X-RateLimit-Remaining-Minute": "0",
            "X-RateLimit-Retry-After": str(retry_after_s),
        },
    )
