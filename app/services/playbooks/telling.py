"""What is told of a playbook itself, not of one of its runs: it belongs to the version in force."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.catalog.markup import chat_value
from app.db.ids import new_id
from app.db.models import PlaybookVersion, Task
from app.domain.calendar import day_of
from app.domain.delivery import DeliveryKind, System
from app.domain.playbook.governance import OpenRuns
from app.domain.playbook.version import OF_THE_FILE
from app.domain.task import TaskKind, TaskState
from app.services.hooks import Event, subscribers, told
from app.services.office import Office
from app.services.once import Of, OnceOnly, Owned, intend_owned
from app.services.people import next_in_turns
from app.services.playbooks.in_force import InForce, kept_text


@dataclass(frozen=True, slots=True)
class Note:
    """Something that the people of a role are told, once for its key.

    Attributes:
        key: Facts that tell it from all else that is told of the version.
        title: In a line.
        text: Whole.
        role: Who is told.
        link: Where to look.
    """

    key: str
    title: str
    text: str
    role: str
    link: str = ""


async def version_id_of(
    session: AsyncSession, found: InForce, *, office: Office, now: datetime
) -> UUID:
    """The row of a version in force; that of the catalog's file is made where it has none yet."""
    if found.version_id is not None:
        return found.version_id
    book, governance = found.playbook, found.playbook.governance
    await session.execute(
        insert(PlaybookVersion)
        .values(
            id=new_id(),
            version=1,
            playbook=book.key,
            playbook_version=book.version,
            text_id=await kept_text(session, book, found.body, now=now),
            change=governance.change if governance else "",
            impact=governance.impact if governance else "",
            state=OF_THE_FILE,
            effective_on=day_of(now, office.timezone),
            open_runs=str(OpenRuns.FINISH),
            acknowledge=[],
            proposed_by="catalog",
            proposed_at=now,
        )
        .on_conflict_do_nothing()
    )
    made: UUID | None = await session.scalar(
        select(PlaybookVersion.id).where(
            PlaybookVersion.playbook == book.key, PlaybookVersion.playbook_version == book.version
        )
    )
    assert made is not None
    return made


async def ask_role(
    session: AsyncSession, found: InForce, note: Note, *, office: Office, now: datetime
) -> None:
    """Give the next in turn of a role a task, due today.

    Args:
        session: The caller commits.
        found: The playbook that it is about.
        note: What it is.
        office: The installation.
        now: The present instant.
    """
    person = (await next_in_turns(session, {note.role}, now=now)).get(note.role)
    await session.execute(
        insert(Task)
        .values(
            id=new_id(),
            playbook_version_id=await version_id_of(session, found, office=office, now=now),
            version=1,
            key=note.key,
            kind=str(TaskKind.EFFECT),
            position=0,
            title=note.title,
            board_group="",
            role=note.role,
            assignee_id=person.id if person else None,
            due_on=day_of(now, office.timezone),
            state=str(TaskState.OPEN),
            blocks_ready=False,
            checklist=[],
            instructions="\n".join(filter(None, [note.text, note.link])),
        )
        .on_conflict_do_nothing()
    )


async def tell_role(
    session: AsyncSession, found: InForce, note: Note, *, office: Office, now: datetime
) -> None:
    """Tell the room of a role; where that has none, or no chat is connected, it is a task."""
    if System.CHAT not in office.connected or note.role not in office.rooms:
        await ask_role(session, found, note, office=office, now=now)
        return
    thread = f"{found.playbook.key}/{found.playbook.version}"
    lines = [*(chat_value(line) for line in note.text.split("\n")), note.link]
    payload = {"room": note.role, "text": "\n".join(filter(None, lines)), "thread": thread}
    effect = OnceOnly(DeliveryKind.CHAT_POST, note.key, note.title, payload)
    version_id = await version_id_of(session, found, office=office, now=now)
    await intend_owned(session, Of.PLAYBOOK_VERSION, [Owned(version_id, thread, effect)], now=now)


async def publish_of(
    session: AsyncSession, found: InForce, event: Event, *, office: Office, now: datetime
) -> None:
    """Write an event of a playbook down for each subscriber, in the caller's transaction."""
    hooks = await subscribers(session, {event.name})
    if not hooks:
        return
    version_id = await version_id_of(session, found, office=office, now=now)
    thread = f"{found.playbook.key}/{found.playbook.version}"
    owned = [Owned(version_id, thread, each) for each in told(hooks, version_id, event, now=now)]
    await intend_owned(session, Of.PLAYBOOK_VERSION, owned, now=now)
