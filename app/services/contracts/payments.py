"""Which bills of a contract are unpaid, and the credits that wait for them."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.db.contract_saving import add_credit
from app.db.contract_values import contract_of
from app.db.contracts import lock_contract
from app.db.models import ContractRecord, ContractRow
from app.domain.actor import Actor
from app.domain.money import Money
from app.services.audit import record


async def note_payments(
    session: AsyncSession,
    contract_id: UUID,
    unpaid_from: date | None,
    *,
    today: date,
    actor: Actor,
    now: datetime,
) -> ContractRecord:
    """Note from which day on bills are unpaid, or that all are paid: that lets held credits go.

    Args:
        session: The caller commits.
        contract_id: The contract.
        unpaid_from: Bills of this day or later are unpaid; None where all are paid. A credit
            that was held and is of an earlier day goes.
        today: In the client's zone; credits that were held count from it.
        actor: Who says so.
        now: The present instant.

    Source: docs/domain/money.md, "Credits".
    """
    one = await lock_contract(session, contract_id)
    before, one.unpaid_from = one.unpaid_from, unpaid_from
    one.version += 1
    released = await _release(session, one, today, now=now)
    record(
        session,
        actor=actor,
        action="contract.payments_noted",
        subject=("contract", one.id),
        now=now,
        before={"unpaid_from": str(before) if before else None},
        after={"unpaid_from": str(unpaid_from) if unpaid_from else None, "released": released},
    )
    return one


async def _release(
    session: AsyncSession, one: ContractRecord, today: date, *, now: datetime
) -> int:
    held = list(
        await session.scalars(
            select(ContractRow).where(
                ContractRow.contract_id == one.id,
                ContractRow.is_held,
                # The bill that it credits is of its own day or before.
                ContractRow.due_on < (one.unpaid_from or date.max),
            )
        )
    )
    for row in held:
        row.is_held, row.due_on = False, max(row.due_on, today)
        # A contract that is over has no more bills: its credit goes to the one that follows.
        if row.against_successor or one.ends_on <= today:
            last = await _last(session, one, today)
            add_credit(
                session,
                contract_of(last),
                Money.from_minor(row.money_minor, row.currency),
                row.change_id,
                row.due_on,
                now=now,
                is_waiting=last.ends_on <= today,
            )
    return len(held)


async def _last(session: AsyncSession, one: ContractRecord, today: date) -> ContractRecord:
    """The contract that is billed today, of those that follow one; the last where none is."""
    while one.ends_on <= today and one.successor_id is not None:
        one = await session.get_one(ContractRecord, one.successor_id)
    return one
