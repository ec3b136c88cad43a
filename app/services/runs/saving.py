"""Saving what an action did to a run: rows, deadlines, questions, audit, and what follows."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import tuple_, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.db.ids import new_id
from app.db.models import Client, EscalationRow, PlaybookRun, RunDeadlineRow, Task
from app.db.runs import put_run, put_step
from app.domain.actor import Actor
from app.domain.approval import ApprovalState, ApprovalSubject
from app.domain.playbook.condition import Known
from app.domain.playbook.model import Playbook, Step
from app.domain.playbook.who import ByTable
from app.domain.run.assigning import assignment_of, doer_of
from app.domain.run.figures import figures_of
from app.domain.run.model import (
    Asked,
    Moved,
    Person,
    Run,
    RunDeadline,
    RunState,
    RunStep,
    StepState,
)
from app.domain.run.moving import Moving
from app.services.approvals import Question, ask, void_approvals
from app.services.audit import record
from app.services.office import Office
from app.services.runs.effects import Scene, sent_by
from app.services.runs.outbox import owner_of, send
from app.services.runs.people import assigned
from app.services.runs.reminding import keep_run_reminders

_SUBJECTS = {
    Asked.STEP: ApprovalSubject.RUN_STEP,
    Asked.DEVIATION: ApprovalSubject.RUN_DEVIATION,
}


Decide = Callable[[Moving, Person], Moved]
"""The rule that decides what an action of somebody comes to."""


@dataclass(frozen=True, slots=True)
class Done:
    """What was done with a run, for the audit trail.

    Attributes:
        action: In the past tense: `run.step_completed`.
        step: Its key, or "".
        reason: Why, where a person said so.
        is_decision: Whether an approval was decided by it.
        facts: What else is worth telling.
    """

    action: str
    step: str = ""
    reason: str | None = None
    is_decision: bool = False
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Held:
    """A run in hand.

    Attributes:
        playbook: In the run's version.
        row: The run, locked.
        steps: All of its steps.
        zone: In which the last days of its steps are told.
        before: The run as it was; None where it begins.
    """

    playbook: Playbook
    row: PlaybookRun
    steps: Sequence[Task]
    zone: ZoneInfo
    before: Run | None = None


async def save(
    session: AsyncSession,
    held: Held,
    moved: Moved,
    done: Done,
    *,
    office: Office,
    actor: Actor,
    now: datetime,
) -> Scene:
    """Write down what an action came to, in the caller's transaction.

    Args:
        session: The caller commits.
        held: The run.
        moved: What the action came to.
        done: What it was.
        office: The installation.
        actor: Whose.
        now: The present instant.

    Returns:
        The run, as what follows from it reads it.
    """
    await write(session, held, moved, done, actor=actor, now=now)
    await keep_run_reminders(session, held.row, held.playbook, held.steps, office=office, now=now)
    note(session, held.row, held.before, moved, done, actor=actor, now=now)
    scene = await scene_of(session, held.playbook, held.row, moved.run)
    sent = await sent_by(session, scene, moved.happenings, office=office, now=now)
    await send(session, sent, office=office, now=now)
    return scene


async def write(
    session: AsyncSession, held: Held, moved: Moved, done: Done, *, actor: Actor, now: datetime
) -> None:
    """Write down a run as an action left it, its deadlines and what is asked; nobody is told.

    Args:
        session: The caller commits.
        held: The run.
        moved: What the action came to.
        done: What it was.
        actor: Whose.
        now: The present instant.
    """
    playbook, row, before = held.playbook, held.row, held.before
    by_key = {task.step: task for task in held.steps}
    if before is not None:
        row.version += 1
    put_run(row, moved.run)
    if moved.run.state is not RunState.RUNNING:
        row.ended_at = now
        row.reason = done.reason if moved.run.state is RunState.CANCELLED else None
    await _save_steps(session, held, moved, done, now=now)
    await session.flush()
    await _end_deadlines(session, row.id, moved, now=now)
    session.add_all(_deadline_row(playbook, row.id, each, now=now) for each in moved.begun)
    for question in moved.questions:
        step = by_key[question.step]
        facts = {
            "run_id": str(row.id),
            "playbook": row.playbook,
            "subject": row.subject_ref,
            "step": question.step,
        }
        # Asked anew, it takes the place of what was asked before.
        await void_approvals(session, step.id, _SUBJECTS[question.about], now=now)
        asked = Question((_SUBJECTS[question.about], step.id), question.role, question.said, facts)
        await ask(session, asked, actor=actor, now=now)


async def _save_steps(
    session: AsyncSession, held: Held, moved: Moved, done: Done, *, now: datetime
) -> None:
    playbook, row, before = held.playbook, held.row, held.before
    by_key = {task.step: task for task in held.steps}
    figures = figures_of(playbook, moved.run)
    for step in playbook.steps:
        mine, is_now = by_key.get(step.key), moved.run.steps[step.key]
        was = before.steps.get(step.key) if before else None
        if mine is None or was == is_now:
            continue
        if before is not None:
            put_step(mine, step, is_now, held.zone)
            mine.version += 1
        anew = was is not None and was.state is StepState.WAITING
        elsewhere = anew and _routed(playbook, step, figures) not in (None, mine.role)
        is_given = mine.assignee_id is not None and not elsewhere
        is_given |= playbook.is_kept_by_code
        if is_now.state is StepState.READY and not is_given:
            mine.role, mine.assignee_id = await assigned(
                session, row, playbook, step, figures, now=now
            )
        if was is not None and not done.is_decision:
            await _void_unasked(session, mine.id, was, is_now, now=now)
    if moved.run.state is not RunState.RUNNING:
        for key, one in moved.run.steps.items():
            if ApprovalState.REQUESTED in (one.approval, one.deviation):
                await void_approvals(session, by_key[key].id, now=now)


async def _void_unasked(
    session: AsyncSession, step_id: UUID, was: RunStep, is_now: RunStep, *, now: datetime
) -> None:
    """Each question by itself: a step may ask for its approval where it asked to deviate."""
    asked = {
        Asked.STEP: (was.approval, is_now.approval),
        Asked.DEVIATION: (was.deviation, is_now.deviation),
    }
    for about, (then, still) in asked.items():
        if then is ApprovalState.REQUESTED and still is not then:
            await void_approvals(session, step_id, _SUBJECTS[about], now=now)


def _routed(playbook: Playbook, step: Step, figures: Mapping[str, Known]) -> str | None:
    """The role that a table names for a step, where one does."""
    by_table = isinstance(assignment_of(playbook, step), ByTable)
    return doer_of(playbook, step, figures).role if by_table else None


async def _end_deadlines(
    session: AsyncSession, run_id: UUID, moved: Moved, *, now: datetime
) -> None:
    if not moved.over:
        return
    ended = await session.scalars(
        update(RunDeadlineRow)
        .where(
            RunDeadlineRow.run_id == run_id,
            RunDeadlineRow.ended_at.is_(None),
            tuple_(RunDeadlineRow.key, RunDeadlineRow.step).in_(sorted(moved.over)),
        )
        .values(ended_at=now, next_at=None)
        .returning(RunDeadlineRow.id)
        .execution_options(synchronize_session=False)
    )
    await session.execute(
        update(EscalationRow)
        .where(EscalationRow.deadline_id.in_(list(ended)), EscalationRow.ended_at.is_(None))
        .values(ended_at=now)
        .execution_options(synchronize_session=False)
    )


def _deadline_row(
    playbook: Playbook, run_id: UUID, begun: RunDeadline, *, now: datetime
) -> RunDeadlineRow:
    said = next(each for each in playbook.deadlines if each.key == begun.key)
    # Nobody named: whoever has the step when it is warned of, or owns the run.
    told = list(said.tell) or ([] if begun.step else [playbook.owner])
    return RunDeadlineRow(
        id=new_id(),
        run_id=run_id,
        step=begun.step,
        key=begun.key,
        title=said.title,
        begun_at=now,
        warn_at=begun.warn_at,
        due_at=begun.due_at,
        tell=told,
        rung_roles=[rung.role for rung in begun.rungs],
        rung_ats=[rung.at for rung in begun.rungs],
        next_at=begun.warn_at or begun.due_at,
        rungs_raised=0,
    )


def note(
    session: AsyncSession,
    row: PlaybookRun,
    before: Run | None,
    moved: Moved,
    done: Done,
    *,
    actor: Actor,
    now: datetime,
) -> None:
    """One entry: what was done, and the states that changed by it."""
    was = {key: str(step.state) for key, step in before.steps.items()} if before else {}
    states = {key: str(step.state) for key, step in moved.run.steps.items()}
    changed = sorted(key for key, state in states.items() if was.get(key) != state)
    after: dict[str, Any] = {
        "state": row.state,
        "steps": {key: states[key] for key in changed},
        "version": row.version,
    }
    record(
        session,
        actor=actor,
        action=done.action,
        subject=("run", row.id),
        now=now,
        before={"steps": {key: was.get(key) for key in changed}} if before else None,
        after={**after, **({"step": done.step} if done.step else {}), **done.facts},
        reason=done.reason,
    )


async def scene_of(session: AsyncSession, playbook: Playbook, row: PlaybookRun, run: Run) -> Scene:
    """A run as its effects read it."""
    client = await session.get(Client, row.client_id) if row.client_id else None
    return Scene(playbook, row, owner_of(row), figures_of(playbook, run), client, f"{row.version}")
