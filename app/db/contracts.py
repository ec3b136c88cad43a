"""Contracts loaded whole, held, and saved as their changes make them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial
from typing import Final
from uuid import UUID, uuid5

from sqlalchemy import case, exists, func, select, union_all
from sqlalchemy.ext.asyncio import AsyncSession

from app.db.contract_orders import order_of, planned_of, policy_of
from app.db.contract_values import LINE_COLUMNS, ROW_COLUMNS, contract_of, line_of, money_row_of
from app.db.models import (
    AccountCredit,
    Client,
    ContractChange,
    ContractLine,
    ContractNotice,
    ContractRecord,
    ContractRow,
)
from app.domain.contract.bills import Credited
from app.domain.contract.change import DECIDE_THE_END, PENDING, STOPPED, ChangePolicy
from app.domain.contract.errors import ChangeNotFound, ContractNotFound
from app.domain.contract.foreseen import Renewing
from app.domain.contract.line import Line
from app.domain.contract.model import Contract, Standing
from app.domain.contract.preview import Known
from app.domain.contract.succession import Accounts
from app.domain.contract.timeline import Signed
from app.domain.money import Money

_PENDING: Final = tuple(str(state) for state in PENDING)


def lately(effective_on: date | None, now: datetime) -> date:
    """From which day on a change has to know a contract: two days before its own, or before now."""
    day = now.date() if effective_on is None else min(effective_on, now.date())
    return day - timedelta(days=2)


def line_ids(change_id: UUID) -> partial[UUID]:
    """Makes the ids of a change's lines: the same whenever the change is reckoned again."""
    return partial(uuid5, change_id)


@dataclass(frozen=True, slots=True)
class Loaded:
    """A contract with everything that is known of it.

    Attributes:
        record: Its row.
        known: The same as the rules see it.
        timezone: The client's.
    """

    record: ContractRecord
    known: Known
    timezone: str


async def lock_contract(session: AsyncSession, contract_id: UUID) -> ContractRecord:
    """Load a contract and hold its row until the transaction ends: changes come one by one.

    Raises:
        ContractNotFound: There is none.
    """
    record = await session.scalar(
        select(ContractRecord)
        .where(ContractRecord.id == contract_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if record is None:
        raise ContractNotFound("There is no contract with this id.")
    return record


async def lock_change(
    session: AsyncSession, change_id: UUID
) -> tuple[ContractRecord, ContractChange]:
    """Hold a change and the contract that it belongs to, the contract first.

    Raises:
        ChangeNotFound: There is none.
    """
    contract_id = await session.scalar(
        select(ContractChange.contract_id).where(ContractChange.id == change_id)
    )
    if contract_id is None:
        raise ChangeNotFound("There is no change with this id.")
    record = await lock_contract(session, contract_id)
    change = await session.get_one(ContractChange, change_id, populate_existing=True)
    return record, change


async def load(
    session: AsyncSession,
    contract_id: UUID,
    *,
    without: Iterable[UUID] = (),
    since: date | None = None,
) -> Loaded:
    """Load a contract with its lines, money and pending changes.

    Args:
        session: Of the caller.
        contract_id: Which.
        without: Changes to leave out: those that are being carried out or replaced.
        since: Leave out what was over before this day and has left no credit; None for all.

    Raises:
        ContractNotFound: There is none.
    """
    record = await session.get(ContractRecord, contract_id)
    if record is None:
        raise ContractNotFound("There is no contract with this id.")
    zone = await session.scalar(select(Client.timezone).where(Client.id == record.client_id))
    contract = contract_of(record)
    if since is not None:
        since = min(since, await _credit_since(session, contract_id) or since)
    standing = Standing(contract, await lines_of(session, contract, since))
    left_out = set(without)
    changes = await session.scalars(
        select(ContractChange)
        .where(
            ContractChange.contract_id == contract_id,
            ContractChange.state.in_(_PENDING),
        )
        .order_by(ContractChange.effective_on, ContractChange.id)
    )
    pending = tuple(signed_of(change) for change in changes if change.id not in left_out)
    accounts = await accounts_of(session, contract, since)
    return Loaded(record, Known(standing, accounts, pending), zone or "UTC")


async def _credit_since(session: AsyncSession, contract_id: UUID) -> date | None:
    """The first day that left credit: what came after it matters for what is left of that."""
    signed = case(
        (ContractRow.kind == "credit", ContractRow.money_minor), else_=-ContractRow.money_minor
    )
    credited = (
        select(ContractRow.due_on)
        .where(
            ContractRow.contract_id == contract_id,
            ~ContractRow.against_successor,
            ~ContractRow.is_held,
        )
        .group_by(ContractRow.due_on)
        .having(func.sum(signed) > 0)
    )
    given = select(AccountCredit.available_on).where(AccountCredit.contract_id == contract_id)
    days = union_all(credited, given).subquery()
    found: date | None = await session.scalar(select(func.min(days.c.due_on)))
    return found


async def lines_of(
    session: AsyncSession, contract: Contract, since: date | None = None
) -> tuple[Line, ...]:
    """The lines of a contract, in force or to be: all of them, or those not over before a day."""
    wanted = select(*LINE_COLUMNS).where(ContractLine.contract_id == contract.id)
    if since is not None:
        over = func.upper(ContractLine.days) < since
        wanted = wanted.where(~over | (ContractLine.billed_to >= since))
    rows = await session.execute(wanted.order_by(ContractLine.days, ContractLine.product))
    return tuple(line_of(row, contract.currency) for row in rows)


async def accounts_of(
    session: AsyncSession, contract: Contract, since: date | None = None
) -> Accounts:
    """A contract's money rows, from a day on or all, and the credits put on its account."""
    wanted = select(*ROW_COLUMNS).where(
        ContractRow.contract_id == contract.id, ~ContractRow.against_successor
    )
    if since is not None:
        wanted = wanted.where(ContractRow.due_on >= since)
    rows = await session.execute(wanted.order_by(ContractRow.due_on, ContractRow.id))
    credits_ = await session.execute(
        select(AccountCredit.money_minor, AccountCredit.available_on).where(
            AccountCredit.contract_id == contract.id
        )
    )
    return Accounts(
        tuple(money_row_of(row) for row in rows),
        tuple(Credited(Money.from_minor(minor, contract.currency), on) for minor, on in credits_),
    )


async def renewing_of(session: AsyncSession, contract_id: UUID, policy: ChangePolicy) -> Renewing:
    """By which rules a contract renews by itself, and whether a person has to decide first."""
    stopped = exists().where(
        ContractChange.contract_id == contract_id,
        ContractChange.kind.in_([str(kind) for kind in DECIDE_THE_END]),
        ContractChange.state.in_([str(state) for state in STOPPED]),
    )
    refused = exists().where(
        ContractNotice.contract_id == contract_id, ContractNotice.kind == "renewal_stopped"
    )
    return Renewing(policy, bool(await session.scalar(select(stopped | refused))))


def signed_of(change: ContractChange) -> Signed:
    """A stored change as the rules reckon it again."""
    policy, rights = policy_of(change.policy)
    planned = change.order.get("planned")
    return Signed(
        change.id,
        order_of(change.order),
        policy,
        change.entered_on,
        rights,
        {product: UUID(line) if line else None for product, line in change.base.items()},
        line_ids(change.id),
        planned_of(planned) if planned else None,
    )
