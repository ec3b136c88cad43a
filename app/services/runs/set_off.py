"""Runs that begin by what happens here: a time comes, a playbook changes, somebody joins."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from app.db.models import Staff
from app.domain.actor import Actor
from app.domain.calendar import day_of
from app.domain.errors import DomainError
from app.domain.playbook.trigger import Event
from app.domain.playbook.upgrade import UpgradePlaybook
from app.domain.run.errors import NotTriggered
from app.domain.run.starting import BY_SCHEDULE
from app.services.office import Office
from app.services.playbooks.in_force import InForce, all_in_force
from app.services.playbooks.telling import Note, ask_role
from app.services.runs.starting import StartRun, start_run
from app.services.staff import AddStaff, add_staff


@dataclass(frozen=True, slots=True)
class Happened:
    """Something that happened here, and may start runs.

    Attributes:
        event: What.
        to: What it befell, told apart from all else; it befalls that no second time.
        ref: The same as people call it.
        figures: What fills forms, by key.
    """

    event: Event
    to: str
    ref: str
    figures: Mapping[str, object]


async def start_by_time(
    session: AsyncSession,
    found: InForce,
    at: datetime,
    *,
    office: Office,
    actor: Actor,
    now: datetime,
) -> bool:
    """Begin the run of a time of a schedule, once; nobody fills its form.

    Args:
        session: The caller commits.
        found: The playbook in the version in force.
        at: The time, as an instant.
        office: The installation.
        actor: The clock.
        now: The present instant: later, where no worker ran at the time.

    Returns:
        Whether it began now.

    Source: docs/playbook-runs.md, "Schedules".
    """
    local = at.astimezone(office.timezone)
    command = StartRun(
        playbook=found.playbook.key,
        subject_ref=f"{found.playbook.key} {local:%Y-%m-%d %H:%M}",
        inputs={},
        trigger=BY_SCHEDULE,
        cause=f"schedule/{at.isoformat()}",
        occurred_at=at,
    )
    return await _begin(session, found, command, office=office, actor=actor, now=now)


async def start_by_event(
    session: AsyncSession, happened: Happened, *, office: Office, actor: Actor, now: datetime
) -> int:
    """Begin the runs that wait for what happened; whoever owns one that cannot is asked to.

    Args:
        session: The caller commits.
        happened: What happened; the same starts no run again.
        office: The installation.
        actor: Whose doing it was.
        now: The present instant.

    Returns:
        How many began now.

    Source: docs/playbook-runs.md, "How a run begins".
    """
    begun = 0
    for found in (await all_in_force(session, office)).values():
        book = found.playbook
        if happened.event not in book.trigger.events or isinstance(book, UpgradePlaybook):
            continue
        wanted = {field.key for field in book.inputs}
        command = StartRun(
            playbook=book.key,
            subject_ref=happened.ref,
            inputs={key: value for key, value in happened.figures.items() if key in wanted},
            trigger=str(happened.event),
            cause=f"{happened.event}/{happened.to}",
            occurred_at=now,
        )
        begun += await _begin(session, found, command, office=office, actor=actor, now=now)
    return begun


async def _begin(
    session: AsyncSession,
    found: InForce,
    command: StartRun,
    *,
    office: Office,
    actor: Actor,
    now: datetime,
) -> bool:
    try:
        return (await start_run(session, command, office=office, actor=actor, now=now)).created
    except NotTriggered:
        return False
    except DomainError as refusal:
        book = found.playbook
        title = f"{command.subject_ref}: start the run of {book.title} by hand"
        note = Note(f"start:{command.cause}", title, refusal.detail, book.owner)
        await ask_role(session, found, note, office=office, now=now)
        return False


async def join(
    session: AsyncSession, command: AddStaff, *, office: Office, actor: Actor, now: datetime
) -> Staff:
    """Add a person, and begin the runs that wait for somebody who joins and gets work.

    Raises:
        StaffEmailTaken: somebody has this address.
    """
    person = await add_staff(session, command, actor=actor, now=now)
    if person.active:
        figures = {
            "name": person.name,
            "email": person.email,
            "role": person.role,
            "joined_on": day_of(now, office.timezone).isoformat(),
        }
        joined = Happened(Event.STAFF_JOINED, str(person.id), person.email, figures)
        await start_by_event(session, joined, office=office, actor=actor, now=now)
    return person
