"""What ends, renews or changes soon, and what people were told of it."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.db.models import Client, ContractChange, ContractNotice, ContractRecord
from app.domain.contract.change import OPEN, ChangeKind

NEWEST_NOTICE: Final = (ContractNotice.created_at, ContractNotice.id)
_OWNER: Final = (ContractRecord.id, Client.id, Client.name, ContractRecord.renewal)


@dataclass(frozen=True, slots=True)
class Coming:
    """A contract that ends soon, or a change of one that comes.

    Attributes:
        on: The day.
        what: `renews`, `ends`, or the kind of the change.
        contract_id: The contract.
        client_id: Whose.
        client_name: Theirs.
        renewal: What happens at its end by itself.
        change_id: The change that decides it; None where nothing is signed.
        state: Of that change.
    """

    on: date
    what: str
    contract_id: UUID
    client_id: UUID
    client_name: str
    renewal: str
    change_id: UUID | None
    state: str | None


async def coming_within(session: AsyncSession, today: date, days: int) -> list[Coming]:
    """What renews, ends or changes within so many days, by day.

    Args:
        session: Of the request.
        today: First day.
        days: How many days ahead.
    """
    until = today + timedelta(days=days)
    changing = await _changing(session, today, until)
    decided = {
        each.contract_id
        for each in changing
        if each.what in {ChangeKind.RENEWAL, ChangeKind.TERMINATION, ChangeKind.RECAST}
    }
    ending = await _ending(session, today, until)
    found = [*changing, *(each for each in ending if each.contract_id not in decided)]
    return sorted(found, key=lambda each: (each.on, each.contract_id))


async def _changing(session: AsyncSession, today: date, until: date) -> list[Coming]:
    rows = await session.execute(
        select(*_OWNER, ContractChange)
        .select_from(ContractChange)
        .join(ContractRecord, ContractRecord.id == ContractChange.contract_id)
        .join(Client, Client.id == ContractRecord.client_id)
        .where(
            ContractChange.state.in_([str(state) for state in OPEN]),
            ContractChange.effective_on.between(today, until),
        )
        .order_by(ContractChange.id)
    )
    return [
        Coming(
            change.effective_on,
            change.kind,
            contract_id,
            client_id,
            name,
            renewal,
            change.id,
            change.state,
        )
        for contract_id, client_id, name, renewal, change in rows
    ]


async def _ending(session: AsyncSession, today: date, until: date) -> list[Coming]:
    rows = await session.execute(
        select(*_OWNER, ContractRecord.ends_on)
        .join(Client, Client.id == ContractRecord.client_id)
        .where(
            ContractRecord.ends_on.between(today, until),
            ContractRecord.successor_id.is_(None),
            ~ContractRecord.is_terminated,
        )
    )
    return [
        Coming(
            ends_on,
            "renews" if renewal == "automatic" else "ends",
            contract_id,
            client_id,
            name,
            renewal,
            None,
            None,
        )
        for contract_id, client_id, name, renewal, ends_on in rows
    ]


def notices_listed(*, is_open: bool | None, contract_id: UUID | None) -> Select[*tuple[Any, ...]]:
    """What people were told of contracts, to be ordered and cut by `NEWEST_NOTICE`."""
    wanted: Select[*tuple[Any, ...]] = select(ContractNotice)
    if is_open is not None:
        done = ContractNotice.done_at.is_not(None)
        wanted = wanted.where(~done if is_open else done)
    if contract_id is not None:
        wanted = wanted.where(ContractNotice.contract_id == contract_id)
    return wanted
