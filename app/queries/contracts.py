"""Contracts as the API shows them: listed, as of a day, their changes and their story."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.db.contracts import Loaded, load, renewing_of
from app.db.models import Approval, ContractChange, ContractRecord
from app.domain.calendar import day_of, zone_of
from app.domain.contract.bills import ContractBill
from app.domain.contract.change import ChangeKind, ChangePolicy, ChangeState
from app.domain.contract.errors import ChangeNotFound
from app.domain.contract.line import Line
from app.domain.contract.model import Contract, Standing
from app.domain.contract.preview import bills_ahead
from app.domain.contract.story import Entry, Told, story
from app.domain.contract.timeline import projected
from app.domain.day_count import Basis

NEWEST: Final = (ContractRecord.created_at, ContractRecord.id)
NEWEST_CHANGE: Final = (ContractChange.created_at, ContractChange.id)


@dataclass(frozen=True, slots=True)
class ContractFilter:
    """Which contracts a list holds; None means any."""

    client_id: UUID | None = None
    order_ref: str | None = None
    running_on: date | None = None


def contracts_listed(by: ContractFilter) -> Select[*tuple[Any, ...]]:
    """The contracts that a filter lets through, to be ordered and cut by `NEWEST`."""
    wanted: Select[*tuple[Any, ...]] = select(ContractRecord)
    if by.client_id is not None:
        wanted = wanted.where(ContractRecord.client_id == by.client_id)
    if by.order_ref is not None:
        wanted = wanted.where(ContractRecord.order_ref == by.order_ref)
    if by.running_on is not None:
        wanted = wanted.where(
            ContractRecord.starts_on <= by.running_on, ContractRecord.ends_on > by.running_on
        )
    return wanted


@dataclass(frozen=True, slots=True)
class ContractView:
    """A contract as of a day, with what is signed until then carried out.

    Attributes:
        version: Counts changes; the ETag.
        contract: As it is then.
        on: The day.
        lines: In force on it.
        pending: Ids of the changes that are not in force.
        created_at: When it was made.
    """

    version: int
    contract: Contract
    on: date
    lines: tuple[Line, ...]
    pending: tuple[UUID, ...]
    created_at: datetime


async def version_of(session: AsyncSession, contract_id: UUID) -> int | None:
    """A contract's version at this moment; None where there is no such contract."""
    found: int | None = await session.scalar(
        select(ContractRecord.version).where(ContractRecord.id == contract_id)
    )
    return found


async def contract_on(
    session: AsyncSession, contract_id: UUID, on: date | None, *, now: datetime
) -> ContractView:
    """A contract as of a day, past or to come.

    Args:
        session: Of the request.
        contract_id: Which.
        on: The day; None is today where the client is.
        now: The present instant.

    Raises:
        ContractNotFound: There is none.
    """
    loaded = await load(session, contract_id)
    day = on or _today(loaded, now)
    known = loaded.known
    stands = projected(known.standing, known.accounts, known.pending, until=day).standing
    return ContractView(
        loaded.record.version,
        stands.contract,
        day,
        stands.on(day),
        tuple(signed.id for signed in known.pending),
        loaded.record.created_at,
    )


def _today(loaded: Loaded, now: datetime) -> date:
    return day_of(now, zone_of(loaded.timezone))


async def story_of(session: AsyncSession, contract_id: UUID) -> tuple[Entry, ...]:
    """A contract from its first day to its last, and every change that was made or is to come.

    Raises:
        ContractNotFound: There is none.
    """
    loaded = await load(session, contract_id)
    standing = loaded.known.standing
    changes = await session.scalars(
        select(ContractChange)
        .where(ContractChange.contract_id == contract_id)
        .order_by(ContractChange.effective_on, ContractChange.id)
    )
    return story(_first(standing), standing, [_told(change) for change in changes])


def _first(standing: Standing) -> Standing:
    """What was in force on the first day: lines opened that day and not by a change."""
    start = standing.contract.term.start
    return Standing(standing.contract, standing.on(start))


def _told(change: ContractChange) -> Told:
    return Told(
        id=change.id,
        kind=ChangeKind(change.kind),
        state=ChangeState(change.state),
        signed_on=change.signed_on,
        effective_on=change.effective_on,
        billing_from=change.billing_from,
        before=tuple(change.draft["before"]),
        after=tuple(change.draft["after"]),
        order_ref=change.order_ref,
        by=change.entered_by,
        approved_by=change.approved_by,
        reason=change.reason,
    )


async def next_bills(
    session: AsyncSession,
    contract_id: UUID,
    *,
    start: date | None,
    count: int,
    without: Sequence[UUID],
    only_in_force: bool,
    policy: ChangePolicy,
    now: datetime,
) -> tuple[ContractBill, ...]:
    """The next bills of a contract, with what is signed, or without some or all of it.

    Args:
        session: Of the request.
        contract_id: Which.
        start: First day; None is today where the client is.
        count: How many.
        without: Changes to leave out.
        only_in_force: Leave out all that are not in force, and what is only foreseen.
        policy: By which renewals that come by themselves are foreseen.
        now: The present instant.

    Raises:
        ContractNotFound: There is none.
    """
    loaded = await load(session, contract_id, without=without)
    known = loaded.known
    pending = () if only_in_force else known.pending
    stands = projected(known.standing, known.accounts, pending)
    first = start or _today(loaded, now)
    renewing = None if only_in_force else await renewing_of(session, contract_id, policy)
    account = known.accounts.credits
    return bills_ahead(stands, account, start=first, count=count, renewing=renewing)


# Changes -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ChangeView:
    """A change with the approval that it waits for, or had."""

    change: ContractChange
    basis: Basis
    approval: Approval | None


def changes_listed(contract_id: UUID, state: ChangeState | None) -> Select[*tuple[Any, ...]]:
    """The changes of a contract, to be ordered and cut by `NEWEST_CHANGE`."""
    wanted: Select[*tuple[Any, ...]] = select(ContractChange, ContractRecord.basis)
    wanted = wanted.join(ContractRecord, ContractRecord.id == ContractChange.contract_id)
    wanted = wanted.where(ContractChange.contract_id == contract_id)
    return wanted if state is None else wanted.where(ContractChange.state == str(state))


async def change_by_id(session: AsyncSession, change_id: UUID) -> ChangeView:
    """One change.

    Raises:
        ChangeNotFound: There is none.
    """
    found = (
        await session.execute(
            select(ContractChange, ContractRecord.basis)
            .join(ContractRecord, ContractRecord.id == ContractChange.contract_id)
            .where(ContractChange.id == change_id)
        )
    ).one_or_none()
    if found is None:
        raise ChangeNotFound("There is no change with this id.")
    approval = await session.scalar(
        select(Approval)
        .where(Approval.subject_id == change_id)
        .order_by(Approval.created_at.desc(), Approval.id.desc())
        .limit(1)
    )
    return ChangeView(found[0], Basis(found[1]), approval)
