"""What a plan would set off, as previews show it: e-mails, messages, the board, the bills."""

from dataclasses import dataclass
from datetime import datetime

from app.domain.billed_service import BilledService
from app.domain.cutover_plan import ServiceCutOver
from app.domain.delivery import DeliveryKind
from app.domain.three_bills import ThreeBills


@dataclass(frozen=True, slots=True)
class MailForeseen:
    """An e-mail to the client as it would be sent.

    Attributes:
        kind: `email.begun` or `email.complete`.
        at: When the helpdesk would send it; None for one that people send once nothing is open,
            and for one that would come too late.
        note: When it leaves, in words.
        by_hand: Whether a person sends it, because no helpdesk is connected.
    """

    kind: DeliveryKind
    at: datetime | None
    note: str
    to: str
    cc: tuple[str, ...]
    subject: str
    text: str
    html: str
    by_hand: bool


@dataclass(frozen=True, slots=True)
class ChatForeseen:
    """A chat message as it would be posted.

    Attributes:
        occasion: The moment of the playbook, or its reminder.
        room: The role whose room it is.
        at: When.
        only_if: On what it depends, in words; None where it is certain.
        text: In the chat's own markup.
        by_hand: Whether a person passes it on, because no chat is connected.
    """

    occasion: str
    room: str
    at: datetime
    only_if: str | None
    text: str
    by_hand: bool


@dataclass(frozen=True, slots=True)
class BoardForeseen:
    """The board as it would be made and fitted.

    Attributes:
        name: None where an automation names it.
        groups: Titles of the template's groups that stay, in the order of the playbook.
        removed_groups: What the movement takes off the template.
    """

    name: str | None
    groups: tuple[str, ...]
    removed_groups: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Foreseen:
    """Everything that a plan would set off, beside its own rows.

    Attributes:
        board: None where nothing begins yet.
        cut_over: How each old service ends.
        beside: Services that the client buys beside the old package; they stay as they are.
        bills: None without a live date.
    """

    board: BoardForeseen | None
    mails: tuple[MailForeseen, ...]
    chats: tuple[ChatForeseen, ...]
    cut_over: tuple[ServiceCutOver, ...]
    beside: tuple[BilledService, ...]
    bills: ThreeBills | None


NOTHING_NEW = Foreseen(None, (), (), (), (), None)
"""The agreement has its plan already: asking for it again makes nothing."""
