"""What time does to runs: deadlines are warned of, missed, and taken up their path."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.catalog.pinned import playbook_from
from app.db.models import Client, PlaybookRun, PlaybookText
from app.db.run_deadlines import Due, claim_due
from app.domain.actor import Actor
from app.domain.calendar import spoken
from app.domain.playbook.form import fill
from app.domain.playbook.moment import Moment
from app.domain.refs import run_ref
from app.domain.run.figures import reckoned
from app.domain.run.model import Happening
from app.services.audit import record
from app.services.office import Office
from app.services.runs.effects import Scene, chat_or_task, run_link, sent_by
from app.services.runs.outbox import Owner, Sent, send

CLOCK = Actor.service("clock")
BATCH = 200
"""Deadlines moved by one transaction: their messages are written by one statement each, and while
they are put together the database waits no longer than it does for anybody."""


async def sweep_deadlines(
    session: AsyncSession, *, office: Office, now: datetime, limit: int = BATCH, skip: int = 0
) -> int:
    """Warn of deadlines, note those that are missed, and tell the next role of the path.

    What came due while no worker ran is said once: a missed deadline is not warned of any more.

    Args:
        session: The session of the sweep.
        office: The installation.
        now: The present instant.
        limit: Most deadlines moved.
        skip: How many of the first that are due to leave alone.

    Returns:
        How many were moved; fewer than `limit` means that none is left.

    Source: docs/playbook-runs.md, "Deadlines".
    """
    due = await claim_due(session, now=now, limit=limit, skip=skip)
    if not due:
        return 0
    scenes = await _scenes(session, {each.run_id for each in due})
    sent: list[tuple[Owner, Sent]] = []
    for each in due:
        scene = scenes[each.run_id]
        sent += [(scene.owner, one) for one in _messages(each, scene, office)]
        if each.raised:
            titled = Happening(Moment.ESCALATED, each.step, each.title)
            sent += await sent_by(session, _at(scene, each), [titled], office=office, now=now)
        _note(session, each, now=now)
    await send(session, sent, office=office, now=now)
    return len(due)


async def _scenes(session: AsyncSession, run_ids: set[UUID]) -> Mapping[UUID, Scene]:
    """The runs as their effects read them: what their inputs say; answers of steps are not read."""
    rows = await session.execute(
        select(PlaybookRun, PlaybookText.body, Client)
        .join(PlaybookText, PlaybookText.id == PlaybookRun.text_id)
        .outerjoin(Client, Client.id == PlaybookRun.client_id)
        .where(PlaybookRun.id.in_(run_ids))
    )
    scenes = {}
    for row, body, client in rows:
        playbook = playbook_from(row.playbook, body)
        owner = Owner(row.id, run_ref(row.playbook, row.cause), dict(row.people))
        figures = reckoned(playbook, fill(playbook.inputs, row.inputs).values)
        scenes[row.id] = Scene(playbook, row, owner, figures, client, "")
    return scenes


def _occasion(due: Due) -> str:
    return f"deadline/{due.key}/{due.step}/{due.begun_at.isoformat()}"


def _at(scene: Scene, due: Due) -> Scene:
    occasion = f"{_occasion(due)}/{due.had_raised}"
    return Scene(scene.playbook, scene.row, scene.owner, scene.figures, scene.client, occasion)


def _messages(due: Due, scene: Scene, office: Office) -> Sequence[Sent]:
    """Whoever is told now: at the warning its roles, after the breach the next of the path."""
    about = scene.step_title(due.step)
    local = due.due_at.astimezone(office.timezone)
    until = f"{local:%H:%M} on {spoken(local.date())}"
    link = run_link(office, scene.row)
    told: list[Sent] = []
    if due.warned and not due.breached:
        text = f"{scene.about}: {about}. {due.title}: until {until}. {link}"
        told += [
            chat_or_task(
                scene.owner,
                role,
                text,
                f"{scene.about}: a deadline is near",
                f"{_occasion(due)}/warned/{role}",
                office,
            )
            for role in due.tell
        ]
    for role in due.raised:
        text = f"{scene.about}: {about}. Missed: {due.title} (until {until}). {link}"
        occasion = f"{_occasion(due)}/escalated/{role}"
        subject = f"{scene.about}: a deadline was missed"
        told.append(chat_or_task(scene.owner, role, text, subject, occasion, office))
    return told


def _note(session: AsyncSession, due: Due, *, now: datetime) -> None:
    """One entry: it is near, it is missed (and who is told of that), or the next rung is told."""
    action = "run.escalated"
    if due.breached:
        action = "run.deadline_missed"
    elif due.warned:
        action = "run.deadline_warned"
    record(
        session,
        actor=CLOCK,
        action=action,
        subject=("run", due.run_id),
        now=now,
        after={
            "deadline": due.key,
            "title": due.title,
            "step": due.step or None,
            "due_at": due.due_at.isoformat(),
            "told": due.tell if action == "run.deadline_warned" else due.raised,
        },
    )
