"""What whoever carries an adjustment out has at hand: its row, and what it rests on."""

from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.db import plans
from app.db.models import Adjustment, Plan
from app.domain.adjustment import AdjustmentKind, AdjustmentState
from app.domain.calendar import day_of
from app.domain.carrying_out import AdjustmentInHand, PlanAtHand
from app.domain.errors import AdjustmentNotFound
from app.domain.money import Money
from app.domain.plan import PlanFlag
from app.services.office import Office


async def locked(session: AsyncSession, adjustment_id: UUID) -> tuple[Plan, Adjustment]:
    """Load an adjustment under its plan's lock: the plan first, always.

    Raises:
        AdjustmentNotFound: there is none.
    """
    plan_id = await session.scalar(select(Adjustment.plan_id).where(Adjustment.id == adjustment_id))
    if plan_id is None:
        raise AdjustmentNotFound("There is no adjustment with this id.")
    plan = await plans.lock(session, plan_id)
    return plan, await session.get_one(Adjustment, adjustment_id, populate_existing=True)


def carry_out(one: Adjustment, at: datetime, zone: ZoneInfo, *, by: str) -> None:
    """Note that an adjustment is carried out, on the day that it is then where the client is.

    The bill of that day is what the cut-over goes by, wherever the client turns out to be later.
    """
    one.carried_out_at, one.carried_out_on, one.carried_out_by = at, day_of(at, zone), by


def in_hand(one: Adjustment) -> AdjustmentInHand:
    """An adjustment's row as the rules see it."""
    return AdjustmentInHand(
        AdjustmentKind(one.kind),
        AdjustmentState(one.state),
        one.service,
        one.opens_at,
        one.closes_at,
        tuple(one.safe_days),
        one.seconded_by_id,
    )


async def at_hand(session: AsyncSession, plan: Plan, office: Office) -> PlanAtHand:
    """What the plan's adjustments rest on, at this moment."""
    client = await plans.client_of(session, plan)
    doubts = []
    if PlanFlag.AGREEMENT_VOIDED in plan.flags:
        doubts.append("The agreement was voided: settle that first.")
    if plan.amendment is not None:
        doubts.append("The agreement was amended, and nobody has decided on it yet.")
    old = office.catalog.packages[plan.from_package]
    services = frozenset(part.service.key for part in old.services)
    return PlanAtHand(plan.from_package, client.package, services, tuple(doubts))


def money_of(one: Adjustment) -> Money | None:
    """The adjustment's amount, or None where it is not known."""
    if one.money_minor is None or one.currency is None:
        return None
    return Money.from_minor(one.money_minor, one.currency)
