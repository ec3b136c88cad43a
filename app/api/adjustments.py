"""Billing adjustments: read, confirmed with proof, failed, voided."""

from typing import Annotated

from fastapi import Response
from pydantic import ConfigDict, Field

from app.api.acting import ActingDep
from app.api.locking import hold_adjustment
from app.api.permissions import BILL, READ, VOID
from app.api.plan_shapes import AdjustmentOut
from app.api.shapes import EvidenceIn, WhyIn
from app.domain.carrying_out import Evidence
from app.queries.adjustments import adjustment_by_id
from app.services.adjustments import (
    Confirm,
    confirm_adjustment,
    fail_adjustment,
    second_adjustment,
    void_adjustment,
)
from app.web.bodies import Body
from app.web.etags import etag
from app.web.routing import SessionDep, make_router
from app.web.scalars import Id, Text
from app.web.security import allow

adjustments = make_router(tags=["adjustments"], prefix="/v1/adjustments/{adjustment_id}")


class ConfirmIn(Body):
    """That an adjustment was carried out, and where it can be seen."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "typed": "Harbour Dental / sms",
                    "evidence": {"reference": "INV-2231", "note": "Ended at 09:12."},
                }
            ]
        }
    )

    typed: Annotated[str, Text(max=500)] | None = Field(
        None, description="What the adjustment says in `to_type`, where it says something."
    )
    evidence: EvidenceIn


@adjustments.get("", operation_id="adjustments_get")
@allow(*READ)
async def adjustments_get(
    adjustment_id: Id, session: SessionDep, response: Response
) -> AdjustmentOut:
    """Get an adjustment."""
    return await _answer(session, adjustment_id, response)


@adjustments.post("/confirm", operation_id="adjustments_confirm")
@allow(*BILL)
async def adjustments_confirm(
    adjustment_id: Id,
    body: ConfirmIn,
    call: ActingDep,
) -> AdjustmentOut:
    """Confirm that an adjustment was carried out.

    Only in the pre-live window and on a safe day, with proof; ending a service also takes the
    client's and the service's name typed. Its task is ticked, here and on the board.
    """
    await hold_adjustment(call.session, adjustment_id, call.expected)
    evidence = Evidence(body.evidence.reference, body.evidence.note)
    command = Confirm(adjustment_id, body.typed, evidence)
    await confirm_adjustment(
        call.session, command, office=call.office, actor=call.actor, now=call.now
    )
    return await _answer(call.session, adjustment_id, call.response)


@adjustments.post("/fail", operation_id="adjustments_fail")
@allow(*BILL)
async def adjustments_fail(
    adjustment_id: Id,
    body: WhyIn,
    call: ActingDep,
) -> AdjustmentOut:
    """Note that an adjustment could not be carried out.

    It can be confirmed or voided later.
    """
    await hold_adjustment(call.session, adjustment_id, call.expected)
    await fail_adjustment(
        call.session, adjustment_id, body.reason, office=call.office, actor=call.actor, now=call.now
    )
    return await _answer(call.session, adjustment_id, call.response)


@adjustments.post("/void", operation_id="adjustments_void")
@allow(*VOID)
async def adjustments_void(
    adjustment_id: Id,
    body: WhyIn,
    call: ActingDep,
) -> AdjustmentOut:
    """Drop an adjustment that is not to be made, with the reason.

    Its task is skipped. A credit or a bridging charge is waived by that, up to the amount that
    the procedure lets a person waive.
    """
    await hold_adjustment(call.session, adjustment_id, call.expected)
    await void_adjustment(
        call.session, adjustment_id, body.reason, office=call.office, actor=call.actor, now=call.now
    )
    return await _answer(call.session, adjustment_id, call.response)


@adjustments.post("/second", operation_id="adjustments_second")
@allow(*BILL)
async def adjustments_second(adjustment_id: Id, call: ActingDep) -> AdjustmentOut:
    """Agree, as the second person, to a step that cannot be undone.

    Somebody else then confirms it without typing the names. Both need keys of their own.
    """
    await hold_adjustment(call.session, adjustment_id, call.expected)
    await second_adjustment(
        call.session, adjustment_id, office=call.office, actor=call.actor, now=call.now
    )
    return await _answer(call.session, adjustment_id, call.response)


async def _answer(session: SessionDep, adjustment_id: Id, response: Response) -> AdjustmentOut:
    one = await adjustment_by_id(session, adjustment_id)
    response.headers["ETag"] = etag(one.version)
    return AdjustmentOut.model_validate(one)
