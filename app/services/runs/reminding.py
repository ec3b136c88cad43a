"""Reminders of runs: their overdue and blocked steps, told until somebody has seen to them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Row, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.catalog.markup import chat_value
from app.db.models import Client, PlaybookRun, Staff, Task, Timer
from app.db.runs import steps_of
from app.domain.actor import Actor
from app.domain.calendar import spoken
from app.domain.playbook.model import Playbook
from app.domain.playbook.reminder import Awaited, Reminder
from app.domain.playbook.reminding import Bounds, told_from
from app.domain.run.errors import PlaybookUnreadable
from app.domain.run.model import SETTLED, RunState, StepState
from app.services.audit import record
from app.services.office import Office
from app.services.runs.effects import chat_or_task, run_link
from app.services.runs.kept import playbook_kept
from app.services.runs.outbox import owner_of, send
from app.services.timers import (
    Waiting,
    Whose,
    set_timers,
    settle_timers,
    timers_of,
    waits_to_be_passed_on,
)
from app.telemetry import logger

LOG = logger(__name__)
CLOCK = Actor.service("clock")
BATCH = 50
"""Timers fired by one transaction."""

Due = Row[UUID, UUID | None, str, datetime]


async def keep_run_reminders(
    session: AsyncSession,
    row: PlaybookRun,
    playbook: Playbook,
    steps: Sequence[Task],
    *,
    office: Office,
    now: datetime,
) -> None:
    """Bring a run's timers in line with its steps; every change of a run ends here.

    Args:
        session: The session of the change.
        row: The run, as it is now.
        playbook: In its version.
        steps: All of its steps.
        office: The installation.
        now: The present instant.

    Source: docs/playbook-runs.md, "Reminders".
    """
    if playbook.reminders:
        waiting = await _waiting_of(session, row, steps, office=office, now=now)
        await set_timers(session, Whose("run_id", row.id), waiting, playbook.reminders, now=now)


async def step_amended(
    session: AsyncSession, run_id: UUID, *, office: Office, now: datetime
) -> None:
    """Close a change of a step that its playbook says nothing about: its person, its day.

    Args:
        session: The run is held; the caller commits.
        run_id: The run.
        office: The installation.
        now: The present instant.
    """
    row = await session.get_one(PlaybookRun, run_id)
    row.version += 1
    await session.flush()
    playbook = await playbook_kept(session, row)
    steps = await steps_of(session, run_id)
    await keep_run_reminders(session, row, playbook, steps, office=office, now=now)


async def _waiting_of(
    session: AsyncSession,
    row: PlaybookRun,
    steps: Sequence[Task],
    *,
    office: Office,
    now: datetime,
) -> Waiting:
    """The steps whose time is over, and those that are blocked; what waits for others is not told.

    What holds it up is late itself, or is not late yet.
    """
    bounds = Bounds(None, None, office.hours(now))
    idle = {*SETTLED, StepState.WAITING}
    work = [] if row.state != RunState.RUNNING else [s for s in steps if s.step_state not in idle]
    starts = {
        Awaited.OVERDUE_TASKS: {
            task.id: told_from(max(task.due_at, task.ready_at or task.due_at), bounds)
            for task in work
            if task.due_at is not None
        },
        Awaited.BLOCKED_TASKS: {
            task.id: task.blocked_at for task in work if task.blocked_at is not None
        },
    }
    told_at, set_for = await timers_of(session, Whose("run_id", row.id), now=now)
    return Waiting(starts, told_at, set_for, bounds)


async def fire_run_timers(
    session: AsyncSession, *, office: Office, now: datetime, limit: int = BATCH, skip: int = 0
) -> int:
    """Tell the reminders of runs that have come, as `fire_timers` does those of plans.

    Their runs are held with them; a run that somebody holds is left to the next sweep.

    Args:
        session: The session of the sweep.
        office: The installation.
        now: The present instant.
        limit: Most timers fired.
        skip: How many of the first that are due to leave alone.

    Returns:
        How many timers were looked at; fewer than `limit` means that none is left.

    Source: docs/playbook-runs.md, "Reminders".
    """
    claimed = await session.execute(
        select(Timer.id, Timer.run_id, Timer.moment, Timer.fires_at)
        .join(PlaybookRun, PlaybookRun.id == Timer.run_id)
        .where(Timer.state == "waiting", Timer.fires_at <= now)
        .order_by(Timer.fires_at, Timer.id)
        .offset(skip)
        .limit(limit)
        .with_for_update(of=[PlaybookRun, Timer], key_share=True, skip_locked=True)
    )
    rows = claimed.all()
    for run_id in dict.fromkeys(row.run_id for row in rows):
        mine = [row for row in rows if row.run_id == run_id]
        run = await session.get_one(PlaybookRun, run_id)
        try:
            playbook = await playbook_kept(session, run)
        except PlaybookUnreadable as gone:
            LOG.warning("reminders dropped", run_id=str(run_id), why=gone.detail)
            await settle_timers(session, {row.id: False for row in mine}, now=now)
            continue
        steps = await steps_of(session, run.id)
        waiting = await _waiting_of(session, run, steps, office=office, now=now)
        scene = _Scene(run, playbook, {step.id: step for step in steps}, waiting)
        told = {row.id: await _fire(session, scene, row, office=office, now=now) for row in mine}
        await settle_timers(session, told, now=now)
        await keep_run_reminders(session, run, playbook, steps, office=office, now=now)
    return len(rows)


@dataclass(frozen=True, slots=True)
class _Scene:
    run: PlaybookRun
    playbook: Playbook
    steps: Mapping[UUID, Task]
    waiting: Waiting


async def _fire(
    session: AsyncSession, scene: _Scene, row: Due, *, office: Office, now: datetime
) -> bool:
    """Tell a reminder if there is still something to say; a late one waits for business hours."""
    reminder = scene.playbook.reminder(row.moment)
    if reminder is None:
        return False
    due = scene.waiting.to_tell(reminder, row.fires_at, now=now)
    if due:
        await _tell(session, scene, reminder, due, office=office, now=now)
    return bool(due)


async def _tell(
    session: AsyncSession,
    scene: _Scene,
    reminder: Reminder,
    due: Sequence[UUID],
    *,
    office: Office,
    now: datetime,
) -> None:
    run = scene.run
    client = await session.get(Client, run.client_id) if run.client_id else None
    about = f"{client.name if client else run.subject_ref}: {scene.playbook.title}"
    steps = sorted((scene.steps[each] for each in due), key=lambda step: step.position)
    said = [await _of_step(session, step, reminder.of, office) for step in steps]
    lines = "".join(f"\n• {chat_value(line)}" for line in said)
    text = f"{chat_value(about)}. {reminder.title}:{lines}\n{run_link(office, run.id)}"
    owner = owner_of(run)
    whose, subject = Whose("run_id", run.id), f"{about}: {reminder.title}"
    sent = []
    for room in reminder.tell:
        occasion = f"reminder/{reminder.key}/{room}/"
        if not await waits_to_be_passed_on(session, whose, occasion):
            occasion += now.isoformat()
            sent.append(chat_or_task(owner, room, text, subject, occasion, office))
    await send(session, [(owner, one) for one in sent], office=office, now=now)
    record(
        session,
        actor=CLOCK,
        action="run.reminded",
        subject=("run", run.id),
        now=now,
        after={
            "reminder": reminder.key,
            "title": reminder.title,
            "told": list(reminder.tell),
            "about": said,
        },
    )


async def _of_step(session: AsyncSession, step: Task, of: Awaited, office: Office) -> str:
    person = await session.get(Staff, step.assignee_id) if step.assignee_id else None
    who = person.name if person else f"nobody of {step.role}"
    if of is Awaited.BLOCKED_TASKS and step.blocked_at is not None:
        since = spoken(step.blocked_at.astimezone(office.timezone).date())
        return f"{step.title}, since {since}: {who}. {step.reason}"
    day = spoken(step.due_on) if step.due_on else "on no day"
    return f"{step.title}, due {day}: {who}"
