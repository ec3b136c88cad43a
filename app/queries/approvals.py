"""Approvals as the API shows them."""

from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.db.models import Approval
from app.domain.approval import ApprovalNotFound, ApprovalState

NEWEST: Final = (Approval.created_at, Approval.id)


@dataclass(frozen=True, slots=True)
class ApprovalFilter:
    """Which approvals a list holds; None means any."""

    state: ApprovalState | None = None
    role: str | None = None
    subject_id: UUID | None = None


def approvals_listed(by: ApprovalFilter) -> Select[*tuple[Any, ...]]:
    """The approvals that a filter lets through, to be ordered and cut by `NEWEST`."""
    wanted: Select[*tuple[Any, ...]] = select(Approval)
    if by.state is not None:
        wanted = wanted.where(Approval.state == str(by.state))
    if by.role is not None:
        wanted = wanted.where(Approval.role == by.role)
    if by.subject_id is not None:
        wanted = wanted.where(Approval.subject_id == by.subject_id)
    return wanted


async def approval_by_id(session: AsyncSession, approval_id: UUID) -> Approval:
    """One approval.

    Raises:
        ApprovalNotFound: There is none.
    """
    approval = await session.get(Approval, approval_id)
    if approval is None:
        raise ApprovalNotFound("There is no approval with this id.")
    return approval
