"""The body of the events of runs that subscribers are sent."""

from pydantic import ConfigDict, Field

from app.domain.playbook.model import Subject
from app.domain.run.model import RunState
from app.web.bodies import Body
from app.web.scalars import Id, Instant

_ID = "0193a6c2-7b1e-7cc0-8f0a-3d1f6a2b9c11"


class EventSubject(Body):
    """What the run is about."""

    kind: Subject
    ref: str


class EventRun(Body):
    """The run that an event is about, as it was then."""

    id: Id
    playbook: str
    version: int
    title: str
    state: RunState
    subject: EventSubject


class RunEventData(Body):
    """What every event of a run says."""

    run: EventRun
    step: str | None = Field(description="Key of the step that it is about, if it is about one.")
    detail: str | None = Field(description="In plain English: the reason, the stage, the deadline.")


class RunEvent(Body):
    """Something befell a run of a playbook, or one of its steps."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "id": _ID,
                    "type": "run.step_blocked",
                    "timestamp": "2026-11-23T09:00:00Z",
                    "data": {
                        "run": {
                            "id": _ID,
                            "playbook": "client-onboarding",
                            "version": 1,
                            "title": "Onboard a client",
                            "state": "running",
                            "subject": {"kind": "client", "ref": "MSA-9"},
                        },
                        "step": "preboarding",
                        "detail": "No address of the client's contact.",
                    },
                }
            ]
        }
    )

    id: Id = Field(description="Equal in all attempts.")
    type: str
    timestamp: Instant
    data: RunEventData
