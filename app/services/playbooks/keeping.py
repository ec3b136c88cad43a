"""Seeing to what comes round for a playbook: runs begin, a run is checked, it is told and asked."""

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import ColumnElement, cast, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.types import Text

from app.db.models import PlaybookRun, PlaybookVersion, Task
from app.db.runs import run_of, running_of, steps_of
from app.domain.actor import Actor
from app.domain.calendar import day_of, first_instant_of
from app.domain.playbook.adherence import Figure, adherence_said
from app.domain.playbook.cycle import CyclePeriod
from app.domain.playbook.trigger import Event
from app.domain.run.errors import PlaybookUnreadable
from app.domain.run.model import RunState
from app.domain.run.spot_check import to_look_at
from app.domain.task import TaskState
from app.services import hooks
from app.services.office import Office
from app.services.playbooks.rounds import Round
from app.services.playbooks.telling import Note, ask_role, publish_of, tell_role
from app.services.runs.effects import run_link
from app.services.runs.kept import playbook_kept
from app.services.runs.outbox import ByHand, send
from app.services.runs.saving import scene_of
from app.services.runs.set_off import Happened, start_by_event, start_by_time

CHECKED = "spot_check:"
REVIEW = "review:"


async def see_to(
    session: AsyncSession,
    held: Round,
    figures: Sequence[Figure],
    *,
    office: Office,
    actor: Actor,
    now: datetime,
) -> int:
    """See to what has come round for a playbook, in the transaction that notes it.

    Args:
        session: The caller commits.
        held: What has come round.
        figures: How far the playbook was kept to in the period that is reported of, if one is.
        office: The installation.
        actor: The clock.
        now: The present instant.

    Returns:
        How much was done.
    """
    done, come = 0, held.come
    if held.is_new:
        done += await _changed(session, held, office=office, actor=actor, now=now)
    for at in come.times:
        done += await start_by_time(session, held.found, at, office=office, actor=actor, now=now)
    if come.spot_check is not None:
        done += await _spot_check(session, held, come.spot_check, office=office, now=now)
    if come.report is not None:
        done += await _report(session, held, come.report, figures, office=office, now=now)
    if come.review:
        await _review(session, held, office=office, now=now)
        done += 1
    return done


async def _changed(
    session: AsyncSession, held: Round, *, office: Office, actor: Actor, now: datetime
) -> int:
    """Another version is in force: nobody reviews the last, runs begin, subscribers are told."""
    book = held.found.playbook
    governance = book.governance
    await session.execute(
        update(Task)
        .where(
            Task.playbook_version_id.in_(
                select(PlaybookVersion.id).where(
                    PlaybookVersion.playbook == book.key,
                    PlaybookVersion.playbook_version != book.version,
                )
            ),
            Task.key.startswith(REVIEW),
            Task.state.in_([str(TaskState.OPEN), str(TaskState.BLOCKED)]),
        )
        .values(
            state=str(TaskState.SKIPPED),
            reason=f"Version {book.version} took its place.",
            blocked_at=None,
            version=Task.version + 1,
        )
        .execution_options(synchronize_session=False)
    )
    facts = {
        "version": book.version,
        "title": book.title,
        "change": governance.change if governance else None,
        "effective_on": day_of(held.since, office.timezone).isoformat(),
    }
    event = hooks.Event(
        str(Event.PLAYBOOK_CHANGED), f"{book.version}", {"playbook": {"key": book.key, **facts}}
    )
    await publish_of(session, held.found, event, office=office, now=now)
    happened = Happened(
        Event.PLAYBOOK_CHANGED,
        f"{book.key}/{book.version}",
        f"{book.key} version {book.version}",
        {"playbook": book.key, **facts},
    )
    return 1 + await start_by_event(session, happened, office=office, actor=actor, now=now)


def _going_on(period: CyclePeriod, key: str, office: Office) -> tuple[ColumnElement[bool], ...]:
    """Runs of a playbook that went on in a period, and were not cancelled."""
    since, until = (first_instant_of(on, office.timezone) for on in (period.since, period.until))
    return (
        PlaybookRun.playbook == key,
        PlaybookRun.state != str(RunState.CANCELLED),
        PlaybookRun.started_at < until,
        or_(PlaybookRun.ended_at.is_(None), PlaybookRun.ended_at >= since),
    )


async def _drawn(
    session: AsyncSession, period: CyclePeriod, key: str, office: Office
) -> PlaybookRun | None:
    """The run that is checked: of those never checked the first by a digest of period and id."""
    checked = (
        select(Task.id).where(Task.run_id == PlaybookRun.id, Task.key.startswith(CHECKED)).exists()
    )
    digest = func.md5(func.concat(period.since.isoformat(), "/", cast(PlaybookRun.id, Text)))
    found: PlaybookRun | None = await session.scalar(
        select(PlaybookRun)
        .where(*_going_on(period, key, office))
        .order_by(checked, digest)
        .limit(1)
    )
    return found


async def _spot_check(
    session: AsyncSession, held: Round, period: CyclePeriod, *, office: Office, now: datetime
) -> int:
    book = held.found.playbook
    row = await _drawn(session, period, book.key, office)
    if row is None:
        return 0
    try:
        kept = await playbook_kept(session, row)
    except PlaybookUnreadable:
        kept = book  # what it kept cannot be read any more: it is told in the words of today
    steps = await steps_of(session, row.id)
    run = run_of(kept, row, steps, await running_of(session, row.id))
    scene = await scene_of(session, kept, row, run)
    text = "\n".join([*to_look_at(kept, run), run_link(office, row.id)])
    title = f"{scene.about}: spot check, for {period}"
    task = ByHand(f"{CHECKED}{period.since}:{period.until}", title, book.owner, text)
    await send(session, [(scene.owner, task)], office=office, now=now)
    return 1


async def _report(
    session: AsyncSession,
    held: Round,
    period: CyclePeriod,
    figures: Sequence[Figure],
    *,
    office: Office,
    now: datetime,
) -> int:
    book = held.found.playbook
    runs = await session.scalar(
        select(func.count()).select_from(PlaybookRun).where(*_going_on(period, book.key, office))
    )
    if not runs:
        return 0
    title = f"{book.title}: how far it was kept to, {period}"
    went = "1 run went on." if runs == 1 else f"{runs} runs went on."
    text = "\n".join([f"{title}. {went}", *map(adherence_said, figures)])
    link = (
        f"{office.public_url}/v1/measures?playbook={book.key}&from={period.since}&to={period.until}"
    )
    note = Note(f"report:{period.since}:{period.until}", title, text, book.owner, link)
    await tell_role(session, held.found, note, office=office, now=now)
    return 1


async def _review(session: AsyncSession, held: Round, *, office: Office, now: datetime) -> None:
    book = held.found.playbook
    since: date = day_of(held.since, office.timezone)
    title = f"Review the playbook '{book.title}'"
    text = (
        f"Version {book.version} counts since {since}, and is reviewed {book.review_cycle}: see "
        "whether it is still right, and propose a version where it is not."
    )
    link = f"{office.public_url}/v1/playbooks/{book.key}/versions/{book.version}"
    note = Note(f"{REVIEW}{since}:{held.come.review}", title, text, book.owner, link)
    await ask_role(session, held.found, note, office=office, now=now)
