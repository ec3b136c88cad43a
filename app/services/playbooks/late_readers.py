"""Who has not read a version in time: reminded once, and named to the playbook's owner."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID, uuid5

from sqlalchemy import Select, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.catalog.markup import chat_value
from app.db.models import PlaybookAcknowledgement, PlaybookVersion, Staff, Task
from app.domain.actor import Actor
from app.domain.business_hours import is_business_instant
from app.domain.calendar import spoken_instant
from app.domain.delivery import DeliveryKind, System
from app.domain.playbook.version import VersionState, reminded_at
from app.domain.task import TaskState
from app.services.audit import record
from app.services.office import Office
from app.services.once import Of, OnceOnly, Owned, intend_owned
from app.services.playbooks.acknowledging import link_of, task_key
from app.services.playbooks.in_force import hold_versions, in_force
from app.services.playbooks.telling import Note, tell_role

Late = tuple[PlaybookAcknowledgement, Staff]


async def versions_read_late(
    session: AsyncSession, *, office: Office, now: datetime
) -> Sequence[UUID]:
    """The versions in force that somebody should have read, who is to be reminded now.

    Nobody is reminded out of hours.
    """
    hours = office.hours(now)
    if not is_business_instant(now, hours):
        return []
    found = await session.execute(_late(now))
    late = {asked.version_id for asked, _ in found if reminded_at(asked.due_at, hours) <= now}
    return sorted(late)


def _late(now: datetime) -> Select[PlaybookAcknowledgement, Staff]:
    asked = PlaybookAcknowledgement
    return (
        select(asked, Staff)
        .join(Staff, Staff.id == asked.staff_id)
        .join(PlaybookVersion, PlaybookVersion.id == asked.version_id)
        .where(
            asked.acknowledged_at.is_(None),
            asked.reminded_at.is_(None),
            asked.due_at <= now,
            Staff.active,
            PlaybookVersion.state == str(VersionState.IN_FORCE),
        )
        .order_by(asked.due_at, Staff.name, Staff.id)
    )


async def tell_late(
    session: AsyncSession, version_id: UUID, *, office: Office, actor: Actor, now: datetime
) -> int:
    """Remind whoever is late with a version, and tell the owner who that is, once each.

    Args:
        session: The caller commits.
        version_id: In force.
        office: The installation.
        actor: The clock.
        now: The present instant, in hours.

    Returns:
        How many were reminded.

    Source: docs/playbook-versions.md, "Who must have read it".
    """
    row = await session.get_one(PlaybookVersion, version_id)
    await hold_versions(session, row.playbook)
    hours = office.hours(now)
    wanted = _late(now).where(PlaybookAcknowledgement.version_id == version_id)
    # Read once the versions are held: another worker may have told of them.
    found = await session.execute(wanted.execution_options(populate_existing=True))
    late = [(a, person) for a, person in found if reminded_at(a.due_at, hours) <= now]
    if not late:
        return 0
    for asked, _ in late:
        asked.reminded_at = now
    present = await in_force(session, office, row.playbook)
    titled = f"version {row.playbook_version} of '{present.playbook.title}'"
    await _remind(session, row, late, titled, office=office, now=now)
    names = "\n".join(f"{person.name}, until {_until(a, office)}" for a, person in late)
    ids = "/".join(sorted(str(person.id) for _, person in late))
    note = Note(
        f"late:{uuid5(row.id, ids)}",
        f"Not everybody has read {titled}",
        f"Not everybody has read {titled} in time:\n{names}",
        present.playbook.owner,
        link_of(row, office),
    )
    await tell_role(session, present, note, office=office, now=now)
    record(
        session,
        actor=actor,
        action="playbook.reminded",
        subject=("playbook_version", row.id),
        now=now,
        after={"staff_ids": [str(person.id) for _, person in late]},
    )
    return len(late)


async def _remind(
    session: AsyncSession,
    row: PlaybookVersion,
    late: Sequence[Late],
    titled: str,
    *,
    office: Office,
    now: datetime,
) -> None:
    """In the room of their role; who has none is reminded by the title of their task."""
    rooms = office.rooms if System.CHAT in office.connected else frozenset[str]()
    thread = f"{row.playbook}/{row.playbook_version}"
    messages = []
    for asked, person in late:
        if person.role in rooms:
            text = (
                f"{chat_value(person.name)}: you have not read {chat_value(titled)} yet, which was "
                f"due until {_until(asked, office)}. {link_of(row, office)}"
            )
            payload = {"room": person.role, "text": text, "thread": thread}
            subject = f"Remind {person.name} of {titled}"
            effect = OnceOnly(DeliveryKind.CHAT_POST, f"late/{person.id}", subject, payload)
            messages.append(Owned(row.id, thread, effect))
    await intend_owned(session, Of.PLAYBOOK_VERSION, messages, now=now)
    keys = [task_key(person.id) for _, person in late if person.role not in rooms]
    await session.execute(
        update(Task)
        .where(
            Task.playbook_version_id == row.id,
            Task.key.in_(keys),
            Task.state.in_([str(TaskState.OPEN), str(TaskState.BLOCKED)]),
        )
        .values(title=f"Late: read {titled}", version=Task.version + 1)
        .execution_options(synchronize_session=False)
    )


def _until(asked: PlaybookAcknowledgement, office: Office) -> str:
    return spoken_instant(asked.due_at, office.timezone)
