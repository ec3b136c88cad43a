"""What the HTTP layer itself refuses, before or after any rule of the business was asked."""

from collections.abc import Mapping
from typing import ClassVar

from app.domain.errors import DomainError, Forbidden


class Refusal(DomainError):
    """A request that is not taken as it stands.

    Args:
        detail: One sentence for a person; never repeats what the caller sent.
        headers: Headers that belong to the answer.
    """

    code: ClassVar[str] = "refused"

    def __init__(
        self,
        detail: str,
        *,
        headers: Mapping[str, str] | None = None,
        pointer: str | None = None,
        facts: Mapping[str, object] | None = None,
    ) -> None:
        super().__init__(detail, pointer=pointer, facts=facts)
        self.headers: Mapping[str, str] = dict(headers or {})


class Unauthenticated(Refusal):
    """The caller has not proved who it is."""

    code = "unauthenticated"

    def __init__(
        self,
        detail: str = "A valid API key is needed: send it in the header X-API-Key, or as Bearer "
        "in the header Authorization.",
    ) -> None:
        super().__init__(detail, headers={"WWW-Authenticate": "Bearer"})


class RoleNotAllowed(Forbidden):
    """The key is good, and its role is another."""

    code = "role_not_allowed"


class BodyTooLarge(Refusal):
    """More bytes than are read."""

    code = "body_too_large"


class LengthInvalid(Refusal):
    """A Content-Length that is not a number."""

    code = "content_length_invalid"


class MediaTypeNotTaken(Refusal):
    """Another media type, charset or encoding than is read."""

    code = "media_type_not_taken"


class ParameterInvalid(Refusal):
    """A query parameter that is unknown, repeated, or holds what no text may hold."""

    code = "parameter_invalid"

    def __init__(self, detail: str, *, parameter: str | None = None) -> None:
        super().__init__(detail)
        self.parameter = parameter


class ParameterUnknown(ParameterInvalid):
    """A query parameter that the route does not have."""

    code = "parameter_unknown"


class ParameterRepeated(ParameterInvalid):
    """A query parameter given more than once."""

    code = "parameter_repeated"


class BodyNotExpected(Refusal):
    """A body with content where none is read."""

    code = "body_not_expected"


class CursorInvalid(ParameterInvalid):
    """Not a cursor that this service gave out."""

    code = "cursor_invalid"


class IdempotencyKeyInvalid(Refusal):
    """An idempotency key that is empty, too long, repeated or not printable ASCII."""

    code = "idempotency_key_invalid"


class IdempotencyMismatch(Refusal):
    """An idempotency key that was used for another request."""

    code = "idempotency_mismatch"


class IdempotencyInFlight(Refusal):
    """The first request with this idempotency key is still being carried out."""

    code = "idempotency_in_flight"


class StaleVersion(Refusal):
    """The caller's copy is not the present one."""

    code = "stale_version"


class TooManyRequests(Refusal):
    """Faster than is allowed."""

    code = "too_many_requests"

    def __init__(self, detail: str, *, retry_after_s: int) -> None:
        super().__init__(detail, headers={"Retry-After": str(retry_after_s)})


class Unavailable(Refusal):
    """Something that the answer needs is away for the moment."""

    code = "unavailable"

    def __init__(
        self, detail: str = "The database is away for a moment.", *, retry_after_s: int = 1
    ) -> None:
        super().__init__(detail, headers={"Retry-After": str(retry_after_s)})


class StoreRefused(Refusal):
    """A constraint of the database held what the rules above it had let through."""

    code = "store_refused"


class ValueNotStorable(Refusal):
    """A value outside what the database can keep."""

    code = "value_not_storable"
