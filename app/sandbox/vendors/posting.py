"""How the stand-ins call back whoever asked to be told."""

from collections.abc import Awaitable, Callable, Mapping

import httpx

Post = Callable[[str, bytes, Mapping[str, str]], Awaitable[tuple[int, bytes]]]


class NotReached(Exception):
    """Nobody answered at the address."""


async def post_over_http(url: str, body: bytes, headers: Mapping[str, str]) -> tuple[int, bytes]:
    """Call the address; returns status and body.

    Raises:
        NotReached: No answer came.
    """
    try:
        async with httpx.AsyncClient(timeout=5.0, trust_env=False) as client:
            answer = await client.post(url, content=body, headers=dict(headers))
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise NotReached from error
    return answer.status_code, answer.content
