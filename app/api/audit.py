"""The audit trail: who changed what, and whether anybody changed the trail."""

from typing import Annotated, Any

from fastapi import Query
from pydantic import Field

from app.api.permissions import AUDIT
from app.queries import audit as queries
from app.web.bodies import Out
from app.web.pages import Page, PageDep, page
from app.web.routing import SessionDep, make_router
from app.web.scalars import Id, Instant, Name, Ref
from app.web.security import allow

audit = make_router(tags=["audit"], prefix="/v1/audit")


class AuditActorOut(Out):
    """Who did it: an API key, a sender of events, or the service itself."""

    kind: str
    id: str
    name: str


class AuditSubjectOut(Out):
    """What was changed."""

    kind: str
    id: Id


class AuditEntryOut(Out):
    """Who changed what, when, from what to what."""

    id: Id
    at: Instant
    actor: AuditActorOut
    action: str = Field(examples=["plan.rescheduled"])
    subject: AuditSubjectOut
    plan_id: Id | None
    before: dict[str, Any] | None
    after: dict[str, Any] | None
    reason: str | None
    number: int | None = Field(description="Its place in the chain; null until it is sealed.")
    hash: str | None


class ChainOut(Out):
    """Whether the chain holds."""

    intact: bool = Field(description="Whether every sealed entry is as it was sealed.")
    sealed: int
    unsealed: int = Field(description="Entries that the next tick adds to the chain.")
    first_broken: int | None = Field(description="Number of the first entry that does not fit.")


@audit.get("", operation_id="audit_list")
@allow(*AUDIT)
async def audit_list(
    session: SessionDep,
    asked: PageDep,
    plan_id: Annotated[Id | None, Query(description="Only about this plan.")] = None,
    subject_id: Annotated[Id | None, Query(description="Only about this thing.")] = None,
    actor_id: Annotated[Ref | None, Query(description="Only by this actor.")] = None,
    action: Annotated[Name | None, Query(description="Only this action.")] = None,
) -> Page[AuditEntryOut]:
    """List what was changed.

    Newest first. Entries are only ever added, and sealed into a chain of hashes.
    """
    wanted = queries.audit_listed(queries.AuditFilter(plan_id, subject_id, actor_id, action))
    found = await page(session, wanted, queries.NEWEST, asked.limit, asked.cursor)
    return found.page(lambda row: AuditEntryOut.model_validate(queries.entry_of(row)))


@audit.get("/verify", operation_id="audit_verify")
@allow(*AUDIT)
async def audit_verify(session: SessionDep) -> ChainOut:
    """Check the chain from its first entry to its last.

    Entries that are not sealed yet are counted, not checked.
    """
    return ChainOut.model_validate(await queries.verify_chain(session))
