"""What a wave of missed plans is told of: what each lacks, and when that is said again."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, any_, cast, select
from sqlalchemy.dialects.postgresql import ARRAY as PG_ARRAY
from sqlalchemy.dialects.postgresql import UUID as PG_UUID
from sqlalchemy.ext.asyncio import AsyncSession

from app.db.models import Adjustment, Task
from app.domain.adjustment import AdjustmentState, adjustment_summary
from app.domain.playbook.reminder import Awaited
from app.domain.playbook.reminding import Bounds, next_telling
from app.domain.readiness import (
    EMAIL_SETTLED,
    AdjustmentFacts,
    CompleteEmailState,
    TaskFacts,
    what_blocks_going_live,
)
from app.domain.task import TaskState
from app.services.office import Office


async def missing_of(session: AsyncSession, plans: Sequence[Row[Any]]) -> list[list[str]]:
    """What blocks each plan from going live, in sentences; its Complete e-mail expires with it."""
    ids = cast([row.id for row in plans], PG_ARRAY(PG_UUID(as_uuid=True)))
    tasks, adjustments = defaultdict(list), defaultdict(list)
    for task in await session.execute(
        select(Task.plan_id, Task.id, Task.title, Task.state, Task.blocks_ready)
        .where(Task.plan_id == any_(ids))
        .order_by(Task.position, Task.id)
    ):
        facts = TaskFacts(task.id, task.title, TaskState(task.state), task.blocks_ready)
        tasks[task.plan_id].append(facts)
    for one in await session.execute(
        select(
            Adjustment.plan_id, Adjustment.id, Adjustment.kind, Adjustment.service, Adjustment.state
        )
        .where(Adjustment.plan_id == any_(ids))
        .order_by(Adjustment.position, Adjustment.id)
    ):
        summary = adjustment_summary(one.kind, one.service)
        change = AdjustmentFacts(one.id, summary, AdjustmentState(one.state))
        adjustments[one.plan_id].append(change)
    missing = []
    for row in plans:
        email = CompleteEmailState(row.complete_email)
        email = email if email in EMAIL_SETTLED else CompleteEmailState.EXPIRED
        blockers = what_blocks_going_live(tasks[row.id], adjustments[row.id], email)
        missing.append([blocker.detail for blocker in blockers])
    return missing


def tellings_of_missing(
    plans: Sequence[Row[Any]], office: Office, now: datetime
) -> Sequence[Mapping[str, Any]]:
    """When it is told again that plans were missed, by their live instants."""
    hours, told = office.hours(now), []
    for live_at, live_on in {(row.live_at, row.live_on) for row in plans}:
        bounds = Bounds(live_on, live_at, hours)
        for place, reminder in enumerate(office.playbook.reminders):
            if reminder.of is not Awaited.MISSED_PLAN:
                continue
            at = next_telling(reminder, [now], None, bounds, now=now)
            if at is not None:
                told.append(
                    {
                        "live_at": live_at.isoformat(),
                        "place": place,
                        "moment": reminder.key,
                        "fires_at": at.isoformat(),
                    }
                )
    return told
