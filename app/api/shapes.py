"""The shapes that several resources share: people, reasons, evidence, blockers."""

from typing import Annotated, Any

from pydantic import ConfigDict, Field

from app.domain.public_holidays import WarningCode
from app.web.bodies import Body, Out
from app.web.scalars import Day, Id, Note, Reason, Ref

REASON = "The client asked for it."


class PersonOut(Out):
    """A member of staff, as plans and tasks name one."""

    id: Id
    name: str
    email: str


class BlockerOut(Out):
    """One thing in the way: a stable code, what it concerns, and a sentence."""

    code: str = Field(examples=["task_open"])
    subject_id: Id | None
    detail: str


class ReadinessOut(Out):
    """Whether nothing blocks going live, and what does."""

    ready: bool
    blocking: list[BlockerOut]


class WarningOut(Out):
    """Something to look at that refuses nothing."""

    code: WarningCode
    detail: str
    next_working_monday: Day | None = Field(
        description="The next Monday that is no public holiday where the client is."
    )


class EvidenceIn(Body):
    """Where a change can be seen."""

    reference: Ref = Field(description="A number, or a link to a screenshot.")
    note: Note | None = None


class EvidenceOut(Out):
    """Where a change can be seen."""

    reference: str
    note: str | None


class WhyIn(Body):
    """An action with the reason for it."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"reason": REASON}]})

    reason: Annotated[Reason, Field(description="Why, for whoever reads the plan's story.")]


class MaybeWhyIn(Body):
    """An action with a reason, where there is one to give."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"reason": REASON}]})

    reason: Annotated[
        Reason | None, Field(description="Why, for whoever reads the plan's story.")
    ] = None


def absent() -> Any:
    """The default of a field that may be left out and may not be null."""
    return None
