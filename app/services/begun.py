"""Begun: the moment from which a plan has its date, its tasks, its adjustments and its messages."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.db.base import new_id
from app.db.models import Adjustment, Plan, Timer
from app.db.plans import adjustments_of, agreement_of, client_of, live_day, window_of
from app.domain.actor import Actor
from app.domain.adjustment import (
    IRREVERSIBLE,
    AdjustmentKind,
    AdjustmentState,
    IntendedAdjustment,
    adjustments_of_upgrade,
)
from app.domain.calendar import day_of, spoken, zone_of
from app.domain.live_date import LiveDate
from app.domain.plan import LIVE_DATE_QUESTIONS, PlanFlag, PlanState, transition
from app.domain.playbook.model import Blocks, Moment
from app.domain.playbook.schedule import LaidStep, last_before, lay_out
from app.domain.readiness import CompleteEmailState
from app.domain.task import TaskKind
from app.services.audit import record
from app.services.billed import money_as_json, services_from_json
from app.services.effects import Told, announce
from app.services.new_tasks import NewTask, add_task
from app.services.office import Office

BILLING_GROUP = "Billing"
"""Board group of the tasks that change the client's bill."""


async def begin(
    session: AsyncSession, plan: Plan, at: LiveDate, *, office: Office, actor: Actor, now: datetime
) -> None:
    """Give a plan its first live date, and set off all of *Begun*: once in a plan's life.

    Source: docs/domain/upgrade.md, "What happens" 2, and I2 for a window that is open already.
    """
    date_plan(session, plan, at, actor=actor, now=now)
    plan.begun_at = now
    await _make_tasks(session, plan, office=office, now=now)
    await _make_adjustments(session, plan, office=office, now=now)
    await set_timers(session, plan, office=office)
    await session.flush()
    details = _what_support_should_know(plan)
    await announce(session, plan, Moment.BEGUN, Told(details), office=office, now=now)
    if PlanFlag.COMPRESSED in plan.flags:
        await announce(session, plan, Moment.COMPRESSED, office=office, now=now)


def date_plan(
    session: AsyncSession,
    plan: Plan,
    at: LiveDate,
    *,
    actor: Actor,
    now: datetime,
    reason: str | None = None,
) -> None:
    """Write a live date on the plan, with the state that follows and the questions it answers."""
    before = {"state": plan.state, "live_on": plan.live_on.isoformat() if plan.live_on else None}
    plan.state = transition(PlanState(plan.state), at.trigger)
    plan.live_on, plan.live_at = at.live_on, at.live_at
    plan.window_opens_at = at.window_opens_at
    answered = {*LIVE_DATE_QUESTIONS, PlanFlag.COMPRESSED}
    flags = {flag for flag in plan.flags if flag not in answered}
    plan.flags = sorted({*flags, PlanFlag.COMPRESSED} if at.window_is_open else flags)
    if plan.complete_email == CompleteEmailState.EXPIRED:
        plan.complete_email = CompleteEmailState.NOT_SENT
    record(
        session,
        actor=actor,
        action="plan.scheduled" if before["live_on"] is None else "plan.rescheduled",
        subject=("plan", plan.id),
        plan_id=plan.id,
        now=now,
        before=before,
        after={"state": plan.state, "live_on": at.live_on.isoformat(), "flags": list(plan.flags)},
        reason=reason,
    )


def laid_out(plan: Plan, office: Office, live_on: date) -> tuple[LaidStep, ...]:
    """The playbook's steps for the plan's movement, dated backwards from a live date."""
    signed_on = day_of(plan.signed_at, zone_of(plan.timezone))
    first = min(signed_on, live_on) - timedelta(days=31)
    return lay_out(
        office.playbook,
        office.catalog.movement(plan.from_package, plan.to_package),
        signed_on=signed_on,
        live_on=live_on,
        holidays=office.catalog.calendar.days_off(first, live_on),
    )


async def _make_tasks(session: AsyncSession, plan: Plan, *, office: Office, now: datetime) -> None:
    stages = {stage.key: stage.title for stage in office.playbook.stages}
    for laid in laid_out(plan, office, live_day(plan)):
        step = laid.step
        task = NewTask(
            key=f"step:{step.key}",
            kind=TaskKind.SETUP,
            title=step.title,
            role=step.role,
            due_on=laid.due_on,
            instructions=step.instructions,
            board_group=stages[step.stage] if step.stage else BILLING_GROUP,
            blocks_ready=Blocks.READY in step.blocks,
            service=step.service,
            checklist=[
                {"text": item.text, "required": item.required, "done": False}
                for item in step.checklist
            ],
        )
        await add_task(session, plan, task, now=now)


async def intended_adjustments(
    session: AsyncSession, plan: Plan, live_on: date, *, office: Office, now: datetime
) -> tuple[IntendedAdjustment, ...]:
    """The changes of the client's bill that an upgrade on this live date needs.

    Where the window is open already, only what is left of it counts.
    """
    today = day_of(now, zone_of(plan.timezone))
    agreement = await agreement_of(session, plan)
    packages = office.catalog.packages
    return adjustments_of_upgrade(
        packages[plan.from_package],
        packages[plan.to_package],
        services_from_json(agreement.services),
        live_on,
        prefer=office.playbook.billing.prefer,
        window_days=min(office.playbook.window_days, (live_on - today).days),
    )


async def _make_adjustments(
    session: AsyncSession, plan: Plan, *, office: Office, now: datetime
) -> None:
    intended = await intended_adjustments(session, plan, live_day(plan), office=office, now=now)
    for one in intended:
        await add_adjustment(session, plan, one, office=office, now=now)


async def add_adjustment(
    session: AsyncSession, plan: Plan, one: IntendedAdjustment, *, office: Office, now: datetime
) -> Adjustment:
    """Write an adjustment down, with the task in which a person makes it."""
    position = 1 + max([each.position for each in await adjustments_of(session, plan)], default=0)
    row = Adjustment(
        id=new_id(),
        plan_id=plan.id,
        kind=str(one.kind),
        service=one.service,
        position=position,
        mode=str(office.billing_mode),
    )
    fill_adjustment(row, plan, one)
    session.add(row)
    await session.flush()
    client = await client_of(session, plan)
    task = NewTask(
        key=f"adjustment:{row.id}",
        kind=TaskKind.ADJUSTMENT,
        title=adjustment_title(one, office),
        instructions=adjustment_instructions(one, office, client.name),
        role=office.playbook.setup_role,
        due_on=adjustment_due_on(one, plan, now=now),
        board_group=BILLING_GROUP,
        service=one.service,
        adjustment_id=row.id,
    )
    await add_task(session, plan, task, now=now)
    return row


def fill_adjustment(row: Adjustment, plan: Plan, one: IntendedAdjustment) -> None:
    """Write on a row what an intended adjustment says for the plan's present live date."""
    opens_at, closes_at = window_of(plan)
    in_window = plan.state == PlanState.IN_WINDOW
    row.state = str(AdjustmentState.DUE if in_window else AdjustmentState.SCHEDULED)
    row.effective_on = one.effective_on
    row.opens_at, row.closes_at = opens_at, closes_at
    row.safe_days = list(one.safe_days)
    row.money_minor = one.money.minor if one.money else None
    row.currency = one.money.currency if one.money else None
    row.note = one.note
    row.reason = None
    row.reckoning = None
    if one.reckoning is not None:
        row.reckoning = {
            "sentence": one.reckoning.sentence,
            "days": one.reckoning.days,
            "of_days": one.reckoning.of_days,
            "price": money_as_json(one.reckoning.price),
            "from": one.reckoning.span.start.isoformat(),
            "to": one.reckoning.span.end.isoformat(),
        }


def adjustment_due_on(one: IntendedAdjustment, plan: Plan, *, now: datetime) -> date:
    """The first safe day that is not past; the live date's eve where none is left."""
    today = day_of(now, zone_of(plan.timezone))
    left = [day for day in one.safe_days if day >= today]
    return left[0] if left else one.effective_on - timedelta(days=1)


_TITLES = {
    AdjustmentKind.CANCEL_SERVICE: "End {} of {}",
    AdjustmentKind.START_SERVICE: "Start {} of {}",
    AdjustmentKind.CHARGE: "Charge the gap of {}",
    AdjustmentKind.CREDIT: "Credit the overlap of {}",
}


def adjustment_title(one: IntendedAdjustment, office: Office) -> str:
    """What the task of an adjustment is called, on the plan and on the board."""
    service = office.catalog.services[one.service].title
    package = "the new package" if one.kind is AdjustmentKind.START_SERVICE else "the old package"
    return _TITLES[one.kind].format(service, package)


def adjustment_instructions(one: IntendedAdjustment, office: Office, client_name: str) -> str:
    """Exactly what to change in the billing system, when, and what is asked for afterwards."""
    service = office.catalog.services[one.service].title
    amount = f" ({one.money.spoken()})" if one.money else ""
    lines = [f"{one.kind.replace('_', ' ').capitalize()}: {service}{amount} for {client_name}."]
    if one.safe_days:
        lines.append(
            f"Safe from {spoken(one.safe_days[0])} to {spoken(one.safe_days[-1])}: "
            f"{len(one.safe_days)} days."
        )
    if one.reckoning is not None:
        lines.append(f"{one.reckoning.sentence}.")
    if one.note:
        lines.append(one.note)
    if one.kind in IRREVERSIBLE:
        lines.append(
            "Ending a service takes effect at once and cannot be undone. End this one only: what "
            f"the client buys beside the package stays. Type: {client_name} / {one.service}"
        )
    lines.append("Afterwards, say where the change can be seen (reference, link, note).")
    return "\n".join(lines)


async def set_timers(session: AsyncSession, plan: Plan, *, office: Office) -> None:
    """Remind of the acknowledgement, and escalate it, before the plan's live date.

    Earlier timers of the plan are dropped; a time that has passed fires at the next sweep.

    Source: docs/domain/upgrade.md, "What happens" 6.
    """
    live_on = live_day(plan)
    await drop_timers(session, plan)
    if plan.acknowledged_at is not None:
        return
    asked = office.playbook.acknowledgement
    for moment, when in (
        (Moment.ACKNOWLEDGEMENT_DUE, asked.remind),
        (Moment.ACKNOWLEDGEMENT_OVERDUE, asked.escalate),
    ):
        fires_at = last_before(live_on, when, office.timezone)
        statement = insert(Timer).values(
            id=new_id(), plan_id=plan.id, moment=str(moment), fires_at=fires_at, state="waiting"
        )
        # A plan that comes back to a date finds its dropped timers there; a fired one stays so.
        await session.execute(
            statement.on_conflict_do_update(
                index_elements=[Timer.plan_id, Timer.moment, Timer.fires_at],
                set_={"state": "waiting"},
                where=Timer.state == "dropped",
            )
        )


async def drop_timers(session: AsyncSession, plan: Plan) -> None:
    """Drop what would still remind of the plan."""
    await session.execute(
        update(Timer)
        .where(Timer.plan_id == plan.id, Timer.state == "waiting")
        .values(state="dropped")
    )


def _what_support_should_know(plan: Plan) -> Sequence[str]:
    known: list[str] = []
    if plan.support_id is None:
        known.append("Nobody active in Support: the tasks are unassigned.")
    if plan.staff_named:
        named = ", ".join(sorted(str(email) for email in plan.staff_named.values()))
        known.append(f"Named in the agreement, but not known here: {named}.")
    return known
