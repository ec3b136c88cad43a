"""An old service whose ending somebody drops: it goes on, and nothing is left over of it."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from app.db import plans
from app.db.models import Adjustment, Plan
from app.domain.actor import Actor
from app.domain.adjustment import (
    CARRIED_OUT,
    AdjustmentKind,
    AdjustmentState,
    adjustment_summary,
    goes_on_beside,
)
from app.domain.playbook.moment import Moment
from app.domain.task import SETTLED, TaskState
from app.services.audit import record
from app.services.differences import Moved, record_moved
from app.services.effects import Told, announce
from app.services.office import Office
from app.services.reversals import want_reversal

NOTHING_LEFT_OVER = "The ending of its service was dropped: nothing is left over of it."
_MONEY = (AdjustmentKind.CREDIT, AdjustmentKind.CHARGE)


async def keep_service(
    session: AsyncSession,
    plan: Plan,
    ending: Adjustment,
    *,
    office: Office,
    actor: Actor,
    now: datetime,
) -> None:
    """Say that an old service goes on, and drop its credits and charges; what was made is put back.

    Args:
        session: The session of the change; its caller touches the plan.
        plan: Locked.
        ending: The ending, void, with the reason that somebody gave.
        office: The installation.
        actor: Who dropped it.
        now: The present instant.

    Source: docs/domain/upgrade.md, "The cut-over plan".
    """
    ending.note = goes_on_beside(office.catalog.services[ending.service].title)
    details = [ending.note, f"{actor.name} dropped its ending: {ending.reason}"]
    for one in await plans.adjustments_of(session, plan):
        if one.service != ending.service or one.kind not in _MONEY:
            continue
        if one.state in CARRIED_OUT and one.reversal is None:
            why = NOTHING_LEFT_OVER
            await want_reversal(session, plan, one, why, office=office, now=now)
            summary = adjustment_summary(one.kind, one.service)
            details.append(f"{summary} is to be taken back.")
            moved = Moved(f"adjustment: {summary}", "reversal", None, one.reversal, one.id)
            record_moved(session, plan, (moved,), actor=actor, now=now)
        elif one.state not in {*CARRIED_OUT, AdjustmentState.VOIDED}:
            await _drop(session, plan, one, actor=actor, now=now)
            details.append(f"{adjustment_summary(one.kind, one.service)} is dropped with it.")
    told = Told(details, about=f"/{ending.id}")
    await announce(session, plan, Moment.SERVICE_GOES_ON, told, office=office, now=now)


async def _drop(
    session: AsyncSession, plan: Plan, one: Adjustment, *, actor: Actor, now: datetime
) -> None:
    before = one.state
    one.state, one.reason = AdjustmentState.VOIDED, NOTHING_LEFT_OVER
    one.version += 1
    for task in await plans.tasks_of(session, plan):
        if task.adjustment_id == one.id and TaskState(task.state) not in SETTLED:
            task.state, task.reason, task.blocked_at = TaskState.SKIPPED, one.reason, None
            task.version += 1
    record(
        session,
        actor=actor,
        action="adjustment.voided",
        subject=("adjustment", one.id),
        plan_id=plan.id,
        now=now,
        before={"state": before},
        after={"state": str(one.state), "kind": one.kind, "service": one.service},
        reason=one.reason,
    )
