"""What a playbook can say: head, trigger, form, roles, stages, steps, and what hangs on them."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from app.domain.playbook.condition import Condition, Domain, Kind
from app.domain.playbook.effect import BoardEffect, ChatEffect, Effect, MailEffect
from app.domain.playbook.form import Field
from app.domain.playbook.governance import Governance, ReviewCycle
from app.domain.playbook.measure import Measure
from app.domain.playbook.moment import Moment
from app.domain.playbook.reminder import Reminder
from app.domain.playbook.score import Score
from app.domain.playbook.table import DecisionTable
from app.domain.playbook.trigger import Trigger
from app.domain.playbook.who import ApprovalRule, Assignment, Deadline, Escalation


class Subject(StrEnum):
    """What a run is about."""

    CLIENT = "client"
    PLAN = "plan"
    LEAD = "lead"
    CAMPAIGN = "campaign"
    DEAL = "deal"
    CONTENT = "content"
    EVENT = "event"
    DATA_SET = "data_set"
    REPORT = "report"
    PLAYBOOK = "playbook"


class AnchorSource(StrEnum):
    """Where the day of an anchor comes from.

    Attributes:
        EVENT: When what started the run happened.
        START: When the run began.
        FIELD: A day among the run's inputs.
        STEP: When a step is done.
        PROCEDURE: The code of the procedure says so.
    """

    EVENT = "event"
    START = "start"
    FIELD = "field"
    STEP = "step"
    PROCEDURE = "procedure"


class Side(StrEnum):
    """On which side of an anchor offsets lie."""

    BEFORE = "before"
    AFTER = "after"
    BOTH = "both"


@dataclass(frozen=True, slots=True)
class Anchor:
    """A day of the run that offsets count from; `of` names its field or step."""

    key: str
    title: str
    source: AnchorSource
    side: Side
    of: str = ""


class OffsetUnit(StrEnum):
    """What an offset counts."""

    CALENDAR_DAYS = "calendar_days"
    BUSINESS_DAYS = "business_days"
    HOURS = "hours"
    BUSINESS_HOURS = "business_hours"


class Blocks(StrEnum):
    """What an open step holds up, beside other steps."""

    READY = "ready"
    COMPLETED = "completed"


@dataclass(frozen=True, slots=True)
class Offset:
    """A distance from an anchor; fewer than none lies before it."""

    amount: int
    anchor: str
    unit: OffsetUnit = OffsetUnit.CALENDAR_DAYS


@dataclass(frozen=True, slots=True)
class Role:
    """Who takes part; `in_turn` roles are given work one active staff member after another."""

    key: str
    title: str
    responsibility: str
    in_turn: bool


class Evidence(StrEnum):
    """What shows that an item was checked."""

    LINK = "link"
    NUMBER = "number"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class ChecklistItem:
    """One check inside a step; with `evidence`, it is ticked with that or not at all."""

    text: str
    required: bool = True
    evidence: Evidence | None = None


@dataclass(frozen=True, slots=True)
class Criterion:
    """What must be so before a stage is entered or closed.

    A person checks it, or it is so once `when` holds.
    """

    text: str
    when: Condition | None = None


@dataclass(frozen=True, slots=True)
class Stage:
    """A group of steps; where there is a board, `title` is the group's title there.

    Attributes:
        key: Its name.
        title: What people call it.
        service: The service that it sets up, if any.
        due: Dates what a board holds in this group beyond the playbook's steps, and what a
            person adds to it.
        after: Stages that must be closed before it is entered.
        entry: What must be so before it is entered.
        exit: What must be so before it is closed.
    """

    key: str
    title: str
    service: str | None
    due: Offset | None
    after: tuple[str, ...] = ()
    entry: tuple[Criterion, ...] = ()
    exit: tuple[Criterion, ...] = ()


@dataclass(frozen=True, slots=True)
class TimeStandard:
    """How much work a step takes, in minutes."""

    least: int
    most: int


@dataclass(frozen=True, slots=True)
class Step:
    """One action; `title` is the board item's title. `waits_for` holds keys of steps.

    Attributes:
        key: Its name.
        title: What is done.
        role: Who does it, unless `assign` says more.
        stage: The group it stands in.
        due: Until when.
        blocks: What it holds up while it is open: `Blocks`, and keys of steps.
        waits_for: Steps that are done before it is ready.
        checklist: What is checked; `ordered` means one after another.
        instructions: How it is done.
        service: The service that it sets up, if any.
        when: It belongs to the run only where this holds.
        ordered: Whether an item is ticked before the next can be.
        verified_by: The role of somebody else who looks at its quality before it is done.
        takes: The time standard.
        mistakes: What often goes wrong; shown with the step.
        tools: What is needed for it.
        asks: The form that who does it fills.
        assign: The assignment that says who does it.
        approval: The rule that must have said yes before it is done.
        effects: What happens by itself at its own moments.
    """

    key: str
    title: str
    role: str
    stage: str | None
    due: Offset
    blocks: frozenset[str]
    waits_for: tuple[str, ...] = ()
    checklist: tuple[ChecklistItem, ...] = ()
    instructions: str = ""
    service: str | None = None
    when: Condition | None = None
    ordered: bool = False
    verified_by: str | None = None
    takes: TimeStandard | None = None
    mistakes: tuple[str, ...] = ()
    tools: tuple[str, ...] = ()
    asks: tuple[Field, ...] = ()
    assign: str = ""
    approval: str = ""
    effects: tuple[Effect, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Playbook:
    """One procedure in one version. A run keeps the version it was started with."""

    key: str
    version: int
    title: str
    purpose: str
    owner: str
    review_cycle: ReviewCycle
    sources: tuple[str, ...]
    trigger: Trigger
    subject: Subject
    roles: tuple[Role, ...]
    steps: tuple[Step, ...]
    anchors: tuple[Anchor, ...] = ()
    stages: tuple[Stage, ...] = ()
    effects: tuple[Effect, ...] = ()
    reminders: tuple[Reminder, ...] = ()
    inputs: tuple[Field, ...] = ()
    scores: tuple[Score, ...] = ()
    tables: tuple[DecisionTable, ...] = ()
    territories: tuple[str, ...] = ()
    assignments: tuple[Assignment, ...] = ()
    approvals: tuple[ApprovalRule, ...] = ()
    deadlines: tuple[Deadline, ...] = ()
    escalations: tuple[Escalation, ...] = ()
    measures: tuple[Measure, ...] = ()
    deviations_approved_by: str | None = None
    governance: Governance | None = None

    def chats_on(self, moment: Moment) -> tuple[ChatEffect, ...]:
        """The chat messages of a moment, in the order of the file."""
        return tuple(e for e in self.effects if isinstance(e, ChatEffect) and e.on is moment)

    def mails_on(self, moment: Moment) -> tuple[MailEffect, ...]:
        """The client e-mails of a moment, in the order of the file."""
        return tuple(e for e in self.effects if isinstance(e, MailEffect) and e.on is moment)

    def boards_on(self, moment: Moment) -> bool:
        """Whether the board is made at this moment."""
        return any(isinstance(e, BoardEffect) and e.on is moment for e in self.effects)

    def reminder(self, key: str) -> Reminder | None:
        """The reminder of this key, if the playbook has it."""
        return next((each for each in self.reminders if each.key == key), None)

    def stage_titled(self, title: str) -> Stage | None:
        """The stage of the board group with this title, if the playbook has one."""
        return next((s for s in self.stages if s.title == title), None)

    @property
    def is_kept_by_code(self) -> bool:
        """Whether code says when a run is over: such as reckons anchors, and does work beside."""
        return any(anchor.source is AnchorSource.PROCEDURE for anchor in self.anchors)

    @property
    def roles_in_turn(self) -> tuple[str, ...]:
        """The keys of the roles whose work is given in turn."""
        return tuple(r.key for r in self.roles if r.in_turn)

    @property
    def fields(self) -> tuple[Field, ...]:
        """Every field of the run: its inputs, and what its steps ask."""
        return (*self.inputs, *(field for step in self.steps for field in step.asks))

    @property
    def figures(self) -> Mapping[str, Domain]:
        """Every name that a condition may use, with the values that it can have."""
        return {
            **{field.key: field.domain for field in self.fields},
            **self.score_figures,
            **{
                f"{table.key}.{name}": Domain(Kind.CHOICE, values)
                for table in self.tables
                for name, values in table.outcomes.items()
            },
        }

    @property
    def score_figures(self) -> Mapping[str, Domain]:
        """What scores add to the figures: the sum by the score's key, and its band."""
        return {
            **{
                score.key: Domain(Kind.NUMBER, (), Fraction(0), Fraction(score.most), whole=True)
                for score in self.scores
            },
            **{
                f"{score.key}.band": Domain(Kind.CHOICE, tuple(b.key for b in score.bands))
                for score in self.scores
            },
        }
