"""The rooms, their threads and messages."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from ..ids import Numbers


@dataclass(frozen=True, slots=True)
class Message:
    """One message; `fingerprint` tells a repeat from another body under the same request id."""

    name: str
    thread: str
    text: str
    cards: int
    at: datetime
    client_id: str | None
    fingerprint: bytes


@dataclass(slots=True)
class Room:
    """A room; `thread_keys` maps the caller's thread keys to names of threads."""

    space: str
    messages: list[Message] = field(default_factory=list)
    thread_keys: dict[str, str] = field(default_factory=dict)
    by_request: dict[str, Message] = field(default_factory=dict)
    by_client_id: dict[str, Message] = field(default_factory=dict)

    def thread_named(self, name: str) -> str | None:
        """The thread with this name, if a message is in it."""
        return next((one.thread for one in self.messages if one.thread == name), None)

    def new_thread(self, numbers: Numbers, key: str | None) -> str:
        """Start a thread; a key finds it again."""
        name = f"spaces/{self.space}/threads/{numbers.next():x}"
        if key is not None:
            self.thread_keys[key] = name
        return name

    def post(
        self,
        body: Mapping[str, Any],
        thread: str,
        *,
        numbers: Numbers,
        at: datetime,
        request_id: str | None,
        client_id: str | None,
        fingerprint: bytes,
    ) -> Message:
        """Put a message into a thread."""
        name = f"spaces/{self.space}/messages/{thread.rpartition('/')[2]}.{numbers.next():x}"
        cards = len(body.get("cardsV2") or [])
        text = body.get("text") or ""
        message = Message(name, thread, text, cards, at, client_id, fingerprint)
        self.messages.append(message)
        if request_id is not None:
            self.by_request[request_id] = message
        if client_id is not None:
            self.by_client_id[client_id] = message
        return message


def fingerprint_of(raw: bytes) -> bytes:
    """What two identical bodies share."""
    return hashlib.sha256(raw).digest()
