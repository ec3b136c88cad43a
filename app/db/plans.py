"""The locking load of a plan with what belongs to it."""

from datetime import date, datetime
from typing import TypeVar
from uuid import UUID

from sqlalchemy import exists, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.db.models import Adjustment, Agreement, Client, Delivery, Plan, Staff, Task
from app.domain.delivery import CLIENT_EMAILS, UNSETTLED
from app.domain.errors import Conflict, NotFound
from app.domain.plan import OPEN_STATES


class PlanNotFound(NotFound):
    """There is no plan with this id."""

    code = "plan_not_found"


async def lock(session: AsyncSession, plan_id: UUID) -> Plan:
    """Load a plan and hold its row until the transaction ends, so that changes come one by one.

    Raises:
        PlanNotFound: there is none.
    """
    plan = await session.scalar(
        select(Plan)
        .where(Plan.id == plan_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if plan is None:
        raise PlanNotFound("There is no plan with this id.")
    return plan


async def lock_beside_open(session: AsyncSession, plan_id: UUID) -> tuple[Plan, Plan | None]:
    """Hold a plan and the other, open plan of its client, if there is one.

    The open one first: whoever lets an open plan end holds it, and then takes those behind it.

    Raises:
        PlanNotFound: there is none.
    """
    client_id = await session.scalar(select(Plan.client_id).where(Plan.id == plan_id))
    beside = await session.scalar(
        select(Plan)
        .where(
            Plan.client_id == client_id,
            Plan.id != plan_id,
            Plan.state.in_([str(state) for state in OPEN_STATES]),
        )
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return await lock(session, plan_id), beside


async def tasks_of(session: AsyncSession, plan: Plan) -> list[Task]:
    """The plan's tasks in their order."""
    rows = await session.scalars(
        select(Task).where(Task.plan_id == plan.id).order_by(Task.position, Task.id)
    )
    return list(rows)


async def mail_is_under_way(session: AsyncSession, plan: Plan) -> bool:
    """Whether an e-mail to the client may still leave by itself."""
    under_way = exists().where(
        Delivery.plan_id == plan.id,
        Delivery.kind.in_([str(kind) for kind in CLIENT_EMAILS]),
        Delivery.state.in_([str(state) for state in UNSETTLED]),
    )
    return bool(await session.scalar(select(under_way)))


async def adjustments_of(session: AsyncSession, plan: Plan) -> list[Adjustment]:
    """The plan's adjustments in their order."""
    rows = await session.scalars(
        select(Adjustment)
        .where(Adjustment.plan_id == plan.id)
        .order_by(Adjustment.position, Adjustment.id)
    )
    return list(rows)


async def client_of(session: AsyncSession, plan: Plan) -> Client:
    """The plan's client."""
    return await _kept(session, Client, plan.client_id)


async def agreement_of(session: AsyncSession, plan: Plan) -> Agreement:
    """The agreement that made the plan."""
    return await _kept(session, Agreement, plan.agreement_id)


async def person_of(session: AsyncSession, staff_id: UUID | None) -> Staff | None:
    """The member of staff who has this id, where one is named."""
    return await _kept(session, Staff, staff_id) if staff_id is not None else None


Row = TypeVar("Row", Client, Agreement, Staff)


async def _kept(session: AsyncSession, table: type[Row], row_id: UUID) -> Row:
    """Load a row, and hold it as long as the session lives.

    A session's own map forgets what nobody holds, and every message of a plan asks for the same.
    """
    row: Row = await session.get_one(table, row_id)
    session.info.setdefault("kept", set()).add(row)
    return row


class PlanUndated(Conflict):
    """The plan has no live date yet."""

    code = "plan_undated"


def live_day(plan: Plan) -> date:
    """The plan's live date.

    Raises:
        PlanUndated: it has none yet.
    """
    if plan.live_on is None:
        raise PlanUndated("The plan has no live date yet.")
    return plan.live_on


def window_of(plan: Plan) -> tuple[datetime, datetime]:
    """The plan's pre-live window: its first instant, and the live instant at which it ends.

    Raises:
        PlanUndated: it has no live date yet.
    """
    if plan.window_opens_at is None or plan.live_at is None:
        raise PlanUndated("The plan has no live date yet.")
    return plan.window_opens_at, plan.live_at
