"""Letting a plan's billing changes go, where an automation makes them: by a person, typed, once."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import cast
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.db import plans
from app.db.models import Adjustment, Plan
from app.domain.actor import Actor
from app.domain.adjustment import AdjustmentKind, AdjustmentState, BillingMode
from app.domain.carrying_out import PlanNotRight, must_be_right
from app.domain.plan import PlanState
from app.domain.playbook.moment import Moment
from app.domain.submission import (
    RELEASABLE,
    TO_BE_MADE,
    PlanToRelease,
    may_release,
    must_be_automated,
)
from app.services.at_hand import at_hand
from app.services.audit import record
from app.services.effects import Told, announce
from app.services.office import Office
from app.services.standing import touch
from app.services.submissions import HOOK, put_back_unsent

RELEASE_WANTED = (
    "The automation changes the bill once somebody releases the plan: see what it would change, "
    "and let it go."
)


@dataclass(frozen=True, slots=True)
class Release:
    """A person lets the billing changes of a plan go."""

    plan_id: UUID
    typed: str


async def release_plan(
    session: AsyncSession, command: Release, *, office: Office, actor: Actor, now: datetime
) -> Plan:
    """Let a plan's billing changes go: each is submitted once its window is open, on a safe day.

    Raises:
        PlanNotFound: there is no such plan.
        BillingByHand: people change the bills here.
        PlanUndated: it has no live date yet.
        TransitionRefused, ReleaseTooLate, ReleasedBefore, NothingToRelease, TypedNamesDiffer: as
            `domain.submission.may_release`.
        PlanNotRight: what the changes rest on holds no more.

    Source: docs/domain/upgrade.md, "What happens" 4.
    """
    plan = await plans.lock(session, command.plan_id)
    must_be_automated(office.billing_mode)
    _, live_at = plans.window_of(plan)
    client = await plans.client_of(session, plan)
    left = await left_for_the_automation(session, plan)
    facts = PlanToRelease(
        state=PlanState(plan.state),
        live_at=live_at,
        released_by=plan.released_by,
        client_name=client.name,
        package_left=plan.from_package,
        left=len(left),
    )
    may_release(facts, typed=command.typed, now=now)
    if wrong := await what_is_wrong(session, plan, left, office=office):
        raise PlanNotRight(" ".join(wrong), facts={"wrong": list(wrong)})
    plan.released_at, plan.released_by = now, actor.name
    record(
        session,
        actor=actor,
        action="plan.released",
        subject=("plan", plan.id),
        plan_id=plan.id,
        now=now,
        after={"released_by": actor.name, "adjustments": [str(one.id) for one in left]},
    )
    await touch(session, plan, office=office, actor=actor, now=now)
    return plan


async def left_for_the_automation(session: AsyncSession, plan: Plan) -> Sequence[Adjustment]:
    """The plan's adjustments that the automation still has to make."""
    return [
        one
        for one in await plans.adjustments_of(session, plan)
        if one.mode == BillingMode.HOOK and AdjustmentState(one.state) in TO_BE_MADE
    ]


async def what_is_wrong(
    session: AsyncSession, plan: Plan, adjustments: Sequence[Adjustment], *, office: Office
) -> tuple[str, ...]:
    """What speaks, at this moment, against making these adjustments; in sentences, each once."""
    rests_on = await at_hand(session, plan, office)
    wrong: dict[str, None] = {}
    for one in adjustments:
        try:
            must_be_right(AdjustmentKind(one.kind), one.service, rests_on)
        except PlanNotRight as refusal:
            wrong |= dict.fromkeys(cast("list[str]", refusal.facts["wrong"]))
    return tuple(wrong)


async def withdraw_release(
    session: AsyncSession,
    plan: Plan,
    why: str,
    *,
    office: Office,
    now: datetime,
    actor: Actor = HOOK,
) -> None:
    """Take back that a plan was released, for what has not been submitted: it is asked for anew.

    Called before anything else by whatever changes what was released: `refit_plan` (a moved date,
    merged or amended terms, another zone), `hold_plan`, `cancel_plan`. A request that waits to be
    sent is dropped and its adjustment is to be made again; one that may have left stays submitted.

    Args:
        session: The session of the change; the caller ends with `touch`.
        plan: Locked.
        why: A sentence, for those who release it anew.
        office: The installation.
        now: The present instant.
        actor: Who changes the plan, where a person does.

    Source: docs/domain/upgrade.md, I10.
    """
    if plan.released_at is None:
        return
    before = {"released_by": plan.released_by}
    plan.released_at, plan.released_by = None, None
    await put_back_unsent(session, plan, why, now=now)
    record(
        session,
        actor=actor,
        action="plan.release_withdrawn",
        subject=("plan", plan.id),
        plan_id=plan.id,
        now=now,
        before=before,
        after={"released_by": None},
        reason=why,
    )
    goes_on = plan.state in {*RELEASABLE, PlanState.ON_HOLD}  # held, it is released anew later
    if goes_on and await left_for_the_automation(session, plan):
        told = Told([why], about=f"/{plan.version}")
        await announce(session, plan, Moment.RELEASE_WITHDRAWN, told, office=office, now=now)


def release_wanted(plan: Plan, office: Office) -> Sequence[str]:
    """What the people of a plan whose window opens are told, where nobody has released it yet."""
    if not release_is_a_persons(office) or plan.released_at is not None:
        return ()
    return (RELEASE_WANTED,)


def release_is_a_persons(office: Office) -> bool:
    """Whether an automation changes the bills, and waits for a person to let it."""
    return office.billing_mode is not BillingMode.MANUAL
