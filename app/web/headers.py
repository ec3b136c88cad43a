"""The headers that protect every answer, and the stricter ones of every page."""

from typing import Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

PAGE_POLICY: Final = (
    "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; "
    "frame-ancestors 'none'; form-action 'self'"
)
_ALWAYS: Final = (
    (b"x-content-type-options", b"nosniff"),
    # Answers hold clients' data: no shared cache keeps them, and a private one asks first.
    (b"cache-control", b"private, no-cache"),
)
_OF_PAGES: Final = (
    (b"content-security-policy", PAGE_POLICY.encode()),
    (b"referrer-policy", b"same-origin"),
    (b"x-frame-options", b"DENY"),
)


class ProtectiveHeaders:
    """Adds to an answer what it does not set itself."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Run the request with its answer's headers completed."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def protecting_send(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = list(message.get("headers", ()))
                _complete(message["headers"])
            await send(message)

        await self.app(scope, receive, protecting_send)


def _complete(headers: list[tuple[bytes, bytes]]) -> None:
    given = dict(headers)
    is_page = given.get(b"content-type", b"").startswith(b"text/html")
    wanted = (*_ALWAYS, *_OF_PAGES) if is_page else _ALWAYS
    headers.extend(pair for pair in wanted if pair[0] not in given)
