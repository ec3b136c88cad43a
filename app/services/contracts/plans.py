"""Upgrades of packages on the client's contract: recorded, moved, put in force as their plan is.

A tick follows the plans, whoever moves them and in whatever numbers; the contract is never more
than a few seconds behind.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import exists, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.db import plans
from app.db.contract_orders import order_json, planned_json, planned_of, policy_json
from app.db.contracts import Loaded, line_ids, load, lock_contract
from app.db.ids import new_id
from app.db.models import ContractChange, Plan
from app.domain.actor import Actor
from app.domain.adjustment import PACKAGE_PERIODS
from app.domain.calendar import day_of, zone_of
from app.domain.contract.change import (
    ChangeKind,
    ChangeOrder,
    ChangeState,
    ChangeTrigger,
    Draft,
    Rights,
)
from app.domain.contract.line import Line
from app.domain.contract.planned import (
    planned_draft,
    planned_lines,
)
from app.domain.errors import DomainError
from app.domain.plan import OPEN_STATES, PlanState
from app.services.audit import record
from app.services.contracts.carrying_out import put_in_force_or_stop
from app.services.contracts.changing import policy_for
from app.services.contracts.conflicts import stop
from app.services.contracts.plan_contracts import awaits_renewal, contract_for, money_of_plan
from app.services.contracts.stored import draft_json, move
from app.services.office import Office

_DAY = timedelta(days=1)
_OPEN = [str(state) for state in OPEN_STATES]
_LIVE = [str(PlanState.LIVE), str(PlanState.COMPLETED)]
_GONE = (str(ChangeState.WITHDRAWN), str(ChangeState.SUPERSEDED))


async def plans_to_follow(
    session: AsyncSession, *, now: datetime, limit: int = 100
) -> Sequence[UUID]:
    """Plans that have got a date, and those that have moved since their change was recorded.

    Args:
        session: Of the tick.
        now: The present instant.
        limit: Most plans of each sort.
    """
    stands = exists().where(ContractChange.plan_id == Plan.id, ContractChange.state.not_in(_GONE))
    fresh = await session.scalars(
        select(Plan.id)
        .where(
            Plan.state.in_(_OPEN),
            Plan.begun_at.is_not(None),
            Plan.live_on.is_not(None),
            ~stands,
            ~awaits_renewal(),
        )
        .order_by(Plan.id)
        .limit(limit)
    )
    moved = await session.scalars(
        select(Plan.id)
        .join(ContractChange, ContractChange.plan_id == Plan.id)
        .where(
            ContractChange.state == str(ChangeState.SCHEDULED),
            Plan.state.in_([*_LIVE, str(PlanState.CANCELLED)])
            | (Plan.live_on != ContractChange.effective_on)
            | (ContractChange.order["to_package"].astext != Plan.to_package),
        )
        .order_by(Plan.id)
        .limit(limit)
    )
    return list(dict.fromkeys([*fresh, *moved]))


async def follow_plan(
    session: AsyncSession, plan_id: UUID, *, office: Office, actor: Actor, now: datetime
) -> None:
    """Have the client's contract say what a plan does to it, as the plan stands now.

    Args:
        session: The caller commits.
        plan_id: A plan that has moved.
        office: The installation.
        actor: The clock.
        now: The present instant.

    Source: docs/domain/contracts.md, "Kinds of change".
    """
    plan = await plans.lock(session, plan_id)
    change = await session.scalar(
        select(ContractChange).where(
            ContractChange.plan_id == plan.id, ContractChange.state.not_in(_GONE)
        )
    )
    if change is None:
        if plan.state in _OPEN and plan.live_on is not None:
            await _record_change(session, plan, None, office=office, actor=actor, now=now)
        return
    await lock_contract(session, change.contract_id)
    if change.state != ChangeState.SCHEDULED:
        return
    if plan.state in _LIVE:
        await _put_in_force(session, plan, change, office=office, actor=actor, now=now)
    elif plan.state == PlanState.CANCELLED:
        move(change, ChangeTrigger.WITHDRAW, "The upgrade plan was cancelled.")
        _note(session, change, "withdrawn", actor=actor, now=now)
    elif plan.live_on != change.effective_on or plan.to_package != change.order["to_package"]:
        move(change, ChangeTrigger.SUPERSEDE, "The upgrade plan has moved.")
        await session.flush()
        await _record_change(session, plan, change, office=office, actor=actor, now=now)


async def _record_change(
    session: AsyncSession,
    plan: Plan,
    earlier: ContractChange | None,
    *,
    office: Office,
    actor: Actor,
    now: datetime,
) -> None:
    live_on = plans.live_day(plan)
    agreement = await plans.agreement_of(session, plan)
    record_row = await contract_for(session, plan, agreement, office=office, actor=actor, now=now)
    if record_row is None:
        return  # the contract that is to be written on comes with a renewal; looked at again then
    loaded = await load(session, record_row.id)
    old, new = (office.catalog.packages[key] for key in (plan.from_package, plan.to_package))
    planned = planned_lines(old, new, PACKAGE_PERIODS[new.billing_period])
    zone = zone_of(plan.timezone)
    signed_on, change_id = day_of(plan.signed_at, zone), new_id()
    draft = planned_draft(loaded.known.standing, planned, live_on, line_ids(change_id))
    order = ChangeOrder(ChangeKind.UPGRADE, signed_on, live_on)
    change = ContractChange(
        id=change_id,
        version=1,
        contract_id=record_row.id,
        kind=str(ChangeKind.UPGRADE),
        state=str(ChangeState.SCHEDULED),
        signed_on=signed_on,
        effective_on=live_on,
        billing_from=live_on,
        entered_on=day_of(now, zone),
        order={
            **order_json(order),
            "planned": planned_json(planned),
            "to_package": plan.to_package,
        },
        policy=policy_json(policy_for(office, ChangeKind.UPGRADE), Rights()),
        base={},
        draft=draft_json(draft, _ended(loaded, draft), record_row.currency),
        order_ref=agreement.ref,
        entered_by=actor.name,
        supersedes_id=earlier.id if earlier else None,
        plan_id=plan.id,
        created_at=now,
    )
    session.add(change)
    record_row.version += 1
    await session.flush()
    _note(session, change, "entered", actor=actor, now=now)


def _ended(loaded: Loaded, draft: Draft) -> list[Line]:
    ids = {end.line_id for end in draft.ends}
    return [line for line in loaded.known.standing.lines if line.id in ids]


async def _put_in_force(
    session: AsyncSession,
    plan: Plan,
    change: ContractChange,
    *,
    office: Office,
    actor: Actor,
    now: datetime,
) -> None:
    loaded = await load(session, change.contract_id, without=[change.id])
    signed = change.order["planned"]
    rows = await money_of_plan(session, plan, loaded)
    try:
        draft = planned_draft(
            loaded.known.standing,
            planned_of(signed),
            change.effective_on,
            line_ids(change.id),
            rows,
        )
    except DomainError as why:
        await stop(session, change, why, office=office, actor=actor, now=now)
        return
    await put_in_force_or_stop(session, loaded, change, draft, office=office, actor=actor, now=now)


def _note(
    session: AsyncSession, change: ContractChange, what: str, *, actor: Actor, now: datetime
) -> None:
    record(
        session,
        actor=actor,
        action=f"contract.change_{what}",
        subject=("contract", change.contract_id),
        plan_id=change.plan_id,
        now=now,
        after={
            "change_id": str(change.id),
            "kind": change.kind,
            "effective_on": str(change.effective_on),
            "order_ref": change.order_ref,
        },
        reason=change.reason,
    )
