"""What time does to a plan: its window opens, it goes live or is missed; each decided by itself.

What nothing has to be decided about is moved by `waves`, many at once, to the same rows.
A batch is claimed by one conditional statement with `SKIP LOCKED`, so any number of sweepers run
at once and each plan moves once. The condition is built from the table of transitions.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.db.chosen import once
from app.db.models import Adjustment, Plan
from app.domain.actor import Actor
from app.domain.adjustment import AdjustmentState
from app.domain.plan import PlanState, Trigger, sources_of, transition
from app.domain.playbook.moment import Moment
from app.domain.readiness import EMAIL_SETTLED, CompleteEmailState
from app.services.audit import record
from app.services.clients import give_package
from app.services.effects import Told, announce
from app.services.following import call_queued
from app.services.office import Office
from app.services.releases import release_wanted
from app.services.standing import blockers_of, touch

CLOCK = Actor.service("clock")
BATCH = 50
"""Plans moved by one transaction: it holds them all until its end, at some 20 ms a plan, and
whoever waits for one of them gives up after four seconds."""

MOST_MAILS = 1000


def due(trigger: Trigger, now: datetime) -> ColumnElement[bool]:
    """The plans that a trigger of the clock moves at this instant, as a condition.

    Args:
        trigger: `OPEN_WINDOW`, `GO_LIVE` or `MISS`.
        now: The present instant.
    """
    condition = Plan.state.in_([str(state) for state in sources_of(trigger)])
    if trigger is Trigger.OPEN_WINDOW:
        return condition & (Plan.window_opens_at <= now)
    reached = condition & (Plan.live_at <= now)
    return reached & (Plan.blockers == 0 if trigger is Trigger.GO_LIVE else Plan.blockers > 0)


async def _claim(
    session: AsyncSession,
    trigger: Trigger,
    *,
    now: datetime,
    limit: int,
    skip: int,
    only: UUID | None,
) -> Sequence[Plan]:
    """Move a batch of due plans by one statement, and return them as they are now.

    Args:
        session: The session of the sweep.
        trigger: Of the clock.
        now: The present instant.
        limit: Most plans moved.
        skip: How many of the first that are due to leave alone: those on which a sweep failed.
        only: Of this plan alone; nobody else's is looked at or held.
    """
    target = transition(next(iter(sources_of(trigger))), trigger)
    chosen = (
        select(Plan.id)
        .where(due(trigger, now) if only is None else due(trigger, now) & (Plan.id == only))
        .order_by(Plan.live_at, Plan.id)
        .offset(skip)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    values: dict[str, object] = {"state": str(target), "updated_at": now}
    if trigger is Trigger.GO_LIVE:
        values["went_live_at"] = now
    moved = await session.scalars(
        update(Plan)
        .where(Plan.id.in_(once(chosen)))
        .values(**values)
        .returning(Plan)
        .execution_options(populate_existing=True)
    )
    return list(moved)


async def open_windows(
    session: AsyncSession,
    *,
    office: Office,
    now: datetime,
    limit: int = BATCH,
    skip: int = 0,
    only: UUID | None = None,
) -> int:
    """Open the windows that have come: adjustments fall due, and Support is told.

    Returns:
        How many plans moved; fewer than `limit` means that none is left.

    Source: docs/domain/upgrade.md, "What happens" 4.
    """
    moved = await _claim(session, Trigger.OPEN_WINDOW, now=now, limit=limit, skip=skip, only=only)
    await session.execute(
        update(Adjustment)
        .where(
            Adjustment.plan_id.in_([plan.id for plan in moved]),
            Adjustment.state == AdjustmentState.SCHEDULED,
        )
        .values(state=str(AdjustmentState.DUE), version=Adjustment.version + 1)
    )
    for plan in moved:
        _note(session, plan, "plan.window_opened", PlanState.SCHEDULED, now=now)
        told = Told(release_wanted(plan, office))
        await announce(session, plan, Moment.WINDOW_OPENED, told, office=office, now=now)
        await touch(session, plan, office=office, actor=CLOCK, now=now)
    return len(moved)


async def go_live(
    session: AsyncSession,
    *,
    office: Office,
    now: datetime,
    limit: int = BATCH,
    skip: int = 0,
    only: UUID | None = None,
) -> int:
    """Let plans whose live instant has come and that nothing blocks go live.

    The old package ends and the new one begins; Marketing and Support are told. An agreement that
    was queued after the plan comes now.

    Source: docs/domain/upgrade.md, "What happens" 7.
    """
    moved = await _claim(session, Trigger.GO_LIVE, now=now, limit=limit, skip=skip, only=only)
    for plan in moved:
        await give_package(session, plan.client_id, plan.to_package, actor=CLOCK, now=now)
        _note(session, plan, "plan.went_live", PlanState.IN_WINDOW, now=now)
        await announce(session, plan, Moment.LIVE, office=office, now=now)
        await touch(session, plan, office=office, actor=CLOCK, now=now)
        await call_queued(session, plan, office=office, actor=CLOCK, now=now)
    return len(moved)


async def miss(
    session: AsyncSession,
    *,
    office: Office,
    now: datetime,
    limit: int = BATCH,
    skip: int = 0,
    only: UUID | None = None,
) -> int:
    """Mark plans whose live instant has come while something blocks them, and say what.

    Source: docs/domain/upgrade.md, "What happens" 7.
    """
    moved = await _claim(session, Trigger.MISS, now=now, limit=limit, skip=skip, only=only)
    for plan in moved:
        if CompleteEmailState(plan.complete_email) not in EMAIL_SETTLED:
            plan.complete_email = CompleteEmailState.EXPIRED
        missing = [blocker.detail for blocker in await blockers_of(session, plan)]
        _note(session, plan, "plan.missed", PlanState.IN_WINDOW, now=now, missing=missing)
        await announce(session, plan, Moment.MISSED, Told(missing), office=office, now=now)
        await touch(session, plan, office=office, actor=CLOCK, now=now)
    return len(moved)


async def plans_to_complete_by_mail(
    session: AsyncSession, *, now: datetime, limit: int = MOST_MAILS
) -> Sequence[UUID]:
    """Plans of which only the Complete e-mail is missing: where the service may send it."""
    found = await session.scalars(
        select(Plan.id)
        .where(
            Plan.state == PlanState.IN_WINDOW,
            Plan.blockers == 1,
            Plan.complete_email == CompleteEmailState.NOT_SENT,
            Plan.live_at > now,
        )
        .order_by(Plan.live_at, Plan.id)
        .limit(limit)
    )
    return list(found)


def _note(
    session: AsyncSession,
    plan: Plan,
    action: str,
    before: PlanState,
    *,
    now: datetime,
    missing: list[str] | None = None,
) -> None:
    after: dict[str, object] = {"state": plan.state}
    if missing is not None:
        after["missing"] = missing
    record(
        session,
        actor=CLOCK,
        action=action,
        subject=("plan", plan.id),
        plan_id=plan.id,
        now=now,
        before={"state": str(before)},
        after=after,
    )
