"""Versions of playbooks: listed, proposed, withdrawn, and acknowledged by their readers."""

from collections.abc import Mapping
from typing import Annotated, Any
from uuid import UUID

from fastapi import Path, Response

from app.api.acting import Acting, ActingDep
from app.api.permissions import PROPOSE, READ, WORK
from app.api.playbook_version_shapes import (
    AcknowledgementOut,
    ProposalIn,
    ProposalOut,
    VersionApprovalOut,
    VersionOut,
    VersionWholeOut,
    proposal_out,
)
from app.api.shapes import PersonOut, WhyIn
from app.db.models import PlaybookVersion
from app.domain.playbook.due import after_span
from app.domain.playbook.model import Playbook
from app.domain.playbook.version import VersionNotFound, VersionState, takes_force_at
from app.queries import playbook_versions as queries
from app.services.office import Office
from app.services.people import active_names
from app.services.playbooks.acknowledging import acknowledge
from app.services.playbooks.in_force import all_in_force, lock_version
from app.services.playbooks.moving_runs import foresee
from app.services.playbooks.proposing import Proposal, propose, read_proposal, withdraw
from app.web.etags import etag
from app.web.pages import Page
from app.web.routing import NowDep, SessionDep, WiredDep, make_router
from app.web.scalars import QueryWhole, Slug
from app.web.security import allow

playbook_versions = make_router(tags=["playbooks"], prefix="/v1/playbooks/{key}/versions")

Number = Annotated[QueryWhole, Path(description="The version's number, as its file says it.")]


@playbook_versions.get("", operation_id="playbook_versions_list")
@allow(*READ)
async def playbook_versions_list(
    key: Slug, session: SessionDep, wired: WiredDep, now: NowDep
) -> Page[VersionOut]:
    """List the versions of a playbook: the catalog's, and those that were proposed.

    The highest first; with each how many open runs keep it, and how many people have read it
    or are late.
    """
    present = (await all_in_force(session, wired.office)).get(key)
    rows = await queries.versions_of(session, key)
    if present is None and not rows:
        raise VersionNotFound("There is no playbook with this key.")
    runs = await queries.open_runs(session, key)
    readings = await queries.readings(session, key, now=now)
    items = [VersionOut(**_row_facts(row, readings, runs)) for row in rows]
    file = wired.office.catalog.playbooks.get(key)
    if file is not None and file.version not in {row.playbook_version for row in rows}:
        items.append(
            VersionOut(
                **_file_facts(file, present is not None and present.version_id is None, runs)
            )
        )
    return Page(items=sorted(items, key=lambda each: -each.number))


@playbook_versions.post(
    "",
    operation_id="playbook_versions_propose",
    status_code=201,
    responses={200: {"model": ProposalOut, "description": "Only shown: `dry_run`."}},
)
@allow(*PROPOSE)
async def playbook_versions_propose(key: Slug, body: ProposalIn, call: ActingDep) -> ProposalOut:
    """Propose a version of a playbook, or show what it would mean.

    Answers what differs from the version in force, what moving would mean for open runs, who must
    say yes, and who must have read it by when. With `dry_run` nothing is kept. Once every role has
    said yes, it takes force at the organisation's midnight of its day, or at once where that day
    is here.
    """
    office, now = call.office, call.now
    kept: tuple[UUID, VersionState] | None = None
    if body.dry_run:
        call.response.status_code = 200
        proposal = await read_proposal(call.session, key, body.text, office=office, now=now)
    else:
        row, proposal = await propose(
            call.session, key, body.text, office=office, actor=call.actor, now=now
        )
        await call.session.flush()
        kept = (row.id, VersionState(row.state))
        call.response.headers["Location"] = f"/v1/playbooks/{key}/versions/{row.playbook_version}"
        call.response.headers["ETag"] = etag(row.version)
    return await _shown(call, proposal, kept)


async def _shown(
    call: Acting, proposal: Proposal, kept: tuple[UUID, VersionState] | None
) -> ProposalOut:
    office, now = call.office, call.now
    roles = proposal.governance.acknowledge
    names = await active_names(call.session, roles)
    at = max(now, takes_force_at(proposal.effective_on, office.timezone))
    return proposal_out(
        proposal,
        kept,
        await queries.open_runs(call.session, proposal.playbook.key),
        await foresee(call.session, proposal.playbook, office=office, now=now),
        [(role, names[role]) for role in roles],
        due_at=after_span(at, proposal.governance.within, office.hours(at)),
        zone=office.timezone,
    )


@playbook_versions.get("/{number}", operation_id="playbook_versions_get")
@allow(*READ)
async def playbook_versions_get(
    key: Slug, number: Number, session: SessionDep, wired: WiredDep, now: NowDep, response: Response
) -> VersionWholeOut:
    """Get a version of a playbook: its text, who decides about it, and who has read it."""
    row = await queries.version_numbered(session, key, number)
    if row is None:
        return await _of_the_file(session, wired.office, key, number)
    return await _answer(session, row, response, now)


@playbook_versions.post("/{number}/withdraw", operation_id="playbook_versions_withdraw")
@allow(*PROPOSE)
async def playbook_versions_withdraw(
    key: Slug, number: Number, body: WhyIn, call: ActingDep
) -> VersionWholeOut:
    """Take a version back before it takes force, with the reason."""
    row = await lock_version(call.session, key, number)
    call.expected.check(row.version)
    await withdraw(call.session, key, number, body.reason, actor=call.actor, now=call.now)
    return await _answer(call.session, row, call.response, call.now)


@playbook_versions.post("/{number}/acknowledge", operation_id="playbook_versions_acknowledge")
@allow(*WORK)
async def playbook_versions_acknowledge(
    key: Slug, number: Number, call: ActingDep
) -> VersionWholeOut:
    """Say that you have read a version.

    Takes the key of a member of staff who is asked to; saying so again changes nothing.
    """
    row = await queries.version_numbered(call.session, key, number)
    if row is None:
        raise VersionNotFound("No version of this number was proposed here.")
    await acknowledge(call.session, row.id, actor=call.actor, now=call.now)
    await call.session.flush()
    return await _answer(call.session, row, call.response, call.now)


async def _answer(
    session: SessionDep, row: PlaybookVersion, response: Response, now: NowDep
) -> VersionWholeOut:
    response.headers["ETag"] = etag(row.version)
    runs = await queries.open_runs(session, row.playbook)
    readings = await queries.readings(session, row.playbook, now=now)
    in_force_now = row.state == VersionState.IN_FORCE
    approvals = await queries.approvals_of(session, row.id)
    return VersionWholeOut(
        **_row_facts(row, readings, runs),
        text=await queries.text_kept(session, row),
        approvals=[VersionApprovalOut.model_validate(each) for each in approvals],
        acknowledgements=[
            AcknowledgementOut(
                person=PersonOut.model_validate(person),
                role=person.role,
                asked_at=asked.asked_at,
                due_at=asked.due_at,
                acknowledged_at=asked.acknowledged_at,
                overdue=in_force_now
                and person.active
                and asked.acknowledged_at is None
                and asked.due_at <= now,
            )
            for asked, person in await queries.acknowledgements_of(session, row.id)
        ],
    )


async def _of_the_file(
    session: SessionDep, office: Office, key: str, number: int
) -> VersionWholeOut:
    file = office.catalog.playbooks.get(key)
    if file is None or file.version != number:
        raise VersionNotFound("There is no version of this number.")
    present = (await all_in_force(session, office))[key]
    runs = await queries.open_runs(session, key)
    return VersionWholeOut(
        **_file_facts(file, present.version_id is None, runs),
        text=office.catalog.playbook_texts.get(key, ""),
        approvals=[],
        acknowledgements=[],
    )


def _row_facts(
    row: PlaybookVersion, readings: Mapping[UUID, queries.Reading], runs: Mapping[int, int]
) -> dict[str, Any]:
    same = (
        *("id", "version", "state", "change", "impact", "effective_on", "open_runs"),
        *("proposed_by", "proposed_at", "in_force_at", "ended_at", "reason"),
    )
    reading = readings.get(row.id, queries.NOBODY_ASKED)
    return {
        **{name: getattr(row, name) for name in same},
        "number": row.playbook_version,
        "source": "proposed",
        "runs": runs.get(row.playbook_version, 0),
        "asked": reading.asked,
        "acknowledged": reading.acknowledged,
        "overdue": reading.overdue,
    }


def _file_facts(file: Playbook, is_in_force: bool, runs: Mapping[int, int]) -> dict[str, Any]:
    governance = file.governance
    nothing = ("id", "version", "proposed_by", "proposed_at", "in_force_at", "ended_at", "reason")
    return {
        **dict.fromkeys(nothing),
        "number": file.version,
        "state": VersionState.IN_FORCE if is_in_force else VersionState.SUPERSEDED,
        "source": "catalog",
        "change": governance.change if governance else None,
        "impact": governance.impact if governance else None,
        "effective_on": governance.effective_on if governance else None,
        "open_runs": governance.open_runs if governance else None,
        "runs": runs.get(file.version, 0),
        "asked": 0,
        "acknowledged": 0,
        "overdue": 0,
    }
