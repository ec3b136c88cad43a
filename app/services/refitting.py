"""Refitting a begun plan: all that follows from its date and its packages, brought in line."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.db import plans
from app.db.models import Adjustment, Plan, Task
from app.db.runs import kept_run
from app.domain.adjustment import (
    CARRIED_OUT,
    AdjustmentKind,
    AdjustmentState,
    IntendedAdjustment,
    still_holds,
)
from app.domain.run.model import RunStep
from app.domain.task import SETTLED, TaskState
from app.services.begun import laid_out, task_of_step
from app.services.billing_changes import (
    add_adjustment,
    adjustment_due_on,
    adjustment_instructions,
    fill_adjustment,
    intended_adjustments,
    made_of,
)
from app.services.boards import BOARD_ITEM, fit_board, item_due_on
from app.services.client_mail import renew_begun_email
from app.services.dropping import NO_LONGER, ONCE, drop_adjustment, drop_task
from app.services.new_tasks import add_tasks, put_state
from app.services.office import Office
from app.services.plan_runs import playbook_of
from app.services.releases import withdraw_release
from app.services.reversals import WANTED, drop_reversal, want_reversal
from app.services.withdrawals import withdraw_client_emails


async def refit_plan(
    session: AsyncSession, plan: Plan, *, reason: str, office: Office, now: datetime
) -> None:
    """Bring tasks, adjustments, unsent e-mails and the board in line with the plan.

    What was carried out stays, and counts: days that were credited or charged for another date are
    reckoned against the new one, and what was started for it becomes a person's task to take back.

    Args:
        session: The caller ends with `touch`.
        plan: Begun, dated, with its new terms written on it.
        reason: Why, as a sentence; for those who take something back.
        office: The installation.
        now: The present instant.

    Source: docs/domain/upgrade.md, I10 and "Moving the date".
    """
    await withdraw_release(session, plan, reason, office=office, now=now)
    await refit_tasks(session, plan, office=office, now=now)
    await refit_adjustments(session, plan, reason=reason, office=office, now=now)
    await withdraw_client_emails(session, plan, office=office, now=now)
    await renew_begun_email(session, plan, office=office, now=now)
    await fit_board(session, plan, office=office, now=now)


async def refit_tasks(session: AsyncSession, plan: Plan, *, office: Office, now: datetime) -> None:
    """Date open tasks anew; add the steps that the movement brings, drop those that it removes.

    Steps are laid out anew, and so are items of the board by their group; other tasks stay where
    they are, at the latest on the live date.
    """
    live_on = plans.live_day(plan)
    book = await playbook_of(session, plan, office=office)
    laid = {f"step:{each.step.key}": each for each in laid_out(plan, book, office, live_on)}
    tasks = await plans.tasks_of(session, plan)
    for task in tasks:
        if task.key.startswith("step:") and task.key not in laid:
            drop_task(task)
        elif task.reason == NO_LONGER and task.key in laid:
            put_state(task, TaskState.OPEN)
        if TaskState(task.state) not in SETTLED and task.adjustment_id is None:
            step = laid.get(task.key)
            _date(task, step.due_on if step else _due_on(plan, task, live_on, office))
    if plan.run_id is not None:
        (await kept_run(session, plan.run_id)).version += 1
    there = {task.key for task in tasks}
    new = [
        task_of_step(step, book, RunStep(step.step.key))
        for key, step in laid.items()
        if key not in there
    ]
    await add_tasks(session, plan, new, now=now)


def _due_on(plan: Plan, task: Task, live_on: date, office: Office) -> date | None:
    if task.key.startswith(BOARD_ITEM):
        return item_due_on(plan, task.board_group, live_on, office=office)
    return min(task.due_on, live_on) if task.due_on else None


def _date(task: Task, day: date | None) -> None:
    if day is not None and day != task.due_on:
        task.due_on = day
        task.version += 1


async def refit_adjustments(
    session: AsyncSession, plan: Plan, *, reason: str, office: Office, now: datetime
) -> None:
    """Fill, add and void adjustments, so that each day is billed once under the plan's new terms.

    Args:
        session: The session of the change.
        plan: With its new terms.
        reason: Why, as a sentence; for those who take something back.
        office: The installation.
        now: The present instant.

    Source: docs/domain/upgrade.md, I4 and "Moving the date".
    """
    rows = await plans.adjustments_of(session, plan)
    tasks = {task.adjustment_id: task for task in await plans.tasks_of(session, plan)}
    await _look_at_starts(session, plan, rows, tasks, reason=reason, office=office, now=now)
    intended = await intended_adjustments(
        session, plan, plans.live_day(plan), office=office, now=now
    )
    client = await plans.client_of(session, plan)
    for row, one in _matched([row for row in rows if _may_change(row)], _asked_for(intended, rows)):
        if row is None and one is not None:
            await add_adjustment(session, plan, one, office=office, now=now)
        elif row is not None and one is None:
            drop_adjustment(row, tasks.get(row.id))
        elif row is not None and one is not None:
            fill_adjustment(row, plan, one)
            row.version += 1
            if (task := tasks.get(row.id)) is not None:
                task.state, task.reason, task.blocked_at = TaskState.OPEN, None, None
                task.due_on = adjustment_due_on(one, plan, now=now)
                task.instructions = adjustment_instructions(one, office, client.name)
                task.version += 1


async def _look_at_starts(
    session: AsyncSession,
    plan: Plan,
    rows: Sequence[Adjustment],
    tasks: Mapping[UUID | None, Task],
    *,
    reason: str,
    office: Office,
    now: datetime,
) -> None:
    """A service that was started for another day, or is not taken any more, is taken back."""
    new = office.catalog.packages[plan.to_package]
    for row, made in made_of(rows):
        if made.kind is not AdjustmentKind.START_SERVICE:
            continue
        holds = still_holds(made, new, plans.live_day(plan))
        if not holds and row.reversal is None:
            await want_reversal(session, plan, row, reason, office=office, now=now)
        elif holds and row.reversal == WANTED:
            for other in rows:
                if _is_open_twin(other, row):
                    drop_adjustment(other, tasks.get(other.id))
            await session.flush()  # one start of a service at a time: the database holds it
            await drop_reversal(session, row)
    await session.flush()


def _is_open_twin(other: Adjustment, row: Adjustment) -> bool:
    return (other.kind, other.service) == (row.kind, row.service) and _may_change(other)


def _may_change(row: Adjustment) -> bool:
    """Whether the row is the service's to change: not carried out, and dropped by nobody."""
    if row.state == AdjustmentState.VOIDED:
        return row.reason == NO_LONGER
    return row.state not in CARRIED_OUT


def _asked_for(
    intended: Sequence[IntendedAdjustment], rows: Sequence[Adjustment]
) -> list[IntendedAdjustment]:
    """What is intended, less what somebody dropped with a reason: that stands."""
    dropped = {
        (row.kind, row.service)
        for row in rows
        if row.state == AdjustmentState.VOIDED and row.kind in ONCE and not _may_change(row)
    }
    return [one for one in intended if (str(one.kind), one.service) not in dropped]


def _matched(
    rows: Sequence[Adjustment], intended: Sequence[IntendedAdjustment]
) -> list[tuple[Adjustment | None, IntendedAdjustment | None]]:
    """Pair what stands with what is intended; either side may be missing.

    What is open comes first: a row that was dropped comes back only where none stands for it.
    """
    left = list(intended)
    pairs: list[tuple[Adjustment | None, IntendedAdjustment | None]] = []
    for row in sorted(rows, key=lambda row: row.state == AdjustmentState.VOIDED):
        one = next((o for o in left if (o.kind, o.service) == (row.kind, row.service)), None)
        if one is not None:
            left.remove(one)
        pairs.append((row, one))
    return [*pairs, *((None, one) for one in left)]
