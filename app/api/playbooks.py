"""Playbooks as they are in force: what they are for, what they ask, who does what by when."""

from typing import Any

from fastapi import Response
from pydantic import Field

from app.api.permissions import READ
from app.api.run_shapes import FieldOut, field_out
from app.domain.playbook.governance import ReviewCycle
from app.domain.playbook.model import OffsetUnit, Playbook, Subject
from app.domain.run.errors import PlaybookNotFound
from app.domain.run.onward import awaited_by
from app.services.playbooks.in_force import all_in_force
from app.web.bodies import Out
from app.web.etags import etag
from app.web.pages import Page
from app.web.routing import SessionDep, WiredDep, make_router
from app.web.scalars import Slug
from app.web.security import allow

playbooks = make_router(tags=["playbooks"], prefix="/v1/playbooks")


class PlaybookSummaryOut(Out):
    """A playbook in a list."""

    key: str = Field(examples=["client-onboarding"])
    version: int
    title: str
    purpose: str
    owner: str = Field(description="The role that keeps it.")
    review_cycle: ReviewCycle
    subject: Subject = Field(description="What a run is about.")
    events: list[str] = Field(description="The events that start a run.")
    by_hand: bool = Field(description="Whether a person may start one.")


class RoleOut(Out):
    """Who takes part."""

    key: str
    title: str
    responsibility: str
    in_turn: bool


class OffsetOut(Out):
    """A distance from an anchor; fewer than none lies before it."""

    amount: int
    unit: OffsetUnit
    anchor: str


class StepPlanOut(Out):
    """A step as the playbook has it."""

    key: str
    title: str
    role: str
    stage: str | None
    due: OffsetOut
    waits_for: list[str]
    verified_by: str | None
    checklist: list[str]
    asks: list[FieldOut]


class PlaybookOut(PlaybookSummaryOut):
    """A playbook, whole as far as a run needs it."""

    sources: list[str]
    inputs: list[FieldOut]
    roles: list[RoleOut]
    steps: list[StepPlanOut]
    stages: list[str]
    deadlines: list[str]
    measures: list[str]


@playbooks.get("", operation_id="playbooks_list")
@allow(*READ)
async def playbooks_list(session: SessionDep, wired: WiredDep) -> Page[PlaybookSummaryOut]:
    """List the playbooks in force, by key."""
    found = (await all_in_force(session, wired.office)).values()
    return Page(items=[PlaybookSummaryOut(**_summary(each.playbook)) for each in found])


@playbooks.get("/{key}", operation_id="playbooks_get")
@allow(*READ)
async def playbooks_get(
    key: Slug, session: SessionDep, wired: WiredDep, response: Response
) -> PlaybookOut:
    """Get a playbook in the version in force."""
    found = (await all_in_force(session, wired.office)).get(key)
    if found is None:
        raise PlaybookNotFound("There is no playbook with this key.")
    book = found.playbook
    response.headers["ETag"] = etag(book.version)
    return PlaybookOut(
        **_summary(book),
        sources=list(book.sources),
        inputs=[field_out(field) for field in book.inputs],
        roles=[RoleOut.model_validate(role) for role in book.roles],
        steps=_steps(book),
        stages=[stage.title for stage in book.stages],
        deadlines=[deadline.title for deadline in book.deadlines],
        measures=[measure.title for measure in book.measures],
    )


def _summary(book: Playbook) -> dict[str, Any]:
    same = ("key", "version", "title", "purpose", "owner", "review_cycle", "subject")
    return {
        **{name: getattr(book, name) for name in same},
        "events": list(book.trigger.events),
        "by_hand": book.trigger.by_hand,
    }


def _steps(book: Playbook) -> list[StepPlanOut]:
    return [
        StepPlanOut(
            key=step.key,
            title=step.title,
            role=step.role,
            stage=step.stage,
            due=OffsetOut(amount=step.due.amount, unit=step.due.unit, anchor=step.due.anchor),
            waits_for=sorted(awaited_by(book, step)),
            verified_by=step.verified_by,
            checklist=[item.text for item in step.checklist],
            asks=[field_out(field) for field in step.asks],
        )
        for step in book.steps
    ]
