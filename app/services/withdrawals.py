"""Taking client e-mails back that have not left: dropped here, unscheduled at the helpdesk."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.db import plans
from app.db.models import Delivery, Plan, Task
from app.domain.actor import Actor
from app.domain.delivery import (
    CLIENT_EMAILS,
    MAIL_LEAD,
    STUCK,
    WAITING,
    DeliveryKind,
    DeliveryState,
)
from app.domain.readiness import CompleteEmailState
from app.domain.task import SETTLED, TaskState
from app.services.audit import record
from app.services.intents import ByHand, Intent, intend
from app.services.office import Office

_DELIVERY = Actor.service("delivery")
COMPLETE_AGAIN = "follow_up:complete_again:"
"""Begins the key of a task to ask for a Complete e-mail again that was taken back."""


async def withdraw_client_emails(
    session: AsyncSession,
    plan: Plan,
    *,
    office: Office,
    now: datetime,
    kinds: Collection[DeliveryKind] = CLIENT_EMAILS,
) -> None:
    """Take back the client e-mails of a plan that have not been sent: part of I10.

    What waits is dropped; what a worker has in hand is taken back when it settles; what the
    helpdesk may have scheduled is unscheduled. What was sent stays sent. A Complete e-mail counts
    as asked for until it is certain that it will not leave, so that no second one can (I6).
    """
    for delivery in await _client_emails(session, plan, kinds):
        state = DeliveryState(delivery.state)
        if state is DeliveryState.SENDING:
            delivery.withdraw = True
        elif state in WAITING | STUCK or _may_be_unsent(delivery):
            await take_back_email(session, plan, delivery, office=office, now=now)
    for task in await plans.tasks_of(session, plan):
        if any(is_open_mail(task, f"effect:{kind}") for kind in kinds):
            task.state, task.reason = TaskState.SKIPPED, "The plan changed before it was sent."
            task.version += 1


async def withdraw_complete_email(
    session: AsyncSession, plan: Plan, why: str, *, office: Office, actor: Actor, now: datetime
) -> None:
    """Take the Complete e-mail back, where it has not left: it says that all is done (I6).

    Whoever opens something that is in its way calls this, in the transaction of the change.

    Args:
        session: The session of the change.
        plan: Locked.
        why: A sentence: what is to be done that was not.
        office: The installation.
        actor: Who opened it.
        now: The present instant.
    """
    before, complete = plan.complete_email, {DeliveryKind.EMAIL_COMPLETE}
    await withdraw_client_emails(session, plan, office=office, now=now, kinds=complete)
    if plan.complete_email != before:
        record(
            session,
            actor=actor,
            action="complete_email.withdrawn",
            subject=("plan", plan.id),
            plan_id=plan.id,
            now=now,
            before={"complete_email": before},
            after={"complete_email": str(plan.complete_email)},
            reason=why,
        )


async def unsent_client_emails(session: AsyncSession, plan: Plan) -> frozenset[DeliveryKind]:
    """The kinds of client e-mails that are on their way and may not have left yet."""
    kinds = {
        DeliveryKind(delivery.kind)
        for delivery in await _client_emails(session, plan, CLIENT_EMAILS)
        if delivery.state in WAITING | STUCK | {DeliveryState.SENDING} or _may_be_unsent(delivery)
    }
    for task in await plans.tasks_of(session, plan):
        kinds |= {kind for kind in CLIENT_EMAILS if is_open_mail(task, f"effect:{kind}")}
    return frozenset(kinds)


_IN_HAND = MAIL_LEAD + timedelta(minutes=3)
"""So near the live instant a worker that knows the one before may still send by that."""


async def keep_emails_in_time(
    session: AsyncSession, plan: Plan, *, office: Office, now: datetime
) -> None:
    """Hold unsent client e-mails to the plan's present live instant, wherever they are (I5).

    What waits or is stuck is too late then. What a worker has in hand, or the helpdesk was asked
    to send at an instant that is too late now, is taken back.
    """
    _, live_at = plans.window_of(plan)
    for delivery in await _client_emails(session, plan, CLIENT_EMAILS):
        state = DeliveryState(delivery.state)
        if state in WAITING | STUCK | {DeliveryState.SENDING}:
            delivery.not_after = live_at
            near = live_at <= now + _IN_HAND
            delivery.withdraw = delivery.withdraw or (state is DeliveryState.SENDING and near)
            delivery.version += 1
        elif _may_be_unsent(delivery) and _leaves_at(delivery, now=now) >= live_at:
            await take_back_email(session, plan, delivery, office=office, now=now)


def _leaves_at(delivery: Delivery, *, now: datetime) -> datetime:
    """When the helpdesk sends an e-mail; at the latest, where it did not say."""
    scheduled_for = (delivery.result or {}).get("scheduled_for")
    return datetime.fromisoformat(scheduled_for) if scheduled_for else now + MAIL_LEAD


async def _client_emails(
    session: AsyncSession, plan: Plan, kinds: Collection[DeliveryKind]
) -> Sequence[Delivery]:
    """The client e-mails of a plan, locked in order."""
    found = await session.scalars(
        select(Delivery)
        .where(Delivery.plan_id == plan.id, Delivery.kind.in_([str(k) for k in kinds]))
        .order_by(Delivery.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return list(found)


def _may_be_unsent(delivery: Delivery) -> bool:
    return delivery.state == DeliveryState.DELIVERED and delivery.published_at is None


def is_open_mail(task: Task, key: str) -> bool:
    """Whether a task stands for an e-mail that a person has still to send."""
    return task.key.startswith(key) and TaskState(task.state) not in SETTLED


async def take_back_email(
    session: AsyncSession, plan: Plan, delivery: Delivery, *, office: Office, now: datetime
) -> None:
    """Drop an e-mail that is not to leave; the helpdesk unschedules one that it has a draft of.

    An attempt without an answer may have scheduled the draft, so a draft is always taken back.
    """
    delivery.state, delivery.settled_at = DeliveryState.CANCELLED, now
    delivery.reason = "The plan changed before it was sent."
    delivery.version += 1
    draft = dict(delivery.result or delivery.progress)
    if not draft:
        _complete_email_is(plan, delivery.kind, CompleteEmailState.NOT_SENT)
        return
    payload = {**draft, "delivery_id": str(delivery.id)}
    by_hand = ByHand(
        f"Take back the {delivery.subject} e-mail",
        f"The helpdesk may send it by itself; unschedule it there: {draft.get('url')}",
        "support",
    )
    intent = Intent(DeliveryKind.EMAIL_WITHDRAW, delivery.subject, payload, by_hand)
    _complete_email_is(plan, delivery.kind, CompleteEmailState.REQUESTED)
    if await intend(session, plan, intent, office=office, now=now) is None:
        _complete_email_is(plan, delivery.kind, CompleteEmailState.NOT_SENT)


def _complete_email_is(plan: Plan, kind: str, state: CompleteEmailState) -> None:
    if kind == DeliveryKind.EMAIL_COMPLETE:
        plan.complete_email = state


async def email_withdrawn(
    session: AsyncSession,
    plan: Plan,
    withdrawal: Delivery,
    *,
    taken_back: bool,
    now: datetime,
) -> None:
    """Note how taking an e-mail back ended; one that could not be taken back counts as sent.

    Args:
        session: The transaction that settles the withdrawal.
        plan: The plan.
        withdrawal: The settled withdrawal.
        taken_back: Whether the e-mail surely does not leave.
        now: The present instant.
    """
    mail = await session.get_one(Delivery, UUID(withdrawal.payload["delivery_id"]))
    mail.state = DeliveryState.CANCELLED if taken_back else DeliveryState.DELIVERED
    if not taken_back:  # an attempt whose answer was lost kept the draft's ids elsewhere
        mail.result = mail.result or dict(mail.progress)
    mail.reason = (
        "Taken back from the helpdesk before it was sent."
        if taken_back
        else "It could not be taken back."
    )
    mail.version += 1
    state = CompleteEmailState.NOT_SENT if taken_back else CompleteEmailState.DELIVERED
    _complete_email_is(plan, mail.kind, state)
    if not taken_back and mail.kind == DeliveryKind.EMAIL_COMPLETE:
        why = "It could not be taken back, and leaves."
        skipped = TaskState.SKIPPED
        await end_asking_again(session, plan, skipped, why, actor=_DELIVERY, now=now)


async def end_asking_again(
    session: AsyncSession, plan: Plan, state: TaskState, why: str, *, actor: Actor, now: datetime
) -> Sequence[Task]:
    """Nobody need ask for the Complete e-mail again: it was asked for, or leaves after all."""
    asking = [t for t in await plans.tasks_of(session, plan) if is_open_mail(t, COMPLETE_AGAIN)]
    for task in asking:
        before, task.state, task.blocked_at = task.state, state, None
        task.version += 1
        if state is TaskState.DONE:
            task.done_at, task.done_by, task.reason = now, actor.name, None
        else:
            task.reason = why
        record(
            session,
            actor=actor,
            action="task.completed" if state is TaskState.DONE else "task.skipped",
            subject=("task", task.id),
            plan_id=plan.id,
            now=now,
            before={"state": before},
            after={"title": task.title, "state": str(state)},
            reason=why,
        )
    return asking


async def is_being_taken_back(session: AsyncSession, plan: Plan) -> bool:
    """Whether the plan's last Complete e-mail is on its way back: it may still leave, or not."""
    if plan.complete_email != CompleteEmailState.REQUESTED:
        return False
    mails = await _client_emails(session, plan, {DeliveryKind.EMAIL_COMPLETE})
    return bool(mails) and (mails[-1].withdraw or mails[-1].state == DeliveryState.CANCELLED)
