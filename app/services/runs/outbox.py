"""What runs set off, written down for many at once: outside effects, and tasks for people."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.db.base import new_id
from app.db.models import Task
from app.domain.calendar import day_of
from app.domain.task import TaskKind, TaskState
from app.services.office import Office
from app.services.once import Of, OnceOnly, Owned, intend_owned
from app.services.people import next_in_turns


@dataclass(frozen=True, slots=True)
class Owner:
    """The run that something belongs to.

    Attributes:
        id: Its id.
        ref: Its short name; keys begin with it.
        people: Who has its roles, by role.
    """

    id: UUID
    ref: str
    people: dict[str, str]


@dataclass(frozen=True, slots=True)
class ByHand:
    """A task for a person of a role; its key is made of facts."""

    key: str
    title: str
    role: str
    text: str = ""
    due_on: date | None = None


Sent = OnceOnly | ByHand


async def send(
    session: AsyncSession, sent: Sequence[tuple[Owner, Sent]], *, office: Office, now: datetime
) -> None:
    """Write down what leaves and what people do, each once, in the caller's transaction.

    Args:
        session: The caller commits.
        sent: Each with its run.
        office: The installation.
        now: The present instant.
    """
    effects = [
        Owned(owner.id, owner.ref, each) for owner, each in sent if isinstance(each, OnceOnly)
    ]
    await intend_owned(session, Of.RUN, effects, now=now)
    tasks = [(owner, each) for owner, each in sent if isinstance(each, ByHand)]
    if not tasks:
        return
    unknown = {task.role for owner, task in tasks if task.role not in owner.people}
    turns = await next_in_turns(session, unknown, now=now) if unknown else {}
    today = day_of(now, office.timezone)
    rows = []
    for owner, task in tasks:
        known = owner.people.get(task.role)
        person = turns.get(task.role)
        rows.append(
            {
                "id": new_id(),
                "run_id": owner.id,
                "version": 1,
                "key": task.key,
                "kind": str(TaskKind.EFFECT),
                "position": 0,
                "title": task.title,
                "board_group": "",
                "role": task.role,
                "assignee_id": UUID(known) if known else person.id if person else None,
                "due_on": task.due_on or today,
                "state": str(TaskState.OPEN),
                "blocks_ready": False,
                "checklist": [],
                "instructions": task.text,
            }
        )
    # Rows beside the statement, not in it: one with a thousand rows takes long to be put together.
    connection = await session.connection()
    await connection.execute(insert(Task).on_conflict_do_nothing(), rows)
