"""Reads request bodies: bounded, and as JSON that can be written out again."""

import json
import math

from starlette.requests import Request

MAX_BODY_BYTES = 1024 * 1024
MAX_DEPTH = 64


class BodyRefused(Exception):
    """A body cannot be taken; the text never echoes it."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status
        self.reason = reason


async def read_body(request: Request, limit: int = MAX_BODY_BYTES) -> bytes:
    """Read the body up to `limit` bytes; raises BodyRefused (413) beyond it."""
    parts: list[bytes] = []
    size = 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > limit:
            raise BodyRefused(413, f"the body is larger than {limit} bytes")
        parts.append(chunk)
    return b"".join(parts)


def is_json(request: Request) -> bool:
    """Whether the body says that it is JSON."""
    media_type = request.headers.get("content-type", "").split(";")[0].strip().lower()
    return media_type == "application/json"


def parse_json(raw: bytes) -> object:
    """Parse JSON that is UTF-8, finite, and free of lone surrogates; raises BodyRefused (400)."""
    try:
        value: object = json.loads(
            raw.decode("utf-8"), parse_constant=_refuse_constant, parse_float=_finite
        )
        # A lone surrogate parses but can never be answered or written to the ledger.
        json.dumps(value, ensure_ascii=False).encode("utf-8")
    except (ValueError, RecursionError) as error:
        raise BodyRefused(400, "the body is not valid JSON") from error
    if _deeper_than(value, MAX_DEPTH):
        raise BodyRefused(400, f"the body is nested deeper than {MAX_DEPTH} levels")
    return value


def _refuse_constant(name: str) -> object:
    raise ValueError(name)


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(text)
    return number


def _deeper_than(value: object, levels: int) -> bool:
    if levels < 0:
        return True
    if isinstance(value, dict):
        return any(_deeper_than(part, levels - 1) for part in value.values())
    if isinstance(value, list):
        return any(_deeper_than(part, levels - 1) for part in value)
    return False
