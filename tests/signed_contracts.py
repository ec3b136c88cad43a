"""Contracts through the services, for tests: signed, changed, and what has become of them."""

from datetime import date
from uuid import UUID

from sqlalchemy import select

from app.db.models import ContractChange, ContractLine, ContractNotice
from app.domain.contract.change import ChangeKind, ChangeOrder, LineEdit, Rights
from app.domain.contract.line import LineKind
from app.domain.contract.model import RenewalTerms
from app.domain.period import Anchor, BillingPeriod
from app.services.contracts.changing import EnterChange, enter_change
from app.services.contracts.creating import NewContract, NewLine, create_contract
from tests.api.contracting import stored_client
from tests.contracted import aud, percent
from tests.world import World, day


async def signed(world: World, ref: str = "C-77", **changes: object) -> UUID:
    """A year of 100 seats and 20 hours for a client in Brisbane, from 2026-01-01."""
    client_id = await stored_client(world.sessions, ref=ref)
    facts: dict[str, object] = {
        "client_id": client_id,
        "currency": "AUD",
        "period": BillingPeriod.MONTH,
        "anchor": Anchor(1),
        "starts_on": day("2026-01-01"),
        "ends_on": day("2027-01-01"),
        "renewal": RenewalTerms.AUTOMATIC,
        "notice_days": 0,
        "basis": None,
        "order_ref": "PROP-1",
        "lines": (
            NewLine("seats", 100, aud("10.00"), "Seats"),
            NewLine("hours", 20, aud("1.00"), "Hours", LineKind.ONE_TIME),
            NewLine("sms", 1, aud("5.00"), "SMS", discount=percent("50", once=True)),
        ),
        **changes,
    }
    made = await world.only(create_contract, NewContract(**facts))  # type: ignore[arg-type]
    return UUID(str(made.id))


async def enter(
    world: World, contract_id: UUID, kind: ChangeKind, on: str | None, *edits: LineEdit
) -> UUID:
    order = ChangeOrder(kind, day("2026-02-01"), day(on) if on else None, edits)
    command = EnterChange(contract_id, order, Rights())
    change = await world.only(enter_change, command)
    return UUID(str(change.id))


async def states(world: World) -> list[tuple[str, str]]:
    found = await world.all(select(ContractChange).order_by(ContractChange.id))
    return [(each.kind, each.state) for each in found]


async def said(world: World) -> list[tuple[str, str]]:
    found = await world.all(select(ContractNotice).order_by(ContractNotice.created_at))
    return [(each.kind, each.occasion) for each in found]


async def in_force(world: World, contract_id: UUID, on: date) -> list[tuple[str, int]]:
    rows = await world.all(
        select(ContractLine)
        .where(ContractLine.contract_id == contract_id)
        .where(ContractLine.days.op("@>")(on))
        .order_by(ContractLine.product)
    )
    return [(each.product, each.quantity) for each in rows]
