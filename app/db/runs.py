"""Runs as values: loaded with a lock, and saved as an action leaves them."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.db.models import PlaybookRun, PlaybookText, RunDeadlineRow, RunStepRow
from app.domain.approval import ApprovalState
from app.domain.playbook.condition import Known
from app.domain.playbook.form import Field, as_given, fill
from app.domain.playbook.model import Playbook
from app.domain.run.errors import RunNotFound
from app.domain.run.model import Person, Run, RunStage, RunState, RunStep, StepState, Tick


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


async def text_of(session: AsyncSession, row: PlaybookRun) -> str:
    """The text of the playbook in the version that the run keeps."""
    body: str | None = await session.scalar(
        select(PlaybookText.body).where(PlaybookText.id == row.text_id)
    )
    assert body is not None  # the foreign key holds it
    return body


async def steps_of(session: AsyncSession, run_id: UUID) -> list[RunStepRow]:
    """The run's steps in their order."""
    found = await session.scalars(
        select(RunStepRow)
        .where(RunStepRow.run_id == run_id)
        .order_by(RunStepRow.position)
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
    playbook: Playbook,
    row: PlaybookRun,
    steps: list[RunStepRow],
    running: frozenset[tuple[str, str]],
) -> Run:
    """A run's rows as the rules take it; steps of versions that it kept before are history."""
    asks = {step.key: step.asks for step in playbook.steps}
    return Run(
        state=RunState(row.state),
        started_at=row.started_at,
        inputs=fill(playbook.inputs, row.inputs).values,
        anchors={key: datetime.fromisoformat(at) for key, at in row.anchors.items()},
        steps={step.key: _step_of(asks[step.key], step) for step in steps if step.key in asks},
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


def _step_of(asks: tuple[Field, ...], row: RunStepRow) -> RunStep:
    return RunStep(
        key=row.key,
        state=StepState(row.state),
        due_at=row.due_at,
        ready_at=row.ready_at,
        started_at=row.started_at,
        blocked_at=row.blocked_at,
        done_at=row.done_at,
        executor=Person(row.executed_by, row.executed_by_id) if row.executed_by else None,
        verifier=Person(row.verified_by, row.verified_by_id) if row.verified_by else None,
        ticks={int(number): _tick_of(tick) for number, tick in row.ticks.items()},
        answers=fill(asks, row.answers).values,
        reason=row.reason,
        returns=row.returns,
        reopenings=row.reopenings,
        approval=ApprovalState(row.approval) if row.approval else None,
        deviation=ApprovalState(row.deviation) if row.deviation else None,
    )


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


def put_step(row: RunStepRow, step: RunStep) -> None:
    """Write a step as it is now."""
    row.state, row.due_at, row.ready_at = str(step.state), step.due_at, step.ready_at
    row.started_at, row.blocked_at, row.done_at = step.started_at, step.blocked_at, step.done_at
    row.executed_by = step.executor.name if step.executor else None
    row.executed_by_id = step.executor.id if step.executor else None
    row.verified_by = step.verifier.name if step.verifier else None
    row.verified_by_id = step.verifier.id if step.verifier else None
    row.ticks = {str(number): _tick_as_json(tick) for number, tick in sorted(step.ticks.items())}
    row.answers, row.reason = known_as_json(step.answers), step.reason
    row.returns, row.reopenings = step.returns, step.reopenings
    row.approval = str(step.approval) if step.approval else None
    row.deviation = str(step.deviation) if step.deviation else None


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
