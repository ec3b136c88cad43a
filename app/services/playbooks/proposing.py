"""Proposing a version of a playbook: read, compared, its approvals asked for, or taken back."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.catalog.faults import CatalogInvalid
from app.catalog.proposed import differences_of_texts, read_proposed
from app.db.ids import new_id
from app.db.models import PlaybookRun, PlaybookVersion
from app.domain.actor import Actor
from app.domain.approval import ApprovalSubject
from app.domain.fields import DocumentNotUnderstood, Fault
from app.domain.playbook.difference import Difference
from app.domain.playbook.governance import Governance
from app.domain.playbook.model import Playbook
from app.domain.playbook.version import (
    VersionState,
    approvers,
    check_higher,
    check_pending,
    effective_day,
)
from app.services.approvals import Question, ask, void_approvals
from app.services.audit import record
from app.services.office import Office
from app.services.playbooks.in_force import (
    InForce,
    all_in_force,
    hold_versions,
    in_force,
    kept_text,
    lock_version,
)
from app.services.playbooks.taking_force import settle


@dataclass(frozen=True, slots=True)
class Proposal:
    """A version as somebody proposes it, read and compared.

    Attributes:
        present: The version in force.
        playbook: The proposed one.
        governance: What stands behind it.
        body: Its text.
        differences: What differs between both, field by field.
        approvals: The roles that must say yes.
        effective_on: The day from which runs begin on it, once it is approved.
    """

    present: InForce
    playbook: Playbook
    governance: Governance
    body: str
    differences: Sequence[Difference]
    approvals: Sequence[str]
    effective_on: date


async def read_proposal(
    session: AsyncSession, key: str, body: str, *, office: Office, now: datetime
) -> Proposal:
    """Read a proposed version, and compare it with the one in force; nothing is kept.

    Args:
        session: Only read from.
        key: Of the playbook.
        body: The YAML, whole.
        office: The installation.
        now: The present instant.

    Raises:
        PlaybookNotFound, RunsAsPlans: see `in_force`.
        DocumentNotUnderstood: The text is no playbook; every fault is named by line and field.
        VersionNotHigher: Its number is known, or lower than one that is.
    """
    present = await in_force(session, office, key)
    found = await all_in_force(session, office)
    others = {other: one.playbook for other, one in found.items()}
    try:
        playbook = read_proposed(office.catalog, key, body, others)
    except CatalogInvalid as invalid:
        raise DocumentNotUnderstood(
            [
                Fault("/text", "playbook_fault", sentence.removeprefix("playbooks/"))
                for sentence in invalid.sentences
            ]
        ) from None
    check_higher(playbook.version, await _known(session, office, key))
    assert playbook.governance is not None  # the reading asks for it
    return Proposal(
        present=present,
        playbook=playbook,
        governance=playbook.governance,
        body=body,
        differences=differences_of_texts(key, present.body, body),
        approvals=approvers(playbook.governance, present.playbook.governance),
        effective_on=effective_day(playbook.governance, office.timezone, now=now),
    )


async def _known(session: AsyncSession, office: Office, key: str) -> list[int]:
    """The highest numbers of the file, of what was proposed, and of what runs keep."""
    file = office.catalog.playbooks.get(key)
    highest = [
        await session.scalar(select(func.max(column)).where(owner == key))
        for column, owner in (
            (PlaybookVersion.playbook_version, PlaybookVersion.playbook),
            (PlaybookRun.playbook_version, PlaybookRun.playbook),
        )
    ]
    return [
        *(number for number in highest if number is not None),
        *([file.version] if file else []),
    ]


async def propose(
    session: AsyncSession,
    key: str,
    body: str,
    *,
    office: Office,
    actor: Actor,
    now: datetime,
) -> tuple[PlaybookVersion, Proposal]:
    """Keep a proposed version, and ask for its approvals; without any it goes its way at once.

    Args:
        session: The caller commits.
        key: Of the playbook.
        body: The YAML, whole.
        office: The installation.
        actor: Who proposes it.
        now: The present instant.

    Raises:
        Everything that `read_proposal` refuses.

    Source: docs/playbook-versions.md, "Proposing".
    """
    await hold_versions(session, key)
    proposal = await read_proposal(session, key, body, office=office, now=now)
    text_id = await kept_text(session, proposal.playbook, body, now=now)
    row = _row_of(proposal, text_id, actor=actor, now=now)
    session.add(row)
    record(
        session,
        actor=actor,
        action="playbook.proposed",
        subject=("playbook_version", row.id),
        now=now,
        after={
            "playbook": key,
            "version": row.playbook_version,
            "change": row.change,
            "impact": row.impact,
            "effective_on": row.effective_on.isoformat(),
            "open_runs": row.open_runs,
            "approvals": list(proposal.approvals),
            "differences": [str(each) for each in proposal.differences],
        },
    )
    await session.flush()
    for role in proposal.approvals:
        await ask(session, _question(row, proposal, role), actor=actor, now=now)
    await settle(session, row, office=office, actor=actor, now=now)
    return row, proposal


def _row_of(proposal: Proposal, text_id: UUID, *, actor: Actor, now: datetime) -> PlaybookVersion:
    return PlaybookVersion(
        id=new_id(),
        version=1,
        playbook=proposal.playbook.key,
        playbook_version=proposal.playbook.version,
        text_id=text_id,
        change=proposal.governance.change,
        impact=proposal.governance.impact,
        state=str(VersionState.AWAITING_APPROVAL),
        effective_on=proposal.effective_on,
        open_runs=str(proposal.governance.open_runs),
        acknowledge=list(proposal.governance.acknowledge),
        proposed_by=actor.name,
        proposed_at=now,
    )


def _question(row: PlaybookVersion, proposal: Proposal, role: str) -> Question:
    said = f"Version {row.playbook_version} of '{proposal.playbook.title}': {row.change}"
    facts = {"playbook": row.playbook, "version": row.playbook_version, "impact": row.impact}
    return Question((ApprovalSubject.PLAYBOOK_VERSION, row.id), role, said, facts)


async def withdraw(
    session: AsyncSession, key: str, number: int, reason: str, *, actor: Actor, now: datetime
) -> PlaybookVersion:
    """Take back a version that has not taken force.

    Raises:
        VersionNotFound: None of this number was proposed.
        VersionRefuses: It is in force, or over.
    """
    row = await lock_version(session, key, number)
    before = VersionState(row.state)
    check_pending(before)
    row.state, row.ended_at, row.reason = str(VersionState.WITHDRAWN), now, reason
    row.version += 1
    await void_approvals(session, row.id, now=now)
    record(
        session,
        actor=actor,
        action="playbook.withdrawn",
        subject=("playbook_version", row.id),
        now=now,
        before={"state": str(before)},
        after={"playbook": key, "version": number, "state": row.state},
        reason=reason,
    )
    await session.flush()
    return row
