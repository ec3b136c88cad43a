"""How monday.com words a refusal: of one field of an operation, or of the whole request."""

from collections.abc import Mapping

from graphql import GraphQLError


class FieldRefused(GraphQLError):
    """One root field could not be carried out; the rest of the operation goes on.

    Args:
        status_code: What monday puts into `extensions.status_code`.
        http_status: The status of the answer where nothing else succeeded; 200 for most.
    """

    def __init__(
        self,
        code: str,
        message: str,
        *,
        status_code: int = 200,
        http_status: int = 200,
        error_data: Mapping[str, object] | None = None,
    ) -> None:
        super().__init__(
            message,
            extensions={
                "code": code,
                "error_data": dict(error_data or {}),
                "status_code": status_code,
            },
        )
        self.code = code
        self.http_status = http_status


def not_found(what: str, ref: str | None) -> FieldRefused:
    """The refusal for an id that the account does not know, or that is gone."""
    return FieldRefused(
        "ResourceNotFoundException",
        f"{what} not found",
        status_code=404,
        error_data={"resource_id": (ref or "")[:100], "resource_type": what.lower()},
    )


def argument_invalid(message: str) -> FieldRefused:
    """The refusal for an argument whose type is right and whose value is not."""
    return FieldRefused("InvalidArgumentException", message, status_code=400)


class RequestRefused(Exception):
    """The request as a whole is answered with one error, before anything was carried out."""

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        *,
        extensions: Mapping[str, object] | None = None,
        headers: Mapping[str, str] | None = None,
        errors: list[Mapping[str, object]] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.headers = dict(headers or {})
        self.errors: list[Mapping[str, object]] = errors or [
            {"message": message, "extensions": {"code": code, **(extensions or {})}}
        ]


def limit_reached(retry_after_s: int) -> RequestRefused:
    """The refusal above a limit: nothing was carried out."""
    return RequestRefused(
        429,
        "COMPLEXITY_BUDGET_EXHAUSTED",
        "Complexity budget exhausted",
        extensions={"retry_in_seconds": retry_after_s, "status_code": 429},
        headers={"Retry-After": str(retry_after_s)},
    )
