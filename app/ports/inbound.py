"""Systems that tell us of agreements: how their calls are verified, read and acknowledged."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class InboundCall:
    """A call as it came in: raw bytes before any parsing, header names in lower case."""

    source: str
    headers: Mapping[str, str]
    query: Mapping[str, str]
    body: bytes


class SignatureInvalid(Exception):
    """The call does not prove that it comes from the sender; the text says what was missing."""


class CallNotParseable(Exception):
    """The body is not in any form that the sender may use.

    Args:
        detail: One sentence that never echoes the body.
        status: 400 for a malformed body, 415 for a media type that is not taken.
    """

    def __init__(self, detail: str, *, status: int = 400) -> None:
        super().__init__(detail)
        self.detail = detail
        self.status = status


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    """What a sender expects back; `body` None means our own JSON answer."""

    status: int = 202
    media_type: str = "application/json"
    body: bytes | None = None


class AgreementSender(Protocol):
    """One way in for agreement events.

    `documents` are canonical event documents: nested mappings in the shape of `docs/api.md`,
    with the sender's own words already mapped to ours.
    """

    accepts_api_key: bool
    max_body_bytes: int

    def handshake(self, call: InboundCall) -> Acknowledgement | None:
        """The answer to a call that only asks whether we listen here; None for every other call.

        It is asked before `verify`, and what it answers is not stored: it may neither disclose
        nor change anything.
        """

    def verify(self, call: InboundCall, *, now: datetime) -> None:
        """Raise SignatureInvalid unless the call is the sender's own.

        `now` is real time: signature ages do not follow the sandbox clock.
        """

    def parse(self, call: InboundCall) -> tuple[Mapping[str, object], ...]:
        """Read the body into documents; raises CallNotParseable."""

    def dedupe_key(self, call: InboundCall, document: Mapping[str, object], index: int) -> str:
        """The event id under which a repeat of this document is recognised."""

    def ack(self) -> Acknowledgement:
        """The acknowledgement that the sender wants."""
