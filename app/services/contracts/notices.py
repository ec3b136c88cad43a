"""What people are told of contracts: each thing once, until somebody has seen to it."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.db.ids import new_id
from app.db.models import ContractNotice
from app.domain.actor import Actor
from app.domain.errors import Conflict, NotFound
from app.services.audit import record


class NoticeNotFound(NotFound):
    """There is no notice with this id."""

    code = "notice_not_found"


class NoticeDone(Conflict):
    """Somebody has seen to it already."""

    code = "notice_done"


@dataclass(frozen=True, slots=True)
class Notice:
    """One thing to tell.

    Attributes:
        kind: `renewal_ahead`, `renewed`, `renewal_stopped`, `change_conflicted`, `change_failed`.
        occasion: Tells it from the others of its kind on the contract.
        role: Whose it is to see to it.
        said: In plain English.
        due_on: By when.
        change_id: The change that it is about, if it is about one.
    """

    kind: str
    occasion: str
    role: str
    said: str
    due_on: date
    change_id: UUID | None = None


async def tell(
    session: AsyncSession, contract_id: UUID, notice: Notice, *, actor: Actor, now: datetime
) -> bool:
    """Tell people of a contract, once; return whether it was not told before.

    Args:
        session: The session of what is told.
        contract_id: The contract.
        notice: What is told.
        actor: Who tells it.
        now: The present instant.
    """
    told = await session.scalar(
        insert(ContractNotice)
        .values(
            id=new_id(),
            version=1,
            contract_id=contract_id,
            change_id=notice.change_id,
            kind=notice.kind,
            occasion=notice.occasion,
            role=notice.role,
            said=notice.said,
            due_on=notice.due_on,
            created_at=now,
        )
        .on_conflict_do_nothing()
        .returning(ContractNotice.id)
    )
    if told is None:
        return False
    record(
        session,
        actor=actor,
        action=f"contract.{notice.kind}",
        subject=("contract", contract_id),
        now=now,
        after={"said": notice.said, "role": notice.role, "due_on": str(notice.due_on)},
    )
    return True


async def close_notices(
    session: AsyncSession, change_id: UUID, *, actor: Actor, now: datetime
) -> None:
    """What was told of a change that is taken back: nobody has to see to it any more.

    Args:
        session: The caller commits.
        change_id: The change.
        actor: Who took it back.
        now: The present instant.
    """
    await session.execute(
        update(ContractNotice)
        .where(ContractNotice.change_id == change_id, ContractNotice.done_at.is_(None))
        .values(done_at=now, done_by=actor.name, version=ContractNotice.version + 1)
    )


async def see_to(
    session: AsyncSession, notice_id: UUID, *, actor: Actor, now: datetime
) -> ContractNotice:
    """Somebody has seen to what they were told.

    Raises:
        NoticeNotFound: There is none.
        NoticeDone: It was seen to before.
    """
    notice = await session.get(ContractNotice, notice_id, with_for_update=True)
    if notice is None:
        raise NoticeNotFound("There is no notice with this id.")
    if notice.done_at is not None:
        raise NoticeDone(f"{notice.done_by} has seen to it already.")
    notice.done_at, notice.done_by = now, actor.name
    notice.version += 1
    record(
        session,
        actor=actor,
        action="contract.notice_done",
        subject=("contract", notice.contract_id),
        now=now,
        after={"notice": str(notice.id), "kind": notice.kind},
    )
    return notice
