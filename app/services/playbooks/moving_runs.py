"""Open runs beside a new version: what moving would mean for them, and moving them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.catalog.pinned import playbook_from
from app.db.models import PlaybookRun, PlaybookText, PlaybookVersion, Task
from app.db.runs import (
    lock_run,
    new_step,
    put_step,
    run_of,
    running_of,
    say_step,
    steps_of,
)
from app.domain.actor import Actor
from app.domain.playbook.governance import OpenRuns
from app.domain.playbook.model import Playbook, Step
from app.domain.playbook.version import VersionState
from app.domain.playbook.who import Assignment
from app.domain.run.assigning import assignment_of, roles_in_territories
from app.domain.run.errors import PlaybookUnreadable
from app.domain.run.fate import Following
from app.domain.run.figures import figures_of
from app.domain.run.following import dropped_steps, following
from app.domain.run.model import SETTLED, Run, RunState, StepState
from app.domain.task import TaskState
from app.services.approvals import void_approvals
from app.services.audit import record
from app.services.office import Office
from app.services.people import next_in_turns
from app.services.runs.kept import playbook_kept
from app.services.runs.people import assigned
from app.services.runs.saving import Done, Held, save
from app.services.runs.starting import start_others

SHOWN = 20
"""Open runs for which a proposal says what moving would mean."""
BATCH = 200


@dataclass(frozen=True, slots=True)
class Foreseen:
    """What moving to a version would mean for an open run."""

    row: PlaybookRun
    following: Following


async def foresee(
    session: AsyncSession, new: Playbook, *, office: Office, now: datetime, limit: int = SHOWN
) -> Sequence[Foreseen]:
    """What moving to a version would mean for the open runs that are oldest; nothing is changed.

    Args:
        session: Only read from.
        new: The version.
        office: The installation.
        now: The present instant.
        limit: Most runs looked at.
    """
    rows = await session.execute(
        select(PlaybookRun, PlaybookText.body)
        .join(PlaybookText, PlaybookText.id == PlaybookRun.text_id)
        .where(PlaybookRun.playbook == new.key, PlaybookRun.state == str(RunState.RUNNING))
        .order_by(PlaybookRun.started_at, PlaybookRun.id)
        .limit(limit)
    )
    foreseen = []
    for row, body in rows.all():
        try:
            old = playbook_from(row.playbook, body)
        except PlaybookUnreadable as fault:
            foreseen.append(Foreseen(row, _unreadable(fault)))
            continue
        steps = await steps_of(session, row.id)
        run = run_of(old, row, steps, await running_of(session, row.id))
        found = following(old, new, run, now=now, hours=office.hours(now))
        foreseen.append(Foreseen(row, found))
    return foreseen


def _unreadable(fault: PlaybookUnreadable) -> Following:
    return Following((), {}, unreadable=fault.detail)


async def runs_to_move(session: AsyncSession, *, now: datetime) -> Sequence[UUID]:
    """Open runs on an older version than the one in force, where that says that they move."""
    found = await session.scalars(
        select(PlaybookRun.id)
        .join(PlaybookVersion, PlaybookVersion.playbook == PlaybookRun.playbook)
        .where(*_moves(), PlaybookVersion.in_force_at <= now)
        .order_by(PlaybookRun.started_at, PlaybookRun.id)
        .limit(BATCH)
    )
    return list(found)


def _moves() -> tuple[ColumnElement[bool], ...]:
    stays = PlaybookRun.stays_before
    return (
        PlaybookVersion.state == str(VersionState.IN_FORCE),
        PlaybookVersion.open_runs == str(OpenRuns.MOVE),
        PlaybookRun.state == str(RunState.RUNNING),
        PlaybookRun.playbook_version < PlaybookVersion.playbook_version,
        or_(stays.is_(None), stays < PlaybookVersion.playbook_version),
    )


async def move_run(
    session: AsyncSession, run_id: UUID, *, office: Office, actor: Actor, now: datetime
) -> bool:
    """Move an open run to the version in force, or note why it finishes on its own.

    Args:
        session: The caller commits.
        run_id: The run.
        office: The installation.
        actor: Who moves it.
        now: The present instant.

    Returns:
        Whether it moved.

    Source: docs/playbook-versions.md, "Open runs".
    """
    row = await lock_run(session, run_id)
    version = await session.scalar(
        select(PlaybookVersion)
        .join(PlaybookRun, PlaybookRun.playbook == PlaybookVersion.playbook)
        .where(PlaybookRun.id == run_id, *_moves())
    )
    if version is None:
        return False
    body = await session.scalar(select(PlaybookText.body).where(PlaybookText.id == version.text_id))
    assert body is not None  # the foreign key holds it
    new = playbook_from(row.playbook, body)
    try:
        old = await playbook_kept(session, row)
    except PlaybookUnreadable as fault:
        _stays(session, row, new, _unreadable(fault), office=office, actor=actor, now=now)
        return False
    steps = await steps_of(session, run_id)
    before = run_of(old, row, steps, await running_of(session, run_id))
    found = following(old, new, before, now=now, hours=office.hours(now))
    if found.moved is None:
        _stays(session, row, new, found, office=office, actor=actor, now=now)
        return False
    said = found.in_words(office.timezone)
    inputs_gone = {key: row.inputs[key] for key in found.inputs_gone if key in row.inputs}
    facts = {
        "from_version": row.playbook_version,
        "to_version": new.version,
        "changes": list(said),
        "inputs_gone": inputs_gone,
    }
    row.playbook_version, row.text_id = new.version, version.text_id
    row.stays_before = row.stays_because = None
    kept = await _rows(session, row, old, new, steps, found, office=office, now=now)
    held = Held(new, row, kept, office.timezone, before)
    done = Done("run.moved", facts=facts)
    scene = await save(session, held, found.moved, done, office=office, actor=actor, now=now)
    await _reassign(session, held, found.moved.run, now=now)
    befallen = found.moved.happenings
    await start_others(session, scene, befallen, (), office=office, actor=actor, now=now)
    return True


def _stays(
    session: AsyncSession,
    row: PlaybookRun,
    new: Playbook,
    found: Following,
    *,
    office: Office,
    actor: Actor,
    now: datetime,
) -> None:
    row.stays_before = new.version
    row.stays_because = " ".join(found.in_words(office.timezone))
    row.version += 1
    record(
        session,
        actor=actor,
        action="run.stays",
        subject=("run", row.id),
        now=now,
        after={"version": row.playbook_version, "not_moved_to": new.version},
        reason=row.stays_because,
    )


async def _rows(
    session: AsyncSession,
    row: PlaybookRun,
    old: Playbook,
    new: Playbook,
    steps: Sequence[Task],
    found: Following,
    *,
    office: Office,
    now: datetime,
) -> Sequence[Task]:
    """The rows of the new version's steps: kept, made, or taken up again; dropped ones are over."""
    assert found.moved is not None
    by_key = {task.step: task for task in steps}
    was = {step.key: step for step in old.steps}
    run, rows = found.moved.run, []
    for step in new.steps:
        mine, stands = by_key.get(step.key), run.steps[step.key]
        if mine is None:
            mine = new_step(row, new, step, stands, office.timezone)
            session.add(mine)
        else:
            say_step(mine, new, step)
            put_step(mine, step, stands, office.timezone)
        before = was.get(step.key)
        same = before is not None and _given(old, before) == _given(new, step)
        if not same and stands.state not in SETTLED:
            mine.role, mine.assignee_id = step.role, None
        rows.append(mine)
    for key in sorted(dropped_steps(found)):
        gone = by_key[key]
        gone.step_state, gone.state = str(StepState.LEFT_OUT), str(TaskState.SKIPPED)
        gone.blocked_at = None
        gone.reason = f"Version {new.version} has no such step."
        await void_approvals(session, gone.id, now=now)
    unknown = {role.key for role in new.roles} - row.people.keys() - roles_in_territories(new)
    if unknown:
        turns = await next_in_turns(session, unknown, now=now)
        row.people = {**row.people, **{role: str(p.id) for role, p in turns.items()}}
    await session.flush()
    return rows


def _given(playbook: Playbook, step: Step) -> tuple[str, Assignment | None]:
    return step.role, assignment_of(playbook, step)


async def _reassign(session: AsyncSession, held: Held, run: Run, *, now: datetime) -> None:
    """Whoever does a step now gets it, where that is ready and lost its person by the move."""
    figures = figures_of(held.playbook, run)
    rows = {task.step: task for task in held.steps}
    for step in held.playbook.steps:
        mine = rows[step.key]
        if run.steps[step.key].state is StepState.READY and mine.assignee_id is None:
            mine.role, mine.assignee_id = await assigned(
                session, held.row, held.playbook, step, figures, now=now
            )
    await session.flush()
