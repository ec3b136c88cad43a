"""Events about agreements: signed, dated, declined, voided."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from app.db.plans import lock
from app.domain.actor import Actor
from app.domain.agreement import agreement_ref, read_live_date_set, read_signed
from app.domain.calendar import parse_day, zone_of
from app.domain.errors import Conflict
from app.domain.plan import PlanFlag, PlanState
from app.domain.playbook.model import Moment
from app.services.audit import record
from app.services.effects import Told, announce
from app.services.endings import Because, cancel_plan, hold_plan
from app.services.inbound.events import Brought, Understood, plan_of_agreement
from app.services.live_dates import SetLiveDate, set_live_date
from app.services.office import Office
from app.services.plans import make_plan


class EventNotHandledYet(Conflict):
    """An event of a kind that this version keeps and does not act on."""

    code = "event_not_handled"


async def signed(
    session: AsyncSession, brought: Brought, *, office: Office, actor: Actor, now: datetime
) -> Understood:
    """A signed agreement makes its plan, once."""
    made = await make_plan(
        session, read_signed(brought.document), office=office, actor=actor, now=now
    )
    reason = None if made.created else "The agreement has its plan already."
    return Understood("processed", reason, made.plan)


async def dated(
    session: AsyncSession, brought: Brought, *, office: Office, actor: Actor, now: datetime
) -> Understood:
    """The live date was set outside."""
    told = read_live_date_set(brought.document)
    plan = await plan_of_agreement(session, told.agreement_ref)
    live_on = parse_day(told.live_on, zone_of(plan.timezone))
    command = SetLiveDate(plan.id, live_on, "Set by the agreement's system.")
    plan, _ = await set_live_date(session, command, office=office, actor=actor, now=now)
    return Understood("processed", None, plan)


_OVER = (PlanState.LIVE, PlanState.COMPLETED, PlanState.CANCELLED)


async def voided(
    session: AsyncSession, brought: Brought, *, office: Office, actor: Actor, now: datetime
) -> Understood:
    """Before the window the plan is cancelled; in it the plan is held and the lead decides."""
    plan = await lock(
        session, (await plan_of_agreement(session, agreement_ref(brought.document))).id
    )
    if plan.state in _OVER:
        return Understood("ignored", f"The plan is {plan.state} already.", plan)
    reason = f"The agreement's system says: {brought.kind}."
    because = Because(plan.id, reason)
    opened = plan.window_opens_at is not None and plan.window_opens_at <= now
    if not opened:
        plan = await cancel_plan(session, because, office=office, actor=actor, now=now)
        return Understood("processed", "The plan was cancelled.", plan)
    if plan.state != PlanState.ON_HOLD:
        plan = await hold_plan(session, because, office=office, actor=actor, now=now)
    before, plan.flags = plan.flags, sorted({*plan.flags, PlanFlag.AGREEMENT_VOIDED})
    record(
        session,
        actor=actor,
        action="plan.agreement_voided",
        subject=("plan", plan.id),
        plan_id=plan.id,
        now=now,
        before={"flags": list(before)},
        after={"flags": list(plan.flags)},
        reason=reason,
    )
    await announce(session, plan, Moment.REVIEW_NEEDED, Told((reason,)), office=office, now=now)
    return Understood("processed", "The plan is on hold: its window is open.", plan)


async def not_handled_yet(
    session: AsyncSession, brought: Brought, *, office: Office, actor: Actor, now: datetime
) -> Understood:
    """Keep the event, and act on nothing."""
    raise EventNotHandledYet(
        f"Events of the kind '{brought.kind}' are kept, and not acted on by this version."
    )
