"""Setting and moving the live date: the one date from which everything else follows."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.db import plans
from app.db.models import Adjustment, Client, Plan, Task
from app.domain.actor import Actor
from app.domain.adjustment import (
    CARRIED_OUT,
    AdjustmentKind,
    AdjustmentState,
    IntendedAdjustment,
)
from app.domain.calendar import zone_of
from app.domain.errors import Conflict
from app.domain.live_date import LiveDate, live_date
from app.domain.plan import PlanState, transition
from app.domain.playbook.model import Moment
from app.domain.task import SETTLED, TaskState
from app.services.begun import begin, date_plan, laid_out, set_timers
from app.services.billing_changes import (
    add_adjustment,
    adjustment_due_on,
    adjustment_instructions,
    fill_adjustment,
    intended_adjustments,
)
from app.services.boards import BOARD_ITEM, fit_board, item_due_on
from app.services.client_mail import renew_begun_email
from app.services.effects import Told, announce
from app.services.office import Office
from app.services.standing import touch
from app.services.withdrawals import withdraw_client_emails


class AdjustmentsCarriedOut(Conflict):
    """The client's bill was changed for the present live date already."""

    code = "adjustments_carried_out"


@dataclass(frozen=True, slots=True)
class SetLiveDate:
    """Set or move the live date of a plan."""

    plan_id: UUID
    live_on: date
    reason: str | None


@dataclass(frozen=True, slots=True)
class Moved:
    """One value that follows the live date: what it belongs to, and both values in words."""

    subject: str
    field: str
    before: str | None
    after: str | None


async def preview_live_date(
    session: AsyncSession, command: SetLiveDate, *, office: Office, now: datetime
) -> tuple[Plan, tuple[Moved, ...]]:
    """Say all that would follow from a live date, and change nothing.

    Raises:
        PlanNotFound, LiveDateNotMonday, LiveDatePast, TransitionRefused, AdjustmentsCarriedOut:
            as `set_live_date`.
    """
    plan = await plans.lock(session, command.plan_id)
    at = await _accepted(session, plan, command, office=office, now=now)
    return plan, await _what_moves(session, plan, at, office=office, now=now)


async def set_live_date(
    session: AsyncSession, command: SetLiveDate, *, office: Office, actor: Actor, now: datetime
) -> tuple[Plan, tuple[Moved, ...]]:
    """Set or move the live date, and everything that follows from it, in one transaction.

    Due dates are laid out again, adjustments not yet made move with their safe days, reminders
    move, an e-mail that was not sent yet is withdrawn and written anew, the board is dated anew.

    Returns:
        The plan, and what moved.

    Raises:
        PlanNotFound: there is no such plan.
        LiveDateNotMonday, LiveDatePast: I1, I2.
        TransitionRefused: the plan is live, held, cancelled or under review.
        AdjustmentsCarriedOut: the client's bill was changed for the present date.

    Source: docs/domain/upgrade.md, I1, I2, I10.
    """
    plan = await plans.lock(session, command.plan_id)
    at = await _accepted(session, plan, command, office=office, now=now)
    moved = await _what_moves(session, plan, at, office=office, now=now)
    if plan.begun_at is None:
        await begin(session, plan, at, office=office, actor=actor, now=now)
    elif at.live_on != plan.live_on or plan.state == PlanState.MISSED:
        await _move(session, plan, at, command, office=office, actor=actor, now=now)
    await touch(session, plan, office=office, actor=actor, now=now)
    return plan, moved


async def _accepted(
    session: AsyncSession, plan: Plan, command: SetLiveDate, *, office: Office, now: datetime
) -> LiveDate:
    at = live_date(
        command.live_on, zone_of(plan.timezone), now=now, window_days=office.playbook.window_days
    )
    transition(PlanState(plan.state), at.trigger)
    done = [one for one in await plans.adjustments_of(session, plan) if one.state in CARRIED_OUT]
    if done and at.live_on != plan.live_on:
        raise AdjustmentsCarriedOut(
            f"{len(done)} of the plan's billing adjustments were carried out for "
            f"{plan.live_on}; its date cannot be moved here: agree with billing what is put back "
            "by hand.",
            facts={"adjustment_ids": [str(one.id) for one in done]},
        )
    return at


async def _what_moves(
    session: AsyncSession, plan: Plan, at: LiveDate, *, office: Office, now: datetime
) -> tuple[Moved, ...]:
    """The diff, reckoned the same way as the change itself."""
    moved = [Moved("plan", "live_on", _day(plan.live_on), _day(at.live_on))]
    moved.append(Moved("plan", "live_at", _instant(plan.live_at), _instant(at.live_at)))
    opens = Moved(
        "plan", "window_opens_at", _instant(plan.window_opens_at), _instant(at.window_opens_at)
    )
    moved.append(opens)
    if plan.begun_at is not None:
        for task, due_on in await _due_dates(session, plan, at.live_on, office):
            moved.append(Moved(f"task: {task.title}", "due_on", _day(task.due_on), _day(due_on)))
        intended = await intended_adjustments(session, plan, at.live_on, office=office, now=now)
        for row, one in _matched(await plans.adjustments_of(session, plan), intended):
            before = _span(row.safe_days) if row else None
            name = _name(row, one)
            moved.append(Moved(name, "safe_days", before, _span(one.safe_days) if one else None))
    return tuple(each for each in moved if each.before != each.after)


def _name(row: Adjustment | None, one: IntendedAdjustment | None) -> str:
    kind, service = (row.kind, row.service) if row else (one.kind, one.service) if one else ("", "")
    return f"adjustment: {kind.replace('_', ' ')} {service}"


async def _due_dates(
    session: AsyncSession, plan: Plan, live_on: date, office: Office
) -> list[tuple[Task, date]]:
    """Open tasks with their new due dates.

    Steps are laid out anew, and so are items of the board by their group; others stay where they
    are, at the latest on the live date.
    """
    laid = {f"step:{each.step.key}": each.due_on for each in laid_out(plan, office, live_on)}
    dates: list[tuple[Task, date]] = []
    for task in await plans.tasks_of(session, plan):
        if TaskState(task.state) in SETTLED or task.due_on is None:
            continue
        if task.adjustment_id is None:
            day = laid.get(task.key)
            if day is None and task.key.startswith(BOARD_ITEM):
                day = item_due_on(plan, task.board_group, live_on, office=office)
            dates.append((task, day or min(task.due_on, live_on)))
    return dates


def _matched(
    rows: list[Adjustment], intended: tuple[IntendedAdjustment, ...]
) -> list[tuple[Adjustment | None, IntendedAdjustment | None]]:
    """Pair what stands with what is intended; either side may be missing."""
    left = list(intended)
    pairs: list[tuple[Adjustment | None, IntendedAdjustment | None]] = []
    for row in rows:
        one = next((o for o in left if (o.kind, o.service) == (row.kind, row.service)), None)
        if one is not None:
            left.remove(one)
        if one is not None or row.state != AdjustmentState.VOIDED:
            pairs.append((row, one))
    return [*pairs, *((None, one) for one in left)]


async def _move(
    session: AsyncSession,
    plan: Plan,
    at: LiveDate,
    command: SetLiveDate,
    *,
    office: Office,
    actor: Actor,
    now: datetime,
) -> None:
    was_live_on = plan.live_on
    dates = await _due_dates(session, plan, at.live_on, office)
    date_plan(session, plan, at, actor=actor, now=now, reason=command.reason)
    for task, due_on in dates:
        task.due_on = due_on
        task.version += 1
    await _move_adjustments(session, plan, office=office, now=now)
    await set_timers(session, plan, office=office)
    await withdraw_client_emails(session, plan, office=office, now=now)
    await renew_begun_email(session, plan, office=office, now=now)
    await fit_board(session, plan, office=office, now=now)
    told = Told([command.reason] if command.reason else [], more={"was_live_on": was_live_on})
    await announce(session, plan, Moment.RESCHEDULED, told, office=office, now=now)


async def _move_adjustments(
    session: AsyncSession, plan: Plan, *, office: Office, now: datetime
) -> None:
    client = await plans.client_of(session, plan)
    tasks = {task.adjustment_id: task for task in await plans.tasks_of(session, plan)}
    intended = await intended_adjustments(
        session, plan, plans.live_day(plan), office=office, now=now
    )
    for row, one in _matched(await plans.adjustments_of(session, plan), intended):
        if row is None and one is not None:
            await add_adjustment(session, plan, one, office=office, now=now)
        elif row is not None and one is None:
            row.state, row.reason = AdjustmentState.VOIDED, "The live date moved."
            _skip(tasks.get(row.id), row.reason)
            row.version += 1
        elif row is not None and one is not None and row.state not in CARRIED_OUT:
            if row.state == AdjustmentState.VOIDED and row.kind in _ONCE:
                continue  # somebody voided it with a reason: that stands
            fill_adjustment(row, plan, one)
            row.version += 1
            _date_again(tasks.get(row.id), one, plan, office, client, now=now)


_ONCE = (AdjustmentKind.CANCEL_SERVICE, AdjustmentKind.START_SERVICE)


def _date_again(
    task: Task | None,
    one: IntendedAdjustment,
    plan: Plan,
    office: Office,
    client: Client,
    *,
    now: datetime,
) -> None:
    if task is not None:
        task.state, task.reason, task.blocked_at = TaskState.OPEN, None, None
        task.due_on = adjustment_due_on(one, plan, now=now)
        task.instructions = adjustment_instructions(one, office, client.name)
        task.version += 1


def _skip(task: Task | None, reason: str) -> None:
    if task is not None and TaskState(task.state) not in SETTLED:
        task.state, task.reason = TaskState.SKIPPED, reason
        task.version += 1


def _day(day: date | None) -> str | None:
    return day.isoformat() if day else None


def _instant(instant: datetime | None) -> str | None:
    return instant.strftime("%Y-%m-%dT%H:%M:%SZ") if instant else None


def _span(days: Any) -> str | None:
    return f"{days[0]} to {days[-1]}, {len(days)} days" if days else "none"
