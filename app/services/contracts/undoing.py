"""Changes taken back before they are in force, and approvals that let them go on."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.db.contracts import lock_change
from app.db.models import Approval, Client, ContractChange, ContractRecord
from app.domain.actor import Actor
from app.domain.approval import ApprovalNotFound, ApprovalState
from app.domain.calendar import day_of, zone_of
from app.domain.contract.change import ChangeKind, ChangeTrigger
from app.domain.contract.errors import NothingToReinstate
from app.domain.contract.playbook import ChangeMoment
from app.services.approvals import decide_approval, hold_approval, void_approvals
from app.services.audit import record
from app.services.contracts.carrying_out import carry_out
from app.services.contracts.conflicts import stop_conflicting
from app.services.contracts.consequences import follow_change
from app.services.contracts.notices import close_notices
from app.services.contracts.stored import move, refuse_plans
from app.services.office import Office


@dataclass(frozen=True, slots=True)
class Undo:
    """A change to be taken back.

    Attributes:
        change_id: Which.
        reason: Why.
    """

    change_id: UUID
    reason: str


async def withdraw_change(
    session: AsyncSession, command: Undo, *, office: Office, actor: Actor, now: datetime
) -> ContractChange:
    """Take back a change that is not in force; all that it scheduled goes with it (C2).

    Raises:
        ChangeNotFound: There is none.
        ChangeNotPending: It is in force, or was taken back before.
        ChangeByPlan: An upgrade plan carries it out.
    """
    record_row, change = await lock_change(session, command.change_id)
    refuse_plans(change)
    move(change, ChangeTrigger.WITHDRAW, command.reason)
    moment = ChangeMoment.WITHDRAWN
    await _take_back(session, record_row, change, moment, office=office, actor=actor, now=now)
    record(
        session,
        actor=actor,
        action="contract.change_withdrawn",
        subject=("contract", change.contract_id),
        now=now,
        after={"change_id": str(change.id), "kind": change.kind},
        reason=command.reason,
    )
    return change


async def reinstate(
    session: AsyncSession, command: Undo, *, office: Office, actor: Actor, now: datetime
) -> ContractChange:
    """Undo a termination that is not in force yet: the contract goes on as it was.

    Raises:
        ChangeNotFound: There is none.
        NothingToReinstate: It is no termination.
        ChangeNotPending: It is in force, or was taken back before.
    """
    record_row, change = await lock_change(session, command.change_id)
    if change.kind != ChangeKind.TERMINATION:
        raise NothingToReinstate(
            f"This is a {change.kind}: withdraw it; only a termination is reinstated.",
            facts={"kind": change.kind},
        )
    move(change, ChangeTrigger.WITHDRAW, command.reason)
    moment = ChangeMoment.REINSTATED
    await _take_back(session, record_row, change, moment, office=office, actor=actor, now=now)
    change.reinstated_at = now
    record(
        session,
        actor=actor,
        action="contract.reinstated",
        subject=("contract", change.contract_id),
        now=now,
        after={"change_id": str(change.id)},
        reason=command.reason,
    )
    return change


async def _take_back(
    session: AsyncSession,
    contract: ContractRecord,
    change: ContractChange,
    moment: ChangeMoment,
    *,
    office: Office,
    actor: Actor,
    now: datetime,
) -> None:
    """What was told of it is done with, and what builds on it is stopped."""
    contract.version += 1
    await void_approvals(session, change.id, now=now)
    await close_notices(session, change.id, actor=actor, now=now)
    await session.flush()
    await follow_change(session, change, moment, office=office, now=now)
    await stop_conflicting(session, change, office=office, actor=actor, now=now)


async def decide_on(
    session: AsyncSession,
    approval_id: UUID,
    state: ApprovalState,
    reason: str | None,
    *,
    office: Office,
    actor: Actor,
    now: datetime,
) -> Approval:
    """Approve or refuse what waits, and let follow what follows.

    An approved change goes on, at once if its day is here; a refused one is withdrawn.

    Args:
        session: The caller commits.
        approval_id: Which approval.
        state: `approved` or `refused`.
        reason: Why; needed where it is refused.
        office: The installation.
        actor: A key tied to a person of the role.
        now: The present instant.

    Raises:
        ApprovalNotFound, DecidedBefore, NotTheApprover: See `decide_approval`.
    """
    known = await session.get(Approval, approval_id)
    if known is None:
        raise ApprovalNotFound("There is no approval with this id.")
    # The contract before the approval: the order of all locks.
    contract, change = await lock_change(session, known.subject_id)
    approval = await hold_approval(session, approval_id)
    await decide_approval(session, approval, state, reason, actor=actor, now=now)
    contract.version += 1
    if state is ApprovalState.REFUSED:
        move(change, ChangeTrigger.REFUSE, f"{approval.decided_by} refused: {reason}")
        await session.flush()
        await follow_change(session, change, ChangeMoment.WITHDRAWN, office=office, now=now)
        await stop_conflicting(session, change, office=office, actor=actor, now=now)
        return approval
    move(change, ChangeTrigger.APPROVE)
    change.approved_by = approval.decided_by
    await session.flush()
    client = await session.get_one(Client, contract.client_id)
    if change.effective_on <= day_of(now, zone_of(client.timezone)):
        await carry_out(session, change.id, office=office, actor=actor, now=now)
    else:
        await follow_change(session, change, ChangeMoment.SCHEDULED, office=office, now=now)
    return approval
