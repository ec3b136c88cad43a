"""Runs as values: loaded with a lock, and saved as an action leaves them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.db import plans
from app.db.ids import new_id
from app.db.models import Plan, PlaybookRun, PlaybookText, RunDeadlineRow, Task
from app.domain.approval import ApprovalState
from app.domain.playbook.condition import Known
from app.domain.playbook.form import as_given, fill
from app.domain.playbook.model import Blocks, Playbook, Step
from app.domain.run.errors import RunNotFound
from app.domain.run.model import SHOWN, Person, Run, RunStage, RunState, RunStep, StepState, Tick
from app.domain.task import TaskKind


async def lock_run(session: AsyncSession, run_id: UUID) -> PlaybookRun:
    """Load a run and hold its row until the transaction ends, so that changes come one by one.

    What belongs to the run may be written meanwhile: the sweep of deadlines waits for nobody.

    Raises:
        RunNotFound: There is none.
    """
    row = await session.scalar(
        select(PlaybookRun)
        .where(PlaybookRun.id == run_id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )
    if row is None:
        raise RunNotFound("There is no run with this id.")
    return row


async def hold_run(session: AsyncSession, run_id: UUID) -> tuple[PlaybookRun, Plan | None]:
    """Hold a run; of a plan's, the plan before it: the order of all locks.

    Raises:
        RunNotFound: There is none.
    """
    plan_id = await session.scalar(select(Plan.id).where(Plan.run_id == run_id))
    plan = await plans.lock(session, plan_id) if plan_id is not None else None
    return await lock_run(session, run_id), plan


async def kept_run(session: AsyncSession, run_id: UUID) -> PlaybookRun:
    """A run that somebody holds the plan of; a session that goes on with it reads it once.

    The session forgets what nobody refers to; what a savepoint took back it reads again.
    """
    row = await session.get_one(PlaybookRun, run_id)
    session.info.setdefault("runs", {})[run_id] = row
    return row


def keep_run(session: AsyncSession, row: PlaybookRun, body: str) -> None:
    """Have a run that begins at hand, with the text of its playbook."""
    session.info.setdefault("runs", {})[row.id] = row
    session.info.setdefault("playbook_texts", {})[row.text_id] = body


async def text_of(session: AsyncSession, row: PlaybookRun) -> str:
    """The text of the playbook in the version that the run keeps; a session reads it once."""
    kept: dict[UUID, str] = session.info.setdefault("playbook_texts", {})
    if row.text_id not in kept:
        wanted = select(PlaybookText.body).where(PlaybookText.id == row.text_id)
        kept[row.text_id] = (await session.execute(wanted)).scalar_one()
    return kept[row.text_id]


async def steps_of(session: AsyncSession, run_id: UUID) -> list[Task]:
    """The run's steps in their order."""
    found = await session.scalars(
        select(Task)
        .where(Task.run_id == run_id, Task.step.is_not(None))
        .order_by(Task.position)
        .execution_options(populate_existing=True)
    )
    return list(found)


async def running_of(session: AsyncSession, run_id: UUID) -> frozenset[tuple[str, str]]:
    """The run's deadlines that run: their keys, each with its step."""
    found = await session.execute(
        select(RunDeadlineRow.key, RunDeadlineRow.step).where(
            RunDeadlineRow.run_id == run_id, RunDeadlineRow.ended_at.is_(None)
        )
    )
    return frozenset((key, step) for key, step in found)


def run_of(
    playbook: Playbook, row: PlaybookRun, steps: list[Task], running: frozenset[tuple[str, str]]
) -> Run:
    """A run's rows as the rules take it.

    Steps of versions that it kept before are history; one without a task is no part of the run.
    """
    rows = {task.step: task for task in steps}
    return Run(
        state=RunState(row.state),
        started_at=row.started_at,
        inputs=fill(playbook.inputs, row.inputs).values,
        anchors={key: datetime.fromisoformat(at) for key, at in row.anchors.items()},
        steps={
            step.key: _step_of(step, rows[step.key])
            if step.key in rows
            else RunStep(step.key, StepState.LEFT_OUT)
            for step in playbook.steps
        },
        stages={
            key: RunStage(
                key,
                _instant(one["entered_at"]),
                _instant(one["closed_at"]),
                {place: _tick_of(tick) for place, tick in one["checked"].items()},
            )
            for key, one in row.stages.items()
        },
        running=running,
    )


def _step_of(step: Step, row: Task) -> RunStep:
    assert row.step_state is not None  # the table holds that
    return RunStep(
        key=step.key,
        state=StepState(row.step_state),
        due_at=row.due_at,
        ready_at=row.ready_at,
        started_at=row.started_at,
        blocked_at=row.blocked_at,
        done_at=row.done_at,
        executor=Person(row.done_by, row.done_by_id) if row.done_by else None,
        verifier=Person(row.verified_by, row.verified_by_id) if row.verified_by else None,
        ticks={at: _tick_of(item) for at, item in enumerate(row.checklist) if item["done"]},
        answers=fill(step.asks, row.answers or {}).values,
        reason=row.reason,
        returns=row.returns,
        reopenings=row.reopenings,
        approval=ApprovalState(row.approval) if row.approval else None,
        deviation=ApprovalState(row.deviation) if row.deviation else None,
    )


@dataclass(frozen=True, slots=True)
class NewRun:
    """What a run that begins is about, and what it keeps.

    Attributes:
        text_id: The text of its playbook.
        subject_ref: What it is about, as others call it.
        cause: What started it, told apart from everything else.
        client_id: The client, where it is one of ours.
        people: Ids of staff, by role.
        by: Who began it.
        parent_id: The run that started it.
    """

    text_id: UUID
    subject_ref: str
    cause: str
    client_id: UUID | None
    people: dict[str, str]
    by: str
    parent_id: UUID | None = None


def run_row(new: NewRun, playbook: Playbook, run: Run) -> PlaybookRun:
    """The row of a run that begins."""
    row = PlaybookRun(
        id=new_id(),
        version=1,
        playbook=playbook.key,
        playbook_version=playbook.version,
        text_id=new.text_id,
        subject_kind=str(playbook.subject),
        subject_ref=new.subject_ref,
        client_id=new.client_id,
        parent_id=new.parent_id,
        cause=new.cause,
        people=new.people,
        started_at=run.started_at,
        started_by=new.by,
    )
    put_run(row, run)
    return row


def put_run(row: PlaybookRun, run: Run) -> None:
    """Write what is the run's own."""
    row.state = str(run.state)
    row.inputs = known_as_json(run.inputs)
    row.anchors = {key: at.isoformat() for key, at in run.anchors.items()}
    row.stages = {
        key: {
            "entered_at": one.entered_at.isoformat() if one.entered_at else None,
            "closed_at": one.closed_at.isoformat() if one.closed_at else None,
            "checked": {place: _tick_as_json(tick) for place, tick in one.checked.items()},
        }
        for key, one in run.stages.items()
    }


def new_step(
    row: PlaybookRun, playbook: Playbook, step: Step, mine: RunStep, zone: ZoneInfo
) -> Task:
    """The task of a step of a run, as it stands there; the zone tells its last day."""
    task = Task(id=new_id(), run_id=row.id, key=f"step:{step.key}", step=step.key, role=step.role)
    task.kind = str(TaskKind.STEP)
    say_step(task, playbook, step)
    put_step(task, step, mine, zone)
    return task


def say_step(task: Task, playbook: Playbook, step: Step) -> None:
    """Write what the run's version says of a step."""
    stages = {stage.key: stage.title for stage in playbook.stages}
    task.position = playbook.steps.index(step) + 1
    task.title, task.instructions, task.service = step.title, step.instructions, step.service
    task.board_group = stages[step.stage] if step.stage else ""
    task.blocks_ready = Blocks.READY in step.blocks


def put_step(row: Task, step: Step, mine: RunStep, zone: ZoneInfo) -> None:
    """Write a step as it is now.

    Args:
        row: Its task.
        step: Of the run's version.
        mine: Where it stands.
        zone: In which its last day is told.
    """
    row.step_state, row.state = str(mine.state), str(SHOWN[mine.state])
    if mine.due_at != row.due_at:
        row.due_at, row.due_on = mine.due_at, last_day(mine.due_at, zone)
    row.ready_at, row.started_at = mine.ready_at, mine.started_at
    row.blocked_at, row.done_at = mine.blocked_at, mine.done_at
    row.done_by = mine.executor.name if mine.executor else None
    row.done_by_id = mine.executor.id if mine.executor else None
    row.verified_by = mine.verifier.name if mine.verifier else None
    row.verified_by_id = mine.verifier.id if mine.verifier else None
    row.checklist = [
        {"text": item.text, "required": item.required, "done": at in mine.ticks}
        | (_tick_as_json(mine.ticks[at]) if at in mine.ticks else {})
        for at, item in enumerate(step.checklist)
    ]
    row.answers, row.reason = known_as_json(mine.answers), mine.reason
    row.returns, row.reopenings = mine.returns, mine.reopenings
    row.approval = str(mine.approval) if mine.approval else None
    row.deviation = str(mine.deviation) if mine.deviation else None


def last_day(due_at: datetime | None, zone: ZoneInfo) -> date | None:
    """The day that a step's time ends on; one that ends as a day does has that whole day."""
    if due_at is None:
        return None
    return (due_at - timedelta(microseconds=1)).astimezone(zone).date()


def known_as_json(values: Mapping[str, Known]) -> dict[str, Any]:
    """Values of a form as JSON, from which the form reads them again; numbers are text."""
    return as_given(values)


def _tick_of(document: Mapping[str, Any]) -> Tick:
    at = datetime.fromisoformat(document["at"])
    return Tick(document["by"], at, document["evidence"])


def _tick_as_json(tick: Tick) -> dict[str, Any]:
    return {"by": tick.by, "at": tick.at.isoformat(), "evidence": tick.evidence}


def _instant(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
