"""What is asked and answered when people act on a plan."""

from typing import Annotated
from uuid import UUID

from pydantic import ConfigDict, Field

from app.api.plan_shapes import PlanOut
from app.api.shapes import BlockerOut, WarningOut
from app.domain.cancelling import Fate
from app.web.bodies import Body, Out
from app.web.scalars import Reason, StrictBool, Text


class LiveDateIn(Body):
    """A live date, and why."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"live_on": "2026-12-14", "reason": "The client asked for it.", "dry_run": True}
            ]
        }
    )

    live_on: Annotated[str, Text(max=40)] = Field(
        description="A Monday to come, as a day; an instant is converted into the client's zone.",
    )
    reason: Reason | None = None
    dry_run: StrictBool = Field(False, description="Only say what would follow.")


class ChangeOut(Out):
    """One value that follows the live date, before and after; both in words.

    What is new has no value before, and no id; `subject_id` is the plan's, the task's, the
    adjustment's or the delivery's.
    """

    subject: str
    subject_id: UUID | None
    field: str
    before: str | None
    after: str | None


class RescheduledOut(Out):
    """The plan, and everything that moved with its live date (or would, in a dry run)."""

    plan: PlanOut
    changes: list[ChangeOut]
    work: list[str] = Field(
        description="Titles of the tasks that people get from it: what cannot follow by itself."
    )
    warnings: list[WarningOut] = Field(
        description="Of the date asked for, such as a public holiday where the client is."
    )
    dry_run: bool


class CancelStepOut(Out):
    """One step of a plan, and what cancelling does to it.

    `dropped`: not yet done, and never will be. `reversed`: taken back by the service.
    `for_a_person`: a task says what to put back. `cannot_be_undone`: it stays as it is.
    """

    fate: Fate
    subject: str = Field(description="task, adjustment, e-mail, board, chat or reminders")
    subject_id: UUID | None
    title: str
    detail: str


class CancelPlanOut(Out):
    """What cancelling would undo, and what it can not."""

    steps: list[CancelStepOut]


class ReleaseIn(Body):
    """Letting a plan's billing changes go."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"typed": "Harbour Dental / sprint"}]}
    )

    typed: Annotated[str, Text(max=500)] = Field(
        description="The client's name and the key of the package left, parted by ` / `.",
    )


class GoLiveIn(Body):
    """Forcing a missed plan live."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"force": True, "reason": "Only a picture of the profile is missing."}]
        }
    )

    force: StrictBool = Field(False, description="Must be true: it goes live with what it lacks.")
    reason: Reason


class DryRunIn(Body):
    """Whether only to show what would be done."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"dry_run": True}]})

    dry_run: StrictBool = Field(False, description="Only show the e-mail and what is in its way.")


class EmailOut(Out):
    """An e-mail exactly as it is sent."""

    to: str
    cc: list[str]
    subject: str
    text: str
    html: str


class CompleteEmailOut(Out):
    """The Complete e-mail, and what is (or, before it was sent, would be) in its way."""

    plan: PlanOut
    email: EmailOut
    blocking: list[BlockerOut]
    dry_run: bool
