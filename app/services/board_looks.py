"""Having a plan's board looked for, and read, by jobs; and whose board one is already."""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.db.clock import real_now
from app.db.jobs import Job, enqueue
from app.db.models import Plan
from app.db.names import hold_name
from app.domain.board_search import pause_before_look
from app.domain.plan import PlanState


async def look_for_board(session: AsyncSession, plan: Plan, *, looks: int = 0) -> None:
    """Have the board looked for that an automation makes; this ends every look asked for before.

    Args:
        session: The caller commits.
        plan: The plan; it awaits its board from now on.
        looks: How often it was looked for; the more, the longer is waited.
    """
    plan.board_state = "awaited"
    plan.board_read_at = await real_now(session)
    job = {
        "plan_id": str(plan.id),
        "looks": looks,
        "asked_at": plan.board_read_at.isoformat(),
    }
    await enqueue(session, Job.FIND_BOARD, job, after=pause_before_look(looks))


async def have_board_read(session: AsyncSession, plan: Plan, board_ref: str, url: str) -> None:
    """Give the plan its board, and have that read until it is whole."""
    plan.board_ref, plan.board_url = board_ref, url or None
    plan.board_state = "filling"
    plan.board_read_at = await real_now(session)
    await enqueue(session, Job.READ_BOARD, {"plan_id": str(plan.id)})


async def holder_of(session: AsyncSession, board_ref: str, *, but: Plan) -> Plan | None:
    """Another plan that has a board, first one that is not cancelled.

    Until the transaction ends nobody else can give the board to a plan: two that look for it at
    the same moment come one after the other.
    """
    await hold_name(session, f"board:{board_ref}")
    holders = await session.scalars(
        select(Plan)
        .where(Plan.board_ref == board_ref, Plan.id != but.id)
        .order_by(Plan.state == PlanState.CANCELLED)
    )
    return holders.first()
