"""The people of the organisation: added, changed, made inactive."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.db.ids import new_id
from app.db.models import Staff
from app.domain.actor import Actor
from app.domain.errors import Conflict, Invalid, StaffNotFound
from app.services.audit import record
from app.services.office import Office
from app.services.people import hold_turns
from app.services.playbooks.in_force import all_in_force


class StaffRoleUnknown(Invalid):
    """Nobody gives work to this role."""

    code = "staff_role_unknown"


class StaffEmailTaken(Conflict):
    """Two people cannot have one address."""

    code = "staff_email_taken"


ALWAYS_KNOWN = frozenset(
    {
        "sales",
        "support",
        "marketing",
        "billing",
        "technician",
        "service_manager",
        "team_lead",
        "lead",
        "manager",
    }
)


async def refuse_unknown_role(session: AsyncSession, role: str, office: Office) -> None:
    """Take the roles that an organisation has, and those that its playbooks name.

    Raises:
        StaffRoleUnknown: a role misspelt would wait for work for ever.

    Source: domain/upgrade.md, "People".
    """
    of_playbooks = {
        each.key
        for one in (await all_in_force(session, office)).values()
        for each in one.playbook.roles
    }
    approve = {band.role for band in office.catalog.contracts.bands if band.role is not None}
    known = sorted(ALWAYS_KNOWN | of_playbooks | approve)
    if role not in known:
        raise StaffRoleUnknown(
            f"There is no such role; there are {', '.join(known)}.",
            pointer="/role",
            facts={"known": known},
        )


@dataclass(frozen=True, slots=True)
class AddStaff:
    """A person as they are added; `refs` are their ids in outside systems, by system.

    In their `territories` they take turns of playbooks that give work by territory.
    """

    name: str
    email: str
    role: str
    active: bool
    refs: Mapping[str, str | None]
    territories: tuple[str, ...] = ()


async def add_staff(
    session: AsyncSession, command: AddStaff, *, actor: Actor, now: datetime
) -> Staff:
    """Add a person; they get work in turn from now on.

    Raises:
        StaffEmailTaken: somebody has this address.
    """
    await _refuse_taken(session, command.email, None)
    person = Staff(
        id=new_id(),
        name=command.name,
        email=command.email.lower(),
        role=command.role,
        active=command.active,
        refs={system: ref for system, ref in command.refs.items() if ref},
        territories=list(command.territories),
    )
    session.add(person)
    record(
        session,
        actor=actor,
        action="staff.added",
        subject=("staff", person.id),
        now=now,
        after={"name": person.name, "email": person.email, "role": person.role},
    )
    await session.flush()
    return person


async def amend_staff(
    session: AsyncSession,
    staff_id: UUID,
    changes: Mapping[str, Any],
    *,
    actor: Actor,
    now: datetime,
) -> Staff:
    """Change a person; one who is inactive gets no new work and keeps what they have.

    Args:
        session: The caller commits.
        staff_id: Who.
        changes: New values of `name`, `email`, `role`, `active`, `refs`, `territories`.
        actor: Who changes it.
        now: When.

    Raises:
        StaffNotFound: there is no such person.
        StaffEmailTaken: somebody else has the address.
    """
    role = await session.scalar(select(Staff.role).where(Staff.id == staff_id))
    if role is None:
        raise StaffNotFound("There is no member of staff with this id.")
    # Whoever gives work by turn sees who is there: before this change, or after it.
    await hold_turns(session, {role, changes.get("role", role)})
    person = await session.get_one(Staff, staff_id, with_for_update={"key_share": True})
    if "email" in changes:
        await _refuse_taken(session, changes["email"], staff_id)
    before = {name: getattr(person, name) for name in changes}
    for name, value in changes.items():
        setattr(person, name, value)
    person.version += 1
    record(
        session,
        actor=actor,
        action="staff.amended",
        subject=("staff", person.id),
        now=now,
        before=before,
        after=dict(changes),
    )
    await session.flush()
    return person


async def _refuse_taken(session: AsyncSession, email: str, besides: UUID | None) -> None:
    holder = await session.scalar(select(Staff.id).where(func.lower(Staff.email) == email.lower()))
    if holder is not None and holder != besides:
        raise StaffEmailTaken("Somebody has this e-mail address already.", pointer="/email")
