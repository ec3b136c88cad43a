"""How a run begins: its form is filled, its anchors known, everything dated that can be."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from app.domain.business_hours import BusinessHours
from app.domain.calendar import first_instant_of
from app.domain.fields import DocumentNotUnderstood, Fault
from app.domain.playbook.condition import Known, holds
from app.domain.playbook.form import Field, fill
from app.domain.playbook.model import AnchorSource, Playbook
from app.domain.playbook.moment import Moment
from app.domain.playbook.who import From
from app.domain.run.errors import NotByHand, NotTriggered
from app.domain.run.figures import reckoned
from app.domain.run.model import Moved, Run, RunStage, RunState, RunStep, StepState
from app.domain.run.moving import Moving
from app.domain.run.onward import go_on

BY_HAND = "by hand"
BY_SCHEDULE = "schedule"
_S = StepState


@dataclass(frozen=True, slots=True)
class Start:
    """What starts a run.

    Attributes:
        cause: The event's name; `BY_HAND`; `BY_SCHEDULE`; or "" where another run does, which
            needs no trigger.
        given: What its form is filled with, by key.
        occurred_at: When the event happened; None is now.
        anchors: Instants that the code of a procedure brings, by anchor.
        without: Steps that are no part of the run, as the code of a procedure says.
    """

    cause: str
    given: Mapping[str, object]
    occurred_at: datetime | None = None
    anchors: Mapping[str, datetime] = field(default_factory=dict)
    without: frozenset[str] = frozenset()


def started(playbook: Playbook, start: Start, *, now: datetime, hours: BusinessHours) -> Moved:
    """A run begins once its form is filled and its trigger's condition holds.

    Args:
        playbook: In the version that the run keeps.
        start: What starts it.
        now: The present instant.
        hours: Working time of where the run is; days begin in its zone.

    Raises:
        NotByHand: The playbook's trigger has no such cause.
        DocumentNotUnderstood: What is given does not fill the form; every fault is named.
        NotTriggered: The condition does not hold.

    Source: docs/playbook-runs.md, "How a run begins".
    """
    _check_cause(playbook, start.cause)
    inputs = filled(playbook.inputs, start.given, "/inputs")
    when = playbook.trigger.when
    if start.cause and when is not None and not holds(when, reckoned(playbook, inputs)):
        raise NotTriggered(f"Runs of {playbook.key} begin only where their condition holds.")
    run = Run(
        state=RunState.RUNNING,
        started_at=now,
        inputs=inputs,
        anchors={},
        steps={
            step.key: RunStep(step.key, _S.LEFT_OUT if step.key in start.without else _S.WAITING)
            for step in playbook.steps
        },
        stages={stage.key: RunStage(stage.key) for stage in playbook.stages},
    )
    moving = Moving(playbook, run, now=now, hours=hours)
    moving.happen(Moment.BEGUN)
    for anchor in playbook.anchors:
        at = anchor_at(anchor.source, inputs.get(anchor.of), start, now=now, hours=hours)
        at = start.anchors.get(anchor.key, at)
        if at is not None:
            moving.know_anchor(anchor.key, at)
    moving.begin_deadlines(From.STARTED, now, "")
    go_on(moving)
    return moving.done()


def _check_cause(playbook: Playbook, cause: str) -> None:
    if cause == BY_HAND and not playbook.trigger.by_hand:
        raise NotByHand(f"Runs of {playbook.key} are not started by hand.")
    if cause == BY_SCHEDULE and not playbook.trigger.schedules:
        raise NotByHand(f"Runs of {playbook.key} are not started by a schedule.")
    if cause not in ("", BY_HAND, BY_SCHEDULE) and cause not in playbook.trigger.events:
        raise NotByHand(f"Runs of {playbook.key} are not started by {cause}.")


def filled(fields: tuple[Field, ...], given: Mapping[str, object], at: str) -> Mapping[str, Known]:
    """What was given, as the values of a form.

    Args:
        fields: The form.
        given: By key.
        at: JSON pointer of the form in the caller's document.

    Raises:
        DocumentNotUnderstood: A field is missing, does not fit, or is none; each is named.
    """
    form = fill(fields, given)
    if form.wrong:
        raise DocumentNotUnderstood(
            [Fault(f"{at}/{key}", "field_wrong", f"{key} {w}.") for key, w in form.wrong.items()]
        )
    return form.values


def anchor_at(
    source: AnchorSource, value: Known | None, start: Start, *, now: datetime, hours: BusinessHours
) -> datetime | None:
    """The instant of an anchor at the start of a run; None where only a step or code brings it."""
    match source:
        case AnchorSource.EVENT:
            return start.occurred_at or now
        case AnchorSource.START:
            return now
        case AnchorSource.FIELD if isinstance(value, date):
            return first_instant_of(value, hours.zone)
    return None
