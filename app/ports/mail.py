"""E-mail to the client by the helpdesk: drafted, then scheduled, so a repeat mails nobody twice."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol


@dataclass(frozen=True, slots=True)
class ClientMessage:
    """One e-mail to a client; `marker` finds it again.

    With `conversation_ref` it answers in that conversation instead of beginning one.
    """

    to_email: str
    to_name: str
    cc: tuple[str, ...]
    subject: str
    text: str
    html: str
    marker: str
    assignee_ref: str | None = None
    conversation_ref: str | None = None


@dataclass(frozen=True, slots=True)
class DraftRef:
    """A drafted e-mail in the helpdesk."""

    conversation_ref: str
    thread_ref: str
    url: str | None = None


class MailState(StrEnum):
    """Where a drafted e-mail stands in the helpdesk."""

    DRAFT = "draft"
    SCHEDULED = "scheduled"
    PUBLISHED = "published"
    GONE = "gone"


class ClientMail(Protocol):
    """A helpdesk that mails clients. Every method raises the errors of `app.ports.errors`."""

    async def draft(self, message: ClientMessage) -> DraftRef:
        """Write the e-mail as a draft; nothing is sent."""

    async def find(self, marker: str, *, conversation_ref: str | None = None) -> DraftRef | None:
        """The draft or e-mail that carries `marker`, if the helpdesk shows one.

        An answer in a conversation is looked for in that one.
        """

    async def schedule(self, ref: DraftRef, at: datetime) -> None:
        """Have the draft sent at `at` (UTC, in the future); a repeat overrides the time."""

    async def unschedule(self, ref: DraftRef) -> None:
        """Take a scheduled e-mail back to a draft; harmless where it is a draft already."""

    async def state(self, ref: DraftRef) -> MailState:
        """Where the e-mail stands."""

    async def probe(self) -> str:
        """Check the credentials; return a sentence that names the account."""
