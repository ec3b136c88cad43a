"""Small changes of a plan that move no date: who works on it, and what is noted about it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.db import plans
from app.db.models import Plan, Staff
from app.domain.actor import Actor
from app.domain.errors import Invalid
from app.domain.plan import PlanFlag, PlanState, TransitionRefused, in_words
from app.domain.task import SETTLED, TaskState
from app.services.audit import record
from app.services.boards import fit_board
from app.services.office import Office
from app.services.people import PLAN_ROLES, UNASSIGNED, person_named
from app.services.standing import touch


class StaffUnknown(Invalid):
    """Not an active member of staff."""

    code = "staff_unknown"


_OVER = (PlanState.COMPLETED, PlanState.CANCELLED)


async def give_plan_to(
    session: AsyncSession,
    plan_id: UUID,
    people: Mapping[str, str | None],
    *,
    office: Office,
    actor: Actor,
    now: datetime,
) -> Plan:
    """Put people on a plan: the open tasks of their role go over to them, on the board as well.

    Args:
        session: The caller commits.
        plan_id: Which plan.
        people: By role (sales, support, marketing): an e-mail address or an id; None takes the
            person off, and their open tasks are nobody's.
        office: The installation.
        actor: Who does it.
        now: The present instant.

    Raises:
        PlanNotFound: there is no such plan.
        TransitionRefused: the plan is over.
        StaffUnknown: a person is not an active member of staff.

    Source: docs/domain/upgrade.md, "Roles".
    """
    plan = await plans.lock(session, plan_id)
    if PlanState(plan.state) in _OVER:
        allowed = sorted(str(state) for state in PlanState if state not in _OVER)
        raise TransitionRefused(
            f"The plan {in_words(PlanState(plan.state))}; nobody works on it any more.",
            facts={"state": plan.state, "allowed_states": allowed},
        )
    before: dict[str, str | None] = {}
    after: dict[str, str | None] = {}
    for role in PLAN_ROLES:
        if role in people:
            person = await _found(session, role, people[role])
            before[role] = await _name_of(session, plan, role)
            after[role] = person.name if person else None
            await _hand_over(session, plan, role, person)
    _record(session, plan, {"staff": before}, {"staff": after}, actor=actor, now=now)
    await fit_board(session, plan, office=office, now=now)
    await touch(session, plan, office=office, actor=actor, now=now)
    return plan


async def note_on_plan(
    session: AsyncSession,
    plan_id: UUID,
    notes: str | None,
    *,
    office: Office,
    actor: Actor,
    now: datetime,
) -> Plan:
    """Replace what is noted about a plan; None clears it.

    Raises:
        PlanNotFound: there is no such plan.
    """
    plan = await plans.lock(session, plan_id)
    before, plan.notes = plan.notes, notes
    _record(session, plan, {"notes": before}, {"notes": notes}, actor=actor, now=now)
    await touch(session, plan, office=office, actor=actor, now=now)
    return plan


async def _found(session: AsyncSession, role: str, named: str | None) -> Staff | None:
    if named is None:
        return None
    person = await person_named(session, named)
    if person is None:
        raise StaffUnknown(
            "There is no active member of staff with this e-mail address or id.",
            pointer=f"/staff/{role}",
        )
    return person


async def _name_of(session: AsyncSession, plan: Plan, role: str) -> str | None:
    staff_id = getattr(plan, f"{role}_id")
    person = await session.get(Staff, staff_id) if staff_id else None
    return person.name if person else None


async def _hand_over(session: AsyncSession, plan: Plan, role: str, person: Staff | None) -> None:
    """Tasks that somebody else was given by name stay with them."""
    left = getattr(plan, f"{role}_id")
    taken = person.id if person else None
    setattr(plan, f"{role}_id", taken)
    for task in await plans.tasks_of(session, plan):
        if task.role == role and task.assignee_id == left and TaskState(task.state) not in SETTLED:
            task.assignee_id = taken
            task.version += 1
    plan.staff_named = {each: email for each, email in plan.staff_named.items() if each != role}
    flags = set(plan.flags) - {UNASSIGNED[role]}
    if person is None:
        flags.add(UNASSIGNED[role])
    if not plan.staff_named:
        flags.discard(PlanFlag.STAFF_UNKNOWN)
    plan.flags = sorted(flags)


def _record(
    session: AsyncSession,
    plan: Plan,
    before: dict[str, Any],
    after: dict[str, Any],
    *,
    actor: Actor,
    now: datetime,
) -> None:
    record(
        session,
        actor=actor,
        action="plan.amended",
        subject=("plan", plan.id),
        plan_id=plan.id,
        now=now,
        before=before,
        after=after,
    )
