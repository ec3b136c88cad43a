"""What waits for a person at a plan: a review, or amended terms, with what may be chosen."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.db.models import Plan
from app.db.reviews import (
    as_open_plan,
    differences_amended,
    open_plan_of,
    review_facts,
    terms_amended,
)
from app.domain.amendment import amendment_options
from app.domain.plan import PlanState
from app.domain.review import CheckMovement, review
from app.queries.plan_views import (
    AmendmentView,
    MovementView,
    OpenPlanView,
    PlanNameView,
    ReviewView,
)


async def what_waits(
    session: AsyncSession, plan_id: UUID, movement: CheckMovement
) -> tuple[ReviewView | None, AmendmentView | None]:
    """The review of a plan, and the amended terms that wait at it.

    Args:
        session: Only read from.
        plan_id: Of a plan that exists.
        movement: Refuses what is no upgrade; of the catalog.
    """
    plan = await session.get_one(Plan, plan_id)
    return (
        await _review(session, plan, movement) if plan.state == PlanState.NEEDS_REVIEW else None,
        await _amendment(session, plan, movement) if plan.amendment is not None else None,
    )


async def _review(session: AsyncSession, plan: Plan, movement: CheckMovement) -> ReviewView:
    seen = review(await review_facts(session, plan), movement)
    beside = await open_plan_of(session, plan.client_id)
    after = await session.get(Plan, plan.queued_after_id) if plan.queued_after_id else None
    return ReviewView(
        cause=str(seen.cause),
        reason=seen.reason,
        open_plan=_open_plan(beside) if beside else None,
        queued_after=PlanNameView(after.id, after.ref) if after else None,
        differences=seen.differences,
        choices=seen.possible,
    )


def _open_plan(plan: Plan) -> OpenPlanView:
    movement = MovementView(plan.from_package, plan.to_package)
    return OpenPlanView(plan.id, plan.ref, plan.state, movement, plan.live_on)


async def _amendment(session: AsyncSession, plan: Plan, movement: CheckMovement) -> AmendmentView:
    seen = await as_open_plan(session, plan)
    options = amendment_options(seen, terms_amended(plan), movement)
    return AmendmentView(
        received_at=datetime.fromisoformat((plan.amendment or {})["received_at"]),
        differences=await differences_amended(session, plan),
        choices=tuple(one for one in options if one.refused is None),
    )
