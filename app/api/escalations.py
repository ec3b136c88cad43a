"""Escalations: who was told when something slipped, and who took it on."""

from typing import Annotated, Any

from fastapi import Query
from pydantic import ConfigDict, Field

from app.api.acting import ActingDep
from app.api.permissions import OPERATE, READ
from app.db.runs import lock_run
from app.queries import runs as queries
from app.services.runs.taking import Take, take_escalation
from app.web.bodies import Body, Out
from app.web.etags import etag
from app.web.pages import Page, PageDep, page
from app.web.routing import SessionDep, make_router
from app.web.scalars import Id, Instant, Note, QueryFlag, Slug
from app.web.security import allow

escalations = make_router(tags=["runs"], prefix="/v1/escalations")


class TakenIn(Body):
    """Taking on what was escalated."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"note": "I call the client this morning."}]}
    )

    note: Note | None = Field(None, description="What you are going to do about it.")


class EscalationOut(Out):
    """A role that was told because a deadline was missed."""

    id: Id
    run_id: Id
    playbook: str
    subject_ref: str
    step: str | None
    rung: int = Field(description="Place on the path, from 1 upwards.")
    role: str
    said: str = Field(description="The deadline that was missed.")
    raised_at: Instant
    ended_at: Instant | None = Field(description="When it was answered or done.")
    taken_at: Instant | None = Field(description="When somebody took it on.")
    taken_by: str | None
    taken_note: str | None


@escalations.get("", operation_id="escalations_list")
@allow(*READ)
async def escalations_list(
    session: SessionDep,
    asked: PageDep,
    run_id: Annotated[Id | None, Query(description="Only of this run.")] = None,
    role: Annotated[Slug | None, Query(description="Only to this role.")] = None,
    open_: Annotated[
        QueryFlag | None, Query(alias="open", description="Only those that still matter, or not.")
    ] = None,
    taken: Annotated[
        QueryFlag | None, Query(description="Only those that somebody took on, or nobody.")
    ] = None,
) -> Page[EscalationOut]:
    """List who was told because a deadline was missed.

    Newest first.
    """
    by = queries.EscalationFilter(run_id, role, open_, taken)
    found = await page(
        session,
        queries.escalations_listed(by),
        queries.NEWEST_ESCALATION,
        asked.limit,
        asked.cursor,
    )
    return found.page(_escalation_out)


@escalations.post("/{escalation_id}/take", operation_id="escalations_take")
@allow(*OPERATE)
async def escalations_take(
    escalation_id: Id, call: ActingDep, body: TakenIn | None = None
) -> EscalationOut:
    """Take on what was escalated: nobody further up the path is told.

    What was missed stays missed, and open until it is answered or done. Every escalation of that
    deadline says who took it on. `If-Match` takes the version of the run.
    """
    known, *_ = await queries.escalation_by_id(call.session, escalation_id)
    run = await lock_run(call.session, known.run_id)
    call.expected.check(run.version)
    command = Take(escalation_id, body.note if body else None)
    await take_escalation(
        call.session, run, command, office=call.office, actor=call.actor, now=call.now
    )
    await call.session.flush()
    call.response.headers["ETag"] = etag(run.version)
    return _escalation_out(await queries.escalation_by_id(call.session, escalation_id))


def _escalation_out(row: Any) -> EscalationOut:
    one, playbook, subject_ref = row[0], row.playbook, row.subject_ref
    same = (
        *("id", "run_id", "rung", "role", "said", "raised_at", "ended_at"),
        *("taken_at", "taken_by", "taken_note"),
    )
    return EscalationOut(
        **{name: getattr(one, name) for name in same},
        playbook=playbook,
        subject_ref=subject_ref,
        step=one.step or None,
    )
