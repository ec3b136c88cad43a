"""The body of the event by which subscribers are told that a playbook changed."""

from pydantic import ConfigDict, Field

from app.web.bodies import Body
from app.web.scalars import Day, Id, Instant


class EventPlaybook(Body):
    """The playbook, in the version that is in force from now on."""

    key: str
    version: int
    title: str
    change: str | None = Field(description="What was changed, and why, where the file says it.")
    effective_on: Day = Field(description="From when it counts, on the organisation's clock.")


class PlaybookEventData(Body):
    """Which playbook changed."""

    playbook: EventPlaybook


class PlaybookEvent(Body):
    """Another version of a playbook is in force."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "id": "0193a6c2-7b1e-7cc0-8f0a-3d1f6a2b9c11",
                    "type": "playbook.changed",
                    "timestamp": "2026-11-23T00:00:00Z",
                    "data": {
                        "playbook": {
                            "key": "customer-handoff",
                            "version": 2,
                            "title": "Hand a customer over",
                            "change": "The kickoff moves to the third day.",
                            "effective_on": "2026-11-23",
                        }
                    },
                }
            ]
        }
    )

    id: Id = Field(description="Equal in all attempts.")
    type: str
    timestamp: Instant
    data: PlaybookEventData
