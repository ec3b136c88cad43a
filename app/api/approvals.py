"""Approvals: listed, given, refused, by a person of the role that is asked."""

from typing import Annotated, Any, Final

from fastapi import Query, Response
from pydantic import Field

from app.api.acting import Acting, ActingDep
from app.api.permissions import READ, WORK
from app.api.shapes import MaybeWhyIn, WhyIn
from app.domain.approval import ApprovalState, ApprovalSubject
from app.queries import approvals as queries
from app.services.contracts.undoing import decide_on
from app.services.playbooks.taking_force import decide_on_version
from app.services.runs.acting import decide_on_run
from app.services.tier_approvals import decide_on_quote
from app.web.bodies import Out
from app.web.etags import etag
from app.web.pages import Page, PageDep, page
from app.web.routing import SessionDep, make_router
from app.web.scalars import Id, Instant, Slug
from app.web.security import allow

approvals = make_router(tags=["approvals"], prefix="/v1/approvals")


class ApprovalOut(Out):
    """What waits for a person of a role, and what they said."""

    id: Id
    version: int
    subject_kind: ApprovalSubject
    subject_id: Id
    role: str = Field(description="Role of the staff who decide.")
    said: str
    facts: dict[str, Any]
    state: ApprovalState
    requested_by: str
    created_at: Instant
    decided_by: str | None
    decided_at: Instant | None
    reason: str | None


@approvals.get("", operation_id="approvals_list")
@allow(*READ)
async def approvals_list(
    session: SessionDep,
    asked: PageDep,
    state: Annotated[ApprovalState | None, Query(description="Only in this state.")] = None,
    role: Annotated[Slug | None, Query(description="Only those that this role decides.")] = None,
    subject_id: Annotated[
        Id | None,
        Query(description="Only of this change, quote, step of a run or version of a playbook."),
    ] = None,
) -> Page[ApprovalOut]:
    """List the approvals."""
    wanted = queries.approvals_listed(queries.ApprovalFilter(state, role, subject_id))
    found = await page(session, wanted, queries.NEWEST, asked.limit, asked.cursor)
    return found.page(lambda row: ApprovalOut.model_validate(row[0]))


@approvals.get("/{approval_id}", operation_id="approvals_get")
@allow(*READ)
async def approvals_get(approval_id: Id, session: SessionDep, response: Response) -> ApprovalOut:
    """Get an approval."""
    approval = await queries.approval_by_id(session, approval_id)
    response.headers["ETag"] = etag(approval.version)
    return ApprovalOut.model_validate(approval)


@approvals.post("/{approval_id}/approve", operation_id="approvals_approve")
@allow(*WORK)
async def approvals_approve(
    approval_id: Id, call: ActingDep, body: MaybeWhyIn | None = None
) -> ApprovalOut:
    """Approve: what waited goes on, at once if its day is here; a quote goes to the client.

    Takes a key that is tied to a member of staff with the role that is asked.
    """
    reason = body.reason if body else None
    return await _decide(call, approval_id, ApprovalState.APPROVED, reason)


@approvals.post("/{approval_id}/reject", operation_id="approvals_reject")
@allow(*WORK)
async def approvals_reject(approval_id: Id, body: WhyIn, call: ActingDep) -> ApprovalOut:
    """Refuse, with the reason: what waited is withdrawn."""
    return await _decide(call, approval_id, ApprovalState.REFUSED, body.reason)


_DECIDE: Final = {
    ApprovalSubject.CONTRACT_CHANGE: decide_on,
    ApprovalSubject.TIER_QUOTE: decide_on_quote,
    ApprovalSubject.RUN_STEP: decide_on_run,
    ApprovalSubject.RUN_DEVIATION: decide_on_run,
    ApprovalSubject.PLAYBOOK_VERSION: decide_on_version,
}


async def _decide(
    call: Acting, approval_id: Id, state: ApprovalState, reason: str | None
) -> ApprovalOut:
    known = await queries.approval_by_id(call.session, approval_id)
    call.expected.check(known.version)
    decided = _DECIDE[ApprovalSubject(known.subject_kind)]
    approval = await decided(
        call.session,
        approval_id,
        state,
        reason,
        office=call.office,
        actor=call.actor,
        now=call.now,
    )
    call.response.headers["ETag"] = etag(approval.version)
    return ApprovalOut.model_validate(approval)
