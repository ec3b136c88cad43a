"""Events about the items of boards."""

from datetime import datetime

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.db.jobs import Job, enqueue
from app.db.models import Plan, Task
from app.domain.actor import Actor
from app.domain.board_item import NOTHING_SHOWN, changes_on_board, read_board_hint
from app.domain.plan import PlanState
from app.domain.task import TaskState
from app.services.inbound.events import Brought, Understood
from app.services.office import Office


def plan_of_board(board_ref: str) -> Select[Plan]:
    """The plan that has a board; a cancelled one has left its board to people."""
    return select(Plan).where(Plan.board_ref == board_ref, Plan.state != PlanState.CANCELLED)


async def item_changed(
    session: AsyncSession, brought: Brought, *, office: Office, actor: Actor, now: datetime
) -> Understood:
    """Have the item read, unless it is said to show what its task holds: an echo of our own."""
    hint = read_board_hint(brought.document)
    plan = await session.scalar(plan_of_board(hint.board_ref))
    if plan is None:
        return Understood("ignored", "No plan has this board.")
    task = await session.scalar(
        select(Task).where(Task.plan_id == plan.id, Task.board_item_ref == hint.item_ref)
    )
    if task is None:
        return Understood("ignored", "No task of the plan has this item.", plan)
    changes = changes_on_board(hint.shown, state=TaskState(task.state), due_on=task.due_on)
    if not changes and hint.shown != NOTHING_SHOWN:
        return Understood("ignored", "The task holds what the item is said to show.", plan)
    await enqueue(session, Job.READ_ITEM, {"plan_id": str(plan.id), "item_ref": hint.item_ref})
    return Understood("processed", None, plan)
