"""Cancelling, step by step: listed before it is done, and done as it was listed."""

from collections.abc import AsyncIterator, Iterator
from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.db import plans
from app.db.models import Adjustment, Delivery, Plan, Task, Timer
from app.domain.adjustment import AdjustmentKind, AdjustmentState, adjustment_summary
from app.domain.calendar import day_of, zone_of
from app.domain.cancelling import (
    CancelStep,
    Fate,
    fate_of_adjustment,
    fate_of_board,
    fate_of_email,
    fate_of_task,
)
from app.domain.delivery import CLIENT_EMAILS, DeliveryKind, DeliveryState
from app.domain.task import SETTLED, TaskKind, TaskState
from app.services.new_tasks import NewTask, add_task, put_state
from app.services.office import Office
from app.services.reversals import DONE, WANTED, want_reversal

_ADJUSTMENTS = {
    Fate.DROPPED: "It was not made, and is void.",
    Fate.FOR_A_PERSON: "It was made: a task asks a person to put it back.",
    Fate.CANNOT_BE_UNDONE: "It was made and cannot be undone: a task asks a person to start the "
    "service again as it was, and to settle the days between with billing.",
}
_TASKS = {
    Fate.DROPPED: "It is open, and is skipped.",
    Fate.FOR_A_PERSON: "It is done: a person takes down what was set up.",
}
_PUT_BACK = "It is open, and stays: what it puts back was made for another date."
_EMAILS = {
    Fate.DROPPED: "It has not been sent, and is not.",
    Fate.REVERSED: "The helpdesk was asked to send it: it is taken back there.",
    Fate.CANNOT_BE_UNDONE: "The client has it: a person tells them that the upgrade is cancelled.",
}
_BOARD = {
    Fate.DROPPED: "It was not made yet, and is not.",
    Fate.FOR_A_PERSON: "A person archives it; nothing is written to it any more.",
}


async def steps_of_cancelling(
    session: AsyncSession, plan: Plan, *, office: Office
) -> tuple[CancelStep, ...]:
    """List what cancelling a plan would undo, what it would leave to people, and what stays.

    Source: docs/domain/upgrade.md, I10.
    """
    tasks = await plans.tasks_of(session, plan)
    adjustments = await plans.adjustments_of(session, plan)
    steps = [*_of_adjustments(adjustments, office), *_of_tasks(tasks)]
    steps += [step async for step in _of_messages(session, plan)]
    steps += _of_board(plan)
    steps += await _of_reminders(session, plan)
    return tuple(steps)


def _of_adjustments(rows: list[Adjustment], office: Office) -> Iterator[CancelStep]:
    for one in rows:
        kind, state = AdjustmentKind(one.kind), AdjustmentState(one.state)
        fate = fate_of_adjustment(kind, state, put_back=one.reversal == DONE)
        if fate is not None:
            title = office.catalog.services[one.service].title
            summary = adjustment_summary(one.kind, title)
            yield CancelStep(fate, "adjustment", one.id, summary, _ADJUSTMENTS[fate])


def _of_tasks(rows: list[Task]) -> Iterator[CancelStep]:
    for task in rows:
        fate = fate_of_task(TaskKind(task.kind), TaskState(task.state))
        if fate is not None:
            detail = _PUT_BACK if task.kind == TaskKind.REVERSAL else _TASKS[fate]
            yield CancelStep(fate, "task", task.id, task.title, detail)


async def _of_messages(session: AsyncSession, plan: Plan) -> AsyncIterator[CancelStep]:
    mails = await session.scalars(
        select(Delivery)
        .where(Delivery.plan_id == plan.id, Delivery.kind.in_([str(k) for k in CLIENT_EMAILS]))
        .order_by(Delivery.created_at, Delivery.id)
    )
    for mail in mails:
        fate = fate_of_email(DeliveryState(mail.state), has_left=mail.published_at is not None)
        if fate is not None:
            yield CancelStep(fate, "e-mail", mail.id, mail.subject, _EMAILS[fate])
    posted = await session.scalar(
        select(func.count()).where(
            Delivery.plan_id == plan.id,
            Delivery.kind == DeliveryKind.CHAT_POST,
            Delivery.state == DeliveryState.DELIVERED,
        )
    )
    if posted:
        detail = "They stay; the rooms are told that the plan is cancelled."
        title = f"{posted} chat message{'s' * (posted > 1)}"
        yield CancelStep(Fate.CANNOT_BE_UNDONE, "chat", None, title, detail)


def _of_board(plan: Plan) -> Iterator[CancelStep]:
    wanted = plan.board_state in ("intended", "awaited")
    fate = fate_of_board(is_made=plan.board_ref is not None, is_wanted=wanted)
    if fate is not None:
        yield CancelStep(fate, "board", None, "The upgrade board", _BOARD[fate])


async def _of_reminders(session: AsyncSession, plan: Plan) -> list[CancelStep]:
    waiting = await session.scalar(
        select(func.count()).where(Timer.plan_id == plan.id, Timer.state == "waiting")
    )
    if not waiting:
        return []
    title = f"{waiting} reminder{'s' * (waiting > 1)}"
    return [CancelStep(Fate.DROPPED, "reminders", None, title, "Nobody is reminded any more.")]


async def carry_out_steps(
    session: AsyncSession,
    plan: Plan,
    steps: tuple[CancelStep, ...],
    reason: str,
    *,
    office: Office,
    now: datetime,
) -> None:
    """Void, skip, and ask people, as the steps say; e-mails and reminders are the caller's.

    Args:
        session: The session of the change.
        plan: It is cancelled.
        steps: As `steps_of_cancelling` listed them, before anything was changed.
        reason: A sentence: why the plan is cancelled.
        office: The installation.
        now: The present instant.
    """
    fates = {step.subject_id: step.fate for step in steps}
    for one in await plans.adjustments_of(session, plan):
        fate = fates.get(one.id)
        if fate is Fate.DROPPED:
            one.state, one.reason = AdjustmentState.VOIDED, reason
            one.version += 1
        elif fate is not None and one.reversal != WANTED:
            await want_reversal(session, plan, one, reason, office=office, now=now)
    done: list[str] = []
    for task in await plans.tasks_of(session, plan):
        if fates.get(task.id) is Fate.FOR_A_PERSON and task.kind == TaskKind.SETUP:
            done.append(task.title)
        elif TaskState(task.state) not in SETTLED and task.kind != TaskKind.REVERSAL:
            put_state(task, TaskState.SKIPPED, reason)
    for work in _work(plan, steps, done):
        await _ask(session, plan, *work, now=now)


def _work(
    plan: Plan, steps: tuple[CancelStep, ...], done: list[str]
) -> Iterator[tuple[str, str, str]]:
    """What people do afterwards beside putting billing back: key, title, instructions."""
    if done:
        lines = "\n".join(f"- {title}" for title in done)
        yield "set_up", "Take down what was set up", f"These steps were done:\n{lines}"
    for step in steps:
        if step.subject == "board" and step.fate is Fate.FOR_A_PERSON:
            yield "board", "Archive the upgrade board", plan.board_url or plan.board_ref or ""
    told = [s for s in steps if s.subject == "e-mail" and s.fate is Fate.CANNOT_BE_UNDONE]
    if told:
        titles = ", ".join(dict.fromkeys(step.title for step in told))
        yield (
            "client",
            "Tell the client that the upgrade is cancelled",
            f"They have been sent: {titles}.",
        )


async def _ask(
    session: AsyncSession, plan: Plan, key: str, title: str, instructions: str, *, now: datetime
) -> None:
    task = NewTask(
        key=f"follow_up:cancelled:{key}",
        kind=TaskKind.FOLLOW_UP,
        title=title,
        instructions=instructions,
        role="support",
        due_on=_today(plan, now),
    )
    await add_task(session, plan, task, now=now)


def _today(plan: Plan, now: datetime) -> date:
    return day_of(now, zone_of(plan.timezone))
