"""Versions that are decided: scheduled, in force at their midnight, or refused."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, and_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.catalog.pinned import playbook_from
from app.db.models import Approval, PlaybookText, PlaybookVersion
from app.domain.actor import Actor
from app.domain.approval import ApprovalNotFound, ApprovalState
from app.domain.calendar import day_of
from app.domain.playbook.model import Playbook
from app.domain.playbook.version import PENDING, VersionState, state_of, takes_force_at
from app.services.approvals import decide_approval, hold_approval, void_approvals
from app.services.audit import record
from app.services.office import Office
from app.services.playbooks.acknowledging import ask_people, let_go, people_to_ask
from app.services.playbooks.in_force import hold_versions, lock_version


async def decide_on_version(
    session: AsyncSession,
    approval_id: UUID,
    state: ApprovalState,
    reason: str | None,
    *,
    office: Office,
    actor: Actor,
    now: datetime,
) -> Approval:
    """Approve or refuse a version; the last yes lets it go its way, one no ends it.

    Raises:
        ApprovalNotFound, DecidedBefore, NotTheApprover: see `decide_approval`.
    """
    known = await session.get(Approval, approval_id)
    row = await session.get(PlaybookVersion, known.subject_id) if known else None
    if row is None:
        raise ApprovalNotFound("There is no approval with this id.")
    # The version before the approval: the order of all locks.
    row = await lock_version(session, row.playbook, row.playbook_version)
    approval = await hold_approval(session, approval_id)
    await decide_approval(session, approval, state, reason, actor=actor, now=now)
    await session.flush()
    await settle(session, row, office=office, actor=actor, now=now)
    return approval


async def settle(
    session: AsyncSession, row: PlaybookVersion, *, office: Office, actor: Actor, now: datetime
) -> None:
    """Let a version be where its approvals and its day put it.

    Args:
        session: The caller commits, and holds the playbook's versions.
        row: Pending.
        office: The installation.
        actor: Whose decision it was.
        now: The present instant.
    """
    found = await session.execute(
        select(Approval.state, Approval.reason, Approval.decided_by).where(
            Approval.subject_id == row.id
        )
    )
    decided = found.all()
    midnight = takes_force_at(row.effective_on, office.timezone)
    state = state_of([ApprovalState(each.state) for each in decided], midnight, now=now)
    if state is VersionState(row.state):
        return
    if state is VersionState.IN_FORCE:
        await _take_force(session, row, office=office, actor=actor, now=now)
        return
    before, row.state = row.state, str(state)
    row.version += 1
    if state is VersionState.REFUSED:
        no = next(each for each in decided if each.state == ApprovalState.REFUSED)
        row.ended_at, row.reason = now, f"{no.decided_by} refused: {no.reason}"
        await void_approvals(session, row.id, now=now)
    _note(session, row, f"playbook.{state}", before, actor=actor, now=now)
    await session.flush()


def is_due(office: Office, now: datetime) -> ColumnElement[bool]:
    """Whether a version is approved, its midnight has come, and it is not in force yet."""
    return and_(
        PlaybookVersion.state == str(VersionState.SCHEDULED),
        PlaybookVersion.effective_on <= day_of(now, office.timezone),
    )


async def versions_due(session: AsyncSession, *, office: Office, now: datetime) -> Sequence[UUID]:
    """The approved versions whose midnight has come, the lowest of a playbook first."""
    found = await session.scalars(
        select(PlaybookVersion.id)
        .where(is_due(office, now))
        .order_by(PlaybookVersion.playbook, PlaybookVersion.playbook_version)
    )
    return list(found)


async def take_force(
    session: AsyncSession, version_id: UUID, *, office: Office, actor: Actor, now: datetime
) -> None:
    """Put a version in force whose midnight has come, unless another worker did."""
    known = await session.get_one(PlaybookVersion, version_id)
    row = await lock_version(session, known.playbook, known.playbook_version)
    if row.state == VersionState.SCHEDULED:
        await _take_force(session, row, office=office, actor=actor, now=now)


async def _take_force(
    session: AsyncSession, row: PlaybookVersion, *, office: Office, actor: Actor, now: datetime
) -> None:
    """Runs begin on it from now on; lower ones are over, and people are asked to read it."""
    before, file = row.state, office.catalog.playbooks.get(row.playbook)
    await _supersede(session, row, now=now)
    row.version += 1
    if file is not None and file.version >= row.playbook_version:
        row.state, row.ended_at = str(VersionState.SUPERSEDED), now
        _note(session, row, "playbook.superseded", before, actor=actor, now=now)
        await session.flush()
        return
    row.state, row.in_force_at = str(VersionState.IN_FORCE), now
    _note(session, row, "playbook.in_force", before, actor=actor, now=now)
    await session.flush()
    playbook = await playbook_of(session, row)
    assert playbook.governance is not None  # the proposal asked for it
    within = playbook.governance.within
    await ask_people(session, row, playbook, within, office=office, now=now)


async def _supersede(session: AsyncSession, row: PlaybookVersion, *, now: datetime) -> None:
    lower = list(
        await session.scalars(
            update(PlaybookVersion)
            .where(
                PlaybookVersion.playbook == row.playbook,
                PlaybookVersion.playbook_version < row.playbook_version,
                PlaybookVersion.state.in_([str(s) for s in (*PENDING, VersionState.IN_FORCE)]),
            )
            .values(
                state=str(VersionState.SUPERSEDED),
                ended_at=now,
                version=PlaybookVersion.version + 1,
            )
            .returning(PlaybookVersion.id)
            .execution_options(synchronize_session=False)
        )
    )
    for version_id in lower:
        await void_approvals(session, version_id, now=now)
    await let_go(session, lower, row.playbook_version)


async def versions_overtaken(
    session: AsyncSession, *, office: Office, now: datetime
) -> Sequence[UUID]:
    """The versions in force whose playbook's file in the catalog says as high a number by now."""
    rows = await session.execute(
        select(
            PlaybookVersion.id, PlaybookVersion.playbook, PlaybookVersion.playbook_version
        ).where(
            PlaybookVersion.state == str(VersionState.IN_FORCE), PlaybookVersion.in_force_at <= now
        )
    )
    files = office.catalog.playbooks
    return [
        row.id
        for row in rows
        if row.playbook in files and files[row.playbook].version >= row.playbook_version
    ]


async def give_way(
    session: AsyncSession, version_id: UUID, *, office: Office, actor: Actor, now: datetime
) -> None:
    """A version in force gives way to the catalog's file, which is in force from now on."""
    known = await session.get_one(PlaybookVersion, version_id)
    row = await lock_version(session, known.playbook, known.playbook_version)
    if row.state != VersionState.IN_FORCE:
        return
    row.version += 1
    row.state, row.ended_at = str(VersionState.SUPERSEDED), now
    await let_go(session, [row.id], office.catalog.playbooks[row.playbook].version)
    _note(session, row, "playbook.superseded", VersionState.IN_FORCE, actor=actor, now=now)
    await session.flush()


async def playbook_of(session: AsyncSession, row: PlaybookVersion) -> Playbook:
    """A version's playbook, as values."""
    return playbook_from(row.playbook, await body_of(session, row))


async def body_of(session: AsyncSession, row: PlaybookVersion) -> str:
    """A version's text."""
    body: str | None = await session.scalar(
        select(PlaybookText.body).where(PlaybookText.id == row.text_id)
    )
    assert body is not None  # the foreign key holds it
    return body


async def versions_with_newcomers(session: AsyncSession, *, now: datetime) -> Sequence[UUID]:
    """The versions in force that somebody active was not asked to read."""
    found = await session.scalars(
        select(PlaybookVersion)
        .where(
            PlaybookVersion.state == str(VersionState.IN_FORCE), PlaybookVersion.in_force_at <= now
        )
        .order_by(PlaybookVersion.playbook)
    )
    return [row.id for row in found.all() if await people_to_ask(session, row)]


async def ask_newcomers(
    session: AsyncSession, version_id: UUID, *, office: Office, actor: Actor, now: datetime
) -> int:
    """Ask those who came to a version's roles after it took force; they have longer."""
    row = await session.get_one(PlaybookVersion, version_id)
    await hold_versions(session, row.playbook)
    await session.refresh(row)
    if row.state != VersionState.IN_FORCE:
        return 0
    playbook = await playbook_of(session, row)
    assert playbook.governance is not None  # the proposal asked for it
    within = playbook.governance.newcomers_within
    return await ask_people(session, row, playbook, within, office=office, now=now)


def _note(
    session: AsyncSession,
    row: PlaybookVersion,
    action: str,
    before: str,
    *,
    actor: Actor,
    now: datetime,
) -> None:
    record(
        session,
        actor=actor,
        action=action,
        subject=("playbook_version", row.id),
        now=now,
        before={"state": before},
        after={"playbook": row.playbook, "version": row.playbook_version, "state": row.state},
        reason=row.reason,
    )
