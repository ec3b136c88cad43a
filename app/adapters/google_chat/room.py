"""Posts to the team's Google Chat rooms through their incoming webhooks, once for each key."""

import base64
import hashlib
import re
import uuid
from collections.abc import Mapping
from decimal import Decimal

import httpx

from app.adapters.answers import (
    clamped_wait,
    must_be,
    plain_code,
    plain_ref,
    read_object,
    retry_after_s,
    status_error,
)
from app.adapters.http import Answer, Call, VendorHttp, encoded
from app.domain.strict_json import MalformedJson, parse
from app.ports.errors import RateLimited, Refused, Transient, Unauthorized, VendorError

VENDOR = "Google Chat"
MOST_BYTES = 32_000
LONGEST_THREAD_KEY = 4000
# Our own namespace of request ids: Google wants a UUID, deliveries have text.
_REQUESTS = uuid.UUID("0c1f54b7-3a52-5b7e-8f0e-676368617421")
_DELAY = re.compile(r"([0-9]{1,6}(?:\.[0-9]{1,9})?)s", re.ASCII)


class GoogleChat:
    """Implements `TeamChat` on Google Chat.

    Args:
        http: The way out.
        rooms: The webhook address of each room by the room's name. An address is a secret: its
            query holds the credentials and never appears in a record, a log or an error.
    """

    def __init__(self, http: VendorHttp, *, rooms: Mapping[str, str]) -> None:
        self._http = http
        self._rooms = {room: url for room, url in rooms.items() if url}

    async def post(self, room: str, text: str, *, thread: str, key: str) -> str:
        """Post once: the request id makes Google return the message that it already has.

        A webhook cannot read back, so an unknown outcome is settled by posting again with the
        same key: a message id that is taken answers 409, which means it is there.

        Source: Google Chat API, `spaces.messages.create`.
        """
        if room not in self._rooms:
            raise Refused(f"No Google Chat room is set for {room}.", code="room_unknown")
        url = self._rooms[room]
        named = message_id(key)
        call = Call(
            VENDOR,
            "POST",
            url,
            effect=True,
            params={
                # Without this Google ignores the thread and opens a new one each time.
                "messageReplyOption": "REPLY_MESSAGE_FALLBACK_TO_NEW_THREAD",
                "requestId": str(uuid.uuid5(_REQUESTS, key)),
                "messageId": named,
            },
            payload=_fitting(text, thread),
        )
        answer = await self._http.send(call)
        if answer.ok:
            name = plain_ref(read_object(call, answer).get("name"))
            if name is None:
                raise call.lost("Google Chat did not name the message.", code="unexpected_json")
            self._must_be_in(room, name)
            return name
        if answer.status == 409 and _status_word(answer) == "ALREADY_EXISTS":
            return _name_from(url, named)
        raise _failure(call, answer)

    def _must_be_in(self, room: str, name: str) -> None:
        """Believe only a message in the room's own space."""
        space = self.space_of(room)
        if space.startswith("spaces/") and name.startswith("spaces/"):
            told = "/".join(name.split("/")[:2])
            must_be(VENDOR, "space", told, space, effect=True)

    def space_of(self, room: str) -> str:
        """The space in the room's address, `spaces/...`; Google counts posts by it."""
        path = httpx.URL(self._rooms.get(room, "")).path.split("/")
        if "spaces" in path[:-1]:
            return f"spaces/{path[path.index('spaces') + 1]}"
        return room

    async def probe(self) -> str:
        """Name the configured rooms; nothing is posted."""
        if not self._rooms:
            return "Google Chat has no rooms configured."
        return f"Google Chat has webhooks for: {', '.join(sorted(self._rooms))} (not tried)."


def message_id(key: str) -> str:
    """Name a message by its key: `client-` and 52 letters and digits, 59 in all (63 allowed)."""
    digest = hashlib.sha256(key.encode("utf-8")).digest()
    return "client-" + base64.b32encode(digest).decode("ascii").rstrip("=").lower()


def _fitting(text: str, thread: str) -> dict[str, object]:
    """The message, its text cut so that the whole body stays within Google's 32,000 bytes."""
    body: dict[str, object] = {"text": text, "thread": {"threadKey": thread[:LONGEST_THREAD_KEY]}}
    over = len(encoded(body)) - MOST_BYTES
    if over <= 0:
        return body
    kept, room = [], MOST_BYTES - len(encoded(body | {"text": "…"}))
    for character in text:
        # Escapes count as written: a line break takes two bytes, a quote too.
        room -= len(encoded(character)) - 2
        if room < 0:
            break
        kept.append(character)
    return body | {"text": "".join(kept) + "…"}


def _failure(call: Call, answer: Answer) -> VendorError:
    """The error that Google's envelope means; codes are `google.rpc` words."""
    word = _status_word(answer)
    if answer.status == 429 or word == "RESOURCE_EXHAUSTED":
        return RateLimited(
            "Google Chat asks us to slow down.",
            retry_after_s=retry_after_s(answer) or _retry_delay(answer),
            code=word or "http_429",
        )
    if answer.status in {401, 403} or word in {"UNAUTHENTICATED", "PERMISSION_DENIED"}:
        return Unauthorized(
            "Google Chat does not accept the room's webhook address.",
            code=word or f"http_{answer.status}",
        )
    if answer.status == 409:
        return Transient(
            "Google Chat could not take the message just now.", code=word or "http_409"
        )
    said = "Google Chat does not know the room." if answer.status == 404 else None
    return status_error(call, answer, code=word, detail=said)


def _envelope(answer: Answer) -> Mapping[str, object]:
    try:
        body = parse(answer.body)
    except MalformedJson:
        return {}
    error = body.get("error") if isinstance(body, dict) else None
    return error if isinstance(error, dict) else {}


def _status_word(answer: Answer) -> str | None:
    return plain_code(_envelope(answer).get("status"))


def _retry_delay(answer: Answer) -> float | None:
    """Read `google.rpc.RetryInfo` of the details, written as `17s`."""
    details = _envelope(answer).get("details")
    for detail in details if isinstance(details, list) else []:
        delay = detail.get("retryDelay") if isinstance(detail, dict) else None
        match = _DELAY.fullmatch(delay) if isinstance(delay, str) else None
        if match is not None:
            return clamped_wait(float(Decimal(match.group(1))))
    return None


def _name_from(url: str, named: str) -> str:
    """The resource name of a message of ours, from the room's address without its query."""
    path = httpx.URL(url).path
    return f"{path[path.find('spaces/') :]}/{named}" if "spaces/" in path else named
