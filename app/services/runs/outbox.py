"""What runs set off, written down for many at once: outside effects, and tasks for people."""

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.db.ids import new_id
from app.db.models import PlaybookRun, Staff
from app.db.run_tasks import TaskOfRun, add_tasks
from app.domain.calendar import day_of
from app.domain.refs import run_ref
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
    people: Mapping[str, str]


def owner_of(row: PlaybookRun) -> Owner:
    """A run as what belongs to it is written down for it."""
    return Owner(row.id, run_ref(row.playbook, row.cause), dict(row.people))


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
    known = {UUID(owner.people[task.role]) for owner, task in tasks if task.role in owner.people}
    here = set(await session.scalars(select(Staff.id).where(Staff.id.in_(known), Staff.active)))
    unknown = {task.role for owner, task in tasks if _own(task.role, owner, here) is None}
    turns = await next_in_turns(session, unknown, now=now) if unknown else {}
    in_turn = {role: person.id for role, person in turns.items()}
    today = day_of(now, office.timezone)
    await add_tasks(
        session,
        [
            TaskOfRun(
                new_id(),
                owner.id,
                task.key,
                task.title,
                task.role,
                _own(task.role, owner, here) or in_turn.get(task.role),
                task.due_on or today,
                task.text,
            )
            for owner, task in tasks
        ],
    )


def _own(role: str, owner: Owner, here: Set[UUID]) -> UUID | None:
    """The run's person of a role, as long as they work here."""
    known = owner.people.get(role)
    person = UUID(known) if known else None
    return person if person in here else None
