"""Who gets the work: the person named, else the next active one of the role in turn."""

from collections.abc import Collection, Mapping
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.db.models import Plan, Staff
from app.db.plans import person_of
from app.domain.plan import PlanFlag

PLAN_ROLES = ("sales", "support", "marketing")
UNASSIGNED = {
    "sales": PlanFlag.SALES_UNASSIGNED,
    "support": PlanFlag.SUPPORT_UNASSIGNED,
    "marketing": PlanFlag.MARKETING_UNASSIGNED,
}


async def next_in_turn(session: AsyncSession, role: str, *, now: datetime) -> Staff | None:
    """The active member of the role who has waited longest, or None where the role has nobody."""
    return (await next_in_turns(session, [role], now=now)).get(role)


async def next_in_turns(
    session: AsyncSession, roles: Collection[str], *, now: datetime
) -> dict[str, Staff]:
    """The active member of each role who has waited longest; roles with nobody are left out.

    One transaction at a time takes a turn of a role, so two plans at once go to two people: a
    lock on the row alone would give both to the one who was first when both looked. Everybody
    takes the locks in one order.
    """
    await hold_turns(session, roles)
    waited = func.row_number().over(
        partition_by=Staff.role,
        order_by=(Staff.last_assigned_at.asc().nulls_first(), Staff.id),
    )
    active = (
        select(Staff.id, waited.label("place"))
        .where(Staff.role.in_(roles), Staff.active)
        .subquery()
    )
    people = await session.scalars(
        update(Staff)
        .where(Staff.id.in_(select(active.c.id).where(active.c.place == 1)))
        .values(last_assigned_at=now)
        .returning(Staff)
        .execution_options(populate_existing=True)
    )
    return {person.role: person for person in people}


async def hold_turns(session: AsyncSession, roles: Collection[str]) -> None:
    """Hold the turns of roles until the transaction ends, in everybody's order.

    Nobody of these roles leaves or changes meanwhile.
    """
    await session.execute(
        text(
            "SELECT pg_advisory_xact_lock(hashtextextended('turn:' || role, 0))"
            " FROM unnest(CAST(:roles AS text[])) role"
        ),
        {"roles": sorted(roles)},
    )


async def by_email(session: AsyncSession, email: str) -> Staff | None:
    """The active member of staff with this address, if there is one."""
    person: Staff | None = await session.scalar(
        select(Staff).where(func.lower(Staff.email) == email.lower(), Staff.active)
    )
    return person


async def person_named(session: AsyncSession, named: str) -> Staff | None:
    """The active member of staff whom a caller names by e-mail address or by id."""
    if "@" in named:
        return await by_email(session, named)
    try:
        staff_id = UUID(named)
    except ValueError:
        return None
    person = await session.get(Staff, staff_id)
    return person if person is not None and person.active else None


async def staff_plan(
    session: AsyncSession, plan: Plan, named: Mapping[str, str], *, now: datetime
) -> None:
    """Give the plan its people: those named, else the next in turn; say where there is nobody.

    An address that nobody here has is kept as text and flagged, and the next in turn gets the work.
    """
    people: dict[str, Staff] = {}
    unknown: dict[str, str] = {}
    for role in PLAN_ROLES:
        if email := named.get(role):
            person = await by_email(session, email)
            if person is None:
                unknown[role] = email
            else:
                people[role] = person
    left = [role for role in PLAN_ROLES if role not in people]
    if left:
        people |= await next_in_turns(session, left, now=now)
    for role in PLAN_ROLES:
        setattr(plan, f"{role}_id", people[role].id if role in people else None)
    plan.staff_named = unknown
    flags = {UNASSIGNED[role] for role in PLAN_ROLES if role not in people}
    plan.flags = sorted({*plan.flags, *flags, *({PlanFlag.STAFF_UNKNOWN} if unknown else ())})


async def assignee_for(
    session: AsyncSession, plan: Plan, role: str, *, now: datetime
) -> UUID | None:
    """Whom a task of this role goes to: the plan's person while they work here, else the next."""
    if role in PLAN_ROLES:
        person = await person_of(session, getattr(plan, f"{role}_id"))
        if person is None or person.active:
            return person.id if person else None
    person = await next_in_turn(session, role, now=now)
    return person.id if person else None


async def names_for(session: AsyncSession, plan: Plan, *roles: str) -> list[str]:
    """The names of the plan's people in these roles, then of the active ones of other roles."""
    found = await names_by_role(session, plan, roles)
    return [name for role in roles for name in found[role]]


async def names_by_role(
    session: AsyncSession, plan: Plan, roles: Collection[str]
) -> dict[str, list[str]]:
    """For each role the name of the plan's person in it; of other roles the active ones' names."""
    found: dict[str, list[str]] = {role: [] for role in roles}
    for role in found.keys() & set(PLAN_ROLES):
        person = await person_of(session, getattr(plan, f"{role}_id"))
        found[role] += [person.name] if person else []
    others = found.keys() - set(PLAN_ROLES)
    return found | await active_names(session, others)


async def active_names(session: AsyncSession, roles: Collection[str]) -> dict[str, list[str]]:
    """The names of the active people of each role; asked for once in a transaction."""
    known: dict[str, list[str]] = session.info.setdefault("active_names", {})
    unknown = set(roles) - known.keys()
    if unknown:
        rows = await session.execute(
            select(Staff.role, Staff.name)
            .where(Staff.role.in_(unknown), Staff.active)
            .order_by(Staff.name)
        )
        known.update({role: [] for role in unknown})
        for role, name in rows:
            known[role].append(name)
    return {role: known[role] for role in roles}
