"""What subscribers are told of runs and of playbooks: the types of events."""

from app.domain.playbook.effect import WebhookEffect
from app.domain.playbook.model import Playbook
from app.domain.playbook.moment import Moment
from app.domain.playbook.trigger import Event

NAMES = {
    Moment.BEGUN: "run.started",
    Moment.READY: "run.step_ready",
    Moment.DONE: "run.step_done",
    Moment.BLOCKED: "run.step_blocked",
    Moment.REOPENED: "run.step_reopened",
    Moment.STAGE_CLOSED: "run.stage_closed",
    Moment.DEVIATED: "run.deviated",
    Moment.APPROVAL_REQUESTED: "approval.requested",
    Moment.APPROVAL_REFUSED: "run.approval_refused",
    Moment.ESCALATED: "escalation.raised",
    Moment.COMPLETED: "run.completed",
    Moment.CANCELLED: "run.cancelled",
}
"""The event of each moment of a run or a step."""
ESCALATION_TAKEN = "escalation.taken"
EVENTS_OF_RUNS = frozenset(NAMES.values()) | {ESCALATION_TAKEN}
EVENTS_OF_PLAYBOOKS = frozenset({str(Event.PLAYBOOK_CHANGED)})


def own_events(playbook: Playbook) -> frozenset[str]:
    """The types of events that a playbook's own effects tell: `run.` and the name in the file."""
    effects = [*playbook.effects, *(effect for step in playbook.steps for effect in step.effects)]
    return frozenset(own_event(e.event) for e in effects if isinstance(e, WebhookEffect))


def own_event(name: str) -> str:
    """The type of an event of a playbook's own."""
    return f"run.{name.removeprefix('run.')}"
