"""The conversations of the mailbox, and the moment at which a scheduled mail is sent."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from ..clock import written
from ..ledger import Outcome
from ..stage import Stage
from .errors import not_found

SYSTEM = "helpscout"


@dataclass(frozen=True, slots=True)
class Customer:
    """A person whom the mailbox writes to."""

    id: int
    email: str
    first_name: str
    last_name: str


@dataclass(slots=True)
class Thread:
    """One message; `scheduled_for` only while it waits, `sent_at` once it was mailed."""

    id: int
    type: str
    body: str
    customer: Customer | None
    cc: tuple[str, ...]
    bcc: tuple[str, ...]
    created_at: datetime
    state: str
    scheduled_for: datetime | None = None
    scheduled_at: datetime | None = None
    unschedule_on_reply: bool = False
    sent_at: datetime | None = None


@dataclass(slots=True)
class Conversation:
    """A conversation; `seen_from` (real time) is when searches by tag or text show it."""

    id: int
    number: int
    subject: str
    type: str
    status: str
    mailbox_id: int
    customer: Customer
    assignee_id: int | None
    tags: tuple[str, ...]
    created_at: datetime
    updated_at: datetime
    seen_from: datetime
    threads: list[Thread] = field(default_factory=list)


class Mailbox:
    """Holds conversations and customers; mailing is a line in the ledger, nothing more."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self.conversations: dict[int, Conversation] = {}
        self._customers: dict[str, Customer] = {}
        # Looked at on every request, so only what waits is looked through.
        self._waiting: dict[int, tuple[Conversation, Thread]] = {}

    def customer(self, email: str, first_name: str, last_name: str) -> Customer:
        """The customer with this address; a new one takes the names, a known one keeps its own."""
        known = self._customers.get(email.casefold())
        if known is None:
            known = Customer(self._stage.numbers.next(), email, first_name, last_name)
            self._customers[email.casefold()] = known
        return known

    def customer_by_id(self, customer_id: int) -> Customer | None:
        """The customer with this id, if there is one."""
        found = (one for one in self._customers.values() if one.id == customer_id)
        return next(found, None)

    def open(
        self,
        *,
        subject: str,
        kind: str,
        status: str,
        mailbox_id: int,
        customer: Customer,
        assignee_id: int | None,
        tags: tuple[str, ...],
    ) -> Conversation:
        """Start a conversation without threads."""
        now = self._stage.clock.now()
        lag = timedelta(seconds=self._stage.tuning.search_lag_s)
        conversation = Conversation(
            id=self._stage.numbers.next(),
            number=len(self.conversations) + 1,
            subject=subject,
            type=kind,
            status=status,
            mailbox_id=mailbox_id,
            customer=customer,
            assignee_id=assignee_id,
            tags=tags,
            created_at=now,
            updated_at=now,
            seen_from=self._stage.clock.real_now() + lag,
        )
        self.conversations[conversation.id] = conversation
        return conversation

    def add_thread(
        self,
        conversation: Conversation,
        *,
        kind: str,
        body: str,
        customer: Customer | None,
        cc: tuple[str, ...],
        bcc: tuple[str, ...],
        draft: bool,
    ) -> Thread:
        """Add a message; nothing is mailed."""
        now = self._stage.clock.now()
        state = "draft" if draft else "published"
        thread_id = self._stage.numbers.next()
        thread = Thread(thread_id, kind, body, customer, cc, bcc, now, state)
        conversation.threads.append(thread)
        conversation.updated_at = now
        return thread

    def conversation(self, conversation_id: int) -> Conversation:
        """The conversation with this id; raises the 404."""
        if (found := self.conversations.get(conversation_id)) is None:
            raise not_found()
        return found

    def thread(self, conversation_id: int, thread_id: int) -> tuple[Conversation, Thread]:
        """The thread with this id in this conversation; raises the 404."""
        conversation = self.conversation(conversation_id)
        for thread in conversation.threads:
            if thread.id == thread_id:
                return conversation, thread
        raise not_found()

    def newest_first(self) -> Iterable[Conversation]:
        """Every conversation, the last made first."""
        return reversed(self.conversations.values())

    def schedule(
        self, conversation: Conversation, thread: Thread, at: datetime, *, on_reply: bool
    ) -> bool:
        """Have a draft mailed at an instant; returns whether that is new."""
        if (thread.scheduled_for, thread.unschedule_on_reply) == (at, on_reply):
            return False
        thread.scheduled_for, thread.unschedule_on_reply = at, on_reply
        thread.scheduled_at = self._stage.clock.now()
        self._waiting[thread.id] = (conversation, thread)
        return True

    def unschedule(self, thread: Thread) -> bool:
        """Make a plain draft of what waits; returns whether it did."""
        thread.scheduled_for = None
        return self._waiting.pop(thread.id, None) is not None

    def remove_thread(self, conversation: Conversation, thread: Thread) -> None:
        """Delete a draft; it will not be mailed."""
        self.unschedule(thread)
        conversation.threads.remove(thread)

    def remove(self, conversation: Conversation) -> None:
        """Delete a conversation; nothing of it will be mailed."""
        for thread in conversation.threads:
            self.unschedule(thread)
        del self.conversations[conversation.id]

    def send(self, conversation: Conversation, thread: Thread, at: datetime) -> None:
        """Mail a message: from here on nobody can take it back."""
        self.unschedule(thread)
        thread.state = "published"
        thread.sent_at = at
        self._stage.ledger.write(
            SYSTEM,
            "email.sent",
            Outcome.EFFECT,
            {
                "to": [conversation.customer.email],
                "cc": list(thread.cc),
                "bcc": list(thread.bcc),
                "subject": conversation.subject,
                "time": written(at),
                "conversation_id": conversation.id,
                "thread_id": thread.id,
                "tags": list(conversation.tags),
                "text": thread.body,
            },
            at=at,
        )

    def send_due(self) -> None:
        """Mail what the application's time has reached.

        The mail carries the time it was scheduled for: where the clock was moved over it, the
        vendor would have sent it then and not when the next request came by.
        """
        now = self._stage.clock.now()
        due = [
            (thread.scheduled_for, conversation, thread)
            for conversation, thread in self._waiting.values()
            if thread.scheduled_for is not None and thread.scheduled_for <= now
        ]
        for at, conversation, thread in sorted(due, key=lambda one: (one[0], one[2].id)):
            self.send(conversation, thread, at)
