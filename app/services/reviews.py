"""A plan's way in: begun at once, asked back for its date, or put before a person."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from app.db.models import Client, Plan
from app.db.plans import agreement_of
from app.db.reviews import open_plan_of, review_facts
from app.domain.actor import Actor
from app.domain.calendar import zone_of
from app.domain.live_date import LiveDate, LiveDateQuestion, live_date_of_agreement
from app.domain.plan import PlanState, Trigger, transition
from app.domain.playbook.moment import Moment
from app.domain.review import Review, ReviewCause, review, why_review
from app.services.audit import record
from app.services.begun import begin
from app.services.effects import Told, announce
from app.services.letters import live_date_question
from app.services.office import Office

Found = LiveDate | LiveDateQuestion


async def why_not_begun(
    session: AsyncSession, plan: Plan, client: Client
) -> tuple[ReviewCause, str] | None:
    """Why a person must decide before a plan is begun, or None where nothing is in its way."""
    open_plan = await open_plan_of(session, client.id)
    return why_review(plan.from_package, client.package, open_plan.ref if open_plan else None)


async def review_of(session: AsyncSession, plan: Plan, office: Office) -> Review:
    """Why a plan waits, how it differs from what stands, and what may be chosen, as it is now."""
    await session.flush()
    return review(await review_facts(session, plan), office.catalog.movement)


async def ask_for_review(
    session: AsyncSession,
    plan: Plan,
    *,
    office: Office,
    now: datetime,
    because: Sequence[str] = (),
) -> None:
    """Tell people that a plan waits for their decision: why, and every difference.

    Args:
        session: The session of the change.
        plan: Under review.
        office: The installation.
        now: The present instant.
        because: Sentences on what has changed, where they were told before.
    """
    seen = await review_of(session, plan, office)
    plan.review_cause, plan.review_reason = str(seen.cause), seen.reason
    told = Told((*because, *seen.sentences))
    await announce(session, plan, Moment.REVIEW_NEEDED, told, office=office, now=now)


async def date_agreed(session: AsyncSession, plan: Plan, *, office: Office, now: datetime) -> Found:
    """The live date that a plan's agreement names, judged now: usable, or a question for Sales."""
    agreement = await agreement_of(session, plan)
    days = office.playbook.window_days
    zone = zone_of(plan.timezone)
    return live_date_of_agreement(agreement.live_on_text, zone, now=now, window_days=days)


async def set_off(
    session: AsyncSession, plan: Plan, found: Found, *, office: Office, actor: Actor, now: datetime
) -> None:
    """Begin a plan of which nothing is in the way, or ask Sales for the live date that it needs.

    Args:
        session: The session of the change; it ends with `touch`.
        plan: Awaits its live date.
        found: What its agreement says of the date.
        office: The installation.
        actor: Who sets it off.
        now: The present instant.

    Source: docs/domain/upgrade.md, "What happens" 2 and I2.
    """
    if isinstance(found, LiveDate):
        await begin(session, plan, found, office=office, actor=actor, now=now)
        return
    plan.flags = sorted({*plan.flags, found.flag})
    told = Told(found.details, more=live_date_question(found.flag, found.day, plan, now=now))
    await announce(session, plan, Moment.LIVE_DATE_NEEDED, told, office=office, now=now)


async def begin_reviewed(
    session: AsyncSession,
    plan: Plan,
    reason: str,
    *,
    office: Office,
    actor: Actor,
    now: datetime,
) -> None:
    """Let a plan out of its review and set it off; its live date is judged anew.

    Args:
        session: The session of the change; it ends with `touch`.
        plan: Under review; its client has no open plan, and that is flushed.
        reason: Why.
        office: The installation.
        actor: Who decided, or let the plan before it end.
        now: The present instant.

    Source: docs/domain/upgrade.md, "A second agreement".
    """
    before = {"state": plan.state, "cause": plan.review_cause, "reason": plan.review_reason}
    plan.state = transition(PlanState(plan.state), Trigger.REVIEWED)
    plan.review_cause = plan.review_reason = plan.queued_after_id = None
    record(
        session,
        actor=actor,
        action="plan.reviewed",
        subject=("plan", plan.id),
        plan_id=plan.id,
        now=now,
        before=before,
        after={"state": plan.state},
        reason=reason,
    )
    await session.flush()
    found = await date_agreed(session, plan, office=office, now=now)
    await set_off(session, plan, found, office=office, actor=actor, now=now)
