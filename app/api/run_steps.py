"""What people do with the steps of a run."""

from typing import Annotated, Any

from pydantic import ConfigDict, Field

from app.api.acting import Acting, ActingDep
from app.api.permissions import WORK
from app.api.run_shapes import StepActedOut, step_out
from app.api.shapes import WhyIn
from app.domain.run.acting import blocked, completed, deviated, skipped, ticked, unblocked
from app.domain.run.judging import returned, verified
from app.domain.run.model import RunState
from app.domain.run.reopening import reopened
from app.queries.runs import step_by_key
from app.services.runs.acting import Act, act
from app.services.runs.saving import Decide, Done
from app.web.bodies import Body
from app.web.etags import etag
from app.web.routing import make_router
from app.web.scalars import Id, Note, Slug, Whole
from app.web.security import allow

run_steps = make_router(tags=["runs"], prefix="/v1/runs/{run_id}/steps/{key}")


class TickIn(Body):
    """An item of the checklist that is done."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"item": 0}]})

    item: Whole = Field(description="Its number, from 0.")
    evidence: Note | None = Field(None, description="A link, number or note, as the item asks.")


class ExecutedIn(Body):
    """What executing a step says: the answers to what its form asks."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"answers": {"satisfaction": "9"}}]})

    answers: Annotated[dict[str, Any], Field(max_length=100)] = Field(default_factory=dict)


@run_steps.post("/tick", operation_id="run_steps_tick")
@allow(*WORK)
async def run_steps_tick(run_id: Id, key: Slug, body: TickIn, call: ActingDep) -> StepActedOut:
    """Tick an item of the checklist: in its turn where the list is ordered, with its evidence."""
    return await _act(
        call,
        run_id,
        Done("run.item_ticked", key),
        lambda moving, by: ticked(moving, key, body.item, body.evidence, by),
    )


@run_steps.post("/complete", operation_id="run_steps_complete")
@allow(*WORK)
async def run_steps_complete(
    run_id: Id, key: Slug, call: ActingDep, body: ExecutedIn | None = None
) -> StepActedOut:
    """Say that a step is executed.

    It is done at once, or once its approval is given and somebody else has verified its quality.
    """
    answers = body.answers if body else {}
    return await _act(
        call,
        run_id,
        Done("run.step_completed", key),
        lambda moving, by: completed(moving, key, answers, by),
    )


@run_steps.post("/verify", operation_id="run_steps_verify")
@allow(*WORK)
async def run_steps_verify(run_id: Id, key: Slug, call: ActingDep) -> StepActedOut:
    """Accept the quality of a step.

    Takes the key of a member of staff with the role that verifies, who did not execute it.
    """
    return await _act(
        call,
        run_id,
        Done("run.step_verified", key),
        lambda moving, by: verified(moving, key, by),
    )


@run_steps.post("/return", operation_id="run_steps_return")
@allow(*WORK)
async def run_steps_return(run_id: Id, key: Slug, body: WhyIn, call: ActingDep) -> StepActedOut:
    """Do not accept the quality of a step, with the reason: it is gone through again."""
    return await _act(
        call,
        run_id,
        Done("run.step_returned", key, body.reason),
        lambda moving, by: returned(moving, key, body.reason, by),
    )


@run_steps.post("/block", operation_id="run_steps_block")
@allow(*WORK)
async def run_steps_block(run_id: Id, key: Slug, body: WhyIn, call: ActingDep) -> StepActedOut:
    """Say that a step cannot go on, and why: the clock of its escalation begins."""
    return await _act(
        call,
        run_id,
        Done("run.step_blocked", key, body.reason),
        lambda moving, _: blocked(moving, key, body.reason),
    )


@run_steps.post("/unblock", operation_id="run_steps_unblock")
@allow(*WORK)
async def run_steps_unblock(run_id: Id, key: Slug, call: ActingDep) -> StepActedOut:
    """Say that a blocked step goes on."""
    return await _act(
        call, run_id, Done("run.step_unblocked", key), lambda moving, _: unblocked(moving, key)
    )


@run_steps.post("/skip", operation_id="run_steps_skip")
@allow(*WORK)
async def run_steps_skip(run_id: Id, key: Slug, body: WhyIn, call: ActingDep) -> StepActedOut:
    """Leave a step out, with the reason.

    Where the playbook says who approves deviations, that must have been approved before.
    """
    return await _act(
        call,
        run_id,
        Done("run.step_skipped", key, body.reason),
        lambda moving, _: skipped(moving, key, body.reason),
    )


@run_steps.post("/reopen", operation_id="run_steps_reopen")
@allow(*WORK)
async def run_steps_reopen(run_id: Id, key: Slug, body: WhyIn, call: ActingDep) -> StepActedOut:
    """Open a step again that was done or skipped; what waits for it waits again."""
    return await _act(
        call,
        run_id,
        Done("run.step_reopened", key, body.reason),
        lambda moving, _: reopened(moving, key, body.reason),
    )


@run_steps.post("/deviate", operation_id="run_steps_deviate")
@allow(*WORK)
async def run_steps_deviate(run_id: Id, key: Slug, body: WhyIn, call: ActingDep) -> StepActedOut:
    """Ask to do a step otherwise than written; an approval is requested of the right role."""
    return await _act(
        call,
        run_id,
        Done("run.deviation_requested", key, body.reason),
        lambda moving, _: deviated(moving, key, body.reason),
    )


async def _act(call: Acting, run_id: Id, done: Done, decide: Decide) -> StepActedOut:
    command = Act(run_id, done, decide, call.expected.check)
    row = await act(call.session, command, office=call.office, actor=call.actor, now=call.now)
    call.response.headers["ETag"] = etag(row.version)
    playbook, step, people = await step_by_key(call.session, row, done.step)
    said = next(each for each in playbook.steps if each.key == done.step)
    return StepActedOut(
        run_id=row.id,
        run_version=row.version,
        run_state=RunState(row.state),
        step=step_out(playbook, said, step, people, now=call.now),
    )
