"""Remembers for seconds which keys may bring events, so that not every call asks the database."""

import asyncio
import time
from collections.abc import Callable
from hashlib import sha256
from typing import Final

from starlette.datastructures import Headers

from app.domain.roles import Role
from app.web.security import authenticate, check_role
from app.web.wired import Wired

SENDERS: Final = (Role.INTEGRATION,)
"""Roles whose keys may bring events; `admin` may, as everywhere."""

REMEMBERED_S: Final = 2.0
"""How long a key that is revoked may still bring events to a process that has just seen it."""
MOST_REMEMBERED: Final = 1_000
KEY_HEADERS: Final = ("authorization", "x-api-key")


class KeyChecks:
    """Asks once in two seconds whether a key is good; never remembers one that is not.

    What is remembered is a hash of all the headers that may hold a key, so that the same headers
    are always judged alike.

    Args:
        wired: What the process works with.
        clock: Seconds that only go forward.
    """

    def __init__(self, wired: Wired, clock: Callable[[], float] = time.monotonic) -> None:
        self._wired = wired
        self._clock = clock
        self._good_until: dict[bytes, float] = {}
        self._asked: dict[bytes, asyncio.Task[None]] = {}

    async def check(self, headers: Headers) -> None:
        """Let a call pass whose key may bring events.

        Raises:
            Unauthenticated: No key, two different ones, or one that is unknown or revoked.
            RoleNotAllowed: The key's role may not.
        """
        given = [headers.getlist(name) for name in KEY_HEADERS]
        digest = sha256(repr(given).encode("utf-8", "surrogatepass")).digest()
        if self._good_until.get(digest, 0.0) > self._clock():
            return
        # Calls that come meanwhile wait for the one answer instead of asking all at once.
        asked = self._asked.get(digest)
        if asked is None:
            asked = self._asked[digest] = asyncio.create_task(self._ask(digest, headers))
            asked.add_done_callback(lambda task: self._answered(digest, task))
        await asyncio.shield(asked)

    async def _ask(self, digest: bytes, headers: Headers) -> None:
        until = self._clock() + REMEMBERED_S
        check_role(await authenticate(headers, self._wired), SENDERS)
        if len(self._good_until) >= MOST_REMEMBERED:
            self._good_until.clear()
        self._good_until[digest] = until

    def _answered(self, digest: bytes, task: asyncio.Task[None]) -> None:
        del self._asked[digest]
        if not task.cancelled() and task.exception() is not None:
            self._good_until.pop(digest, None)
