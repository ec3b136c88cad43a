"""Who gets the work: the person named, else the next active one of the role in turn."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.db.models import Plan, Staff
from app.domain.plan import PlanFlag

PLAN_ROLES = ("sales", "support", "marketing")
UNASSIGNED = {
    "sales": PlanFlag.SALES_UNASSIGNED,
    "support": PlanFlag.SUPPORT_UNASSIGNED,
    "marketing": PlanFlag.MARKETING_UNASSIGNED,
}


async def next_in_turn(session: AsyncSession, role: str, *, now: datetime) -> Staff | None:
    """The active member of the role who has waited longest, or None where the role has nobody.

    One transaction at a time takes a turn of a role, so two plans at once go to two people: a
    lock on the row alone would give both to the one who was first when both looked.
    """
    await session.execute(
        text("SELECT pg_advisory_xact_lock(hashtextextended('turn:' || :role, 0))"), {"role": role}
    )
    person = await session.scalar(
        select(Staff)
        .where(Staff.role == role, Staff.active)
        .order_by(Staff.last_assigned_at.asc().nulls_first(), Staff.id)
        .limit(1)
        # Plans refer to the row: a full lock here would wait for, and be waited for by, each.
        .with_for_update(key_share=True)
    )
    if person is not None:
        person.last_assigned_at = now
    return person


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
    flags: set[str] = set()
    unknown: dict[str, str] = {}
    for role in PLAN_ROLES:
        person = None
        if email := named.get(role):
            person = await by_email(session, email)
            if person is None:
                unknown[role] = email
                flags.add(PlanFlag.STAFF_UNKNOWN)
        if person is None:
            person = await next_in_turn(session, role, now=now)
        if person is None:
            flags.add(UNASSIGNED[role])
        setattr(plan, f"{role}_id", person.id if person else None)
    plan.staff_named = unknown
    plan.flags = sorted({*plan.flags, *flags})


async def assignee_for(
    session: AsyncSession, plan: Plan, role: str, *, now: datetime
) -> UUID | None:
    """Whom a task of this role goes to: the plan's person, else the next in turn."""
    if role in PLAN_ROLES:
        return {"sales": plan.sales_id, "support": plan.support_id, "marketing": plan.marketing_id}[
            role
        ]
    person = await next_in_turn(session, role, now=now)
    return person.id if person else None


async def names_for(session: AsyncSession, plan: Plan, *roles: str) -> list[str]:
    """The names of the plan's people in these roles, then of the active ones of other roles."""
    names: list[str] = []
    for role in roles:
        if role in PLAN_ROLES:
            staff_id = getattr(plan, f"{role}_id")
            person = await session.get(Staff, staff_id) if staff_id else None
            names += [person.name] if person else []
        else:
            names += await session.scalars(
                select(Staff.name).where(Staff.role == role, Staff.active).order_by(Staff.name)
            )
    return names
