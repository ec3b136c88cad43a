"""Beginning runs: by hand, by an event, or by another run."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.catalog.pinned import playbook_from
from app.db.models import PlaybookRun, Task
from app.db.names import hold_name
from app.db.runs import NewRun, known_as_json, new_step, run_row
from app.domain.actor import Actor
from app.domain.errors import DomainError
from app.domain.playbook.model import Playbook
from app.domain.run.model import Happening, Moved
from app.domain.run.starting import Start, started
from app.services.office import Office
from app.services.playbooks.in_force import all_in_force, in_force, kept_text
from app.services.runs.effects import Scene, runs_to_start
from app.services.runs.outbox import ByHand, send
from app.services.runs.people import people_of
from app.services.runs.saving import Done, Held, save

DEEPEST = 5
"""How many runs may start one another in a row: beyond that a person does."""


@dataclass(frozen=True, slots=True)
class StartRun:
    """A run as it is asked for.

    Attributes:
        playbook: Its key.
        subject_ref: What it is about, as others call it.
        inputs: What its form is filled with.
        trigger: The event's name, `BY_HAND`, or "" where another run starts it.
        cause: What started it, told apart from everything else; it starts no second run.
        occurred_at: When the event happened.
        client_id: The client, where it is one of ours.
        parents: The runs that started one another, the nearest last.
    """

    playbook: str
    subject_ref: str
    inputs: Mapping[str, object]
    trigger: str
    cause: str
    occurred_at: datetime | None = None
    client_id: UUID | None = None
    parents: tuple[UUID, ...] = ()


@dataclass(frozen=True, slots=True)
class Started:
    """A run, and whether it began just now or was there already."""

    row: PlaybookRun
    created: bool


async def start_run(
    session: AsyncSession, command: StartRun, *, office: Office, actor: Actor, now: datetime
) -> Started:
    """Begin a run on the playbook's present version, once for each cause.

    Args:
        session: The caller commits.
        command: What is asked for.
        office: The installation.
        actor: Who asks.
        now: The present instant.

    Raises:
        PlaybookNotFound, RunsAsPlans: see `in_force`.
        NotByHand, NotTriggered, DocumentNotUnderstood: see `started`.

    Source: docs/playbook-runs.md, "How a run begins".
    """
    found = await in_force(session, office, command.playbook)
    await hold_name(session, f"run:{command.playbook}/{command.cause}")
    known = await session.scalar(
        select(PlaybookRun).where(
            PlaybookRun.playbook == command.playbook, PlaybookRun.cause == command.cause
        )
    )
    if known is not None:
        return Started(known, created=False)
    playbook = playbook_from(command.playbook, found.body)
    start = Start(command.trigger, command.inputs, command.occurred_at)
    moved = started(playbook, start, now=now, hours=office.hours(now))
    row, steps = await _rows(
        session, command, playbook, found.body, moved, office=office, actor=actor, now=now
    )
    done = Done("run.started")
    held = Held(playbook, row, steps, office.timezone)
    scene = await save(session, held, moved, done, office=office, actor=actor, now=now)
    await start_others(
        session, scene, moved.happenings, command.parents, office=office, actor=actor, now=now
    )
    return Started(row, created=True)


async def _rows(
    session: AsyncSession,
    command: StartRun,
    playbook: Playbook,
    body: str,
    moved: Moved,
    *,
    office: Office,
    actor: Actor,
    now: datetime,
) -> tuple[PlaybookRun, Sequence[Task]]:
    new = NewRun(
        text_id=await kept_text(session, playbook, body, now=now),
        subject_ref=command.subject_ref,
        cause=command.cause,
        client_id=command.client_id,
        people=await people_of(session, playbook, now=now),
        by=actor.name,
        parent_id=command.parents[-1] if command.parents else None,
    )
    row = run_row(new, playbook, moved.run)
    steps = [
        new_step(row, playbook, step, moved.run.steps[step.key], office.timezone)
        for step in playbook.steps
    ]
    session.add(row)
    await session.flush()
    session.add_all(steps)
    return row, steps


async def start_others(
    session: AsyncSession,
    scene: Scene,
    happenings: Sequence[Happening],
    parents: tuple[UUID, ...],
    *,
    office: Office,
    actor: Actor,
    now: datetime,
) -> None:
    """Begin the runs that moments of a run start, with its figures that have the same names.

    Where one cannot begin, a person is asked to start it.
    """
    for place, effect in runs_to_start(scene.playbook, happenings):
        book = (await all_in_force(session, office)).get(effect.playbook)
        line = (*parents, scene.row.id)
        figures = known_as_json(scene.figures)
        wanted = {field.key for field in book.playbook.inputs} if book else set()
        command = StartRun(
            playbook=effect.playbook,
            subject_ref=scene.row.subject_ref,
            inputs={key: value for key, value in figures.items() if key in wanted},
            trigger="",
            cause=f"run/{scene.row.id}/{place}",
            client_id=scene.row.client_id,
            parents=line,
        )
        why = f"{DEEPEST} runs have started one another." if len(line) > DEEPEST else None
        if why is None:
            try:
                await start_run(session, command, office=office, actor=actor, now=now)
            except DomainError as refusal:
                why = refusal.detail
        if why is not None:
            title = f"{scene.about}: start the run of {effect.playbook} by hand"
            task = ByHand(f"effect:run:{place}", title, scene.playbook.owner, why)
            await send(session, [(scene.owner, task)], office=office, now=now)
