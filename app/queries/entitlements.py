"""What a client has on a day: one question to the database, whatever there is."""

from collections import Counter
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import Date, bindparam, exists, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.db.contracts import load
from app.db.models import Client, ContractChange, ContractLine, ContractRecord
from app.domain.contract.change import PENDING
from app.domain.contract.line import Line
from app.domain.contract.timeline import projected
from app.domain.errors import ClientNotFound


@dataclass(frozen=True, slots=True)
class Entitlement:
    """A product that a client has on a day.

    Attributes:
        product: Its key.
        title: What people call it.
        quantity: Units, summed over the client's contracts.
        contract_ids: Of which contracts.
    """

    product: str
    title: str
    quantity: int
    contract_ids: tuple[UUID, ...]


_ON = bindparam("on", type_=Date)
_PENDING_BY_THEN = exists().where(
    ContractChange.contract_id == ContractRecord.id,
    ContractChange.state.in_([str(state) for state in PENDING]),
    ContractChange.effective_on <= _ON,
)
LINES_ON_A_DAY = (
    select(
        ContractRecord.id,
        _PENDING_BY_THEN.label("has_pending"),
        ContractLine.product,
        ContractLine.title,
        ContractLine.quantity,
    )
    .outerjoin(
        ContractLine,
        (ContractLine.contract_id == ContractRecord.id) & ContractLine.days.op("@>")(_ON),
    )
    .where(ContractRecord.client_id == bindparam("client_id"))
    .order_by(ContractLine.product, ContractRecord.id)
)
"""The timeline of a client on a day, by two indexes, with what says whether more is signed."""


async def entitlements_on(
    session: AsyncSession, client_id: UUID, on: date
) -> tuple[Entitlement, ...]:
    """What a client has on a day, past or to come, with what is signed until then carried out.

    Args:
        session: Of the request.
        client_id: Whose.
        on: The day, in the client's zone.

    Raises:
        ClientNotFound: There is no such client.

    Source: docs/domain/contracts.md, "Words".
    """
    found = (await session.execute(LINES_ON_A_DAY, {"client_id": client_id, "on": on})).all()
    if not found and not await session.scalar(select(exists().where(Client.id == client_id))):
        raise ClientNotFound("There is no client with this id.")
    counted: Counter[str] = Counter()
    titles: dict[str, str] = {}
    sources: dict[str, dict[UUID, None]] = {}

    def add(contract_id: UUID, product: str, title: str, quantity: int) -> None:
        counted[product] += quantity
        titles[product] = title
        sources.setdefault(product, {})[contract_id] = None

    with_changes = dict.fromkeys(row.id for row in found if row.has_pending)
    for row in found:
        if row.id not in with_changes and row.product is not None:
            add(row.id, row.product, row.title, row.quantity)
    for contract_id in with_changes:
        for owner, line in await _signed_until(session, contract_id, on):
            add(owner, line.product, line.title, line.quantity)
    return tuple(
        Entitlement(product, titles[product], counted[product], tuple(sources[product]))
        for product in sorted(counted)
    )


async def _signed_until(
    session: AsyncSession, contract_id: UUID, on: date
) -> list[tuple[UUID, Line]]:
    known = (await load(session, contract_id)).known
    stands = projected(known.standing, known.accounts, known.pending, until=on)
    lines = [(contract_id, line) for line in stands.standing.on(on)]
    for draft in stands.drafts.values():
        if draft.successor is not None:
            following = draft.successor
            lines += [(following.contract.id, line) for line in following.lines if on in line.days]
    return lines
