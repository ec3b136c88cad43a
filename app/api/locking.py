"""Holding what a request is about, and checking the version that the caller means under the lock.

The services take the same locks again; within one transaction that costs nothing, and between
the check and the change nobody else gets in.
"""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.db import plans, tier_quotes
from app.db.models import Adjustment, Delivery, Plan, Staff, Task
from app.db.tier_quotes import lock_owner
from app.domain.errors import (
    AdjustmentNotFound,
    DeliveryNotFound,
    StaffNotFound,
)
from app.services.client_edits import hold_client
from app.services.task_changes import hold_owner
from app.web.etags import Precondition


async def hold_plan_row(session: AsyncSession, plan_id: UUID, expected: Precondition) -> Plan:
    """Lock a plan.

    Raises:
        PlanNotFound: there is none.
        StaleVersion: the caller means another version.
    """
    plan = await plans.lock(session, plan_id)
    expected.check(plan.version)
    return plan


async def hold_reviewed_plan(session: AsyncSession, plan_id: UUID, expected: Precondition) -> None:
    """Lock a plan that somebody decides about, after the open plan of its client.

    Raises:
        PlanNotFound: there is none.
        StaleVersion: the caller means another version.
    """
    plan, _ = await plans.lock_beside_open(session, plan_id)
    expected.check(plan.version)


async def hold_task(session: AsyncSession, task_id: UUID, expected: Precondition) -> Task:
    """Lock a task by its plan, or its contract.

    Raises:
        TaskNotFound: there is none.
        StaleVersion: the caller means another version.
    """
    await hold_owner(session, task_id)
    task = await session.get_one(Task, task_id, populate_existing=True)
    expected.check(task.version)
    return task


async def hold_adjustment(
    session: AsyncSession, adjustment_id: UUID, expected: Precondition
) -> None:
    """Lock an adjustment by its plan.

    Raises:
        AdjustmentNotFound: there is none.
        StaleVersion: the caller means another version.
    """
    wanted = select(Adjustment.plan_id).where(Adjustment.id == adjustment_id)
    plan_id = await session.scalar(wanted)
    if plan_id is None:
        raise AdjustmentNotFound("There is no adjustment with this id.")
    await plans.lock(session, plan_id)
    one = await session.get_one(Adjustment, adjustment_id, populate_existing=True)
    expected.check(one.version)


async def hold_delivery(session: AsyncSession, delivery_id: UUID, expected: Precondition) -> None:
    """Lock a delivery, its plan, quote or contract first.

    Raises:
        DeliveryNotFound: there is none.
        StaleVersion: the caller means another version.
    """
    await lock_owner(session, delivery_id)
    one = await session.get(Delivery, delivery_id, populate_existing=True, with_for_update=True)
    if one is None:
        raise DeliveryNotFound("There is no delivery with this id.")
    expected.check(one.version)


async def hold_quote(session: AsyncSession, quote_id: UUID, expected: Precondition) -> None:
    """Lock a change of users.

    Raises:
        QuoteNotFound: there is none.
        StaleVersion: the caller means another version.
    """
    row = await tier_quotes.lock(session, quote_id)
    expected.check(row.version)


async def hold_person(session: AsyncSession, staff_id: UUID, expected: Precondition) -> None:
    """Lock a member of staff.

    Raises:
        StaffNotFound: there is none.
        StaleVersion: the caller means another version.
    """
    person = await session.get(Staff, staff_id, populate_existing=True, with_for_update=True)
    if person is None:
        raise StaffNotFound("There is no member of staff with this id.")
    expected.check(person.version)


async def hold_client_row(session: AsyncSession, client_id: UUID, expected: Precondition) -> None:
    """Lock a client, its plans that are not over first.

    Raises:
        ClientNotFound: there is none.
        StaleVersion: the caller means another version.
    """
    client, _ = await hold_client(session, client_id)
    expected.check(client.version)
