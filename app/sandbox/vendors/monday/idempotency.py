"""monday's `Idempotency-Key`: an answer is kept for half an hour and given again."""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

from .errors import RequestRefused

LIVES = timedelta(minutes=30)
MAX_CACHED_BYTES = 1024 * 1024


@dataclass(slots=True)
class Kept:
    """What is known of a key; `body` None while the first request is under way."""

    fingerprint: bytes
    begun_at: datetime
    status: int = 0
    body: bytes | None = None


class KeptAnswers:
    """The keys of the last thirty minutes of real time, in the order in which they came."""

    def __init__(self) -> None:
        self._kept: dict[str, Kept] = {}

    def begin(self, key: str, request: bytes, now: datetime) -> Kept | None:
        """Take the key, or return the answer that it already has.

        Raises:
            RequestRefused: The first request is still being processed, or the key was used for
                another one (what monday does then is not documented; the stand-in refuses).
        """
        self._forget(now)
        fingerprint = hashlib.sha256(request).digest()
        known = self._kept.get(key)
        if known is None:
            self._kept[key] = Kept(fingerprint, now)
            return None
        if known.body is None:
            raise RequestRefused(
                409,
                "IDEMPOTENCY_CONFLICT",
                "A request with this idempotency key is currently being processed",
                headers={"Retry-After": "2"},
            )
        if known.fingerprint != fingerprint:
            raise RequestRefused(
                422, "IDEMPOTENCY_KEY_REUSED", "This idempotency key was used for another request"
            )
        return known

    def finish(self, key: str, status: int, body: bytes) -> None:
        """Keep the answer; one that is too large is silently not kept, as at monday."""
        if len(body) > MAX_CACHED_BYTES:
            self.give_up(key)
            return
        if (kept := self._kept.get(key)) is not None:
            kept.status = status
            kept.body = body

    def give_up(self, key: str) -> None:
        """Forget a key whose request was not carried out."""
        self._kept.pop(key, None)

    def _forget(self, now: datetime) -> None:
        while self._kept:
            oldest = next(iter(self._kept))
            if now - self._kept[oldest].begun_at < LIVES:
                return
            del self._kept[oldest]
