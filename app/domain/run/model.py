"""A run of a playbook as values: where it, its steps, stages and deadlines stand."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from app.domain.approval import ApprovalState
from app.domain.playbook.condition import Known
from app.domain.playbook.moment import Moment
from app.domain.task import TaskState


class RunState(StrEnum):
    """Where a run stands."""

    RUNNING = "running"
    COMPLETED = "completed"
    CANCELLED = "cancelled"


class StepState(StrEnum):
    """Where a step of a run stands.

    Attributes:
        WAITING: For other steps, or for its stage.
        READY: Somebody may do it.
        BLOCKED: It cannot go on, and its reason says why.
        AWAITING_APPROVAL: It is executed, and somebody must say yes.
        IN_REVIEW: It is executed, and somebody else looks at its quality.
        DONE: It is done.
        SKIPPED: A person left it out.
        LEFT_OUT: Its condition does not hold, so that it is no part of this run.
    """

    WAITING = "waiting"
    READY = "ready"
    BLOCKED = "blocked"
    AWAITING_APPROVAL = "awaiting_approval"
    IN_REVIEW = "in_review"
    DONE = "done"
    SKIPPED = "skipped"
    LEFT_OUT = "left_out"


SHOWN: Mapping[StepState, TaskState] = {
    StepState.WAITING: TaskState.OPEN,
    StepState.READY: TaskState.OPEN,
    StepState.BLOCKED: TaskState.BLOCKED,
    StepState.AWAITING_APPROVAL: TaskState.OPEN,
    StepState.IN_REVIEW: TaskState.OPEN,
    StepState.DONE: TaskState.DONE,
    StepState.SKIPPED: TaskState.SKIPPED,
    StepState.LEFT_OUT: TaskState.SKIPPED,
}
"""What a step is on somebody's list of tasks."""

SETTLED = frozenset({StepState.DONE, StepState.SKIPPED, StepState.LEFT_OUT})
"""A step in one of these holds nothing up."""


@dataclass(frozen=True, slots=True)
class Person:
    """Who acts; `id` and `role` are those of a member of staff, None for a key tied to nobody."""

    name: str
    id: UUID | None = None
    role: str | None = None


@dataclass(frozen=True, slots=True)
class Tick:
    """That an item or a criterion was checked: by whom, when, and what shows it."""

    by: str
    at: datetime
    evidence: str | None = None


@dataclass(frozen=True, slots=True)
class RunStep:
    """A step of a run.

    Attributes:
        key: Of the playbook's step.
        state: Where it stands.
        due_at: Until when; None while its anchor is not known.
        ready_at: Since when it may be done; None before.
        started_at: When somebody first did something with it.
        blocked_at: Since when it is blocked.
        done_at: When it was done.
        executor: Who executed it.
        verifier: Who accepted its quality.
        ticks: By the number of the item, from 0.
        answers: What was filled into its form.
        reason: Why it is blocked, skipped, returned or refused.
        returns: How often its quality was not accepted.
        reopenings: How often it was opened again after it was done.
        approval: Of the step, where it needs one.
        deviation: Whether doing it otherwise than written is asked for, allowed or refused.
    """

    key: str
    state: StepState = StepState.WAITING
    due_at: datetime | None = None
    ready_at: datetime | None = None
    started_at: datetime | None = None
    blocked_at: datetime | None = None
    done_at: datetime | None = None
    executor: Person | None = None
    verifier: Person | None = None
    ticks: Mapping[int, Tick] = field(default_factory=dict)
    answers: Mapping[str, Known] = field(default_factory=dict)
    reason: str | None = None
    returns: int = 0
    reopenings: int = 0
    approval: ApprovalState | None = None
    deviation: ApprovalState | None = None


@dataclass(frozen=True, slots=True)
class RunStage:
    """A stage of a run: entered, closed, and what was checked: `entry/0`, `exit/1`."""

    key: str
    entered_at: datetime | None = None
    closed_at: datetime | None = None
    checked: Mapping[str, Tick] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Rung:
    """A role that is told at an instant, where a deadline was missed and nobody took it on."""

    role: str
    at: datetime


@dataclass(frozen=True, slots=True)
class RunDeadline:
    """A deadline that runs: all of its instants are known when it begins.

    Attributes:
        key: Of the playbook's deadline.
        step: The step that it holds for; "" is the whole run.
        due_at: When it is missed.
        warn_at: When it is warned of.
        rungs: Who is told after that, from the lowest up.
    """

    key: str
    step: str
    due_at: datetime
    warn_at: datetime | None = None
    rungs: tuple[Rung, ...] = ()


@dataclass(frozen=True, slots=True)
class Run:
    """One execution of a playbook.

    Attributes:
        state: Where it stands.
        started_at: When it began.
        inputs: As its form was filled.
        anchors: The instants that offsets count from, as far as they are known.
        steps: By key, in the order of the playbook.
        stages: By key.
        running: The deadlines that run: their keys, each with its step.
    """

    state: RunState
    started_at: datetime
    inputs: Mapping[str, Known]
    anchors: Mapping[str, datetime]
    steps: Mapping[str, RunStep]
    stages: Mapping[str, RunStage] = field(default_factory=dict)
    running: frozenset[tuple[str, str]] = frozenset()


@dataclass(frozen=True, slots=True)
class Happening:
    """A moment of the run, or of one of its steps; what the playbook hangs on it follows."""

    moment: Moment
    step: str = ""
    detail: str = ""


class Asked(StrEnum):
    """What somebody must say yes to."""

    STEP = "step"
    DEVIATION = "deviation"


@dataclass(frozen=True, slots=True)
class Question:
    """What a role is asked about a step, and what that rests on."""

    about: Asked
    step: str
    role: str
    said: str


@dataclass(frozen=True, slots=True)
class Moved:
    """What an action came to.

    Attributes:
        run: As it is now.
        happenings: What befell it, in order.
        begun: Deadlines that run from now on.
        over: Deadlines that ran before and end; one of them may begin anew.
        questions: What somebody is asked.
    """

    run: Run
    happenings: tuple[Happening, ...] = ()
    begun: tuple[RunDeadline, ...] = ()
    over: frozenset[tuple[str, str]] = frozenset()
    questions: tuple[Question, ...] = ()
