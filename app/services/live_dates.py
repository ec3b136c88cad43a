"""Setting and moving the live date: the one date from which everything else follows."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.db import plans
from app.db.models import Plan
from app.db.rehearsal import rehearsal
from app.domain.actor import Actor
from app.domain.calendar import spoken, zone_of
from app.domain.live_date import LiveDate, live_date
from app.domain.plan import PlanState, transition
from app.domain.playbook.moment import Moment
from app.services.begun import begin, date_plan
from app.services.differences import Moved, differences, record_moved, standing_of_plan
from app.services.effects import Told, announce
from app.services.office import Office
from app.services.refitting import refit_plan
from app.services.standing import touch


@dataclass(frozen=True, slots=True)
class SetLiveDate:
    """Set or move the live date of a plan."""

    plan_id: UUID
    live_on: date
    reason: str | None


async def preview_live_date(
    session: AsyncSession, command: SetLiveDate, *, office: Office, actor: Actor, now: datetime
) -> tuple[Moved, ...]:
    """Say all that would follow from a live date: the change itself is made, and taken back.

    Raises:
        PlanNotFound, LiveDateNotMonday, LiveDatePast, TransitionRefused: as `set_live_date`.
    """
    async with rehearsal(session):
        _, moved = await set_live_date(session, command, office=office, actor=actor, now=now)
    return moved


async def set_live_date(
    session: AsyncSession, command: SetLiveDate, *, office: Office, actor: Actor, now: datetime
) -> tuple[Plan, tuple[Moved, ...]]:
    """Set or move the live date, and everything that follows from it, in one transaction.

    Due dates are laid out again, adjustments not yet made move with their safe days, reminders
    move, an e-mail that was not sent yet is withdrawn and written anew, the board is dated anew.
    What was carried out stays: a service that was ended is bridged up to the new date, and what
    was started for the old one becomes a task to take back, which blocks the plan's readiness.

    Returns:
        The plan, and what moved.

    Raises:
        PlanNotFound: there is no such plan.
        LiveDateNotMonday, LiveDatePast: I1, I2.
        TransitionRefused: the plan is live, held, cancelled or under review.

    Source: docs/domain/upgrade.md, I1, I2, I10 and "Moving the date".
    """
    plan = await plans.lock(session, command.plan_id)
    at = live_date(
        command.live_on, zone_of(plan.timezone), now=now, window_days=office.playbook.window_days
    )
    transition(PlanState(plan.state), at.trigger)
    before, begun = await standing_of_plan(session, plan), plan.begun_at is not None
    if not begun:
        await begin(session, plan, at, office=office, actor=actor, now=now)
    elif at.live_on != plan.live_on or plan.state == PlanState.MISSED:
        await _move(session, plan, at, command, office=office, actor=actor, now=now)
    await touch(session, plan, office=office, actor=actor, now=now)
    moved = differences(before, await standing_of_plan(session, plan))
    if begun:  # a plan that only begins says so itself
        record_moved(session, plan, moved, actor=actor, now=now)
    return plan, moved


async def _move(
    session: AsyncSession,
    plan: Plan,
    at: LiveDate,
    command: SetLiveDate,
    *,
    office: Office,
    actor: Actor,
    now: datetime,
) -> None:
    was_live_on = plans.live_day(plan)
    date_plan(session, plan, at, actor=actor, now=now, reason=command.reason)
    why = f"The live date moved from {spoken(was_live_on)} to {spoken(at.live_on)}."
    await refit_plan(session, plan, reason=why, office=office, now=now)
    told = Told([command.reason] if command.reason else [], more={"was_live_on": was_live_on})
    await announce(session, plan, Moment.RESCHEDULED, told, office=office, now=now)
