"""The people of a run: one of each role from its start, and whom each step goes to."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.db.models import PlaybookRun, Staff
from app.domain.actor import Actor
from app.domain.playbook.condition import Known
from app.domain.playbook.model import Playbook, Step
from app.domain.run.assigning import doer_of, roles_in_territories
from app.domain.run.model import Person
from app.services.people import by_email, hold_turns, next_in_turns


async def people_of(session: AsyncSession, playbook: Playbook, *, now: datetime) -> dict[str, str]:
    """A person of every role of a playbook, the next in turn of each; ids by role.

    A role whose turns are taken in territories has none yet: whoever has a turn without getting the
    work would be passed over by the next run.
    """
    roles = {role.key for role in playbook.roles}
    await hold_turns(session, roles)
    found = await next_in_turns(session, roles - roles_in_territories(playbook), now=now)
    return {role: str(person.id) for role, person in sorted(found.items())}


async def acting_person(session: AsyncSession, actor: Actor) -> Person:
    """Who stands behind a caller, with their role in the organisation while they work here."""
    person = await session.get(Staff, actor.staff_id) if actor.staff_id else None
    if person is None:
        return Person(actor.name)
    return Person(person.name, person.id, person.role if person.active else None)


async def assigned(
    session: AsyncSession,
    row: PlaybookRun,
    playbook: Playbook,
    step: Step,
    figures: Mapping[str, Known],
    *,
    now: datetime,
) -> tuple[str, UUID | None]:
    """The role and the person to whom a step goes that is ready now.

    The run's own person of the role has it, as long as they work here; then the next in turn.
    Where turns are taken in territories, the first who has one is the run's own person.

    Args:
        session: The session of the change; the run is held.
        row: The run; a person who is new in it is noted there.
        playbook: In the run's version.
        step: Which is ready.
        figures: What is known of the run.
        now: The present instant.
    """
    doer = doer_of(playbook, step, figures)
    if doer.person:
        named = await by_email(session, doer.person)
        if named is not None:
            return doer.role, named.id
    if doer.territory:
        turn = await _turn_in(session, doer.role, doer.territory, now=now)
        if turn is not None:
            row.people = {doer.role: str(turn), **row.people}
            return doer.role, turn
    role = doer.otherwise if doer.territory and doer.otherwise else doer.role
    known = row.people.get(role)
    person = await session.get(Staff, UUID(known)) if known else None
    if person is None or not person.active:
        person = (await next_in_turns(session, {role}, now=now)).get(role)
        if person is not None:
            row.people = {**row.people, role: str(person.id)}
    return role, person.id if person else None


async def _turn_in(
    session: AsyncSession, role: str, territory: str, *, now: datetime
) -> UUID | None:
    """The active member of a role's territory who has waited longest has the turn."""
    await hold_turns(session, {role})
    first = (
        select(Staff.id)
        .where(Staff.role == role, Staff.active, Staff.territories.any_() == territory)
        .order_by(Staff.last_assigned_at.asc().nulls_first(), Staff.id)
        .limit(1)
        .scalar_subquery()
    )
    turn: UUID | None = await session.scalar(
        update(Staff).where(Staff.id == first).values(last_assigned_at=now).returning(Staff.id)
    )
    return turn
