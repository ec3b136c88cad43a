"""Events about tasks."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from app.db.models import Plan
from app.domain.actor import Actor
from app.domain.agreement import read_task_completed
from app.services.inbound.events import Brought, Understood
from app.services.office import Office
from app.services.tasks import Complete, complete_task


async def completed(
    session: AsyncSession, brought: Brought, *, office: Office, actor: Actor, now: datetime
) -> Understood:
    """A task was ticked outside."""
    command = Complete(read_task_completed(brought.document))
    task = await complete_task(session, command, office=office, actor=actor, now=now)
    plan = await session.get(Plan, task.plan_id) if task.plan_id else None
    return Understood("processed", None, plan)
