"""What an upgrade plan finds on a contract, and leaves there: lines, how they bill, money."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import ColumnElement, Date, exists, literal, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.db import plans
from app.db.base import Json
from app.db.contract_saving import add_contract
from app.db.contract_values import LINE_COLUMNS, contract_of, line_of
from app.db.contracts import Loaded, line_ids, lines_of, lock_contract
from app.db.ids import new_id
from app.db.models import Adjustment, Agreement, Client, ContractLine, ContractRecord, Plan
from app.domain.actor import Actor
from app.domain.adjustment import PACKAGE_PERIODS, AdjustmentState, billed_as
from app.domain.billed_service import BilledService
from app.domain.calendar import day_of, zone_of
from app.domain.contract.model import OPEN_END, Contract, RenewalTerms, Standing
from app.domain.contract.planned import billed_by_contract, first_lines
from app.domain.contract.rows import MoneyRow, Purpose
from app.domain.money import Money
from app.domain.period import Days, anchor_on
from app.domain.reckoning import Reckoning, ReckoningKind
from app.services.audit import record
from app.services.billed import money_from_json, services_from_json
from app.services.office import Office

_DAY: Final = timedelta(days=1)
CLOCK: Final = Actor.service("clock")


async def _contracts_of(session: AsyncSession, client_id: UUID) -> Sequence[ContractRecord]:
    rows = await session.scalars(
        select(ContractRecord)
        .where(ContractRecord.client_id == client_id)
        .order_by(ContractRecord.starts_on, ContractRecord.id)
    )
    return list(rows)


async def contract_for(
    session: AsyncSession,
    plan: Plan,
    agreement: Agreement,
    *,
    office: Office,
    actor: Actor,
    now: datetime,
) -> ContractRecord | None:
    """The contract that has the package left, else the only one; one is made where none is.

    None while the contract that the live day belongs to is yet to come: one renews by itself before
    that day, and the plan is written on what follows it.

    Args:
        session: The caller commits.
        plan: Held, with its date.
        agreement: Its agreement, which may tell how the services are billed.
        office: The installation.
        actor: The clock.
        now: The present instant.
    """
    found = await _running(session, plan, office=office)
    if found is not None:
        return await lock_contract(session, found.id)
    if await session.scalar(select(Plan.id).where(Plan.id == plan.id, awaits_renewal())):
        return None
    made = _as_known(plan, agreement, office=office)
    lines, start = made.lines, made.contract.term.start
    row = await add_contract(session, made, by=actor.name, now=now, change_id=None)
    record(
        session,
        actor=actor,
        action="contract.created",
        subject=("contract", row.id),
        plan_id=plan.id,
        now=now,
        after={"lines": [line.spoken for line in lines], "starts_on": str(start)},
        reason="From what the client is known to have.",
    )
    return row


async def _running(session: AsyncSession, plan: Plan, *, office: Office) -> ContractRecord | None:
    """The client's contract on the live day that has the package left, else the only one."""
    live_on = plans.live_day(plan)
    services = {part.service.key for part in office.catalog.packages[plan.from_package].services}
    running = [
        one
        for one in await _contracts_of(session, plan.client_id)
        if one.starts_on <= live_on < one.ends_on
    ]
    for one in running:
        lines = await lines_of(session, contract_of(one))
        if any(line.product in services for line in lines if live_on in line.days):
            return one
    return running[0] if len(running) == 1 else None


def awaits_renewal() -> ColumnElement[bool]:
    """Whether no contract runs on a plan's live day yet, and one renews by itself before it."""
    of_client = ContractRecord.client_id == Plan.client_id
    runs = exists().where(
        of_client, ContractRecord.starts_on <= Plan.live_on, ContractRecord.ends_on > Plan.live_on
    )
    renews = exists().where(
        of_client,
        ContractRecord.renewal == str(RenewalTerms.AUTOMATIC),
        ContractRecord.successor_id.is_(None),
        ~ContractRecord.is_terminated,
        ContractRecord.ends_on == ContractRecord.term_ends_on,
        ContractRecord.ends_on <= Plan.live_on,
    )
    return renews & ~runs


def _as_known(plan: Plan, agreement: Agreement, *, office: Office) -> Standing:
    """The contract of a client of whom the package is known, and what the agreement tells."""
    live_on = plans.live_day(plan)
    old = office.catalog.packages[plan.from_package]
    start = min(day_of(plan.signed_at, zone_of(plan.timezone)), live_on - _DAY)
    period = PACKAGE_PERIODS[old.billing_period]
    contract = Contract(
        id=new_id(),
        client_id=plan.client_id,
        currency=old.price.currency,
        period=period,
        anchor=anchor_on(live_on, period),
        term=Days(start, OPEN_END),
        ends_on=OPEN_END,
        renewal=RenewalTerms.NONE,
        basis=office.catalog.contracts.basis,
        term_day=start.day,
        order_ref=None,
    )
    told = {one.service: one for one in services_from_json(agreement.services)}
    billed = [
        billed_as(part, old, told.pop(part.service.key, None), live_on) for part in old.services
    ]
    return Standing(
        contract, first_lines(contract, [*billed, *told.values()], line_ids(contract.id))
    )


async def services_known(
    session: AsyncSession, client: Client, told: Sequence[BilledService], *, now: datetime
) -> list[BilledService]:
    """How a client's services are billed: as was told, else as the contract has it.

    Args:
        session: Of the caller.
        client: Whose services.
        told: By the agreement.
        now: The present instant.

    Source: docs/domain/upgrade.md, "The cut-over plan".
    """
    today = day_of(now, zone_of(client.timezone))
    # What the clock wrote down from an agreement, or assumed, tells nothing new of it.
    is_told = ContractLine.opened_by_id.is_not(None) | (ContractRecord.created_by != CLOCK.name)
    rows = await session.execute(
        select(*LINE_COLUMNS, ContractRecord.currency)
        .join(ContractRecord, ContractRecord.id == ContractLine.contract_id)
        .where(
            ContractRecord.client_id == client.id,
            ContractLine.days.op("@>")(literal(today, Date)),
            is_told,
        )
        # The last of a product counts: that of the contract on which `contract_for` writes.
        .order_by(ContractLine.product, ContractRecord.starts_on.desc(), ContractRecord.id.desc())
    )
    return billed_by_contract([line_of(row, row.currency) for row in rows], told)


async def money_of_plan(session: AsyncSession, plan: Plan, loaded: Loaded) -> list[MoneyRow]:
    """The credits and charges of a plan, which settle the package left.

    Args:
        session: Of the tick.
        plan: It is live.
        loaded: The contract before.
    """
    lines = {
        line.product: line.id for line in loaded.known.standing.on(plans.live_day(plan) - _DAY)
    }
    found = await session.scalars(
        select(Adjustment)
        .where(
            Adjustment.plan_id == plan.id,
            Adjustment.kind.in_(["charge", "credit"]),
            Adjustment.state != str(AdjustmentState.VOIDED),
            Adjustment.money_minor.is_not(None),
            Adjustment.currency == loaded.record.currency,
        )
        .order_by(Adjustment.position)
    )
    rows = []
    for one in found:
        money = Money.from_minor(one.money_minor or 0, loaded.record.currency)
        kind, told = ReckoningKind(one.kind), one.reckoning
        sentence = str(told["sentence"]) if told else one.note
        rows.append(
            MoneyRow(
                Purpose.CHANGE,
                one.service,
                lines.get(one.service),
                one.effective_on,
                kind,
                money,
                _reckoning(kind, money, told),
                f"{sentence.rstrip('.')}.",
            )
        )
    return rows


def _reckoning(kind: ReckoningKind, money: Money, told: Json | None) -> Reckoning | None:
    price = money_from_json(told["price"]) if told else None
    if told is None or price is None:
        return None
    span = Days(date.fromisoformat(told["from"]), date.fromisoformat(told["to"]))
    return Reckoning(kind, money, told["days"], told["of_days"], price, span, str(told["sentence"]))
