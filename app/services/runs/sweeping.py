"""What time does to runs: deadlines are warned of, missed, and taken up their path."""

from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.catalog.pinned import playbook_from
from app.db.models import Client, PlaybookRun, PlaybookText
from app.db.run_deadlines import Due, claim_due
from app.domain.actor import Actor
from app.domain.calendar import spoken_instant
from app.domain.delivery import System
from app.domain.playbook.form import fill
from app.domain.playbook.model import Playbook
from app.domain.playbook.moment import Moment
from app.domain.refs import run_ref
from app.domain.run.errors import PlaybookUnreadable
from app.domain.run.events import NAMES
from app.domain.run.figures import reckoned
from app.domain.run.model import Happening
from app.services.hooks import subscribers
from app.services.office import Office
from app.services.runs.effects import Scene, chat_or_task, effects_on, run_link, sent_by
from app.services.runs.outbox import Owner, Sent, owner_of, send
from app.services.runs.starting import start_others
from app.telemetry import logger

LOG = logger(__name__)
CLOCK = Actor.service("clock")
BATCH = 2000
"""Deadlines moved by one transaction: it holds them for less than a second."""


async def sweep_deadlines(
    session: AsyncSession, *, office: Office, now: datetime, limit: int = BATCH, skip: int = 0
) -> int:
    """Warn of deadlines, note those that are missed, and tell the next role of the path.

    What came due while no worker ran is said once: a missed deadline is not warned of any more.
    A run whose playbook's text cannot be read any more is left alone, and logged.

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
    due, books = await _claim(session, now=now, limit=limit, skip=skip)
    if not due:
        return 0
    untils: dict[datetime, str] = {}
    sent: list[tuple[Owner, Sent]] = []
    for each in due:
        if each.due_at not in untils:
            untils[each.due_at] = spoken_instant(each.due_at, office.timezone)
        # What leaves is named by the run's ref; tasks are not.
        ref = run_ref(each.playbook, each.cause) if System.CHAT in office.connected else ""
        owner = Owner(each.run_id, ref, each.people)
        until = untils[each.due_at]
        sent += ((owner, one) for one in _messages(each, books[each.text_id], owner, until, office))
    sent += await _set_off(session, due, books, office=office, now=now)
    await send(session, sent, office=office, now=now)
    return len(due)


@dataclass(frozen=True, slots=True)
class _Book:
    """A playbook in a run's version, and what its steps are called; "" is the whole run."""

    playbook: Playbook
    titles: Mapping[str, str]


async def _claim(
    session: AsyncSession, *, now: datetime, limit: int, skip: int
) -> tuple[Sequence[Due], Mapping[UUID, _Book]]:
    """What has come due, with its playbooks; runs whose text cannot be read stay as they are."""
    books: dict[UUID, _Book] = {}
    left_alone: set[UUID] = set()
    while True:
        async with session.begin_nested() as claim:
            due = await claim_due(
                session, actor=CLOCK, now=now, limit=limit, skip=skip, left_alone=left_alone
            )
            unreadable = await _read(session, {each.text_id for each in due} - books.keys(), books)
            if not unreadable:
                return due, books
            await claim.rollback()
        left_alone |= unreadable


async def _read(session: AsyncSession, text_ids: set[UUID], books: dict[UUID, _Book]) -> Set[UUID]:
    """Read texts into playbooks; those that cannot be read are logged, and answered."""
    unreadable = set()
    wanted = select(PlaybookText.id, PlaybookText.playbook, PlaybookText.body)
    for text_id, key, body in await session.execute(wanted.where(PlaybookText.id.in_(text_ids))):
        try:
            playbook = playbook_from(key, body)
        except PlaybookUnreadable as fault:
            LOG.warning("deadlines not swept", playbook=key, detail=fault.detail)
            unreadable.add(text_id)
            continue
        titles = {step.key: step.title for step in playbook.steps}
        books[text_id] = _Book(playbook, titles)
    return unreadable


def _occasion(due: Due) -> str:
    return f"deadline/{due.key}/{due.step}/{due.begun_at.isoformat()}"


def _messages(due: Due, book: _Book, owner: Owner, until: str, office: Office) -> Iterator[Sent]:
    """Whoever is told now: at the warning its roles, after the breach the next of the path."""
    name = due.subject_ref if due.client_name is None else due.client_name
    about = f"{name}: {book.playbook.title}"
    what = book.titles.get(due.step, book.playbook.title)
    link = run_link(office, due.run_id)
    if due.warned and not due.breached:
        text = f"{about}: {what}. {due.title}: until {until}. {link}"
        subject = f"{about}: a deadline is near"
        for role in due.tell:
            occasion = f"{_occasion(due)}/warned/{role}"
            yield chat_or_task(owner, role, text, subject, occasion, office)
    for role in due.raised:
        text = f"{about}: {what}. Missed: {due.title} (until {until}). {link}"
        occasion = f"{_occasion(due)}/escalated/{role}"
        subject = f"{about}: a deadline was missed"
        yield chat_or_task(owner, role, text, subject, occasion, office)


async def _set_off(
    session: AsyncSession,
    due: Sequence[Due],
    books: Mapping[UUID, _Book],
    *,
    office: Office,
    now: datetime,
) -> list[tuple[Owner, Sent]]:
    """What playbooks have follow on an escalation, and what subscribers are told of it.

    Runs on which nothing hangs and of which nobody is told are not looked at.
    """
    is_heard = bool(await subscribers(session, {NAMES[Moment.ESCALATED]}))
    raised = [
        (each, Happening(Moment.ESCALATED, each.step, each.title)) for each in due if each.raised
    ]
    hanging = {
        at: any(effects_on(books[at[0]].playbook, Happening(Moment.ESCALATED, at[1])))
        for at in {(each.text_id, each.step) for each, _ in raised}
    }
    setting_off = [
        (each, happening)
        for each, happening in raised
        if is_heard or hanging[each.text_id, each.step]
    ]
    scenes = await _scenes(session, {each.run_id for each, _ in setting_off}, books)
    sent: list[tuple[Owner, Sent]] = []
    for each, happening in setting_off:
        scene = replace(scenes[each.run_id], occasion=f"{_occasion(each)}/{each.had_raised}")
        sent += await sent_by(session, scene, [happening], office=office, now=now)
        await start_others(session, scene, [happening], (), office=office, actor=CLOCK, now=now)
    return sent


async def _scenes(
    session: AsyncSession, run_ids: set[UUID], books: Mapping[UUID, _Book]
) -> Mapping[UUID, Scene]:
    """The runs as their effects read them: what their inputs say; answers of steps are not read."""
    if not run_ids:
        return {}
    rows = await session.execute(
        select(PlaybookRun, Client)
        .outerjoin(Client, Client.id == PlaybookRun.client_id)
        .where(PlaybookRun.id.in_(run_ids))
    )
    scenes = {}
    for row, client in rows:
        playbook = books[row.text_id].playbook
        figures = reckoned(playbook, fill(playbook.inputs, row.inputs).values)
        scenes[row.id] = Scene(playbook, row, owner_of(row), figures, client, "")
    return scenes
