"""What a moment of a plan sets off: messages, e-mails to the client, the board."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from app.db.models import Plan
from app.db.plans import client_of
from app.domain.delivery import DeliveryKind, System
from app.domain.playbook.model import MailEffect, Moment
from app.services.intents import ByHand, Intent, intend, intend_all
from app.services.letters import PlanWords, begun_letter, board_name, chat_words, plan_words
from app.services.office import Office
from app.services.people import names_for

LEAD_IS_NAMED = frozenset(
    {Moment.MISSED, Moment.ACKNOWLEDGEMENT_OVERDUE, Moment.REVIEW_NEEDED, Moment.DELIVERY_FAILED}
)
"""Something slipped: the lead is named beside the room's own person."""


@dataclass(frozen=True, slots=True)
class Told:
    """What a moment's messages say beyond the plan itself.

    Attributes:
        details: Sentences, such as reasons or what is missing.
        about: Tells two such moments in one change of the plan apart.
        more: What only the templates of this moment name.
    """

    details: Sequence[str] = ()
    about: str = ""
    more: Mapping[str, object] = field(default_factory=dict)


NOTHING_MORE = Told()


async def announce(
    session: AsyncSession,
    plan: Plan,
    moment: Moment,
    told: Told = NOTHING_MORE,
    *,
    office: Office,
    now: datetime,
) -> None:
    """Set off what the playbook hangs on a moment of the plan: messages, e-mails, the board.

    Args:
        session: The session of the change.
        plan: The plan, as it is after the change.
        moment: What has happened.
        told: What the messages say beyond the plan itself.
        office: The installation.
        now: The present instant.
    """
    book = office.playbook
    intents = [
        *await chats_on(session, plan, moment, told, office=office),
        *[await begun_mail(session, plan, mail, office=office) for mail in book.mails_on(moment)],
    ]
    makes_board = book.boards_on(moment)
    if makes_board:
        intents.append(board_of(plan, await plan_words(session, plan, office)))
    intended = await intend_all(session, plan, intents, office=office, now=now)
    if makes_board:
        plan.board_state = "intended" if intended[-1] else "by_hand"


async def chats_on(
    session: AsyncSession,
    plan: Plan,
    moment: Moment,
    told: Told = NOTHING_MORE,
    *,
    office: Office,
) -> list[Intent]:
    """The chat messages of a moment, rendered for the plan as it is; nothing is intended yet."""
    words = await plan_words(session, plan, office)
    intents = []
    for chat in office.playbook.chats_on(moment):
        named = (chat.room, office.playbook.lead_role) if moment in LEAD_IS_NAMED else (chat.room,)
        people = await names_for(session, plan, *dict.fromkeys(named))
        text = chat_words(office, chat.template, words, people, told.details, told.more)
        title = f"Tell {chat.room}: {str(moment).replace('_', ' ')}"
        intents.append(
            Intent(
                DeliveryKind.CHAT_POST,
                f"{moment}/{chat.room}{told.about}",
                {"room": chat.room, "text": text, "thread": plan.ref},
                ByHand(title, text, chat.room),
            )
        )
    return intents


async def intend_begun_email(
    session: AsyncSession, plan: Plan, mail: MailEffect, *, office: Office, now: datetime
) -> None:
    """Intend the e-mail that tells the client that the upgrade is under way.

    A moved plan withdraws one and intends another.
    """
    intent = await begun_mail(session, plan, mail, office=office)
    await intend(session, plan, intent, office=office, now=now)


async def begun_mail(
    session: AsyncSession, plan: Plan, mail: MailEffect, *, office: Office
) -> Intent:
    """That e-mail, rendered for the plan as it is. It is too late at the live instant (I5)."""
    letter = await begun_letter(session, plan, mail.template, office)
    client = await client_of(session, plan)
    payload = {
        "to_email": client.email,
        "to_name": client.name,
        "cc": [],
        "subject": letter.subject,
        "text": letter.text,
        "html": letter.html,
        "marker": f"{plan.ref}-begun-{plan.version}".lower(),
    }
    by_hand = ByHand(
        f"Send the {mail.title} e-mail",
        f"To: {client.email}\nSubject: {letter.subject}\n\n{letter.text}",
        "support",
    )
    return Intent(DeliveryKind.EMAIL_BEGUN, mail.title, payload, by_hand, plan.live_at)


def board_of(plan: Plan, words: PlanWords) -> Intent:
    """The plan's board, as it is to be made."""
    name = board_name(plan, words)
    by_hand = ByHand("Make the upgrade board", f"Name it: {name}", "support")
    return Intent(DeliveryKind.BOARD_CREATE, "board", {"name": name}, by_hand)


def has_board(plan: Plan, office: Office) -> bool:
    """Whether the plan's board is kept by this service and ready to be written to."""
    return System.BOARD in office.connected and plan.board_state == "ready"
