"""Tasks: listed, read, moved, ticked, opened again, skipped, blocked."""

from typing import Annotated, Any

from fastapi import Query, Response
from pydantic import ConfigDict, Field

from app.api.acting import ActingDep
from app.api.locking import hold_task
from app.api.permissions import BILL, READ, WORK
from app.api.plan_shapes import TaskOut
from app.api.shapes import EvidenceIn, WhyIn
from app.domain.carrying_out import Evidence
from app.domain.task import TaskState
from app.queries import tasks as queries
from app.queries.tasks import task_by_id
from app.services.people import person_named
from app.services.tasks import (
    Amend,
    AssigneeUnknown,
    Complete,
    amend_task,
    block_task,
    complete_task,
    reopen_task,
    skip_task,
)
from app.web.bodies import Body
from app.web.etags import etag
from app.web.pages import Page, PageDep, page
from app.web.routing import SessionDep, make_router
from app.web.scalars import Day, Id, Slug, Text, Whole
from app.web.security import allow, check_role

task_list = make_router(tags=["tasks"], prefix="/v1/tasks")
tasks = make_router(tags=["tasks"], prefix="/v1/tasks/{task_id}")


class TaskChangesIn(Body):
    """What may be changed of a task; a field left out or null stays as it is."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"due_on": "2026-12-02", "assignee": "sue@agency.example"}]}
    )

    due_on: Day | None = Field(None, description="Not after the live date.")
    assignee: Annotated[str, Text(max=254)] | None = Field(
        None, description="E-mail address or id of an active member of staff."
    )


class CompleteIn(Body):
    """What ticking a task may say: which checks were made, and the proof of a billing change."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"checklist": [0, 1, 2]},
                {"typed": "Harbour Dental / sms", "evidence": {"reference": "INV-2231"}},
            ]
        }
    )

    checklist: Annotated[list[Whole], Field(max_length=200)] | None = Field(
        None, description="Numbers of the checks made, from 0; left out it means all of them."
    )
    typed: Annotated[str, Text(max=500)] | None = Field(
        None, description="Where the task ends a service: what its adjustment says in `to_type`."
    )
    evidence: EvidenceIn | None = Field(
        None, description="Where the task changes billing: where that can be seen."
    )
    answers: Annotated[dict[str, Any], Field(max_length=100)] = Field(
        default_factory=dict, description="Where the task is a step of a run: what its form asks."
    )


def evidence_of(given: EvidenceIn | None) -> Evidence | None:
    """The proof as the rules take it."""
    return Evidence(given.reference, given.note) if given else None


@task_list.get("", operation_id="tasks_list")
@allow(*READ)
async def tasks_list(  # noqa: PLR0913, PLR0917 - one argument a filter
    session: SessionDep,
    asked: PageDep,
    plan_id: Annotated[Id | None, Query(description="Only of this plan.")] = None,
    contract_id: Annotated[Id | None, Query(description="Only of this contract.")] = None,
    change_id: Annotated[Id | None, Query(description="Only of this change.")] = None,
    state: Annotated[TaskState | None, Query(description="Only in this state.")] = None,
    role: Annotated[Slug | None, Query(description="Only of this role.")] = None,
    assignee_id: Annotated[Id | None, Query(description="Only of this person.")] = None,
    run_id: Annotated[Id | None, Query(description="Only of this run of a playbook.")] = None,
) -> Page[TaskOut]:
    """List tasks, of plans, of contracts and of runs.

    Newest first.
    """
    by = queries.TaskFilter(plan_id, contract_id, change_id, state, role, assignee_id, run_id)
    found = await page(session, queries.tasks_listed(by), queries.NEWEST, asked.limit, asked.cursor)
    return found.page(lambda row: TaskOut.model_validate(queries.task_of(row)))


@tasks.get("", operation_id="tasks_get")
@allow(*READ)
async def tasks_get(task_id: Id, session: SessionDep, response: Response) -> TaskOut:
    """Get a task."""
    return await _answer(session, task_id, response)


@tasks.patch("", operation_id="tasks_update")
@allow(*WORK)
async def tasks_update(
    task_id: Id,
    body: TaskChangesIn,
    call: ActingDep,
) -> TaskOut:
    """Move a task's due date, or give it to somebody else.

    The board follows.
    """
    await hold_task(call.session, task_id, call.expected)
    person = await person_named(call.session, body.assignee) if body.assignee else None
    if body.assignee and person is None:
        raise AssigneeUnknown(
            "There is no active member of staff with this e-mail address or id.",
            pointer="/assignee",
        )
    command = Amend(task_id, body.due_on, person.id if person else None)
    await amend_task(call.session, command, office=call.office, actor=call.actor, now=call.now)
    return await _answer(call.session, task_id, call.response)


@tasks.post("/complete", operation_id="tasks_complete")
@allow(*WORK)
async def tasks_complete(
    task_id: Id,
    call: ActingDep,
    body: CompleteIn | None = None,
) -> TaskOut:
    """Tick a task.

    One that changes billing confirms its adjustment: it takes the same roles, the same proof and
    the same names typed, and is refused outside the window.
    """
    task = await hold_task(call.session, task_id, call.expected)
    if task.adjustment_id is not None:
        check_role(call.actor, BILL)
    given = body or CompleteIn()
    command = Complete(
        task_id, given.checklist, given.typed, evidence_of(given.evidence), given.answers
    )
    await complete_task(call.session, command, office=call.office, actor=call.actor, now=call.now)
    return await _answer(call.session, task_id, call.response)


@tasks.post("/reopen", operation_id="tasks_reopen")
@allow(*WORK)
async def tasks_reopen(
    task_id: Id,
    call: ActingDep,
) -> TaskOut:
    """Open a task again that was done, skipped or blocked."""
    await hold_task(call.session, task_id, call.expected)
    await reopen_task(call.session, task_id, office=call.office, actor=call.actor, now=call.now)
    return await _answer(call.session, task_id, call.response)


@tasks.post("/skip", operation_id="tasks_skip")
@allow(*WORK)
async def tasks_skip(
    task_id: Id,
    body: WhyIn,
    call: ActingDep,
) -> TaskOut:
    """Leave a task out, with the reason.

    One that stands for an adjustment is not skipped: void the adjustment instead.
    """
    await hold_task(call.session, task_id, call.expected)
    await skip_task(
        call.session, task_id, body.reason, office=call.office, actor=call.actor, now=call.now
    )
    return await _answer(call.session, task_id, call.response)


@tasks.post("/block", operation_id="tasks_block")
@allow(*WORK)
async def tasks_block(
    task_id: Id,
    body: WhyIn,
    call: ActingDep,
) -> TaskOut:
    """Say that a task cannot go on, and why."""
    await hold_task(call.session, task_id, call.expected)
    await block_task(
        call.session, task_id, body.reason, office=call.office, actor=call.actor, now=call.now
    )
    return await _answer(call.session, task_id, call.response)


async def _answer(session: SessionDep, task_id: Id, response: Response) -> TaskOut:
    task = await task_by_id(session, task_id)
    response.headers["ETag"] = etag(task.version)
    return TaskOut.model_validate(task)
