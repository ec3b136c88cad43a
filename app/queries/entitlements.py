"""What a client has on a day: one question to the database, whatever there is."""

from collections import Counter
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import Date, and_, bindparam, exists, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.db.contracts import load, renewing_of
from app.db.models import Client, ContractChange, ContractLine, ContractRecord
from app.domain.contract.change import PENDING, ChangePolicy
from app.domain.contract.foreseen import foreseen
from app.domain.contract.line import Line
from app.domain.contract.model import RenewalTerms
from app.domain.contract.timeline import projected
from app.domain.errors import ClientNotFound


@dataclass(frozen=True, slots=True)
class Entitlement:
    """A product that a client has on a day.

    Attributes:
        product: Its key.
        title: What people call it.
        quantity: Units, summed over the client's contracts.
        contract_ids: Of which contracts; of one that renews by itself by then, its own.
        foreseen: Whether some of it comes by a renewal that is not made yet.
    """

    product: str
    title: str
    quantity: int
    contract_ids: tuple[UUID, ...]
    foreseen: bool = False


_ON = bindparam("on", type_=Date)
_PENDING_BY_THEN = exists().where(
    ContractChange.contract_id == ContractRecord.id,
    ContractChange.state.in_([str(state) for state in PENDING]),
    ContractChange.effective_on <= _ON,
)
_RENEWED_BY_THEN = and_(
    ContractRecord.renewal == str(RenewalTerms.AUTOMATIC),
    ContractRecord.successor_id.is_(None),
    ~ContractRecord.is_terminated,
    ContractRecord.ends_on <= _ON,
)
LINES_ON_A_DAY = (
    select(
        ContractRecord.id,
        (_PENDING_BY_THEN | _RENEWED_BY_THEN).label("has_pending"),
        ContractLine.product,
        ContractLine.title,
        ContractLine.quantity,
    )
    .outerjoin(
        ContractLine,
        # Not `days @> on`: a plan made for any day would take the gist index, and read it whole.
        (ContractLine.contract_id == ContractRecord.id)
        & (func.lower(ContractLine.days) <= _ON)
        & (func.upper(ContractLine.days) > _ON),
    )
    .where(ContractRecord.client_id == bindparam("client_id"))
    .order_by(ContractLine.product, ContractRecord.id)
)
"""The timeline of a client on a day, by two indexes, with what says whether more is signed."""


async def entitlements_on(
    session: AsyncSession, client_id: UUID, on: date, *, policy: ChangePolicy
) -> tuple[Entitlement, ...]:
    """What a client has on a day, past or to come, with what is signed until then carried out.

    Args:
        session: Of the request.
        client_id: Whose.
        on: The day, in the client's zone.
        policy: By which renewals that come by themselves are foreseen.

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

    expected: set[str] = set()

    def add(contract_id: UUID, product: str, title: str, quantity: int) -> None:
        counted[product] += quantity
        titles[product] = title
        sources.setdefault(product, {})[contract_id] = None

    with_changes = dict.fromkeys(row.id for row in found if row.has_pending)
    for row in found:
        if row.id not in with_changes and row.product is not None:
            add(row.id, row.product, row.title, row.quantity)
    for contract_id in with_changes:
        for owner, line, is_foreseen in await _lines_by_then(session, contract_id, on, policy):
            add(owner, line.product, line.title, line.quantity)
            if is_foreseen:
                expected.add(line.product)
    return tuple(
        Entitlement(
            product,
            titles[product],
            counted[product],
            tuple(sources[product]),
            product in expected,
        )
        for product in sorted(counted)
    )


async def _lines_by_then(
    session: AsyncSession, contract_id: UUID, on: date, policy: ChangePolicy
) -> list[tuple[UUID, Line, bool]]:
    """The lines of a day by what is signed until then, and by renewals that are foreseen."""
    known = (await load(session, contract_id)).known
    stands = projected(known.standing, known.accounts, known.pending, until=on)
    lines = [(contract_id, line, False) for line in stands.standing.on(on)]
    for draft in stands.drafts.values():
        if draft.successor is not None:
            following = draft.successor
            lines += [
                (following.contract.id, line, False) for line in following.lines if on in line.days
            ]
    renewing = await renewing_of(session, contract_id, policy)
    for opened in foreseen(stands, known.accounts, renewing, until=on):
        lines += [(contract_id, line, True) for line in opened.lines if on in line.days]
    return lines
