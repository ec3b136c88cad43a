"""Versions of playbooks as the API shows them: with who decides, who has read them, open runs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.db.models import (
    Approval,
    PlaybookAcknowledgement,
    PlaybookRun,
    PlaybookText,
    PlaybookVersion,
    Staff,
)
from app.domain.playbook.version import OF_THE_FILE, VersionState
from app.domain.run.model import RunState


@dataclass(frozen=True, slots=True)
class Reading:
    """How far people are with reading a version: asked, done, and late."""

    asked: int
    acknowledged: int
    overdue: int


NOBODY_ASKED = Reading(0, 0, 0)


async def versions_of(session: AsyncSession, key: str) -> Sequence[PlaybookVersion]:
    """The versions of a playbook that were proposed here, newest first."""
    found = await session.scalars(
        select(PlaybookVersion)
        .where(PlaybookVersion.playbook == key, PlaybookVersion.state != OF_THE_FILE)
        .order_by(PlaybookVersion.playbook_version.desc())
    )
    return list(found)


async def version_numbered(session: AsyncSession, key: str, number: int) -> PlaybookVersion | None:
    """The version of this number, if one was proposed here."""
    row: PlaybookVersion | None = await session.scalar(
        select(PlaybookVersion).where(
            PlaybookVersion.playbook == key,
            PlaybookVersion.playbook_version == number,
            PlaybookVersion.state != OF_THE_FILE,
        )
    )
    return row


async def text_kept(session: AsyncSession, row: PlaybookVersion) -> str:
    """The text of a version."""
    body: str | None = await session.scalar(
        select(PlaybookText.body).where(PlaybookText.id == row.text_id)
    )
    assert body is not None  # the foreign key holds it
    return body


async def readings(session: AsyncSession, key: str, *, now: datetime) -> Mapping[UUID, Reading]:
    """How far people are with each version of a playbook; who left is not counted.

    Only the version in force is late.
    """
    mine = PlaybookAcknowledgement
    late = (
        mine.acknowledged_at.is_(None)
        & (mine.due_at <= now)
        & (PlaybookVersion.state == str(VersionState.IN_FORCE))
    )
    rows = await session.execute(
        select(
            mine.version_id,
            func.count().label("asked"),
            func.count(mine.acknowledged_at).label("acknowledged"),
            func.count().filter(late).label("overdue"),
        )
        .join(PlaybookVersion, PlaybookVersion.id == mine.version_id)
        .join(Staff, Staff.id == mine.staff_id)
        .where(PlaybookVersion.playbook == key, Staff.active)
        .group_by(mine.version_id)
    )
    return {row.version_id: Reading(row.asked, row.acknowledged, row.overdue) for row in rows}


async def acknowledgements_of(
    session: AsyncSession, version_id: UUID
) -> Sequence[tuple[PlaybookAcknowledgement, Staff]]:
    """Who is asked to read a version, whoever is due first."""
    rows: Sequence[Row[*tuple[Any, ...]]] = (
        await session.execute(
            select(PlaybookAcknowledgement, Staff)
            .join(Staff, Staff.id == PlaybookAcknowledgement.staff_id)
            .where(PlaybookAcknowledgement.version_id == version_id)
            .order_by(PlaybookAcknowledgement.due_at, Staff.name, Staff.id)
            .execution_options(populate_existing=True)
        )
    ).all()
    return [(row[0], row[1]) for row in rows]


async def approvals_of(session: AsyncSession, version_id: UUID) -> Sequence[Approval]:
    """What roles are asked about a version, and what they said."""
    found = await session.scalars(
        select(Approval).where(Approval.subject_id == version_id).order_by(Approval.id)
    )
    return list(found)


async def open_runs(session: AsyncSession, key: str) -> Mapping[int, int]:
    """How many runs of a playbook are open, by the version that they keep."""
    rows = await session.execute(
        select(PlaybookRun.playbook_version, func.count().label("runs"))
        .where(PlaybookRun.playbook == key, PlaybookRun.state == str(RunState.RUNNING))
        .group_by(PlaybookRun.playbook_version)
        .order_by(PlaybookRun.playbook_version)
    )
    return {row.playbook_version: row.runs for row in rows}
