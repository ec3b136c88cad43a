"""The version of a playbook on which runs begin: the file's, unless a higher one is in force."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Row, Select, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.catalog.pinned import digest_of, playbook_from
from app.db.ids import new_id
from app.db.models import PlaybookText, PlaybookVersion
from app.db.names import hold_name
from app.domain.playbook.model import Playbook
from app.domain.playbook.upgrade import UpgradePlaybook
from app.domain.playbook.version import OF_THE_FILE, VersionNotFound, VersionState
from app.domain.run.errors import PlaybookNotFound, PlaybookUnreadable, RunsAsPlans
from app.services.office import Office
from app.telemetry import logger

LOG = logger(__name__)


@dataclass(frozen=True, slots=True)
class InForce:
    """A playbook as runs begin on it.

    Attributes:
        playbook: Its values.
        body: Its text.
        version_id: The version that was proposed here; None for the catalog's own file.
    """

    playbook: Playbook
    body: str
    version_id: UUID | None = None


async def in_force(session: AsyncSession, office: Office, key: str) -> InForce:
    """The playbook of this key in the version in force, which runs are made of.

    Raises:
        PlaybookNotFound: There is none.
        RunsAsPlans: Its runs are upgrade plans, with rows of their own.
        PlaybookUnreadable: The version in force cannot be read any more.

    Source: docs/playbook-versions.md, "Which version is in force".
    """
    wanted = _proposed().where(PlaybookVersion.playbook == key)
    row = (await session.execute(wanted)).one_or_none()
    found = _higher(office, key, row)
    if found is None:
        raise PlaybookNotFound("There is no playbook with this key.")
    if isinstance(found.playbook, UpgradePlaybook):
        raise RunsAsPlans("A run of this playbook is an upgrade plan: POST /v1/plans starts one.")
    return found


async def all_in_force(session: AsyncSession, office: Office) -> Mapping[str, InForce]:
    """Every playbook in the version in force, by key, sorted; the upgrade's too.

    One whose version in force cannot be read any more is left out, and logged: no run of it begins,
    and those of others do.
    """
    rows = {row.playbook: row for row in await session.execute(_proposed())}
    found = {}
    for key in sorted({*office.catalog.playbooks, *rows}):
        try:
            one = _higher(office, key, rows.get(key))
        except PlaybookUnreadable as fault:
            LOG.warning("playbook unreadable", playbook=key, detail=fault.detail)
            continue
        assert one is not None  # one of both has it
        found[key] = one
    return found


def _proposed() -> Select[UUID, str, int, str]:
    return (
        select(
            PlaybookVersion.id,
            PlaybookVersion.playbook,
            PlaybookVersion.playbook_version,
            PlaybookText.body,
        )
        .join(PlaybookText, PlaybookText.id == PlaybookVersion.text_id)
        .where(PlaybookVersion.state == str(VersionState.IN_FORCE))
    )


def _higher(office: Office, key: str, row: Row[UUID, str, int, str] | None) -> InForce | None:
    file = office.catalog.playbooks.get(key)
    if row is not None and (file is None or file.version < row.playbook_version):
        return InForce(playbook_from(key, row.body), row.body, row.id)
    if file is None:
        return None
    return InForce(file, office.catalog.playbook_texts.get(key, ""))


async def hold_versions(session: AsyncSession, key: str) -> None:
    """Let one transaction at a time add to a playbook's versions, or put one in force."""
    await hold_name(session, f"playbook:{key}")


async def lock_version(session: AsyncSession, key: str, number: int) -> PlaybookVersion:
    """Load a version that was proposed here and hold its row, after its playbook's versions.

    Raises:
        VersionNotFound: There is none.
    """
    await hold_versions(session, key)
    row = await session.scalar(
        select(PlaybookVersion)
        .where(
            PlaybookVersion.playbook == key,
            PlaybookVersion.playbook_version == number,
            PlaybookVersion.state != OF_THE_FILE,
        )
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if row is None:
        raise VersionNotFound("No version of this number was proposed here.")
    return row


async def kept_text(session: AsyncSession, playbook: Playbook, body: str, *, now: datetime) -> UUID:
    """The id of a text as runs and versions keep it, written down where nobody has kept it yet."""
    digest = digest_of(playbook.key, body)
    found = select(PlaybookText.id).where(PlaybookText.digest == digest)
    with session.no_autoflush:  # what is written beside it needs not be there for that
        known: UUID | None = await session.scalar(found)
    if known is not None:
        return known
    made: UUID | None = await session.scalar(
        insert(PlaybookText)
        .values(
            id=new_id(),
            playbook=playbook.key,
            playbook_version=playbook.version,
            digest=digest,
            body=body,
            created_at=now,
        )
        .on_conflict_do_nothing()
        .returning(PlaybookText.id)
    )
    if made is None:  # somebody else was first
        made = await session.scalar(found)
    assert made is not None
    return made
