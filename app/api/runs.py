"""Runs of playbooks: started, listed, read, cancelled."""

from typing import Annotated, Any

from fastapi import Query, Response
from pydantic import ConfigDict, Field

from app.api.acting import ActingDep
from app.api.permissions import READ, START_RUNS, STEER_PLANS, WORK
from app.api.run_shapes import RunOut, RunSummaryOut, run_out, summary_out
from app.api.shapes import WhyIn
from app.db.ids import new_id
from app.domain.run.acting import Check, cancelled, checked
from app.domain.run.model import RunState
from app.domain.run.onward import ENTRY, EXIT
from app.domain.run.starting import BY_HAND
from app.queries import runs as queries
from app.services.runs.acting import Act, act
from app.services.runs.saving import Done
from app.services.runs.starting import StartRun, start_run
from app.web.bodies import Body
from app.web.etags import etag
from app.web.pages import Page, PageDep, page
from app.web.routing import NowDep, SessionDep, make_router
from app.web.scalars import Id, Instant, Note, Ref, Slug, Whole
from app.web.security import allow

runs = make_router(tags=["runs"], prefix="/v1/runs")


class RunIn(Body):
    """A run to be started by hand."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "playbook": "client-onboarding",
                    "subject": "C-77",
                    "inputs": {
                        "client_name": "Harbour Dental (sample)",
                        "client_email": "owner@harbourdental.example",
                        "new_client": True,
                        "signed_on": "2026-11-20",
                    },
                }
            ]
        }
    )

    playbook: Slug = Field(description="Key of the playbook.")
    subject: Ref = Field(
        description="What it is about, as others call it: a client's, a deal's ref."
    )
    inputs: dict[str, Any] = Field(
        default_factory=dict, description="What its form asks, by key; numbers as text or number."
    )
    occurred_at: Instant | None = Field(None, description="When it happened; left out it is now.")
    client_id: Id | None = Field(None, description="The client, where it is one of ours.")


class CriterionIn(Body):
    """A criterion of a stage that is met."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"side": "exit", "criterion": 0}]})

    side: Annotated[str, Field(pattern=f"^({ENTRY}|{EXIT})$")] = Field(
        description="Whether it is one of entry or of exit."
    )
    criterion: Whole = Field(description="Its number, from 0.")
    evidence: Note | None = None


@runs.get("", operation_id="runs_list")
@allow(*READ)
async def runs_list(
    session: SessionDep,
    asked: PageDep,
    playbook: Annotated[Slug | None, Query(description="Only of this playbook.")] = None,
    state: Annotated[RunState | None, Query(description="Only in this state.")] = None,
    subject: Annotated[Ref | None, Query(description="Only about this: its ref.")] = None,
) -> Page[RunSummaryOut]:
    """List runs of playbooks.

    Newest first. Those of `client-upgrade` are the runs of plans.
    """
    wanted = queries.runs_listed(queries.RunFilter(playbook, state, subject))
    found = await page(session, wanted, queries.NEWEST, asked.limit, asked.cursor)
    return found.page(lambda row: summary_out(row[0]))


@runs.post("", operation_id="runs_create", status_code=201)
@allow(*START_RUNS)
async def runs_create(body: RunIn, call: ActingDep) -> RunOut:
    """Start a run by hand, on the playbook's present version, which it keeps."""
    command = StartRun(
        playbook=body.playbook,
        subject_ref=body.subject,
        inputs=body.inputs,
        trigger=BY_HAND,
        cause=f"by hand/{new_id()}",
        occurred_at=body.occurred_at,
        client_id=body.client_id,
    )
    made = await start_run(
        call.session, command, office=call.office, actor=call.actor, now=call.now
    )
    await call.session.flush()
    call.response.headers["Location"] = f"/v1/runs/{made.row.id}"
    return await _answer(call.session, made.row.id, call.response, call.now)


@runs.get("/{run_id}", operation_id="runs_get")
@allow(*READ)
async def runs_get(run_id: Id, session: SessionDep, now: NowDep, response: Response) -> RunOut:
    """Get a run: its steps with their checklists, its stages, its deadlines."""
    return await _answer(session, run_id, response, now)


@runs.post("/{run_id}/cancel", operation_id="runs_cancel")
@allow(*STEER_PLANS)
async def runs_cancel(run_id: Id, body: WhyIn, call: ActingDep) -> RunOut:
    """Give a run up, with the reason: nothing of it is due any more.

    The run of a plan is over with the plan.
    """
    done = Done("run.cancelled", reason=body.reason)
    command = Act(
        run_id, done, lambda moving, _: cancelled(moving, body.reason), call.expected.check
    )
    await act(call.session, command, office=call.office, actor=call.actor, now=call.now)
    return await _answer(call.session, run_id, call.response, call.now)


@runs.post("/{run_id}/stages/{stage}/check", operation_id="runs_check_criterion")
@allow(*WORK)
async def runs_check_criterion(
    run_id: Id, stage: Slug, body: CriterionIn, call: ActingDep
) -> RunOut:
    """Say that a criterion of a stage is met; the stage is entered or closed once all are."""
    check = Check(stage, body.side, body.criterion, body.evidence)
    command = Act(
        run_id,
        Done("run.criterion_checked"),
        lambda moving, by: checked(moving, check, by),
        call.expected.check,
    )
    await act(call.session, command, office=call.office, actor=call.actor, now=call.now)
    return await _answer(call.session, run_id, call.response, call.now)


async def _answer(session: SessionDep, run_id: Id, response: Response, now: NowDep) -> RunOut:
    view = await queries.run_by_id(session, run_id)
    response.headers["ETag"] = etag(view.row.version)
    return run_out(view, now=now)
