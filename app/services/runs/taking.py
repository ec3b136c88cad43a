"""Taking an escalation on: from then on nobody further up the path is told."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.db.models import EscalationRow, PlaybookRun, RunDeadlineRow
from app.domain.actor import Actor
from app.domain.run.escalation import check_takeable
from app.domain.run.events import ESCALATION_TAKEN
from app.services.audit import record
from app.services.hooks import Event, subscribers, told
from app.services.office import Office
from app.services.runs.effects import run_facts
from app.services.runs.kept import playbook_kept
from app.services.runs.outbox import owner_of, send
from app.services.runs.people import acting_person


@dataclass(frozen=True, slots=True)
class Take:
    """An escalation that somebody takes on, and what they say of it."""

    escalation_id: UUID
    note: str | None = None


async def take_escalation(
    session: AsyncSession,
    row: PlaybookRun,
    command: Take,
    *,
    office: Office,
    actor: Actor,
    now: datetime,
) -> None:
    """Take on what was escalated: whoever was told of that deadline knows who has it.

    The deadline stays missed, and runs until it is answered or done; the rest of its path is not
    told any more.

    Args:
        session: The caller commits.
        row: The escalation's run; its row is held.
        command: What is taken on.
        office: The installation.
        actor: Who takes it on.
        now: The present instant.

    Raises:
        EscalationOver, EscalationTaken: See `check_takeable`.

    Source: docs/playbook-runs.md, "Deadlines".
    """
    # A sweep that raises the next rung at this moment is waited for, and its escalation taken too.
    deadline = await session.scalar(
        select(RunDeadlineRow)
        .join(EscalationRow, EscalationRow.deadline_id == RunDeadlineRow.id)
        .where(EscalationRow.id == command.escalation_id)
        .with_for_update(of=RunDeadlineRow)
    )
    one = await session.get_one(EscalationRow, command.escalation_id, populate_existing=True)
    assert deadline is not None  # the foreign key holds it
    check_takeable(one.ended_at, one.taken_by)
    by = await acting_person(session, actor)
    await session.execute(
        update(EscalationRow)
        .where(EscalationRow.deadline_id == deadline.id)
        .values(taken_at=now, taken_by=by.name, taken_by_id=by.id, taken_note=command.note)
    )
    deadline.next_at = None
    row.version += 1
    facts = {"deadline": deadline.key, "title": deadline.title, "step": deadline.step or None}
    record(
        session,
        actor=actor,
        action="run.escalation_taken",
        subject=("run", row.id),
        now=now,
        after={**facts, "by": by.name, "version": row.version},
        reason=command.note,
    )
    await _tell(session, row, deadline, by.name, office=office, now=now)


async def _tell(
    session: AsyncSession,
    row: PlaybookRun,
    deadline: RunDeadlineRow,
    by: str,
    *,
    office: Office,
    now: datetime,
) -> None:
    """Tell whoever subscribes; the playbook is read only where somebody does."""
    hooks = await subscribers(session, {ESCALATION_TAKEN})
    if not hooks:
        return
    playbook = await playbook_kept(session, row)
    data: dict[str, Any] = {
        **run_facts(row, playbook),
        "step": deadline.step or None,
        "detail": f"{by} has taken it on: {deadline.title}",
    }
    event = Event(ESCALATION_TAKEN, str(deadline.id), data)
    owner = owner_of(row)
    events = [(owner, each) for each in told(hooks, row.id, event, now=now)]
    await send(session, events, office=office, now=now)
