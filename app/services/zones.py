"""A client's zone changes: every open plan takes its hours, in the transaction of the change."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.db import plans
from app.db.models import Adjustment, Plan
from app.domain.actor import Actor
from app.domain.adjustment import CARRIED_OUT, AdjustmentState
from app.domain.calendar import day_of, spoken, zone_of
from app.domain.plan import OPEN_STATES, PlanFlag, PlanState
from app.domain.playbook.moment import Moment
from app.domain.readiness import CompleteEmailState
from app.domain.rezoning import DatedPlan, LiveDateBegunThere, Rezoned, rezoned
from app.services.audit import record
from app.services.effects import Told, announce
from app.services.office import Office
from app.services.standing import touch
from app.services.submissions import put_back_unsent
from app.services.withdrawals import keep_emails_in_time

NOT_OVER = (*OPEN_STATES, PlanState.NEEDS_REVIEW)
"""Plans whose days are still to come: a plan that is live keeps the zone it went live in."""


@dataclass(frozen=True, slots=True)
class Move:
    """One plan with what a zone makes of it; None where it has no live date yet."""

    plan: Plan
    to: Rezoned | None


async def lock_plans_of(session: AsyncSession, client_id: UUID) -> Sequence[Plan]:
    """Hold the plans of a client that are not over, the open one first; before the client, always.

    A sweep holds a plan when it comes to the client, so whoever changes both does the same.
    """
    found = await session.scalars(
        select(Plan)
        .where(Plan.client_id == client_id, Plan.state.in_([str(state) for state in NOT_OVER]))
        .order_by(Plan.state == PlanState.NEEDS_REVIEW, Plan.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return list(found)


async def moves_to(
    session: AsyncSession, held: Sequence[Plan], zone: ZoneInfo, *, office: Office, now: datetime
) -> list[Move]:
    """Decide for every plan of a client what a zone makes of it, before anything is changed.

    Args:
        session: Only read from.
        held: The client's plans, locked.
        zone: The zone from now on.
        office: The installation.
        now: The present instant.

    Raises:
        LiveDateBegunThere: a plan cannot follow; it is named.
    """
    return [
        await _decided(session, plan, zone, office=office, now=now)
        for plan in held
        if plan.timezone != zone.key
    ]


async def _decided(
    session: AsyncSession, plan: Plan, zone: ZoneInfo, *, office: Office, now: datetime
) -> Move:
    if plan.live_on is None:
        return Move(plan, None)
    adjustments = await plans.adjustments_of(session, plan)
    under_way = any(_made_in_this_window(one, plan) for one in adjustments)
    dated = DatedPlan(plan.ref, PlanState(plan.state), plan.live_on, under_way)
    return Move(plan, rezoned(dated, zone, now=now, window_days=office.playbook.window_days))


def _made_in_this_window(one: Adjustment, plan: Plan) -> bool:
    """What was carried out for an earlier date holds nobody in the window of this one."""
    if one.state not in CARRIED_OUT:
        return False
    opened = plan.window_opens_at
    return one.carried_out_at is None or opened is None or one.carried_out_at >= opened


async def move_zone(
    session: AsyncSession,
    move: Move,
    zone: ZoneInfo,
    *,
    office: Office,
    actor: Actor,
    now: datetime,
) -> None:
    """Give a plan the hours of another zone; the caller ends with `touch`.

    The live instant, the window, the windows of what is not carried out, the state, and how late
    its e-mails may leave follow; the days stay. What was carried out keeps the window it was
    carried out in. Support is told the new hours.

    Source: docs/domain/upgrade.md, "Holidays and zones", I3 and I5.
    """
    plan, to = move.plan, move.to
    before, was_zone = _written(plan), plan.timezone
    plan.timezone = zone.key
    plan.flags = sorted(set(plan.flags) - {PlanFlag.ZONE_KEPT})
    if to is not None:
        _take(plan, to)
        # What has not left yet leaves in the window as it is now.
        await put_back_unsent(session, plan, f"The client is in {zone.key} now.", now=now)
        await _what_belongs_to_it(session, plan, office=office, now=now)
    after = _written(plan)
    _record(session, plan, "plan.rezoned", before, after, actor=actor, now=now)
    if to is None or after["live_at"] == before["live_at"]:
        return
    told = Told([f"It follows {zone.key} now, not {was_zone}.", *_hours(plan, to, office)])
    await announce(session, plan, Moment.REZONED, told, office=office, now=now)
    if to.shortened:
        await announce(session, plan, Moment.COMPRESSED, office=office, now=now)


def _take(plan: Plan, to: Rezoned) -> None:
    plan.live_at, plan.window_opens_at = to.live_at, to.window_opens_at
    plan.state = to.state
    flags = set(plan.flags)
    if to.state == PlanState.SCHEDULED:
        flags -= {PlanFlag.COMPRESSED}
    elif to.shortened:
        flags |= {PlanFlag.COMPRESSED}
    plan.flags = sorted(flags)


async def _what_belongs_to_it(
    session: AsyncSession, plan: Plan, *, office: Office, now: datetime
) -> None:
    """Windows follow in every state; only a plan that the clock moves has e-mails to be sent."""
    for one in await plans.adjustments_of(session, plan):
        _move_window(one, plan)
    if plan.state in (PlanState.SCHEDULED, PlanState.IN_WINDOW):
        if plan.complete_email == CompleteEmailState.EXPIRED:
            plan.complete_email = CompleteEmailState.NOT_SENT
        await keep_emails_in_time(session, plan, office=office, now=now)


def _move_window(one: Adjustment, plan: Plan) -> None:
    if one.state in {*CARRIED_OUT, AdjustmentState.VOIDED}:
        return
    one.opens_at, one.closes_at = plans.window_of(plan)
    # Where it was tried and failed, the audit keeps when: in another window than this one.
    one.carried_out_at = one.carried_out_on = None
    if plan.state == PlanState.IN_WINDOW and one.state == AdjustmentState.SCHEDULED:
        one.state = AdjustmentState.DUE
    elif plan.state == PlanState.SCHEDULED and one.state == AdjustmentState.DUE:
        one.state = AdjustmentState.SCHEDULED
    one.version += 1


async def follow_zone(
    session: AsyncSession,
    held: Sequence[Plan],
    zone: ZoneInfo,
    *,
    office: Office,
    actor: Actor,
    now: datetime,
) -> None:
    """Let the plans of a client follow a zone that an agreement states, each that can.

    An agreement is signed whatever it does to the plan before it: where that plan's live date has
    begun in the new zone, it keeps the hours that everybody was told, and is flagged.

    Args:
        session: The caller commits.
        held: The client's plans, locked.
        zone: The client's zone from now on.
        office: The installation.
        actor: Who states it.
        now: The present instant.
    """
    for plan in held:
        if plan.timezone == zone.key:
            continue
        try:
            move = await _decided(session, plan, zone, office=office, now=now)
        except LiveDateBegunThere:
            if PlanFlag.ZONE_KEPT in plan.flags:
                continue
            await _keep_zone(session, plan, zone, office=office, actor=actor, now=now)
        else:
            await move_zone(session, move, zone, office=office, actor=actor, now=now)
        await touch(session, plan, office=office, actor=actor, now=now)


async def _keep_zone(
    session: AsyncSession,
    plan: Plan,
    zone: ZoneInfo,
    *,
    office: Office,
    actor: Actor,
    now: datetime,
) -> None:
    plan.flags = sorted({*plan.flags, PlanFlag.ZONE_KEPT})
    after: dict[str, object] = {
        "timezone": plan.timezone,
        "zone_of_client": zone.key,
        "flags": list(plan.flags),
    }
    _record(session, plan, "plan.zone_kept", None, after, actor=actor, now=now)
    kept = (
        f"The client is in {zone.key} now, where the live date has begun already: the plan keeps "
        f"the hours of {plan.timezone}. If its date moves, set the client's zone again."
    )
    told = Told([kept])
    await announce(session, plan, Moment.REZONED, told, office=office, now=now)


def _record(
    session: AsyncSession,
    plan: Plan,
    action: str,
    before: dict[str, object] | None,
    after: dict[str, object],
    *,
    actor: Actor,
    now: datetime,
) -> None:
    record(
        session,
        actor=actor,
        action=action,
        subject=("plan", plan.id),
        plan_id=plan.id,
        now=now,
        before=before,
        after=after,
    )


def _hours(plan: Plan, to: Rezoned, office: Office) -> list[str]:
    """The new hours, there and where Support works."""
    zone = zone_of(plan.timezone)
    said = []
    for what, at in (("The window opens", to.window_opens_at), ("It goes live", to.live_at)):
        here = f", {_local(at, office.timezone)} in {office.timezone.key}"
        said.append(f"{what} {_local(at, zone)} there{here if office.timezone != zone else ''}.")
    return said


def _local(at: datetime, zone: ZoneInfo) -> str:
    return f"{spoken(day_of(at, zone))}, {at.astimezone(zone):%H:%M}"


def _utc(at: datetime | None) -> str | None:
    return at.strftime("%Y-%m-%dT%H:%M:%SZ") if at else None


def _written(plan: Plan) -> dict[str, object]:
    return {
        "timezone": plan.timezone,
        "live_at": _utc(plan.live_at),
        "window_opens_at": _utc(plan.window_opens_at),
        "state": str(plan.state),
        "flags": list(plan.flags),
    }
