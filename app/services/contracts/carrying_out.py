"""Changes whose day has come: checked again, then carried out, or stopped and told of."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from app.db.contract_orders import order_json, order_of, policy_json, policy_of
from app.db.contracts import Loaded, line_ids, load, lock_change, signed_of
from app.db.models import Client, ContractChange, ContractRecord
from app.domain.actor import Actor
from app.domain.approval import ApprovalMissing
from app.domain.calendar import day_of, zone_of
from app.domain.contract.change import PENDING, ChangeState, ChangeTrigger, Draft, Rights
from app.domain.contract.errors import LinesOverlap
from app.domain.contract.playbook import ChangeMoment
from app.domain.contract.preview import Asked, Decided, decided
from app.domain.contract.timeline import redrafted
from app.domain.errors import DomainError
from app.services.approvals import ask
from app.services.audit import record
from app.services.contracts.changing import put_in_force, question_of
from app.services.contracts.conflicts import stop
from app.services.contracts.consequences import follow_change
from app.services.contracts.stored import draft_json, move, refuse_plans
from app.services.office import Office

CLOCK = Actor.service("clock")
WIDEST_ZONE = timedelta(hours=14)
"""How far ahead of UTC a client's day may be."""


async def changes_due(session: AsyncSession, *, now: datetime, limit: int = 200) -> Sequence[UUID]:
    """The changes whose day has begun where their client is, in the order of their days.

    One that was entered for its own day, or a day gone by, waits for its approval however long
    that takes: the approval carries it out.
    """
    rows = await session.execute(
        select(ContractChange.id, ContractChange.effective_on, Client.timezone)
        .join(ContractRecord, ContractRecord.id == ContractChange.contract_id)
        .join(Client, Client.id == ContractRecord.client_id)
        .where(
            ContractChange.state.in_([str(state) for state in PENDING]),
            (ContractChange.state != str(ChangeState.AWAITING_APPROVAL))
            | (ContractChange.effective_on > ContractChange.entered_on),
            ContractChange.plan_id.is_(None),
            ContractChange.effective_on <= (now + WIDEST_ZONE).date(),
        )
        .order_by(ContractChange.effective_on, ContractChange.id)
        .limit(limit)
    )
    return [row.id for row in rows if row.effective_on <= day_of(now, zone_of(row.timezone))]


async def carry_out(
    session: AsyncSession, change_id: UUID, *, office: Office, actor: Actor, now: datetime
) -> ChangeState:
    """Carry out a change that is due, if it still holds; return the state that it has then.

    Args:
        session: The caller commits.
        change_id: Of a change whose day has come.
        office: The installation.
        actor: The clock, or whoever approved it on its day.
        now: The present instant.

    Source: docs/domain/contracts.md, "Three dates, kept apart".
    """
    _, change = await lock_change(session, change_id)
    state = ChangeState(change.state)
    if state not in PENDING:
        return state  # somebody was quicker
    loaded = await load(session, change.contract_id, without=[change_id])
    try:
        if state is ChangeState.AWAITING_APPROVAL:
            raise ApprovalMissing("Its day has come, and nobody has approved it.")
        draft = redrafted(loaded.known.standing, signed_of(change), loaded.known.accounts)
    except DomainError as why:
        await stop(session, change, why, office=office, actor=actor, now=now)
        loaded.record.version += 1
        return ChangeState(change.state)
    await put_in_force_or_stop(session, loaded, change, draft, office=office, actor=actor, now=now)
    return ChangeState(change.state)


async def put_in_force_or_stop(
    session: AsyncSession,
    loaded: Loaded,
    change: ContractChange,
    draft: Draft,
    *,
    office: Office,
    actor: Actor,
    now: datetime,
) -> None:
    """Put a change in force; one that the tables refuse is stopped, not tried at every tick."""
    try:
        async with session.begin_nested():
            await put_in_force(session, loaded, change, draft, office=office, actor=actor, now=now)
    except IntegrityError:
        await session.refresh(change)
        await session.refresh(loaded.record)
        refusal = LinesOverlap("The contract's lines as they stand leave no place for it.")
        await stop(session, change, refusal, office=office, actor=actor, now=now)
        loaded.record.version += 1


@dataclass(frozen=True, slots=True)
class Retry:
    """A stopped change, tried again on purpose.

    Attributes:
        change_id: Which.
        rights: What the one who asks may do: its day may be past by now.
    """

    change_id: UUID
    rights: Rights


async def retry_change(
    session: AsyncSession, command: Retry, *, office: Office, actor: Actor, now: datetime
) -> ContractChange:
    """Try a stopped change again on what stands now: its base is taken anew.

    Args:
        session: The caller commits.
        command: Which, and by what right.
        office: The installation.
        actor: Who tries it.
        now: The present instant.

    Raises:
        ChangeNotPending: It was not stopped.
        ChangeByPlan: An upgrade plan carries it out.
        EffectiveInPast: Its day is past, and the actor may not back-date.
        DomainError: It still does not hold.
    """
    _, change = await lock_change(session, command.change_id)
    refuse_plans(change)
    move(change, ChangeTrigger.RETRY)
    loaded = await load(session, change.contract_id, without=[change.id])
    today = day_of(now, zone_of(loaded.timezone))
    policy, _ = policy_of(change.policy)
    asked = Asked(
        change.id,
        order_of(change.order),
        policy,
        today,
        command.rights,
        line_ids(change.id),
    )
    choice = decided(loaded.known, asked, office.catalog.contracts.bands)
    _sign_anew(change, asked, choice, loaded.record.currency)
    loaded.record.version += 1
    record(
        session,
        actor=actor,
        action="contract.change_retried",
        subject=("contract", change.contract_id),
        now=now,
        after={"change_id": str(change.id), "effective_on": str(change.effective_on)},
    )
    if choice.approver is not None and change.approved_by is None:
        change.state = str(ChangeState.AWAITING_APPROVAL)
        await ask(session, question_of(change, choice), actor=actor, now=now)
    elif change.effective_on <= today:
        await session.flush()
        draft = choice.draft
        await put_in_force(session, loaded, change, draft, office=office, actor=actor, now=now)
        return change
    await session.flush()
    waits = change.state == ChangeState.AWAITING_APPROVAL
    moment = ChangeMoment.AWAITING_APPROVAL if waits else ChangeMoment.SCHEDULED
    await follow_change(session, change, moment, office=office, now=now)
    return change


def _sign_anew(change: ContractChange, asked: Asked, choice: Decided, currency: str) -> None:
    """The change as it is on what stands now: its days, its base, its money."""
    draft = choice.draft
    change.entered_on = asked.today
    change.effective_on, change.billing_from = draft.effective_on, draft.billing_from
    change.order = order_json(choice.signed.order)
    change.policy = policy_json(asked.policy, asked.rights)
    change.base = {key: str(line) if line else None for key, line in draft.base.items()}
    change.draft = draft_json(draft, choice.before, currency)
