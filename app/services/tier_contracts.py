"""An applied change of users on the client's contract: its timeline, and never its money."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Date, literal, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from app.db.contract_orders import order_json, policy_json
from app.db.contracts import Loaded, line_ids, load, lock_contract
from app.db.ids import new_id
from app.db.models import Client, ContractChange, ContractLine, ContractRecord, TierQuote
from app.domain.actor import Actor
from app.domain.calendar import day_of, zone_of
from app.domain.contract.change import ChangeOrder, ChangeState, Draft, LineEdit, Rights
from app.domain.contract.settled import SettledElsewhere, settled_draft
from app.domain.errors import DomainError
from app.domain.money import Money
from app.domain.proration import Manner
from app.services.contracts.changing import policy_for, put_in_force
from app.services.contracts.stored import draft_json
from app.services.office import Office
from app.services.tier_effects import alert
from app.services.tier_letters import reference_of
from app.services.tier_rows import account_in, money_in

NO_PLACE = "The contract's lines as they stand leave no place for it."


async def follow_on_contract(
    session: AsyncSession,
    row: TierQuote,
    client_id: UUID | None,
    *,
    office: Office,
    actor: Actor,
    now: datetime,
) -> dict[str, Any]:
    """Write an applied change of users on the contract that the client has in force.

    Args:
        session: The caller holds the quote and its account, and commits.
        row: Applied just now.
        client_id: The account's client; None where nobody has said whose it is.
        office: The installation.
        actor: Who applied it.
        now: The present instant.

    Returns:
        What is told on the quote: the contract and its change, or why there is none.

    Source: docs/tiers.md, "On the contract".
    """
    if client_id is None:
        return {"written": False, "why": "no_client"}
    client = await session.get_one(Client, client_id)
    price_from = date.fromisoformat(row.quote["price_from"])
    # It counts from the day on which it is done; a decrease done late, from the bill it was for.
    on = min(day_of(now, zone_of(client.timezone)), price_from)
    found = await _contracts(session, client_id, row.policy, on)
    if len(found) != 1:
        return {"written": False, "why": "several_contracts" if found else "no_contract"}
    await lock_contract(session, found[0])
    loaded = await load(session, found[0])
    price = money_in(row.quote["to"]["money"])
    if loaded.record.currency != price.currency:
        return {"written": False, "why": "other_currency", "contract_id": str(found[0])}
    if not loaded.record.starts_on <= on < loaded.record.ends_on:
        return {"written": False, "why": "no_contract"}  # it was ended while this waited for it
    settled = _settled(row, price, on, price_from)
    try:
        # The client has paid and has the users: whatever the contract says to it, that stands.
        async with session.begin_nested():
            change = await _put(session, loaded, row, settled, office=office, actor=actor, now=now)
    except (DomainError, IntegrityError) as refusal:
        why = refusal.detail if isinstance(refusal, DomainError) else NO_PLACE
        await alert(session, row, f"Not written on the contract: {why}", office=office, now=now)
        return {"written": False, "why": "refused", "contract_id": str(found[0]), "detail": why}
    return {"written": True, "contract_id": str(found[0]), "change_id": str(change.id)}


async def _contracts(
    session: AsyncSession, client_id: UUID, product: str, on: date
) -> Sequence[UUID]:
    """The contracts in force that have the product; where none has, all that are in force."""
    running = select(ContractRecord.id).where(
        ContractRecord.client_id == client_id,
        ContractRecord.starts_on <= on,
        ContractRecord.ends_on > on,
    )
    having = running.join(ContractLine, ContractLine.contract_id == ContractRecord.id).where(
        ContractLine.product == product, ContractLine.days.op("@>")(literal(on, Date))
    )
    return list(await session.scalars(having)) or list(await session.scalars(running))


def _settled(row: TierQuote, price: Money, on: date, price_from: date) -> SettledElsewhere:
    prorated = row.quote["prorated"]
    charged = money_in(prorated["money"]) if prorated else Money.zero(price.currency)
    return SettledElsewhere(
        product=row.policy,
        title=row.quote["description"],
        price=price,
        period=account_in(row).billing_period,
        effective_on=on,
        billing_from=price_from,
        charged=charged,
    )


async def _put(
    session: AsyncSession,
    loaded: Loaded,
    row: TierQuote,
    settled: SettledElsewhere,
    *,
    office: Office,
    actor: Actor,
    now: datetime,
) -> ContractChange:
    zone, change_id = zone_of(loaded.timezone), new_id()
    draft = settled_draft(loaded.known.standing, settled, line_ids(change_id))
    change = ContractChange(
        id=change_id,
        version=1,
        contract_id=loaded.record.id,
        kind=str(draft.kind),
        state=str(ChangeState.SCHEDULED),
        signed_on=day_of(row.answered_at or now, zone),
        effective_on=draft.effective_on,
        billing_from=draft.billing_from,
        entered_on=day_of(now, zone),
        order=order_json(_order(row, settled, draft, day_of(row.answered_at or now, zone))),
        policy=policy_json(policy_for(office, draft.kind), Rights()),
        base={key: str(line) if line else None for key, line in draft.base.items()},
        draft=draft_json(draft, [], loaded.record.currency),
        order_ref=reference_of(row),
        entered_by=actor.name,
        created_at=now,
    )
    session.add(change)
    await session.flush()
    await put_in_force(
        session, loaded, change, draft, office=office, actor=actor, now=now, is_settled=True
    )
    return change


def _order(row: TierQuote, settled: SettledElsewhere, draft: Draft, signed_on: date) -> ChangeOrder:
    edit = LineEdit(settled.product, quantity=1, unit_price=settled.price, title=settled.title)
    return ChangeOrder(
        draft.kind,
        signed_on,
        settled.effective_on,
        (edit,),
        billing_from=settled.billing_from,
        manner=Manner.NONE,
    )
