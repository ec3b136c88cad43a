"""Runs of playbooks as the API shows them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.catalog.pinned import playbook_from
from app.db.models import EscalationRow, PlaybookRun, RunDeadlineRow, Staff, Task
from app.db.runs import steps_of, text_of
from app.domain.playbook.model import Playbook
from app.domain.run.errors import EscalationNotFound, RunNotFound

NEWEST: Final = (PlaybookRun.started_at, PlaybookRun.id)
NEWEST_ESCALATION: Final = (EscalationRow.raised_at, EscalationRow.id)


@dataclass(frozen=True, slots=True)
class RunFilter:
    """Which runs a list holds; None means any."""

    playbook: str | None = None
    state: str | None = None
    subject: str | None = None


def runs_listed(by: RunFilter) -> Select[*tuple[Any, ...]]:
    """The runs that a filter lets through, to be ordered and cut by `NEWEST`."""
    wanted: Select[*tuple[Any, ...]] = select(PlaybookRun)
    for column, value in (
        (PlaybookRun.playbook, by.playbook),
        (PlaybookRun.state, by.state),
        (PlaybookRun.subject_ref, by.subject),
    ):
        if value is not None:
            wanted = wanted.where(column == value)
    return wanted


@dataclass(frozen=True, slots=True)
class RunView:
    """A run with all that belongs to it, and its playbook in the version that it keeps."""

    row: PlaybookRun
    playbook: Playbook
    steps: Sequence[Task]
    deadlines: Sequence[RunDeadlineRow]
    people: Mapping[UUID, Staff]


async def run_by_id(session: AsyncSession, run_id: UUID) -> RunView:
    """One run, whole.

    Raises:
        RunNotFound: There is none.
    """
    row = await session.get(PlaybookRun, run_id)
    if row is None:
        raise RunNotFound("There is no run with this id.")
    steps = await steps_of(session, run_id)
    deadlines = await session.scalars(
        select(RunDeadlineRow)
        .where(RunDeadlineRow.run_id == run_id)
        .order_by(RunDeadlineRow.due_at, RunDeadlineRow.id)
    )
    playbook = playbook_from(row.playbook, await text_of(session, row))
    people = await people_of(session, {step.assignee_id for step in steps} - {None})
    return RunView(row, playbook, steps, list(deadlines), people)


async def people_of(session: AsyncSession, ids: set[UUID | None]) -> Mapping[UUID, Staff]:
    """The members of staff with these ids."""
    if not ids:
        return {}
    found = await session.scalars(select(Staff).where(Staff.id.in_(ids)))
    return {person.id: person for person in found}


async def step_by_key(
    session: AsyncSession, row: PlaybookRun, key: str
) -> tuple[Playbook, Task, Mapping[UUID, Staff]]:
    """One step of a run that was acted on just now."""
    step = await session.scalar(select(Task).where(Task.run_id == row.id, Task.step == key))
    assert step is not None  # it was acted on
    playbook = playbook_from(row.playbook, await text_of(session, row))
    return playbook, step, await people_of(session, {step.assignee_id} - {None})


def _escalations() -> Select[*tuple[Any, ...]]:
    return select(EscalationRow, PlaybookRun.playbook, PlaybookRun.subject_ref).join(
        PlaybookRun, PlaybookRun.id == EscalationRow.run_id
    )


async def escalation_by_id(session: AsyncSession, escalation_id: UUID) -> Any:
    """One escalation, as a list holds it.

    Raises:
        EscalationNotFound: There is none.
    """
    found = await session.execute(_escalations().where(EscalationRow.id == escalation_id))
    row = found.one_or_none()
    if row is None:
        raise EscalationNotFound("There is no escalation with this id.")
    return row


@dataclass(frozen=True, slots=True)
class EscalationFilter:
    """Which escalations a list holds; None means any."""

    run_id: UUID | None = None
    role: str | None = None
    is_open: bool | None = None
    is_taken: bool | None = None


def escalations_listed(by: EscalationFilter) -> Select[*tuple[Any, ...]]:
    """The escalations that a filter lets through, to be ordered and cut by `NEWEST_ESCALATION`."""
    wanted = _escalations()
    if by.run_id is not None:
        wanted = wanted.where(EscalationRow.run_id == by.run_id)
    if by.role is not None:
        wanted = wanted.where(EscalationRow.role == by.role)
    if by.is_open is not None:
        over = EscalationRow.ended_at.is_not(None)
        wanted = wanted.where(~over if by.is_open else over)
    if by.is_taken is not None:
        taken = EscalationRow.taken_at.is_not(None)
        wanted = wanted.where(taken if by.is_taken else ~taken)
    return wanted
