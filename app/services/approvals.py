"""Approvals: asked for, given or refused by a person of the right role."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.db.ids import new_id
from app.db.models import Approval, Staff
from app.domain.actor import Actor
from app.domain.approval import (
    ApprovalNotFound,
    ApprovalState,
    ApprovalSubject,
    Approver,
    decide,
)
from app.services.audit import record


@dataclass(frozen=True, slots=True)
class Question:
    """What a person of a role is asked.

    Attributes:
        subject: Kind and id of what waits.
        role: Who decides.
        said: In plain English.
        facts: What it rests on, JSON-ready.
    """

    subject: tuple[ApprovalSubject, UUID]
    role: str
    said: str
    facts: dict[str, Any]


async def ask(
    session: AsyncSession, question: Question, *, actor: Actor, now: datetime
) -> Approval:
    """Ask for an approval.

    Args:
        session: The session of what waits.
        question: What is asked, of whom.
        actor: For whom it is asked.
        now: The present instant.
    """
    approval = Approval(
        id=new_id(),
        version=1,
        subject_kind=str(question.subject[0]),
        subject_id=question.subject[1],
        role=question.role,
        said=question.said,
        facts=question.facts,
        state=str(ApprovalState.REQUESTED),
        requested_by=actor.name,
        created_at=now,
    )
    session.add(approval)
    record(
        session,
        actor=actor,
        action="approval.requested",
        subject=("approval", approval.id),
        now=now,
        after={"role": question.role, "said": question.said, **question.facts},
    )
    await session.flush()
    return approval


async def hold_approval(session: AsyncSession, approval_id: UUID) -> Approval:
    """Load an approval and hold its row.

    Raises:
        ApprovalNotFound: There is none.
    """
    approval = await session.scalar(
        select(Approval)
        .where(Approval.id == approval_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if approval is None:
        raise ApprovalNotFound("There is no approval with this id.")
    return approval


async def decide_approval(
    session: AsyncSession,
    approval: Approval,
    state: ApprovalState,
    reason: str | None,
    *,
    actor: Actor,
    now: datetime,
) -> None:
    """A person approves or refuses; whoever refuses says why.

    Args:
        session: The caller holds the approval, and lets follow what follows.
        approval: Requested.
        state: `approved` or `refused`.
        reason: Why.
        actor: The caller; its key is tied to a person of the approval's role.
        now: The present instant.

    Raises:
        DecidedBefore: It is decided.
        NotTheApprover: The key is tied to nobody, or to somebody of another role.
    """
    person = await session.get(Staff, actor.staff_id) if actor.staff_id else None
    approver = Approver(person.role, person.active) if person else None
    decide(ApprovalState(approval.state), approval.role, approver)
    assert person is not None
    approval.state, approval.reason = str(state), reason
    approval.decided_by_id, approval.decided_by, approval.decided_at = person.id, person.name, now
    approval.version += 1
    record(
        session,
        actor=actor,
        action=f"approval.{state}",
        subject=("approval", approval.id),
        now=now,
        after={"role": approval.role, "by": person.name, "subject_id": str(approval.subject_id)},
        reason=reason,
    )


async def void_approvals(
    session: AsyncSession, subject_id: UUID, *kinds: ApprovalSubject, now: datetime
) -> None:
    """Let go of what is asked of a thing that nobody needs any more, or of these kinds of it."""
    of_kinds = [Approval.subject_kind.in_([str(kind) for kind in kinds])] if kinds else []
    await session.execute(
        update(Approval)
        .where(
            Approval.subject_id == subject_id,
            Approval.state == str(ApprovalState.REQUESTED),
            *of_kinds,
        )
        .values(state=str(ApprovalState.VOIDED), decided_at=now, version=Approval.version + 1)
    )
