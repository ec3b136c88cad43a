"""Agreements that were queued after a plan: they come when it is live, or cancelled."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.db.models import Client, Plan
from app.domain.actor import Actor
from app.domain.plan import PlanState
from app.services.audit import record
from app.services.office import Office
from app.services.reviews import ask_for_review, begin_reviewed
from app.services.standing import touch


async def call_queued(
    session: AsyncSession, ended: Plan, *, office: Office, actor: Actor, now: datetime
) -> None:
    """Begin the first of the plans queued after one that is no longer open.

    In the order of their signing: the first that leaves the package that the client has is begun,
    its live date judged anew, and the others wait behind it. One that leaves another package than
    the client has by now is no longer queued, and people are asked again.

    Args:
        session: The transaction in which the plan went live or was cancelled.
        ended: That plan, held.
        office: The installation.
        actor: Who let it end.
        now: The present instant.

    Source: docs/domain/upgrade.md, "A second agreement".
    """
    await session.flush()
    waiting = await queued_after(session, ended)
    if not waiting:
        return
    client = await session.get_one(
        Client, ended.client_id, with_for_update=True, populate_existing=True
    )
    first = next((one for one in waiting if one.from_package == client.package), None)
    if first is not None:
        reason = f"{ended.ref} is {ended.state}; this plan was queued after it."
        await begin_reviewed(session, first, reason, office=office, actor=actor, now=now)
        await touch(session, first, office=office, actor=actor, now=now)
    for plan in waiting:
        if plan is first:
            continue
        if first is not None and waiting.index(plan) > waiting.index(first):
            queue_after(session, plan, first, None, actor=actor, now=now)
        else:
            queue_after(session, plan, None, None, actor=actor, now=now)
            because = (f"{ended.ref}, which it was queued after, is {ended.state}.",)
            await ask_for_review(session, plan, office=office, now=now, because=because)
        await touch(session, plan, office=office, actor=actor, now=now)


async def queued_after(session: AsyncSession, plan: Plan) -> list[Plan]:
    """The plans that are queued after one, held, in the order of their signing."""
    rows = await session.scalars(
        select(Plan)
        .where(Plan.queued_after_id == plan.id, Plan.state == PlanState.NEEDS_REVIEW)
        .order_by(Plan.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return sorted(rows, key=lambda one: (one.signed_at, one.id))


def queue_after(
    session: AsyncSession,
    plan: Plan,
    before_it: Plan | None,
    reason: str | None,
    *,
    actor: Actor,
    now: datetime,
) -> None:
    """Have a plan under review wait behind another, or behind none any more; touch it after."""
    was, plan.queued_after_id = plan.queued_after_id, before_it.id if before_it else None
    record(
        session,
        actor=actor,
        action="plan.queued" if before_it else "plan.unqueued",
        subject=("plan", plan.id),
        plan_id=plan.id,
        now=now,
        before={"queued_after_id": str(was) if was else None},
        after={
            "queued_after_id": str(before_it.id) if before_it else None,
            "queued_after": before_it.ref if before_it else None,
        },
        reason=reason,
    )
