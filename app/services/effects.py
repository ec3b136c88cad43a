"""Intending outside effects: a delivery row each, or a person's task where nothing is connected."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.db.base import new_id
from app.db.jobs import Job, enqueue
from app.db.models import Delivery, Plan, Task
from app.db.plans import client_of
from app.domain.calendar import day_of, zone_of
from app.domain.delivery import DeliveryKind, System
from app.domain.playbook.model import Moment
from app.domain.task import TaskKind, TaskState
from app.services.letters import PlanWords, begun_letter, chat_words, plan_words
from app.services.office import Office
from app.services.people import assignee_for, names_for

BY_HAND_GROUP = "By hand"
"""Board group of the tasks that stand for systems that are not connected."""


async def announce(
    session: AsyncSession,
    plan: Plan,
    moment: Moment,
    *,
    office: Office,
    now: datetime,
    details: Sequence[str] = (),
    about: str = "",
    more: Mapping[str, object] | None = None,
) -> None:
    """Set off what the playbook hangs on a moment of the plan: messages, e-mails, the board.

    Args:
        session: The session of the change.
        plan: The plan, as it is after the change.
        moment: What has happened.
        office: The installation.
        now: The present instant.
        details: Sentences for the messages.
        about: Tells two such moments in one change of the plan apart.
        more: What the templates of this moment name beyond the usual.
    """
    book = office.playbook
    for chat in book.chats_on(moment):
        people = await names_for(session, plan, *_who_is_named(moment, chat.room, office))
        words = await plan_words(session, plan, office)
        text = chat_words(office, chat.template, words, people, details, more)
        occasion = f"{moment}/{chat.room}/{chat.template}/{plan.version}{about}"
        await intend(
            session,
            plan,
            DeliveryKind.CHAT_POST,
            occasion,
            {"room": chat.room, "text": text, "thread": plan.ref},
            office=office,
            now=now,
            by_hand=ByHand(f"Tell {chat.room}: {str(moment).replace('_', ' ')}", text, chat.room),
        )
    for mail in book.mails_on(moment):
        await intend_begun_email(session, plan, mail.template, mail.title, office=office, now=now)
    if book.boards_on(moment):
        await _intend_board(session, plan, office=office, now=now)


LEAD_IS_NAMED = frozenset(
    {Moment.MISSED, Moment.ACKNOWLEDGEMENT_OVERDUE, Moment.REVIEW_NEEDED, Moment.DELIVERY_FAILED}
)
"""Something slipped: the lead is named beside the room's own person."""


def _who_is_named(moment: Moment, room: str, office: Office) -> tuple[str, ...]:
    if moment in LEAD_IS_NAMED:
        return (room, office.playbook.lead_role)
    return (room,)


class ByHand:
    """How an effect reads as a task, where its system is not connected."""

    def __init__(self, title: str, instructions: str, role: str) -> None:
        self.title, self.instructions, self.role = title, instructions, role


async def intend(
    session: AsyncSession,
    plan: Plan,
    kind: DeliveryKind,
    occasion: str,
    payload: Mapping[str, Any],
    *,
    office: Office,
    now: datetime,
    by_hand: ByHand | None = None,
    not_after: datetime | None = None,
) -> Delivery | None:
    """Write down one outside effect and the job that carries it out, in the caller's transaction.

    Args:
        session: The session of the change.
        plan: The plan that it belongs to.
        kind: What it does, and so in which system.
        occasion: Tells it from the plan's other effects of the kind; part of its key.
        payload: Everything the effect needs, frozen.
        office: The installation.
        now: The present instant.
        by_hand: The task that it becomes where the system is not connected.
        not_after: The instant at which it is too late.

    Returns:
        The delivery, or None where it became a task.
    """
    if kind.system not in office.connected:
        if by_hand is not None:
            await _task_by_hand(session, plan, kind, occasion, by_hand, now=now)
        return None
    delivery = Delivery(
        id=new_id(),
        plan_id=plan.id,
        kind=str(kind),
        system=str(kind.system),
        subject=occasion,
        key=f"{plan.ref}/{kind}/{occasion}#1",
        payload=dict(payload),
        not_after=not_after,
        created_at=now,
    )
    session.add(delivery)
    await enqueue(session, Job.DELIVER, {"delivery_id": str(delivery.id)})
    return delivery


async def _task_by_hand(
    session: AsyncSession,
    plan: Plan,
    kind: DeliveryKind,
    occasion: str,
    by_hand: ByHand,
    *,
    now: datetime,
) -> Task:
    """The person's task that stands for an effect; chat and board block nothing."""
    today = day_of(now, zone_of(plan.timezone))
    due_on = min(today, plan.live_on) if plan.live_on else today
    return await add_task(
        session,
        plan,
        key=f"effect:{kind}:{occasion}",
        kind=TaskKind.EFFECT,
        title=by_hand.title,
        instructions=by_hand.instructions,
        role=by_hand.role,
        due_on=due_on,
        now=now,
    )


async def add_task(
    session: AsyncSession,
    plan: Plan,
    *,
    key: str,
    kind: TaskKind,
    title: str,
    role: str,
    due_on: Any,
    now: datetime,
    instructions: str = "",
    board_group: str = BY_HAND_GROUP,
    blocks_ready: bool = False,
    service: str | None = None,
    checklist: Sequence[Mapping[str, Any]] = (),
    adjustment_id: UUID | None = None,
) -> Task:
    """Add a task to the end of the plan's list, assigned to the role's person."""
    last = await session.scalar(select(func.max(Task.position)).where(Task.plan_id == plan.id))
    task = Task(
        id=new_id(),
        plan_id=plan.id,
        key=key,
        kind=str(kind),
        position=(last or 0) + 1,
        title=title,
        board_group=board_group,
        service=service,
        role=role,
        assignee_id=await assignee_for(session, plan, role, now=now),
        due_on=due_on,
        state=TaskState.OPEN.value,
        blocks_ready=blocks_ready,
        checklist=[dict(item) for item in checklist],
        instructions=instructions,
        adjustment_id=adjustment_id,
    )
    session.add(task)
    await session.flush()
    return task


async def intend_begun_email(
    session: AsyncSession,
    plan: Plan,
    template: str,
    title: str,
    *,
    office: Office,
    now: datetime,
) -> Delivery | None:
    """Intend the e-mail that tells the client that the upgrade is under way.

    It is too late at the live instant (I5); the live date is part of its occasion, since a moved
    plan withdraws the one and intends another.
    """
    letter = await begun_letter(session, plan, template, office)
    client = await client_of(session, plan)
    return await intend(
        session,
        plan,
        DeliveryKind.EMAIL_BEGUN,
        f"{plan.live_on}/{plan.version}",
        {
            "to_email": client.email,
            "to_name": client.name,
            "cc": [],
            "subject": letter.subject,
            "text": letter.text,
            "html": letter.html,
            "marker": f"{plan.ref}-begun-{plan.version}".lower(),
        },
        office=office,
        now=now,
        not_after=plan.live_at,
        by_hand=ByHand(f"Send the {title} e-mail", f"{letter.subject}\n\n{letter.text}", "support"),
    )


async def _intend_board(
    session: AsyncSession, plan: Plan, *, office: Office, now: datetime
) -> None:
    name = board_name(plan, await plan_words(session, plan, office))
    made = await intend(
        session,
        plan,
        DeliveryKind.BOARD_CREATE,
        "board",
        {"name": name},
        office=office,
        now=now,
        by_hand=ByHand("Make the upgrade board", f"Name it: {name}", "support"),
    )
    plan.board_state = "intended" if made else "by_hand"


def board_name(plan: Plan, words: PlanWords) -> str:
    """The board's name: the client, the packages, the live date, and the plan's marker."""
    return (
        f"{words.client}: {words.from_package} to {words.to_package}, "
        f"live {plan.live_on} · {plan.ref}"
    )


CONNECTED_BOARD_STATES = ("intended", "filling", "ready")


def has_board(plan: Plan, office: Office) -> bool:
    """Whether the plan's board is, or will be, kept by this service."""
    return System.BOARD in office.connected and plan.board_state in CONNECTED_BOARD_STATES
