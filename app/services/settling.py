"""Changes of the bill that a plan went live without: void, and a person's to settle by hand."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from app.db import plans
from app.db.models import Adjustment, Plan, Task
from app.domain.task import TaskKind, TaskState
from app.services.new_tasks import NewTask, add_task
from app.services.office import Office


async def settle_by_hand(
    session: AsyncSession, plan: Plan, task: Task | None, *, office: Office, now: datetime
) -> None:
    """I3: nothing is carried out after going live, so what was not made becomes a task of its own.

    Args:
        session: The session of the change.
        plan: Live.
        task: Stands for an adjustment that is void now, which says why; None where none does.
        office: The installation.
        now: The present instant.

    Source: docs/domain/upgrade.md, "States of a plan".
    """
    if task is None:
        return
    one = await session.get_one(Adjustment, task.adjustment_id)
    task.state, task.reason, task.blocked_at = TaskState.SKIPPED, one.reason, None
    task.version += 1
    by_hand = NewTask(
        key=f"follow_up:forced:{one.id}",
        kind=TaskKind.FOLLOW_UP,
        title=f"Settle by hand: {task.title}",
        instructions=f"The plan went live without this.\n{task.instructions}",
        role=office.playbook.setup_role,
        due_on=plans.live_day(plan),
        board_group=task.board_group,
        service=one.service,
    )
    await add_task(session, plan, by_hand, now=now)
