"""Begun: the moment from which a plan has its date, its tasks, its adjustments and its messages."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from app.db.models import Plan
from app.db.plans import live_day
from app.domain.actor import Actor
from app.domain.calendar import day_of, zone_of
from app.domain.live_date import LiveDate
from app.domain.plan import LIVE_DATE_QUESTIONS, PlanFlag, PlanState, transition
from app.domain.playbook.model import Blocks, Playbook
from app.domain.playbook.moment import Moment
from app.domain.playbook.schedule import LaidStep, lay_out
from app.domain.readiness import CompleteEmailState
from app.domain.run.model import RunStep
from app.domain.task import TaskKind
from app.services.audit import record
from app.services.billing_changes import BILLING_GROUP, intended_adjustments, write_adjustments
from app.services.effects import Told, announce
from app.services.new_tasks import NewTask, add_tasks
from app.services.office import Office
from app.services.plan_runs import begin_run
from app.services.releases import release_wanted


async def begin(
    session: AsyncSession, plan: Plan, at: LiveDate, *, office: Office, actor: Actor, now: datetime
) -> None:
    """Give a plan its first live date, and set off all of *Begun*: once in a plan's life.

    Source: docs/domain/upgrade.md, "What happens" 2, and I2 for a window that is open already.
    """
    date_plan(session, plan, at, actor=actor, now=now)
    plan.begun_at = now
    await _make_work(session, plan, office=office, actor=actor, now=now)
    await session.flush()
    details = _what_support_should_know(plan)
    await announce(session, plan, Moment.BEGUN, Told(details), office=office, now=now)
    if PlanFlag.COMPRESSED in plan.flags:
        told = Told(release_wanted(plan, office))
        await announce(session, plan, Moment.COMPRESSED, told, office=office, now=now)


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


def laid_out(plan: Plan, book: Playbook, office: Office, live_on: date) -> tuple[LaidStep, ...]:
    """The playbook's steps for the plan's movement, dated backwards from a live date."""
    signed_on = day_of(plan.signed_at, zone_of(plan.timezone))
    first = min(signed_on, live_on) - timedelta(days=31)
    return lay_out(
        book,
        office.catalog.movement(plan.from_package, plan.to_package),
        signed_on=signed_on,
        live_on=live_on,
        holidays=office.catalog.calendar.days_off(first, live_on),
    )


async def _make_work(
    session: AsyncSession, plan: Plan, *, office: Office, actor: Actor, now: datetime
) -> None:
    """The run with the playbook's steps, and the changes of the bill, each with its task."""
    live_on, book = live_day(plan), office.playbook
    laid = laid_out(plan, book, office, live_on)
    stand = await begin_run(session, plan, laid, office=office, actor=actor, now=now)
    steps = [task_of_step(each, book, stand[each.step.key]) for each in laid]
    intended = await intended_adjustments(session, plan, live_on, office=office, now=now)
    _, changes = await write_adjustments(session, plan, intended, office=office, now=now)
    await add_tasks(session, plan, [*steps, *changes], now=now)


def task_of_step(laid: LaidStep, book: Playbook, stands: RunStep) -> NewTask:
    """The task of a step of the playbook, due on its day, as it stands in its run."""
    step = laid.step
    stages = {stage.key: stage.title for stage in book.stages}
    return NewTask(
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
            {"text": item.text, "required": item.required, "done": False} for item in step.checklist
        ],
        step=stands,
    )


def _what_support_should_know(plan: Plan) -> Sequence[str]:
    known: list[str] = []
    if plan.support_id is None:
        known.append("Nobody active in Support: the tasks are unassigned.")
    if plan.staff_named:
        named = ", ".join(sorted(str(email) for email in plan.staff_named.values()))
        known.append(f"Named in the agreement, but not known here: {named}.")
    return known
