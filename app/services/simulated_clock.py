"""What time brings to a plan that is run ahead: when, and the sweeps that do it, for it alone."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.db import plans
from app.db.models import Plan, Timer
from app.domain.actor import Actor
from app.domain.adjustment import AdjustmentState, BillingMode
from app.domain.calendar import first_instant_of, zone_of
from app.domain.plan import PlanState
from app.domain.playbook.upgrade import Sender
from app.domain.readiness import CompleteEmailState
from app.services import sweeps
from app.services.billing_hook import submit_due
from app.services.client_mail import send_complete_email
from app.services.office import Office
from app.services.reminding import fire_timers


async def instants_to_come(
    session: AsyncSession, plan: Plan, *, office: Office, now: datetime
) -> Sequence[datetime]:
    """The instants at which time does something for a plan as it is; passed ones are due now."""
    waiting = select(Timer.fires_at).where(Timer.plan_id == plan.id, Timer.state == "waiting")
    instants = list(await session.scalars(waiting))
    if plan.state == PlanState.SCHEDULED and plan.window_opens_at is not None:
        instants.append(plan.window_opens_at)
    if plan.state == PlanState.IN_WINDOW and plan.live_at is not None:
        instants.append(plan.live_at)
        instants += await _submissions(session, plan, office, now)
        if _only_the_email_is_left(plan, office):
            instants.append(now)
    return instants


async def _submissions(
    session: AsyncSession, plan: Plan, office: Office, now: datetime
) -> Sequence[datetime]:
    """When an automation is asked to make what is left: as each of the safe days begins."""
    if office.billing_mode is BillingMode.MANUAL or plan.released_at is None:
        return ()
    days = {
        day
        for one in await plans.adjustments_of(session, plan)
        if one.mode == BillingMode.HOOK and one.state == AdjustmentState.DUE
        for day in one.safe_days
    }
    begin = sorted(first_instant_of(day, zone_of(plan.timezone)) for day in days)
    return [*[at for at in begin if at <= now][-1:], *[at for at in begin if at > now]]


def _only_the_email_is_left(plan: Plan, office: Office) -> bool:
    """Whether the service sends the Complete e-mail by itself now, where the playbook says so."""
    return (
        office.playbook.complete_email.sent_by is Sender.SERVICE
        and plan.complete_email == CompleteEmailState.NOT_SENT
        and plan.blockers == 1
    )


async def tick(session: AsyncSession, plan_id: UUID, *, office: Office, now: datetime) -> int:
    """Do everything that is due for a plan at an instant, and nothing for anybody else's.

    Returns:
        How much was done.
    """
    done = 0
    for sweep in (sweeps.open_windows, sweeps.go_live, sweeps.miss, fire_timers):
        done += await sweep(session, office=office, now=now, only=plan_id)
    done += await submit_due(session, plan_id, office=office, now=now)
    plan = await plans.lock(session, plan_id)
    if plan.state == PlanState.IN_WINDOW and _only_the_email_is_left(plan, office):
        clock = Actor.service("clock")
        await send_complete_email(session, plan_id, office=office, actor=clock, now=now)
        done += 1
    return done
