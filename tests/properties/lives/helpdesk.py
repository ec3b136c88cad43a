"""The helpdesk of a life, in memory: drafts, schedules, and what leaves when its time has come."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count
from operator import itemgetter

from app.domain.delivery import DeliveryKind
from app.ports.errors import Refused
from app.ports.mail import ClientMessage, DraftRef, MailState
from tests.properties.lives.outside import Outside


@dataclass
class Draft:
    """One e-mail out there."""

    ref: DraftRef
    message: ClientMessage
    state: MailState = MailState.DRAFT
    leaves_at: datetime | None = None

    @property
    def kind(self) -> DeliveryKind:
        """Which e-mail it is, as its marker says."""
        complete = "-complete-" in self.message.marker
        return DeliveryKind.EMAIL_COMPLETE if complete else DeliveryKind.EMAIL_BEGUN


_FURTHEST_FIRST = (MailState.PUBLISHED, MailState.SCHEDULED, MailState.DRAFT)


@dataclass
class Helpdesk:
    """Implements `ClientMail`: what is scheduled leaves by itself."""

    outside: Outside
    drafts: dict[str, Draft] = field(default_factory=dict)
    _numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def let_time_pass(self, now: datetime) -> None:
        """Let leave what has come due, each at the instant for which it was scheduled."""
        due = [
            (draft.leaves_at, draft)
            for draft in self.drafts.values()
            if draft.state is MailState.SCHEDULED and draft.leaves_at and draft.leaves_at <= now
        ]
        for leaves_at, draft in sorted(due, key=itemgetter(0)):
            draft.state = MailState.PUBLISHED
            self.outside.now = leaves_at
            message = draft.message
            self.outside.took_effect(
                draft.kind, message.marker, message.marker, message.text, message.cc
            )
        self.outside.now = now

    async def draft(self, message: ClientMessage) -> DraftRef:
        """Write it down; nothing is sent."""

        def effect() -> DraftRef:
            number = next(self._numbers)
            ref = DraftRef(f"conversation {number}", f"thread {number}", None)
            self.drafts[ref.thread_ref] = Draft(ref, message)
            return ref

        return await self.outside.change(effect)

    async def find(self, marker: str, *, conversation_ref: str | None = None) -> DraftRef | None:
        """What carries the marker, the furthest on first."""

        def reading() -> DraftRef | None:
            found = [each for each in self.drafts.values() if each.message.marker == marker]
            for state in _FURTHEST_FIRST:
                for draft in found:
                    if draft.state is state:
                        return draft.ref
            return None

        return await self.outside.look(reading)

    async def schedule(self, ref: DraftRef, at: datetime) -> None:
        """Have it leave at an instant to come; a repeat overrides it."""

        def effect() -> None:
            draft = self.drafts[ref.thread_ref]
            if draft.state is MailState.PUBLISHED or at <= self.outside.now:
                raise Refused("It has left, or that instant has.")
            draft.state, draft.leaves_at = MailState.SCHEDULED, at

        await self.outside.change(effect)

    async def unschedule(self, ref: DraftRef) -> None:
        """Take it back to a draft."""

        def effect() -> None:
            draft = self.drafts[ref.thread_ref]
            if draft.state is MailState.PUBLISHED:
                raise Refused("It has left.", code="already_published")
            draft.state = MailState.DRAFT

        await self.outside.change(effect)

    async def state(self, ref: DraftRef) -> MailState:
        """Where it stands."""

        def reading() -> MailState:
            draft = self.drafts.get(ref.thread_ref)
            return draft.state if draft else MailState.GONE

        return await self.outside.look(reading)

    async def probe(self) -> str:
        """Never asked in a life."""
        return "helpdesk"
