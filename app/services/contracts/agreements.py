"""Signed agreements that change a contract: which contract, once, and what became of it."""

from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.db.models import Client, ContractChange, ContractRecord
from app.domain.actor import Actor
from app.domain.calendar import day_of, zone_of
from app.domain.contract.agreement import SignedChange
from app.domain.contract.change import OPEN, ChangeState, Rights
from app.domain.contract.errors import ContractNotFound
from app.domain.errors import Conflict
from app.services.clients import client_for
from app.services.contracts.changing import EnterChange, enter_change
from app.services.contracts.undoing import Undo, withdraw_change
from app.services.office import Office

_GONE = (str(ChangeState.WITHDRAWN), str(ChangeState.SUPERSEDED))


class ContractAmbiguous(Conflict):
    """The client has several contracts, and the agreement does not say which it changes."""

    code = "contract_ambiguous"


@dataclass(frozen=True, slots=True)
class MadeChange:
    """A change, and whether this call made it."""

    change: ContractChange
    created: bool


async def change_of_agreement(session: AsyncSession, ref: str | None) -> ContractChange | None:
    """The change that an agreement made and that still stands, or None."""
    if ref is None:
        return None
    found: ContractChange | None = await session.scalar(
        select(ContractChange).where(
            ContractChange.order_ref == ref,
            ContractChange.plan_id.is_(None),
            ContractChange.state.not_in(_GONE),
        )
    )
    return found


async def make_change(
    session: AsyncSession, signed: SignedChange, *, office: Office, actor: Actor, now: datetime
) -> MadeChange:
    """Make the one change of a signed agreement, or find the one that it has.

    Args:
        session: The caller commits.
        signed: What the agreement says.
        office: The installation.
        actor: Who brought it.
        now: The present instant.

    Raises:
        ContractNotFound: The client has no contract, or none that is named so.
        ContractAmbiguous: It has several, and none is named.
        DomainError: The rules refuse the change; see `drafted`.

    Source: docs/api.md, "Intake".
    """
    known = await change_of_agreement(session, signed.agreement.ref)
    if known is not None:
        return MadeChange(known, created=False)
    client = await client_for(session, signed.client, office=office, actor=actor, now=now)
    zone = zone_of(client.timezone)
    on = signed.order.effective_on or day_of(now, zone)
    contract = await _contract(session, client, signed.contract, on)
    order = signed.order
    if signed.agreement.signed_at is not None:
        order = replace(order, signed_on=day_of(signed.agreement.signed_at, zone))
    command = EnterChange(contract.id, order, Rights(), signed.agreement.ref)
    change = await enter_change(session, command, office=office, actor=actor, now=now)
    return MadeChange(change, created=True)


async def _contract(
    session: AsyncSession, client: Client, named: str | None, on: date
) -> ContractRecord:
    """The client's contract that is named, else the only one that runs on a day, or up to it."""
    wanted = select(ContractRecord).where(ContractRecord.client_id == client.id)
    found = list(await session.scalars(wanted.order_by(ContractRecord.starts_on)))
    if named is not None:
        found = [each for each in found if named in {str(each.id), each.order_ref}]
    running = [each for each in found if each.starts_on <= on <= each.ends_on]
    running = [each for each in running if each.ends_on > on] or running
    if not running:
        raise ContractNotFound(
            "The client has no contract that runs then"
            + (", of the one that is named." if named else "."),
            pointer="/contract",
        )
    if len(running) > 1:
        raise ContractAmbiguous(
            "The client has several contracts: name the one that it changes, by contract.id or "
            "contract.order_ref.",
            pointer="/contract",
            facts={"contract_ids": [str(each.id) for each in running]},
        )
    return running[0]


async def void_change(
    session: AsyncSession,
    change: ContractChange,
    why: str,
    *,
    office: Office,
    actor: Actor,
    now: datetime,
) -> str:
    """An agreement was voided or declined: its change is withdrawn if it is not in force.

    Returns:
        What became of it, as a sentence.
    """
    if change.state not in {str(state) for state in OPEN}:
        return f"The change is {change.state.replace('_', ' ')}: a new change supersedes it."
    command = Undo(change.id, why)
    await withdraw_change(session, command, office=office, actor=actor, now=now)
    return "The change was withdrawn."
