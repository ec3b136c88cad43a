"""Forcing a missed plan live, with what it lacks written down as work."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from app.db import plans
from app.db.models import Plan
from app.domain.actor import Actor
from app.domain.adjustment import CARRIED_OUT, AdjustmentState
from app.domain.plan import PlanFlag, PlanState, Trigger, transition
from app.domain.playbook.moment import Moment
from app.services.clients import give_package
from app.services.differences import differences, record_moved, standing_of_plan
from app.services.endings import Because, StateChange, close
from app.services.office import Office
from app.services.settling import settle_by_hand
from app.services.standing import blockers_of


async def force_live(
    session: AsyncSession, command: Because, *, office: Office, actor: Actor, now: datetime
) -> Plan:
    """Let a missed plan go live with what it lacks: its date stays, the hour is written down.

    The unsent Complete e-mail stays expired; what blocked it is kept in the audit. A change of
    the bill that was not made is a person's to settle from now on: its window is over. So is one
    that an automation may have made, once somebody says that it did not.

    Raises:
        PlanNotFound: there is no such plan.
        TransitionRefused: it is not missed.

    Source: docs/domain/upgrade.md, "States of a plan".
    """
    plan = await plans.lock(session, command.plan_id)
    before = plan.state
    plan.state = transition(PlanState(before), Trigger.FORCE)
    plan.went_live_at = now
    plan.flags = sorted({*plan.flags, PlanFlag.FORCED_LIVE})
    missing = [blocker.detail for blocker in await blockers_of(session, plan)]
    stood = await standing_of_plan(session, plan)
    await _void_open(session, plan, command.reason, office=office, now=now)
    settled = differences(stood, await standing_of_plan(session, plan))
    record_moved(session, plan, settled, actor=actor, now=now)
    await give_package(session, plan.client_id, plan.to_package, actor=actor, now=now)
    moved = StateChange(before, command.reason, Moment.LIVE, missing)
    await close(session, plan, moved, office=office, actor=actor, now=now)
    return plan


async def _void_open(
    session: AsyncSession, plan: Plan, reason: str, *, office: Office, now: datetime
) -> None:
    """What was not made is void; what may have been made stays open until somebody has looked."""
    tasks = {task.adjustment_id: task for task in await plans.tasks_of(session, plan)}
    for one in await plans.adjustments_of(session, plan):
        one.closes_at = now
        one.version += 1
        if one.state in CARRIED_OUT or one.state == AdjustmentState.VOIDED:
            continue
        one.state, one.reason = AdjustmentState.VOIDED, f"Forced live: {reason}"
        await settle_by_hand(session, plan, tasks.get(one.id), office=office, now=now)
