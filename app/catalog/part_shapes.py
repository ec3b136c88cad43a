"""The shapes of what a playbook decides and watches: scores, tables, people, deadlines."""

from typing import Annotated, Any, Self

from pydantic import BeforeValidator, Field, WithJsonSchema, model_validator

from app.catalog.cells import read_cell
from app.catalog.faults import shown
from app.catalog.reminder_files import SpanShape
from app.catalog.shapes import (
    Address,
    Figure,
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
from app.domain.playbook.condition import read_day
from app.domain.playbook.governance import OpenRuns, ReviewCycle
from app.domain.playbook.table import Hits
from app.domain.playbook.who import Response

CellText = Annotated[
    Any,
    BeforeValidator(read_cell),
    WithJsonSchema({"examples": [">= 80", "60 to 79", "> 10 and <= 20", "eu", True, "any"]}),
]


class PointsShape(Shape):
    """`{when: "title == 'ceo'", points: 15}`."""

    when: When
    points: Whole


class PartShape(Shape):
    """A capped part of a score."""

    key: Key
    title: Line
    cap: Whole
    rows: Several[PointsShape] = Field(min_length=1, description="a list of rows")


class BandShape(Shape):
    """`{key: hot, title: Hot, from: 80, to: 100}`, both included."""

    key: Key
    title: Line
    low: Whole = Field(alias="from", description="a whole number")
    high: Whole = Field(alias="to", description="a whole number")


class ScoreShape(Shape):
    """A sum of capped parts, with bands."""

    key: Key
    title: Line
    parts: Several[PartShape] = Field(min_length=1, description="a list of parts")
    bands: Several[BandShape] = Field(min_length=1, description="a list of bands")


class RowShape(Shape):
    """A row of a decision table; a figure that `when` leaves out may be anything."""

    when: dict[str, CellText] = Field(default_factory=dict)
    then: dict[Key, Key] = Field(min_length=1, description="outcomes by name")


class TableShape(Shape):
    """A decision table."""

    key: Key
    title: Line
    asks: Several[Figure] = Field(min_length=1, description="a list of figures")
    hits: Hits = Hits.FIRST
    rows: Several[RowShape] = Field(min_length=1, description="a list of rows")

    @model_validator(mode="after")
    def _asked(self) -> Self:
        for at, row in enumerate(self.rows):
            for name in row.when:
                if name not in self.asks:
                    raise ValueError(f"row {at + 1} asks {name!r}, which `asks` does not name")
        return self


class AssignmentShape(Shape):
    """`person`, or `role` in turn, or the role that the `outcome` of a table names."""

    key: Key
    title: Line
    person: Address | None = None
    role: Key | None = None
    territory: Figure | None = None
    otherwise: Key | None = None
    outcome: Figure | None = None

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if sum(each is not None for each in (self.person, self.role, self.outcome)) != 1:
            raise ValueError("expected one of person, role and outcome: who gets the work")
        if self.role is None and (self.territory or self.otherwise):
            raise ValueError("expected `territory` and `otherwise` beside `role` only")
        return self


class ThresholdShape(Shape):
    """`{up_to: 10, role: rep}` with its bound, `{below: 5000, ...}` without it."""

    up_to: Number | None = None
    below: Number | None = None
    role: Key | None = None
    nobody: Flag = False

    @model_validator(mode="after")
    def _says_who(self) -> Self:
        if self.up_to is not None and self.below is not None:
            raise ValueError("expected one of up_to and below")
        if (self.role is None) is not self.nobody:
            raise ValueError("expected `role`, or nobody: true where no one has to approve")
        return self


class ApprovalShape(Shape):
    """Who must say yes."""

    key: Key
    title: Line
    figure: Figure | None = None
    thresholds: Several[ThresholdShape] = Field(min_length=1, description="a list of bounds")


class RungShape(Shape):
    """One role of a path, and how long after the one below it."""

    role: Key
    after: SpanShape = Field(description="how long, such as {business_hours: 2}")


class EscalationShape(Shape):
    """A path upwards."""

    key: Key
    title: Line
    path: Several[RungShape] = Field(min_length=1, description="a list of roles")


class DeadlineShape(Shape):
    """Until when something is answered or done."""

    key: Key
    title: Line
    of: Response = Field(description="response or completion")
    steps: Several[Key] = ()
    counts_from: Key = Field(alias="from", description="ready, blocked, started or an anchor")
    within: SpanShape = Field(description="how long, such as {business_hours: 2}")
    warn_after: SpanShape | None = None
    on_warning: Several[Key] = ()
    on_breach: Key | None = None


def _date(value: object) -> object:
    day = read_day(value) if isinstance(value, str) else None
    if day is None:
        raise ValueError(f"expected a day as 2026-12-24; found {shown(value)}")
    return day


class GovernanceShape(Shape):
    """What stands behind a version."""

    change: Text
    impact: Text
    approvals: Several[Key] = Field(min_length=1, description="a list of roles")
    effective_on: (
        Annotated[Any, BeforeValidator(_date), WithJsonSchema({"type": "string", "format": "date"})]
        | None
    ) = None
    acknowledge: Several[Key] = ()
    within: SpanShape = SpanShape(hours=48)
    newcomers_within: SpanShape = SpanShape(days=7)
    open_runs: OpenRuns = OpenRuns.FINISH
    spot_checks: ReviewCycle = ReviewCycle.WEEKLY
    report: ReviewCycle = ReviewCycle.MONTHLY
