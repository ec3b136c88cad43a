"""What follows from an outside effect's outcome, and what operators do with one that is stuck."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.db import plans
from app.db.jobs import Job, enqueue
from app.db.models import Attempt, Delivery, Plan
from app.domain.actor import Actor
from app.domain.delivery import (
    CLIENT_EMAILS,
    DeliveryKind,
    DeliveryState,
    delivery_may,
)
from app.domain.errors import DeliveryNotFound
from app.domain.plan import PlanState
from app.domain.playbook.moment import Moment
from app.domain.readiness import CompleteEmailState
from app.domain.repeating import tried_by_hand
from app.domain.task import TaskKind
from app.ports.board import BoardRef
from app.services.audit import record
from app.services.billing_hook import submission_settled
from app.services.board_adoption import board_made
from app.services.boards import item_added, refuse_for_its_board
from app.services.client_mail import CompleteEmailTooLate
from app.services.contract_deliveries import contract_effect_settled, decide_of_contract
from app.services.decisions import Decide, note_decision, settle_by_hand
from app.services.effects import Told, announce
from app.services.epochs import is_in_epoch
from app.services.letters import as_it_reads
from app.services.new_tasks import NewTask, add_task
from app.services.office import Office
from app.services.standing import touch
from app.services.stuck_requests import may_decide
from app.services.tier_deliveries import decide_of_quote
from app.services.tier_settling import quote_effect_settled
from app.services.withdrawals import email_withdrawn, take_back_email

DELIVERY = Actor.service("delivery")

OF_NO_CONSEQUENCE = frozenset(
    {
        DeliveryKind.CHAT_POST,
        DeliveryKind.BOARD_ARCHIVE_GROUP,
        DeliveryKind.BOARD_FIT_ITEMS,
        DeliveryKind.BOARD_WATCH,
        DeliveryKind.BILLING_SUBMIT,
    }
)
"""Delivered, they change nothing on the plan, whose version stays for those who read it."""


async def follow_up(
    session: AsyncSession, delivery: Delivery, *, office: Office, now: datetime
) -> None:
    """Carry the plan on after a delivery has settled, in the transaction that settles it.

    Args:
        session: The transaction of the settle.
        delivery: As settled: delivered, failed, expired or parked.
        office: The installation.
        now: The present instant.
    """
    state = DeliveryState(delivery.state)
    if state is DeliveryState.DELIVERED and delivery.kind in OF_NO_CONSEQUENCE:
        return None
    if delivery.plan_id is None and delivery.quote_id is None:
        return await contract_effect_settled(session, delivery, actor=DELIVERY, now=now)
    if delivery.plan_id is None:
        return await quote_effect_settled(session, delivery, office=office, now=now)
    plan = await plans.lock(session, delivery.plan_id)
    if delivery.withdraw and delivery.kind in CLIENT_EMAILS:
        delivery.withdraw = False
        await take_back_email(session, plan, delivery, office=office, now=now)
        _note(session, plan, delivery, f"{delivery.kind}.taken_back", {}, now=now)
    elif delivery.kind == DeliveryKind.BILLING_SUBMIT:
        await submission_settled(session, plan, delivery, office=office, now=now)
    elif state is DeliveryState.DELIVERED:
        await _delivered(session, plan, delivery, office=office, now=now)
    elif state is DeliveryState.EXPIRED:
        await _expired(session, plan, delivery, office=office, now=now)
    elif state in (DeliveryState.FAILED, DeliveryState.PARKED):
        await _failed(session, plan, delivery, office=office, now=now)
    return await touch(session, plan, office=office, actor=DELIVERY, now=now)


async def _delivered(
    session: AsyncSession, plan: Plan, delivery: Delivery, *, office: Office, now: datetime
) -> None:
    result = delivery.result or {}
    if delivery.kind == DeliveryKind.BOARD_CREATE:
        await board_made(session, plan, BoardRef(result["ref"], result["url"]), now=now)
    elif delivery.kind == DeliveryKind.BOARD_ADD_ITEM:
        task_id = UUID(delivery.payload["task_id"])
        await item_added(session, plan, task_id, result["item_ref"], office=office, now=now)
    elif delivery.kind in CLIENT_EMAILS:
        if delivery.kind == DeliveryKind.EMAIL_COMPLETE:
            plan.complete_email = CompleteEmailState.DELIVERED
        _note(session, plan, delivery, f"{delivery.kind}.accepted", result, now=now)
    elif delivery.kind == DeliveryKind.EMAIL_WITHDRAW:
        await email_withdrawn(session, plan, delivery, taken_back=True, now=now)
        _note(session, plan, delivery, f"{delivery.kind}.accepted", result, now=now)


def _note(
    session: AsyncSession,
    plan: Plan,
    delivery: Delivery,
    action: str,
    after: dict[str, Any],
    *,
    now: datetime,
) -> None:
    record(
        session,
        actor=DELIVERY,
        action=action,
        subject=("delivery", delivery.id),
        plan_id=plan.id,
        now=now,
        after=after,
        reason=delivery.reason,
    )


async def _expired(
    session: AsyncSession, plan: Plan, delivery: Delivery, *, office: Office, now: datetime
) -> None:
    """I5: an e-mail that came too late was dropped, and a person is told."""
    if delivery.kind == DeliveryKind.EMAIL_COMPLETE:
        plan.complete_email = CompleteEmailState.EXPIRED
    _note(session, plan, delivery, f"{delivery.kind}.expired", {}, now=now)
    details = [f"{delivery.payload['subject']}: {delivery.reason}"]
    told = Told(details, about=f"/{delivery.id}")
    await announce(session, plan, Moment.MAIL_EXPIRED, told, office=office, now=now)


async def _failed(
    session: AsyncSession, plan: Plan, delivery: Delivery, *, office: Office, now: datetime
) -> None:
    """A refused effect is a person's: told in chat, or by a task where the chat itself refuses."""
    if delivery.kind == DeliveryKind.EMAIL_WITHDRAW:
        await email_withdrawn(session, plan, delivery, taken_back=False, now=now)
        await _withdrawn_too_late(session, plan, delivery, now=now)
    if delivery.kind == DeliveryKind.BOARD_ADD_ITEM:
        task_id = UUID(delivery.payload["task_id"])
        await item_added(session, plan, task_id, "", office=office, now=now)
    _note(session, plan, delivery, "delivery.failed", {"kind": delivery.kind}, now=now)
    detail = f"{delivery.kind} ({delivery.subject}): {delivery.reason}"
    if delivery.kind == DeliveryKind.CHAT_POST:
        if plan.state == PlanState.COMPLETED:
            return  # it has no open task any more; the failed delivery is there to be looked at
        task = NewTask(
            key=f"follow_up:{delivery.id}:{delivery.generation}",
            kind=TaskKind.FOLLOW_UP,
            title=f"Tell {delivery.payload['room']}: the chat refused a message",
            instructions=f"{as_it_reads(delivery.payload, office)['text']}\n\n{detail}",
            role=delivery.payload["room"],
            due_on=plan.live_on,
        )
        await add_task(session, plan, task, now=now)
        return
    told = Told([detail], about=f"/{delivery.id}/{delivery.generation}")
    await announce(session, plan, Moment.DELIVERY_FAILED, told, office=office, now=now)


async def _withdrawn_too_late(
    session: AsyncSession, plan: Plan, delivery: Delivery, *, now: datetime
) -> None:
    """An e-mail could not be taken back: the client has it, so a person writes again."""
    task = NewTask(
        key=f"follow_up:{delivery.id}:{delivery.generation}",
        kind=TaskKind.FOLLOW_UP,
        title="Write to the client: an e-mail could not be taken back",
        instructions=f"{delivery.subject}: {delivery.reason}",
        role="support",
        due_on=plan.live_on,
    )
    await add_task(session, plan, task, now=now)


async def decide(
    session: AsyncSession, command: Decide, *, office: Office, actor: Actor, now: datetime
) -> Delivery:
    """Retry a stuck delivery under a new key, skip it with a reason, or mark it done by hand.

    Raises:
        DeliveryNotFound: there is none.
        DeliveryRefuses: its state does not allow the action, or its plan is cancelled.
    """
    owner = await session.execute(
        select(
            Delivery.plan_id,
            Delivery.quote_id,
            func.coalesce(Delivery.contract_id, Delivery.run_id, Delivery.playbook_version_id),
        ).where(Delivery.id == command.delivery_id)
    )
    plan_id, quote_id, other_id = owner.one_or_none() or (None, None, None)
    if other_id is not None:
        return await decide_of_contract(session, command, try_again=_retry, actor=actor, now=now)
    if quote_id is not None:
        return await decide_of_quote(
            session, command, try_again=_retry, office=office, actor=actor, now=now
        )
    if plan_id is None:
        raise DeliveryNotFound("There is no delivery with this id.")
    plan = await plans.lock(session, plan_id)
    delivery = await session.get_one(
        Delivery, command.delivery_id, populate_existing=True, with_for_update=True
    )
    delivery_may(command.action, DeliveryState(delivery.state))
    if command.action == "retry":
        await refuse_for_its_board(session, plan, delivery)
    before = delivery.state
    if delivery.kind == DeliveryKind.BILLING_SUBMIT:
        await may_decide(
            session, plan, delivery, command.action, office=office, actor=actor, now=now
        )
    if command.action == "retry":
        await _retry(session, delivery)
    else:
        await _settle_by_hand(session, plan, delivery, command, office=office, now=now)
    note_decision(session, delivery, command, before=before, actor=actor, now=now)
    await touch(session, plan, office=office, actor=actor, now=now)
    return delivery


async def _retry(session: AsyncSession, delivery: Delivery) -> None:
    """Try again under a new key after a refusal; what may have happened is looked up first."""
    outcomes = list(
        await session.scalars(
            select(Attempt.outcome)
            .where(Attempt.delivery_id == delivery.id)
            .order_by(Attempt.number)
        )
    )
    again = tried_by_hand(
        DeliveryKind(delivery.kind), outcomes, in_epoch=await is_in_epoch(session)
    )
    delivery.generation += 1
    if again.new_key:
        delivery.key = f"{delivery.key.rsplit('#', 1)[0]}#{delivery.generation}"
    delivery.state = DeliveryState.UNCERTAIN if again.unsure else DeliveryState.PENDING
    delivery.reason, delivery.settled_at = None, None
    delivery.attempts, delivery.crashes, delivery.next_attempt_at = 0, 0, None
    await enqueue(session, Job.DELIVER, {"delivery_id": str(delivery.id)})


async def _settle_by_hand(
    session: AsyncSession,
    plan: Plan,
    delivery: Delivery,
    command: Decide,
    *,
    office: Office,
    now: datetime,
) -> None:
    skipped, mail = command.action == "skip", delivery.kind in CLIENT_EMAILS
    if mail and not skipped and delivery.not_after is not None and now >= delivery.not_after:
        raise CompleteEmailTooLate("The services are live; an e-mail sent now comes too late.")
    delivery.settled_at = now
    if skipped and mail and delivery.progress:
        # Its draft may be scheduled: skipped is only what surely does not leave.
        await take_back_email(session, plan, delivery, office=office, now=now)
        delivery.reason = command.reason
        return
    settle_by_hand(delivery, command, now=now)
    if delivery.kind == DeliveryKind.EMAIL_COMPLETE:
        done = CompleteEmailState.DONE_BY_HAND
        late = plan.live_at is not None and now >= plan.live_at
        unsent = CompleteEmailState.EXPIRED if late else CompleteEmailState.NOT_SENT
        plan.complete_email = unsent if skipped else done
    elif delivery.kind == DeliveryKind.EMAIL_WITHDRAW:
        # Nobody takes it back any more: the helpdesk may send it, so it counts as sent.
        await email_withdrawn(session, plan, delivery, taken_back=not skipped, now=now)
    elif delivery.kind == DeliveryKind.BOARD_CREATE:
        plan.board_state = "by_hand"
    elif delivery.kind == DeliveryKind.BOARD_ADD_ITEM:
        task_id = UUID(delivery.payload["task_id"])
        await item_added(session, plan, task_id, "", office=office, now=now)
