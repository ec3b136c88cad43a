"""Pending changes whose base has gone: stopped, and a person is told (C4)."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from app.db.contracts import load
from app.db.models import ContractChange
from app.domain.actor import Actor
from app.domain.calendar import spoken
from app.domain.contract.change import ChangeTrigger
from app.domain.contract.errors import BaseGone, ContractEnded
from app.domain.contract.playbook import ChangeMoment
from app.domain.contract.timeline import projected
from app.domain.errors import DomainError
from app.services.approvals import void_approvals
from app.services.audit import record
from app.services.contracts.consequences import follow_change
from app.services.contracts.notices import Notice, tell
from app.services.contracts.stored import move
from app.services.office import Office


async def stop_conflicting(
    session: AsyncSession, cause: ContractChange, *, office: Office, actor: Actor, now: datetime
) -> int:
    """Stop the pending changes that cannot be carried out any more, after one came into force.

    Args:
        session: The caller holds the contract.
        cause: The change that came into force.
        office: The installation.
        actor: Who carried it out.
        now: The present instant.
    """
    loaded = await load(session, cause.contract_id)
    stands = projected(loaded.known.standing, loaded.known.accounts, loaded.known.pending)
    for change_id, why in stands.conflicts.items():
        change = await session.get_one(ContractChange, change_id)
        await stop(session, change, why, office=office, actor=actor, now=now)
    return len(stands.conflicts)


async def stop(
    session: AsyncSession,
    change: ContractChange,
    why: DomainError,
    *,
    office: Office,
    actor: Actor,
    now: datetime,
) -> None:
    """Stop a change that no longer holds, with its reason, and tell a person.

    Args:
        session: The caller holds the contract.
        change: Pending.
        why: What it fails on; a base that has gone makes it `conflicted`, anything else `failed`.
        office: The installation.
        actor: Who found it out.
        now: The present instant.

    Source: docs/domain/contracts.md, C4 and "Three dates, kept apart".
    """
    is_conflict = isinstance(why, BaseGone | ContractEnded)
    trigger = ChangeTrigger.CONFLICT if is_conflict else ChangeTrigger.FAIL
    move(change, trigger, f"{why.code}: {why.detail}")
    await void_approvals(session, change.id, now=now)
    kind = "change_conflicted" if is_conflict else "change_failed"
    said = (
        f"The {change.kind} of {spoken(change.effective_on)} was stopped: {why.detail} "
        "Retry it on purpose, enter it anew, or withdraw it."
    )
    notice = Notice(
        kind,
        f"{change.id}/{change.version}",
        office.catalog.contracts.renewal_role,
        said,
        change.effective_on,
        change.id,
    )
    await tell(session, change.contract_id, notice, actor=actor, now=now)
    record(
        session,
        actor=actor,
        action=f"contract.{kind}",
        subject=("contract", change.contract_id),
        now=now,
        after={"change_id": str(change.id), "state": change.state},
        reason=change.reason,
    )
    await session.flush()
    await follow_change(session, change, ChangeMoment.STOPPED, office=office, now=now)
