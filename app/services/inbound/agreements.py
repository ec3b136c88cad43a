"""Events about agreements: sent, signed, dated, amended, declined, voided; in any order."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from app.db.models import Plan
from app.db.plans import agreement_of, lock
from app.domain.actor import Actor
from app.domain.agreement import read_live_date_set, read_signed
from app.domain.amendment import is_older, read_amended, read_named
from app.domain.calendar import day_of, parse_day, spoken, zone_of
from app.domain.contract.agreement import is_change_of_contract, read_change
from app.domain.live_date import live_date
from app.domain.plan import PlanFlag, PlanState
from app.domain.playbook.moment import Moment
from app.services.amendments import amend_reviewed, keep_amendment, refuse_others_amendment
from app.services.audit import record
from app.services.contracts.agreements import change_of_agreement, make_change, void_change
from app.services.effects import Told, announce
from app.services.endings import Because, cancel_plan, hold_plan
from app.services.inbound.events import AgreementUnknown, Brought, Understood, plan_of_agreement
from app.services.live_dates import SetLiveDate, set_live_date
from app.services.office import Office
from app.services.plans import make_plan
from app.services.standing import touch
from app.services.waiting_events import wake_waiting


async def sent(
    session: AsyncSession, brought: Brought, *, office: Office, actor: Actor, now: datetime
) -> Understood:
    """An agreement was sent to a client: kept for the client's timeline, and nothing more."""
    named = read_named(brought.document)
    try:
        plan = await plan_of_agreement(session, named.ref)
    except AgreementUnknown:
        plan = None
    return Understood("processed", "It is shown on the client's timeline.", plan)


async def signed(
    session: AsyncSession, brought: Brought, *, office: Office, actor: Actor, now: datetime
) -> Understood:
    """A signed agreement makes its plan, once; or the change of a contract, where it is one."""
    if is_change_of_contract(brought.document):
        return await _changed(session, brought, office=office, actor=actor, now=now)
    made = await make_plan(
        session, read_signed(brought.document), office=office, actor=actor, now=now
    )
    reason = None if made.created else "The agreement has its plan already."
    return Understood("processed", reason, made.plan)


async def _changed(
    session: AsyncSession, brought: Brought, *, office: Office, actor: Actor, now: datetime
) -> Understood:
    asked = read_change(brought.document, day_of(now, office.timezone))
    made = await make_change(session, asked, office=office, actor=actor, now=now)
    if not made.created:
        return Understood("processed", "The agreement has its change already.")
    one = made.change
    await wake_waiting(session, asked.agreement.ref, now=now)
    state = one.state.replace("_", " ")
    return Understood("processed", f"The {one.kind} of {spoken(one.effective_on)} is {state}.")


async def dated(
    session: AsyncSession, brought: Brought, *, office: Office, actor: Actor, now: datetime
) -> Understood:
    """The live date was set outside: an open plan moves, one under review will begin with it."""
    told, named = read_live_date_set(brought.document), read_named(brought.document)
    own = await plan_of_agreement(session, told.agreement_ref)
    agreement = await agreement_of(session, own)
    if is_older(named.occurred_at, own.signed_at) and agreement.live_on_text is not None:
        return Understood("ignored", OLDER, own)
    plan = await lock(session, own.merged_into_id or own.id)
    if plan.state in _OVER:
        return Understood("ignored", f"The plan is {plan.state} already.", plan)
    live_on = parse_day(told.live_on, zone_of(plan.timezone))
    if plan.state != PlanState.NEEDS_REVIEW:
        command = SetLiveDate(plan.id, live_on, "Set by the agreement's system.")
        plan, _ = await set_live_date(session, command, office=office, actor=actor, now=now)
        return Understood("processed", None, plan)
    days = office.playbook.window_days
    live_date(live_on, zone_of(plan.timezone), now=now, window_days=days)
    before, agreement.live_on_text = agreement.live_on_text, live_on.isoformat()
    record(
        session,
        actor=actor,
        action="plan.agreement_amended",
        subject=("plan", plan.id),
        plan_id=plan.id,
        now=now,
        before={"live_on": before},
        after={"live_on": agreement.live_on_text},
    )
    await touch(session, plan, office=office, actor=actor, now=now)
    return Understood("processed", "The plan is under review; it begins with this date.", plan)


OLDER = "It is older than the signature: what was signed counts."
_OVER = (PlanState.LIVE, PlanState.COMPLETED, PlanState.CANCELLED)


async def amended(
    session: AsyncSession, brought: Brought, *, office: Office, actor: Actor, now: datetime
) -> Understood:
    """The terms of an agreement were changed: a person decides, and nothing is overwritten."""
    told = read_amended(brought.document)
    own = await plan_of_agreement(session, told.agreement.ref)
    if is_older(told.occurred_at, own.signed_at):
        return Understood("ignored", OLDER, own)
    await refuse_others_amendment(session, own, told)
    plan = await lock(session, own.merged_into_id or own.id)
    if plan.state in _OVER:
        return await _too_late(session, plan, brought, office=office, actor=actor, now=now)
    under_review = plan.state == PlanState.NEEDS_REVIEW
    take = amend_reviewed if under_review else keep_amendment
    done = await take(session, plan, told, office=office, actor=actor, now=now)
    return Understood("processed" if done.changed else "ignored", done.reason, plan)


async def voided(
    session: AsyncSession, brought: Brought, *, office: Office, actor: Actor, now: datetime
) -> Understood:
    """Before the window the plan is cancelled; in it the plan is held and the lead decides.

    A plan that took this agreement's terms beside its own is held as well: its own still stands.
    """
    named = read_named(brought.document)
    change = await change_of_agreement(session, named.ref)
    if change is not None:
        why = f"The agreement's system says: {brought.kind}."
        done = await void_change(session, change, why, office=office, actor=actor, now=now)
        return Understood("processed", done)
    own = await plan_of_agreement(session, named.ref)
    if is_older(named.occurred_at, own.signed_at):
        return Understood("ignored", OLDER, own)
    plan = await lock(session, own.merged_into_id or own.id)
    if plan.state in _OVER:
        return await _too_late(session, plan, brought, office=office, actor=actor, now=now)
    merged = own.id != plan.id
    of_it = f" for {named.ref}, whose terms this plan took" if merged else ""
    because = Because(plan.id, f"The agreement's system says: {brought.kind}{of_it}.")
    opened = plan.window_opens_at is not None and plan.window_opens_at <= now
    if not opened and not merged:
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
        reason=because.reason,
    )
    told = Told((because.reason,))
    await announce(session, plan, Moment.REVIEW_NEEDED, told, office=office, now=now)
    await touch(session, plan, office=office, actor=actor, now=now)
    return Understood("processed", "The plan is on hold until a person decides.", plan)


async def _too_late(
    session: AsyncSession,
    plan: Plan,
    brought: Brought,
    *,
    office: Office,
    actor: Actor,
    now: datetime,
) -> Understood:
    """A plan that is over changes no more; of one that went live people are told.

    What its client has from then on is a matter of the contract.
    """
    if plan.state == PlanState.CANCELLED:
        return Understood("ignored", "The plan is cancelled already.", plan)
    reason = f"The agreement's system says: {brought.kind}. The plan is {plan.state} already."
    told = Told((reason, "What becomes of it is a matter of the contract."))
    await announce(session, plan, Moment.REVIEW_NEEDED, told, office=office, now=now)
    await touch(session, plan, office=office, actor=actor, now=now)
    return Understood("ignored", f"The plan is {plan.state} already; people were told.", plan)
