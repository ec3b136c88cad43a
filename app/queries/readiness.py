"""What still blocks a plan, asked at any time: the same list that the services count."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.db.models import Plan
from app.db.plans import PlanNotFound
from app.domain.readiness import (
    Blocker,
    CompleteEmailState,
    what_blocks_going_live,
    what_blocks_the_complete_email,
)
from app.queries.adjustments import AdjustmentView, adjustments_of_plan
from app.queries.tasks import TaskView, tasks_of_plan


@dataclass(frozen=True, slots=True)
class ReadinessView:
    """Whether nothing blocks going live, and what does."""

    ready: bool
    blocking: tuple[Blocker, ...]


def readiness(
    tasks: Sequence[TaskView], adjustments: Sequence[AdjustmentView], complete_email: str
) -> ReadinessView:
    """What blocks going live, from a plan's parts already read.

    Source: docs/domain/upgrade.md, "States of a plan".
    """
    blocking = what_blocks_going_live(
        [task.facts for task in tasks],
        [one.facts for one in adjustments],
        CompleteEmailState(complete_email),
    )
    return ReadinessView(not blocking, blocking)


async def readiness_of_plan(session: AsyncSession, plan_id: UUID) -> ReadinessView:
    """What blocks a plan from going live.

    Raises:
        PlanNotFound: there is no such plan.
    """
    complete_email = await session.scalar(select(Plan.complete_email).where(Plan.id == plan_id))
    if complete_email is None:
        raise PlanNotFound("There is no plan with this id.")
    tasks = await tasks_of_plan(session, plan_id)
    return readiness(tasks, await adjustments_of_plan(session, plan_id), complete_email)


async def blocking_the_complete_email(session: AsyncSession, plan_id: UUID) -> tuple[Blocker, ...]:
    """What is in the way of the Complete e-mail: the same list less the e-mail itself."""
    tasks = await tasks_of_plan(session, plan_id)
    adjustments = await adjustments_of_plan(session, plan_id)
    return what_blocks_the_complete_email(
        [task.facts for task in tasks], [one.facts for one in adjustments]
    )
