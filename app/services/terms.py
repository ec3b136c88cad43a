"""An open plan takes other terms: those of a second agreement, or its own amended ones."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from app.db.models import Plan
from app.db.plans import agreement_of, live_day, tasks_of
from app.db.reviews import terms_held
from app.domain.actor import Actor
from app.domain.calendar import spoken, zone_of
from app.domain.live_date import LiveDate, LiveDateQuestion, live_date_of_agreement
from app.domain.plan import PlanFlag, PlanState
from app.domain.playbook.moment import Moment
from app.domain.terms import Difference, Terms, differences
from app.services.audit import record
from app.services.begun import begin, date_plan
from app.services.client_mail import NEW_LIVE_DATE
from app.services.differences import differences as moved_between
from app.services.differences import record_moved, standing_of_plan
from app.services.effects import Told, announce
from app.services.office import Office
from app.services.people import by_email
from app.services.plan_edits import give_plan_to
from app.services.refitting import refit_plan
from app.services.standing import touch


@dataclass(frozen=True, slots=True)
class NewTerms:
    """Terms that an open plan is to take; None, or empty, is what stays as it is.

    Attributes:
        to_package: Key of the package taken.
        live_on: A live date as it was written.
        services: How the client's services are billed, in the shape of the event.
        staff: E-mail addresses by role.
    """

    to_package: str | None = None
    live_on: str | None = None
    services: Sequence[dict[str, Any]] = ()
    staff: Mapping[str, str] = field(default_factory=dict)


async def take_terms(
    session: AsyncSession,
    plan: Plan,
    new: NewTerms,
    why: str,
    *,
    office: Office,
    actor: Actor,
    now: datetime,
) -> None:
    """Have an open plan work by other terms, and all that was planned for it follow.

    The package left stays: it is what the client has. A live date that cannot be used now is left
    as it is.

    Args:
        session: The transaction of the decision.
        plan: Open, held; neither on hold nor missed; the movement was checked.
        new: The terms.
        why: A sentence: whose terms they are, and who decided so.
        office: The installation.
        actor: Who decided.
        now: The present instant.

    Source: docs/domain/upgrade.md, "A second agreement", and I10.
    """
    held, stood = await terms_held(session, plan), await standing_of_plan(session, plan)
    agreement = await agreement_of(session, plan)
    staff = {role: email for role, email in new.staff.items() if held.staff.get(role) != email}
    await give_to_named(session, plan, staff, office=office, actor=actor, now=now)
    plan.to_package = new.to_package or plan.to_package
    agreement.services = list(new.services) or agreement.services
    at, refused = _date(plan, new, office, now=now)
    await session.flush()
    if at is not None or _is_other_work(held, await terms_held(session, plan)):
        await _fit(session, plan, at, why, office=office, actor=actor, now=now)
    if plan.to_package != held.to_package:
        await _tell_of_the_package(session, plan, office)
    changed = differences(held, await terms_held(session, plan))
    _record(session, plan, changed, why, actor=actor, now=now)
    told = Told((why, *(one.sentence for one in changed), *refused))
    await announce(session, plan, Moment.TERMS_TAKEN, told, office=office, now=now)
    await touch(session, plan, office=office, actor=actor, now=now)
    moved = moved_between(stood, await standing_of_plan(session, plan))
    record_moved(session, plan, moved, actor=actor, now=now)


def _record(
    session: AsyncSession,
    plan: Plan,
    changed: Sequence[Difference],
    why: str,
    *,
    actor: Actor,
    now: datetime,
) -> None:
    record(
        session,
        actor=actor,
        action="plan.terms_taken",
        subject=("plan", plan.id),
        plan_id=plan.id,
        now=now,
        before={one.field: one.open for one in changed},
        after={one.field: one.new for one in changed},
        reason=why,
    )


async def _tell_of_the_package(session: AsyncSession, plan: Plan, office: Office) -> None:
    """Whoever tells the client that the mail it has is out of date names the package as well."""
    for task in await tasks_of(session, plan):
        if task.key == f"{NEW_LIVE_DATE}{plan.version}":
            package = office.catalog.packages[plan.to_package].title
            task.title = f"Tell the client that it gets {package}, live {spoken(live_day(plan))}"
            task.instructions = "The Upgrade Begun e-mail that the client has names other terms."


def _is_other_work(held: Terms, now_held: Terms) -> bool:
    """Whether more than people and papers changed: what is set up, or what is billed."""
    return (held.to_package, held.services) != (now_held.to_package, now_held.services)


def _date(
    plan: Plan, new: NewTerms, office: Office, *, now: datetime
) -> tuple[LiveDate | None, Sequence[str]]:
    """The new live date that the plan has not yet; or why the one that is named cannot be used."""
    if new.live_on is None:
        return None, ()
    days = office.playbook.window_days
    found = live_date_of_agreement(new.live_on, zone_of(plan.timezone), now=now, window_days=days)
    if isinstance(found, LiveDateQuestion):
        return None, ("The live date stays as it is; agree one with the client.", *found.details)
    return (found if found.live_on != plan.live_on else None), ()


async def _fit(
    session: AsyncSession,
    plan: Plan,
    at: LiveDate | None,
    why: str,
    *,
    office: Office,
    actor: Actor,
    now: datetime,
) -> None:
    if plan.begun_at is None:
        if at is not None:
            await begin(session, plan, at, office=office, actor=actor, now=now)
        return
    if at is not None:
        date_plan(session, plan, at, actor=actor, now=now, reason=why)
    # One that waits for a date is fitted once it has it.
    if plan.state != PlanState.AWAITING_LIVE_DATE:
        await refit_plan(session, plan, reason=why, office=office, now=now)


async def give_to_named(
    session: AsyncSession,
    plan: Plan,
    staff: Mapping[str, str],
    *,
    office: Office,
    actor: Actor,
    now: datetime,
) -> None:
    """Give a plan to the people whom its terms name; the names of those unknown here are kept.

    Args:
        session: The session of the change.
        plan: Not over, held.
        staff: E-mail addresses by role.
        office: The installation.
        actor: Who brought the terms, or decided on them.
        now: The present instant.

    Source: docs/domain/upgrade.md, "People".
    """
    known = {role: email for role, email in staff.items() if await by_email(session, email)}
    if known:
        await give_plan_to(session, plan.id, known, office=office, actor=actor, now=now)
    if unknown := {role: email for role, email in staff.items() if role not in known}:
        plan.staff_named = {**plan.staff_named, **unknown}
        plan.flags = sorted({*plan.flags, PlanFlag.STAFF_UNKNOWN})
