"""A person decides about an agreement that waits: supersede, queue, merge or reject."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.db import plans
from app.db.models import Client, Plan
from app.db.plans import agreement_of
from app.db.reviews import open_plan_of
from app.domain.actor import Actor
from app.domain.plan import OPEN_STATES, PlanState, Trigger, transition
from app.domain.review import Choice, PlansChanged, refuse_choice
from app.services.amendments import answer_amendment
from app.services.audit import record
from app.services.clients import give_package
from app.services.endings import Because, cancel_plan
from app.services.following import queue_after, queued_after
from app.services.office import Office
from app.services.reviews import begin_reviewed, review_of
from app.services.standing import touch
from app.services.terms import NewTerms, take_terms


@dataclass(frozen=True, slots=True)
class Resolve:
    """What a person chose, and why."""

    plan_id: UUID
    choice: Choice
    reason: str


async def resolve_plan(
    session: AsyncSession, command: Resolve, *, office: Office, actor: Actor, now: datetime
) -> Plan:
    """End a plan's review as a person chose, or answer amended terms of an open plan.

    Raises:
        PlanNotFound: there is no such plan.
        TransitionRefused: it needs no review, and no amended terms wait.
        ChoiceNotPossible: the choice is none of those that there are, which are named.
        AdjustmentsCarriedOut: the open plan cannot give way any more.
        PlansChanged: the client's open plan became another one meanwhile.

    Source: docs/domain/upgrade.md, "A second agreement".
    """
    plan, beside = await plans.lock_beside_open(session, command.plan_id)
    if PlanState(plan.state) in OPEN_STATES and plan.amendment is not None:
        taken = command.choice, command.reason
        await answer_amendment(session, plan, *taken, office=office, actor=actor, now=now)
        return plan
    transition(PlanState(plan.state), Trigger.REVIEWED)
    await _hold_client(session, plan, beside)
    seen = await review_of(session, plan, office)
    chosen = next(one for one in seen.options if one.choice is command.choice)
    refuse_choice(chosen, seen.possible)
    if command.choice is Choice.SUPERSEDE:
        await _supersede(session, plan, beside, command, office=office, actor=actor, now=now)
    elif command.choice is Choice.QUEUE:
        queue_after(session, plan, beside, command.reason, actor=actor, now=now)
        await touch(session, plan, office=office, actor=actor, now=now)
    elif command.choice is Choice.MERGE and beside is not None:
        await _merge(session, plan, beside, command, office=office, actor=actor, now=now)
    else:
        because = Because(plan.id, f"Rejected: {command.reason}")
        await cancel_plan(session, because, office=office, actor=actor, now=now)
    return plan


async def _hold_client(session: AsyncSession, plan: Plan, beside: Plan | None) -> None:
    """From here on no agreement of the client becomes a plan until the decision is made.

    Raises:
        PlansChanged: one has, between the look at the open plan and now.
    """
    await session.get_one(Client, plan.client_id, with_for_update=True, populate_existing=True)
    is_open = await open_plan_of(session, plan.client_id)
    if (is_open.id if is_open else None) != (beside.id if beside else None):
        raise PlansChanged(
            "The client's open plan became another one while this was decided: look at the plan "
            "again, and choose again."
        )


async def _supersede(
    session: AsyncSession,
    plan: Plan,
    beside: Plan | None,
    command: Resolve,
    *,
    office: Office,
    actor: Actor,
    now: datetime,
) -> None:
    """This agreement is right: the open plan ends, what the client has is put right, this begins.

    Others that were queued after the open plan wait behind this one.
    """
    if beside is not None:
        for other in await queued_after(session, beside):
            if other is not plan:
                queue_after(session, other, plan, None, actor=actor, now=now)
                await touch(session, other, office=office, actor=actor, now=now)
        plan.queued_after_id = None  # else its own place in the queue would begin it
        because = Because(beside.id, f"Superseded by {plan.ref}: {command.reason}")
        await cancel_plan(session, because, office=office, actor=actor, now=now)
    client = await plans.client_of(session, plan)
    if client.package != plan.from_package:
        await give_package(session, client.id, plan.from_package, actor=actor, now=now)
    await begin_reviewed(session, plan, command.reason, office=office, actor=actor, now=now)
    await touch(session, plan, office=office, actor=actor, now=now)


async def _merge(
    session: AsyncSession,
    plan: Plan,
    beside: Plan,
    command: Resolve,
    *,
    office: Office,
    actor: Actor,
    now: datetime,
) -> None:
    """The open plan takes this agreement's terms, and this plan ends."""
    because = Because(plan.id, f"merged into {beside.ref}: {command.reason}")
    await cancel_plan(session, because, office=office, actor=actor, now=now)
    plan.merged_into_id = beside.id
    record(
        session,
        actor=actor,
        action="plan.merged",
        subject=("plan", plan.id),
        plan_id=plan.id,
        now=now,
        after={"merged_into": beside.ref, "merged_into_id": str(beside.id)},
        reason=command.reason,
    )
    agreement = await agreement_of(session, plan)
    new = NewTerms(plan.to_package, agreement.live_on_text, agreement.services, agreement.staff)
    why = f"The agreement {agreement.ref} ({plan.ref}) was merged into it: {command.reason}"
    await take_terms(session, beside, new, why, office=office, actor=actor, now=now)
