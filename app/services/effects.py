"""Intending outside effects: a delivery row each, or a person's task where nothing is connected."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from app.db.base import new_id
from app.db.jobs import Job, enqueue
from app.db.models import Delivery, Plan
from app.db.plans import client_of
from app.domain.calendar import day_of, zone_of
from app.domain.delivery import DeliveryKind, System
from app.domain.plan import PlanState
from app.domain.playbook.model import MailEffect, Moment
from app.domain.task import TaskKind
from app.services.letters import begun_letter, board_name, chat_words, plan_words
from app.services.new_tasks import NewTask, add_task
from app.services.office import Office
from app.services.people import names_for

LEAD_IS_NAMED = frozenset(
    {Moment.MISSED, Moment.ACKNOWLEDGEMENT_OVERDUE, Moment.REVIEW_NEEDED, Moment.DELIVERY_FAILED}
)
"""Something slipped: the lead is named beside the room's own person."""


@dataclass(frozen=True, slots=True)
class ByHand:
    """How an effect reads as a task, where its system is not connected."""

    title: str
    instructions: str
    role: str


@dataclass(frozen=True, slots=True)
class Intent:
    """One outside effect, as it is intended.

    Attributes:
        kind: What it does, and so in which system.
        occasion: What of the plan it concerns; tells it from the plan's other effects.
        payload: Everything the effect needs, frozen, JSON-ready.
        by_hand: The task that it becomes where the system is not connected.
        not_after: The instant at which it is too late.
    """

    kind: DeliveryKind
    occasion: str
    payload: Mapping[str, Any]
    by_hand: ByHand | None = None
    not_after: datetime | None = None


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
    words = await plan_words(session, plan, office)
    for chat in book.chats_on(moment):
        named = (chat.room, book.lead_role) if moment in LEAD_IS_NAMED else (chat.room,)
        people = await names_for(session, plan, *dict.fromkeys(named))
        text = chat_words(office, chat.template, words, people, told.details, told.more)
        title = f"Tell {chat.room}: {str(moment).replace('_', ' ')}"
        intent = Intent(
            DeliveryKind.CHAT_POST,
            f"{moment}/{chat.room}{told.about}",
            {"room": chat.room, "text": text, "thread": plan.ref},
            ByHand(title, text, chat.room),
        )
        await intend(session, plan, intent, office=office, now=now)
    for mail in book.mails_on(moment):
        await intend_begun_email(session, plan, mail, office=office, now=now)
    if book.boards_on(moment):
        await _intend_board(session, plan, board_name(plan, words), office=office, now=now)


async def intend(
    session: AsyncSession, plan: Plan, intent: Intent, *, office: Office, now: datetime
) -> Delivery | None:
    """Write down one outside effect and the job that carries it out, in the caller's transaction.

    Returns:
        The delivery, or None where the system is not connected: then it became a task.
    """
    kind = intent.kind
    if kind.system not in office.connected:
        # A completed plan has no open task: nobody is asked to say by hand that it is.
        if intent.by_hand is not None and plan.state != PlanState.COMPLETED:
            await _task_by_hand(session, plan, intent, intent.by_hand, now=now)
        return None
    delivery_id = new_id()
    delivery = Delivery(
        id=delivery_id,
        plan_id=plan.id,
        kind=str(kind),
        system=str(kind.system),
        subject=intent.occasion,
        key=f"{plan.ref}/{kind}/{delivery_id}#1",
        payload=dict(intent.payload),
        not_after=intent.not_after,
        created_at=now,
    )
    session.add(delivery)
    await enqueue(session, Job.DELIVER, {"delivery_id": str(delivery.id)})
    return delivery


async def _task_by_hand(
    session: AsyncSession, plan: Plan, intent: Intent, by_hand: ByHand, *, now: datetime
) -> None:
    """The person's task that stands for an effect; chat and board block nothing."""
    today = day_of(now, zone_of(plan.timezone))
    task = NewTask(
        key=f"effect:{intent.kind}:{intent.occasion}:{plan.version}",
        kind=TaskKind.EFFECT,
        title=by_hand.title,
        role=by_hand.role,
        due_on=min(today, plan.live_on) if plan.live_on else today,
        instructions=by_hand.instructions,
    )
    await add_task(session, plan, task, now=now)


async def intend_begun_email(
    session: AsyncSession, plan: Plan, mail: MailEffect, *, office: Office, now: datetime
) -> None:
    """Intend the e-mail that tells the client that the upgrade is under way.

    It is too late at the live instant (I5). A moved plan withdraws one and intends another.
    """
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
    intent = Intent(DeliveryKind.EMAIL_BEGUN, mail.title, payload, by_hand, plan.live_at)
    await intend(session, plan, intent, office=office, now=now)


async def _intend_board(
    session: AsyncSession, plan: Plan, name: str, *, office: Office, now: datetime
) -> None:
    by_hand = ByHand("Make the upgrade board", f"Name it: {name}", "support")
    intent = Intent(DeliveryKind.BOARD_CREATE, "board", {"name": name}, by_hand)
    made = await intend(session, plan, intent, office=office, now=now)
    plan.board_state = "intended" if made else "by_hand"


def has_board(plan: Plan, office: Office) -> bool:
    """Whether the plan's board is kept by this service and ready to be written to."""
    return System.BOARD in office.connected and plan.board_state == "ready"
