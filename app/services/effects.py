"""What a moment of a plan sets off: messages, e-mails to the client, the board."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from app.catalog.public_holidays import live_date_warnings
from app.db.models import Plan
from app.db.plans import agreement_of, client_of
from app.domain.board_search import BoardBy
from app.domain.delivery import DeliveryKind, System
from app.domain.plan import PlanState
from app.domain.playbook.effect import MailEffect
from app.domain.playbook.moment import Moment
from app.services.board_looks import look_for_board
from app.services.intents import ByHand, Intent, intend, intend_all
from app.services.letters import begun_letter, board_name, chat_words, plan_words
from app.services.office import Office
from app.services.people import names_by_role

LEAD_IS_NAMED = frozenset(
    {
        Moment.MISSED,
        Moment.REVIEW_NEEDED,
        Moment.DELIVERY_FAILED,
        Moment.BILLING_UNCERTAIN,
        Moment.BILLING_CONTRADICTED,
    }
)
"""Something slipped: the lead is named beside the room's own person."""

DATED = frozenset({Moment.BEGUN, Moment.RESCHEDULED})
"""The plan has got a live date: what there is to look at in it is said with it."""


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
    wants_board = book.boards_on(moment)
    makes_board = wants_board and not office.awaits_boards
    if makes_board:
        intents.append(await board_of(session, plan, office))
    intended = await intend_all(session, plan, intents, office=office, now=now)
    if makes_board:
        plan.board_state = "intended" if intended[-1] else "by_hand"
    elif wants_board:
        await look_for_board(session, plan)


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
    details = [*told.details, *await _to_look_at(session, plan, moment)]
    chats = office.playbook.chats_on(moment)
    lead = (office.playbook.lead_role,) if moment in LEAD_IS_NAMED else ()
    named = await names_by_role(session, plan, {*(chat.room for chat in chats), *lead})
    intents = []
    for chat in chats:
        people = [name for role in dict.fromkeys((chat.room, *lead)) for name in named[role]]
        text = chat_words(office, chat.template, words, people, details, told.more)
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


async def _to_look_at(session: AsyncSession, plan: Plan, moment: Moment) -> Sequence[str]:
    if moment not in DATED:
        return ()
    client = await client_of(session, plan)
    return [each.detail for each in live_date_warnings(plan.live_on, client.country, client.region)]


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
    }
    by_hand = ByHand(
        f"Send the {mail.title} e-mail",
        f"To: {client.email}\nSubject: {letter.subject}\n\n{letter.text}",
        "support",
    )
    return Intent(DeliveryKind.EMAIL_BEGUN, mail.title, payload, by_hand, plan.live_at)


async def board_of(session: AsyncSession, plan: Plan, office: Office) -> Intent:
    """The plan's board, as it is to be made: by us, else by a person.

    Where an automation makes it and the board's system is not connected, a person fits it.
    """
    name = board_name(plan, await plan_words(session, plan, office))
    by_hand = ByHand("Make the upgrade board", f"Name it: {name}", "support")
    if office.board_by is BoardBy.AUTOMATION:
        agreement = await agreement_of(session, plan)
        movement = office.catalog.movement(plan.from_package, plan.to_package)
        removed = ", ".join(movement.removed_groups) or "none"
        by_hand = ByHand(
            "Fit the upgrade board by hand",
            f"The automation makes it with {agreement.ref} in its name. The board's system is not "
            "connected here, so nothing is done on it: give every item its person and its date, as "
            f"the plan has them. Groups to remove: {removed}.",
            office.playbook.setup_role,
        )
    return Intent(DeliveryKind.BOARD_CREATE, "board", {"name": name}, by_hand)


def has_board(plan: Plan, office: Office) -> bool:
    """Whether the plan's board is kept by this service and ready to be written to.

    That of a cancelled plan is a person's: nothing is written to it, and nothing taken from it.
    """
    is_kept = plan.board_state == "ready" and plan.state != PlanState.CANCELLED
    return System.BOARD in office.connected and is_kept
