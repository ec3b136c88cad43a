"""Having people read the version in force: asked, reminded by a task, and noted when they have."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.catalog.markup import chat_value
from app.db.ids import new_id
from app.db.models import PlaybookAcknowledgement, PlaybookVersion, Staff, Task
from app.domain.actor import Actor
from app.domain.calendar import day_of, spoken_instant
from app.domain.delivery import DeliveryKind, System
from app.domain.playbook.due import after_span
from app.domain.playbook.model import Playbook
from app.domain.playbook.reminder import Span
from app.domain.playbook.version import NotAskedToRead
from app.domain.run.errors import PersonWanted
from app.domain.task import TaskKind, TaskState
from app.services.audit import record
from app.services.office import Office
from app.services.once import Of, OnceOnly, Owned, intend_owned


async def people_to_ask(session: AsyncSession, row: PlaybookVersion) -> Sequence[Staff]:
    """The active staff of a version's roles who were not asked yet, by name."""
    asked = select(PlaybookAcknowledgement.staff_id).where(
        PlaybookAcknowledgement.version_id == row.id
    )
    found = await session.scalars(
        select(Staff)
        .where(Staff.active, Staff.role.in_(row.acknowledge), Staff.id.not_in(asked))
        .order_by(Staff.name, Staff.id)
    )
    return list(found)


async def ask_people(
    session: AsyncSession,
    row: PlaybookVersion,
    playbook: Playbook,
    within: Span,
    *,
    office: Office,
    now: datetime,
) -> int:
    """Ask whoever was not asked yet to read a version: a task each, a message for each role.

    Args:
        session: The caller commits, and holds the version.
        row: In force.
        playbook: The same as values.
        within: How long they have.
        office: The installation.
        now: The present instant.

    Returns:
        How many were asked.

    Source: docs/playbook-versions.md, "Who must have read it".
    """
    people = await people_to_ask(session, row)
    due = after_span(now, within, office.hours(now))
    titled = f"version {row.playbook_version} of '{playbook.title}'"
    for person in people:
        session.add(
            PlaybookAcknowledgement(
                id=new_id(), version_id=row.id, staff_id=person.id, asked_at=now, due_at=due
            )
        )
        session.add(_task(row, person, titled, due, office))
    await session.flush()
    if System.CHAT in office.connected:
        messages = _messages(row, people, titled, due, office)
        await intend_owned(session, Of.PLAYBOOK_VERSION, messages, now=now)
    return len(people)


def _task(row: PlaybookVersion, person: Staff, titled: str, due: datetime, office: Office) -> Task:
    return Task(
        id=new_id(),
        playbook_version_id=row.id,
        key=task_key(person.id),
        kind=str(TaskKind.EFFECT),
        position=0,
        title=f"Read {titled}",
        board_group="",
        role=person.role,
        assignee_id=person.id,
        due_on=day_of(due, office.timezone),
        blocks_ready=False,
        instructions=f"{row.change}\n{row.impact}\n{link_of(row, office)}",
    )


def _messages(
    row: PlaybookVersion, people: Sequence[Staff], titled: str, due: datetime, office: Office
) -> list[Owned]:
    """A message for each role that has a room, naming whom of it is asked."""
    until = spoken_instant(due, office.timezone)
    thread = f"{row.playbook}/{row.playbook_version}"
    messages = []
    for role in sorted({person.role for person in people} & office.rooms):
        asked = [person for person in people if person.role == role]
        names = ", ".join(chat_value(person.name) for person in asked)
        text = f"{names}: read {chat_value(titled)} until {until}. {link_of(row, office)}"
        occasion = f"acknowledge/{role}/{','.join(str(person.id) for person in asked)}"
        payload = {"room": role, "text": text, "thread": thread}
        effect = OnceOnly(DeliveryKind.CHAT_POST, occasion, f"Tell {role} of {titled}", payload)
        messages.append(Owned(row.id, thread, effect))
    return messages


def link_of(row: PlaybookVersion, office: Office) -> str:
    """Where a version is read."""
    return f"{office.public_url}/v1/playbooks/{row.playbook}/versions/{row.playbook_version}"


_ASKS = "acknowledge:"


def task_key(staff_id: UUID) -> str:
    """The key of the task by which a version asks a person to read it."""
    return f"{_ASKS}{staff_id}"


def asks_to_read(task: Task) -> bool:
    """Whether a task asks somebody to read a version, and is theirs alone to tick."""
    return task.playbook_version_id is not None and task.key.startswith(_ASKS)


async def acknowledge(
    session: AsyncSession, version_id: UUID, *, actor: Actor, now: datetime
) -> None:
    """A person says that they have read a version; saying so again changes nothing.

    Raises:
        PersonWanted: The key is tied to nobody.
        NotAskedToRead: Nobody asks them.
    """
    if actor.staff_id is None:
        raise PersonWanted("This key is tied to nobody: a person says so, with their own key.")
    asked = await session.scalar(
        select(PlaybookAcknowledgement)
        .where(
            PlaybookAcknowledgement.version_id == version_id,
            PlaybookAcknowledgement.staff_id == actor.staff_id,
        )
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if asked is None:
        raise NotAskedToRead("Nobody asks you to acknowledge this version.")
    if asked.acknowledged_at is not None:
        return
    asked.acknowledged_at = now
    await session.execute(
        update(Task)
        .where(
            Task.playbook_version_id == version_id,
            Task.key == task_key(actor.staff_id),
            Task.state.in_([str(TaskState.OPEN), str(TaskState.BLOCKED)]),
        )
        .values(
            state=str(TaskState.DONE),
            done_at=now,
            done_by=actor.name,
            blocked_at=None,
            reason=None,
            version=Task.version + 1,
        )
    )
    record(
        session,
        actor=actor,
        action="playbook.acknowledged",
        subject=("playbook_version", version_id),
        now=now,
        after={"staff_id": str(actor.staff_id), "due_at": asked.due_at.isoformat()},
    )


async def acknowledge_by_task(
    session: AsyncSession, task: Task, *, actor: Actor, now: datetime
) -> Task:
    """The same by ticking the task that asks for it, which is its own person's to tick.

    Raises:
        PersonWanted: The key is tied to nobody.
        NotAskedToRead: The task asks somebody else.
    """
    assert task.playbook_version_id is not None  # the caller looked
    if actor.staff_id is not None and task.key != task_key(actor.staff_id):
        raise NotAskedToRead("This asks somebody else: only they can say that they read it.")
    await acknowledge(session, task.playbook_version_id, actor=actor, now=now)
    await session.refresh(task)
    return task


async def let_go(session: AsyncSession, version_ids: Sequence[UUID], number: int) -> None:
    """Nobody needs to read versions any more in whose place another took force."""
    await session.execute(
        update(Task)
        .where(
            Task.playbook_version_id.in_(version_ids),
            Task.key.startswith(_ASKS),
            Task.state.in_([str(TaskState.OPEN), str(TaskState.BLOCKED)]),
        )
        .values(
            state=str(TaskState.SKIPPED),
            reason=f"Version {number} took its place.",
            blocked_at=None,
            version=Task.version + 1,
        )
    )
