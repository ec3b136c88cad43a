"""The shape of a file under `playbooks/`: head, trigger, form, roles, anchors, stages, steps."""

import json
from typing import Any, Self

from pydantic import Field, model_validator

from app.catalog.effect_shapes import EffectShape
from app.catalog.measure_shapes import MeasureShape
from app.catalog.part_shapes import (
    ApprovalShape,
    AssignmentShape,
    DeadlineShape,
    EscalationShape,
    GovernanceShape,
    ScoreShape,
    TableShape,
)
from app.catalog.procedure_files import ProcedureShape
from app.catalog.reminder_files import ReminderShape
from app.catalog.shapes import (
    ClockTime,
    Day,
    FileKey,
    Flag,
    Key,
    Line,
    Number,
    Several,
    Shape,
    Text,
    When,
    Whole,
)
from app.domain.playbook.form import FieldKind
from app.domain.playbook.governance import ReviewCycle
from app.domain.playbook.model import AnchorSource, Evidence, OffsetUnit, Side, Subject
from app.domain.playbook.time_checks import DAYS
from app.domain.playbook.trigger import Event, Every


class OffsetShape(Shape):
    """`due: {days: -5, from: live, unit: business_days}`, or with `hours`."""

    days: Whole | None = None
    hours: Whole | None = None
    anchor: Key = Field(alias="from", description="the key of an anchor")
    unit: OffsetUnit | None = None

    @model_validator(mode="after")
    def _one_amount(self) -> Self:
        if (self.days is None) == (self.hours is None):
            raise ValueError("expected one of days and hours, and a whole number")
        if self.unit is not None and (self.unit in DAYS) is (self.days is None):
            units = (
                "hours or business_hours" if self.unit in DAYS else "calendar_days or business_days"
            )
            part = "hours" if self.unit in DAYS else "days"
            raise ValueError(f"{part} are counted in {units}; found {self.unit}")
        return self


class ChecklistItemShape(Shape):
    """One check."""

    text: Line
    required: Flag = True
    evidence: Evidence | None = None


class FieldShape(Shape):
    """One field of a form."""

    key: Key
    title: Line
    kind: FieldKind = Field(description="what it takes")
    required: Flag = True
    values: Several[Key] = ()
    minimum: Number | None = None
    maximum: Number | None = None
    unit: Line = ""
    hint: Line | None = None


class RoleShape(Shape):
    """One role."""

    key: Key
    title: Line
    responsibility: Text
    in_turn: Flag = False


class AnchorShape(Shape):
    """A day that offsets count from."""

    key: Key
    title: Line
    source: AnchorSource = Field(alias="from", description="event, start, field, step or procedure")
    field: Key | None = None
    step: Key | None = None
    side: Side | None = None

    @model_validator(mode="after")
    def _of_one(self) -> Self:
        if (self.source is AnchorSource.FIELD) is (self.field is None):
            raise ValueError("expected `field` with from: field, and only there")
        if (self.source is AnchorSource.STEP) is (self.step is None):
            raise ValueError("expected `step` with from: step, and only there")
        return self


class CriterionShape(Shape):
    """What must be so before a stage is entered or closed."""

    text: Line
    when: When | None = None


class StageShape(Shape):
    """A group of steps."""

    key: Key
    title: Line
    service: Key | None = None
    due: OffsetShape | None = None
    after: Several[Key] = ()
    entry: Several[CriterionShape] = ()
    exit: Several[CriterionShape] = ()


class TakesShape(Shape):
    """`takes: {least: 30, most: 240}`, in minutes."""

    least: Whole
    most: Whole


class StepShape(Shape):
    """One step."""

    key: Key
    title: Line
    role: Key
    stage: Key | None = None
    service: Key | None = None
    when: When | None = None
    due: OffsetShape = Field(description="an offset: days, from, unit")
    blocks: Several[Key] = ()
    waits_for: Several[Key] = ()
    assign: Key | None = None
    approval: Key | None = None
    verified_by: Key | None = None
    takes: TakesShape | None = None
    instructions: Text = ""
    mistakes: Several[Line] = ()
    tools: Several[Line] = ()
    ordered: Flag = False
    checklist: Several[ChecklistItemShape] = ()
    asks: Several[FieldShape] = ()
    effects: Several[EffectShape] = ()


class ScheduleShape(Shape):
    """A time that comes round."""

    every: Every = Field(description="day, week or month")
    at: ClockTime
    weekday: Day | None = None
    day: Whole | None = None


class TriggerShape(Shape):
    """What starts a run."""

    events: Several[Event] = ()
    schedules: Several[ScheduleShape] = ()
    by_hand: Flag = False
    when: When | None = None


class DeviationsShape(Shape):
    """Who allows that something is done otherwise than written."""

    approved_by: Key


class PlaybookShape(Shape):
    """One file under `playbooks/`."""

    key: FileKey
    version: Whole
    title: Line
    purpose: Text
    owner: Key
    review_cycle: ReviewCycle = Field(description="weekly to annual")
    sources: Several[Line]
    trigger: TriggerShape = Field(description="events, schedules, or by_hand")
    subject: Subject = Field(description="what a run is about")
    inputs: Several[FieldShape] = ()
    roles: Several[RoleShape] = Field(min_length=1, description="a list of roles")
    anchors: Several[AnchorShape] = Field(min_length=1, description="a list of anchors")
    stages: Several[StageShape] = ()
    steps: Several[StepShape] = Field(min_length=1, description="a list of steps")
    effects: Several[EffectShape] = ()
    scores: Several[ScoreShape] = ()
    tables: Several[TableShape] = ()
    territories: Several[Key] = ()
    assignments: Several[AssignmentShape] = ()
    approvals: Several[ApprovalShape] = ()
    deadlines: Several[DeadlineShape] = ()
    escalations: Several[EscalationShape] = ()
    reminders: Several[ReminderShape] = ()
    measures: Several[MeasureShape] = ()
    deviations: DeviationsShape | None = None
    governance: GovernanceShape | None = None
    procedure: ProcedureShape | None = None


def schema() -> dict[str, Any]:
    """The JSON Schema of a playbook file, for editors; the checks know more than it does."""
    found: dict[str, Any] = _untitled(PlaybookShape.model_json_schema(by_alias=True))
    head = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A playbook of Changeover",
    }
    return {**head, **found}


def schema_text() -> str:
    """The schema as `docs/playbook.schema.json` holds it."""
    return json.dumps(schema(), indent=2, ensure_ascii=False) + "\n"


def _untitled(value: Any) -> Any:
    """Without the titles that repeat a name; a field called `title` holds a mapping and stays."""
    if isinstance(value, dict):
        return {
            name: _untitled(part)
            for name, part in value.items()
            if not (name == "title" and isinstance(part, str))
        }
    return [_untitled(each) for each in value] if isinstance(value, list) else value
