"""What comes round for playbooks, held so that it is seen to once, by whichever worker looks."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Select, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.db.models import PlaybookRound, PlaybookVersion
from app.domain.playbook.rounds import NOTHING, ComeRound, come_round
from app.domain.playbook.version import takes_force_at
from app.services.office import Office
from app.services.playbooks.in_force import InForce, all_in_force
from app.services.playbooks.taking_force import is_due

LAG = timedelta(minutes=1)
"""How long ago a playbook was last looked at before that is written down anew: not every tick."""


@dataclass(frozen=True, slots=True)
class Round:
    """What is to be seen to of a playbook.

    Attributes:
        found: The playbook in the version in force.
        since: From when that counts.
        is_new: Whether another version was in force when it was last looked at.
        come: What has come round.
    """

    found: InForce
    since: datetime
    is_new: bool
    come: ComeRound


async def rounds_due(session: AsyncSession, *, office: Office, now: datetime) -> Sequence[str]:
    """The playbooks for which something is to be seen to, or that were never looked at."""
    about_to_change = set(await session.scalars(_about_to_change(office, now)))
    rows = {row.playbook: row for row in await session.scalars(select(PlaybookRound))}
    due = []
    for key, found in (await all_in_force(session, office)).items():
        if key in about_to_change:
            continue
        row = rows.get(key)
        is_known = row is not None and row.playbook_version == found.playbook.version
        if row is None or not is_known or _come(found, row, office, now) != NOTHING:
            due.append(key)
    return due


def _about_to_change(office: Office, now: datetime) -> Select[str]:
    """The playbooks of which another version takes force any moment.

    What comes round from its midnight on is of that version: they are looked at afterwards.
    """
    return select(PlaybookVersion.playbook).where(is_due(office, now))


def _come(found: InForce, row: PlaybookRound, office: Office, now: datetime) -> ComeRound:
    return come_round(
        found.playbook, since=row.since, after=row.looked_at, now=now, zone=office.timezone
    )


async def hold_round(
    session: AsyncSession, key: str, *, office: Office, now: datetime
) -> Round | None:
    """Hold what is to be seen to of a playbook, and note that it is.

    A playbook that was never looked at begins now: nothing of the past has come round.

    Args:
        session: The caller sees to it and commits, or nothing is noted.
        key: The playbook's.
        office: The installation.
        now: The present instant.

    Returns:
        None where another worker has seen to it, or there is nothing.
    """
    row = await session.scalar(
        select(PlaybookRound)
        .where(PlaybookRound.playbook == key)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    # Read once the row is held: another worker may have noted a version since.
    found = (await all_in_force(session, office)).get(key)
    if found is None:
        return None
    if row is None:
        await session.execute(
            insert(PlaybookRound)
            .values(playbook=key, playbook_version=found.playbook.version, since=now, looked_at=now)
            .on_conflict_do_nothing()
        )
        return None
    is_new = row.playbook_version != found.playbook.version
    if is_new:
        row.playbook_version = found.playbook.version
        row.since = max(row.looked_at, await _midnight_of(session, found, office) or row.looked_at)
    come = _come(found, row, office, now)
    row.looked_at = max(row.looked_at, now)
    return Round(found, row.since, is_new, come) if is_new or come != NOTHING else None


async def _midnight_of(session: AsyncSession, found: InForce, office: Office) -> datetime | None:
    """When a version that was proposed here was to take force; None for one of the catalog."""
    if found.version_id is None:
        return None
    row = await session.get_one(PlaybookVersion, found.version_id)
    return takes_force_at(row.effective_on, office.timezone)


async def note_looked(
    session: AsyncSession, besides: Collection[str], *, office: Office, now: datetime
) -> None:
    """Note that playbooks were looked at, so that only what comes later counts.

    Those at which another worker looks are left alone, and so are those that could not be seen to,
    and those that are about to change.
    """
    stale = (
        select(PlaybookRound.playbook)
        .where(
            PlaybookRound.looked_at < now - LAG,
            PlaybookRound.playbook.not_in(besides),
            PlaybookRound.playbook.not_in(_about_to_change(office, now)),
        )
        .order_by(PlaybookRound.playbook)
        .with_for_update(skip_locked=True)
    )
    await session.execute(
        update(PlaybookRound)
        .where(PlaybookRound.playbook.in_(stale))
        .values(looked_at=now)
        .execution_options(synchronize_session=False)
    )
