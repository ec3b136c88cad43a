"""Contracts saved as they begin, and as their changes make them."""

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import delete, insert, select, update
from sqlalchemy.dialects.postgresql import insert as insert_or
from sqlalchemy.ext.asyncio import AsyncSession

from app.db.contract_values import line_values, money_row_values
from app.db.contracts import Loaded
from app.db.ids import new_id
from app.db.models import (
    AccountCredit,
    ContractChange,
    ContractLine,
    ContractProduct,
    ContractRecord,
    ContractRow,
)
from app.domain.contract.change import ChangeKind, Draft
from app.domain.contract.line import Line
from app.domain.contract.model import Contract, Standing
from app.domain.contract.rows import MoneyRow
from app.domain.contract.timeline import applied
from app.domain.money import Money


async def add_contract(
    session: AsyncSession, standing: Standing, *, by: str, now: datetime, change_id: UUID | None
) -> ContractRecord:
    """Store a contract that begins, with its lines."""
    contract = standing.contract
    record = ContractRecord(
        id=contract.id,
        version=1,
        client_id=contract.client_id,
        currency=contract.currency,
        period=str(contract.period),
        anchor_day=contract.anchor.day,
        anchor_month=contract.anchor.month,
        starts_on=contract.term.start,
        term_ends_on=contract.term.end,
        ends_on=contract.ends_on,
        renewal=str(contract.renewal),
        notice_days=contract.notice_days,
        basis=str(contract.basis),
        term_day=contract.term_day,
        order_ref=contract.order_ref,
        predecessor_id=contract.predecessor_id,
        successor_id=contract.successor_id,
        unpaid_from=contract.unpaid_from,
        is_terminated=contract.is_terminated,
        created_at=now,
        created_by=by,
    )
    session.add(record)
    await session.flush()
    await _add_lines(session, contract.id, standing.lines, change_id)
    return record


async def _add_lines(
    session: AsyncSession, contract_id: UUID, lines: Sequence[Line], change_id: UUID | None
) -> None:
    if not lines:
        return
    products = sorted({line.product for line in lines})
    await session.execute(
        insert_or(ContractProduct)
        .values([{"contract_id": contract_id, "product": product} for product in products])
        .on_conflict_do_nothing()
    )
    numbers = await session.execute(
        select(ContractProduct.product, ContractProduct.no).where(
            ContractProduct.contract_id == contract_id, ContractProduct.product.in_(products)
        )
    )
    number = {row.product: row.no for row in numbers}
    values = [
        {**line_values(line, contract_id, number[line.product]), "opened_by_id": change_id}
        for line in lines
    ]
    await session.execute(insert(ContractLine), values)


async def save_draft(
    session: AsyncSession,
    loaded: Loaded,
    change: ContractChange,
    draft: Draft,
    *,
    by: str,
    now: datetime,
) -> Standing:
    """Carry a change into the tables: lines end and begin, money rows and a successor are made.

    Args:
        session: The caller holds the contract, and commits.
        loaded: The contract before.
        change: The change; its row is there.
        draft: What it comes to.
        by: Who carries it out.
        now: The present instant.
    """
    before, contract = loaded.known.standing, loaded.known.standing.contract
    after = applied(before, draft)
    await _save_lines(session, before, after, change.id)
    if draft.successor is not None:
        following = draft.successor
        opened = Standing(following.contract, following.lines)
        await add_contract(session, opened, by=by, now=now, change_id=change.id)
        await _add_rows(session, following.contract, change.id, following.rows)
        await _credit(session, following.contract, following.credit, change, draft, now=now)
    is_recast = draft.kind is ChangeKind.RECAST
    await _add_rows(session, contract, change.id, draft.rows, against_successor=is_recast)
    _save_contract(loaded.record, after.contract)
    await session.flush()
    return after


async def _save_lines(
    session: AsyncSession, before: Standing, after: Standing, change_id: UUID
) -> None:
    kept = {line.id: line for line in after.lines}
    gone = [line.id for line in before.lines if line.id not in kept]
    if gone:
        # They would have begun on this day or later: they were never in force.
        await session.execute(delete(ContractLine).where(ContractLine.id.in_(gone)))
    for line in before.lines:
        ended = kept.get(line.id)
        if ended is not None and ended != line:
            values = line_values(ended, before.contract.id, 0)
            await session.execute(
                update(ContractLine)
                .where(ContractLine.id == line.id)
                .values(days=values["days"], billed_to=values["billed_to"], ended_by_id=change_id)
            )
    known = {line.id for line in before.lines}
    opened = [line for line in after.lines if line.id not in known]
    await _add_lines(session, before.contract.id, opened, change_id)


def _save_contract(record: ContractRecord, contract: Contract) -> None:
    record.anchor_day, record.anchor_month = contract.anchor.day, contract.anchor.month
    record.ends_on = contract.ends_on
    record.is_terminated = contract.is_terminated
    record.successor_id = contract.successor_id
    record.version += 1


async def _add_rows(
    session: AsyncSession,
    contract: Contract,
    change_id: UUID,
    rows: Sequence[MoneyRow],
    *,
    against_successor: bool = False,
) -> None:
    if rows:
        values = [
            {
                "id": new_id(),
                "contract_id": contract.id,
                "change_id": change_id,
                "position": position,
                "against_successor": against_successor,
                **money_row_values(row, contract.basis),
            }
            for position, row in enumerate(rows)
        ]
        await session.execute(insert(ContractRow), values)


async def _credit(
    session: AsyncSession,
    contract: Contract,
    credit: Money,
    change: ContractChange,
    draft: Draft,
    *,
    now: datetime,
) -> None:
    if credit.minor > 0:
        add_credit(session, contract, credit, change.id, draft.effective_on, now=now)


def add_credit(
    session: AsyncSession,
    contract: Contract,
    credit: Money,
    change_id: UUID,
    on: date,
    *,
    now: datetime,
    is_waiting: bool = False,
) -> None:
    """Put credit on a client's account: against a contract's bills, or waiting for one."""
    session.add(
        AccountCredit(
            id=new_id(),
            client_id=contract.client_id,
            contract_id=None if is_waiting else contract.id,
            change_id=change_id,
            money_minor=credit.minor,
            currency=credit.currency,
            available_on=on,
            created_at=now,
        )
    )
