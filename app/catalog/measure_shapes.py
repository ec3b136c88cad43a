"""The shape of a playbook's measures, and the values made of them."""

import re
from fractions import Fraction
from typing import Annotated, Any, Self

from pydantic import BeforeValidator, Field, WithJsonSchema, model_validator

from app.catalog.faults import shown
from app.catalog.shapes import Key, Line, Number, Several, Shape, Whole
from app.domain.playbook.condition import Sign
from app.domain.playbook.measure import (
    Answer,
    Basis,
    Counted,
    Fact,
    Lasting,
    Length,
    Measure,
    MeasureKind,
    Promoters,
    Share,
    Target,
    Within,
)

_TARGET = re.compile(r"(==|<=|>=|<|>) ?(-?[0-9]{1,12}(?:\.[0-9]{1,6})?)")


def _target(value: object) -> object:
    match = _TARGET.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        raise ValueError(f'expected a target as "> 95"; found {shown(value)}')
    return Target(Sign(match[1]), Fraction(match[2]))


TargetText = Annotated[
    Any,
    BeforeValidator(_target),
    WithJsonSchema({"type": "string", "examples": ["> 95", "<= 14"]}),
]


class ShareShape(Shape):
    """`share: {of: steps, that: in_time}`."""

    of: Counted = Field(description="runs, steps, items or fields")
    that: Fact = Field(description="what is true of those that count")
    steps: Several[Key] = ()


class TimeShape(Shape):
    """`time: {since: signed, until: kickoff, in: days}`; with `most`, the share within it."""

    since: Key
    until: Key
    unit: Length = Field(alias="in", description="minutes, hours or days")
    most: Number | None = None


class MeasureShape(Shape):
    """One measure."""

    key: Key
    title: Line
    kind: MeasureKind = Field(description="rate, mean, percentile or count")
    share: ShareShape | None = None
    time: TimeShape | None = None
    answer: Key | None = None
    promoters: Key | None = None
    percentile: Whole | None = None
    unit: Line = ""
    target: TargetText | None = None
    below: Line | None = None

    @model_validator(mode="after")
    def _one_basis(self) -> Self:
        bases = (self.share, self.time, self.answer, self.promoters)
        if sum(each is not None for each in bases) != 1:
            raise ValueError("expected one of share, time, answer and promoters")
        return self


def measure_of(shape: MeasureShape) -> Measure:
    """The measure of an entry."""
    return Measure(
        shape.key,
        shape.title,
        shape.kind,
        _basis(shape),
        shape.percentile,
        shape.unit,
        shape.target,
        shape.below or "",
    )


def _basis(shape: MeasureShape) -> Basis:
    if shape.share is not None:
        return Share(shape.share.of, shape.share.that, shape.share.steps)
    if shape.time is not None:
        lasting = Lasting(shape.time.since, shape.time.until, shape.time.unit)
        return lasting if shape.time.most is None else Within(lasting, shape.time.most)
    if shape.answer is not None:
        return Answer(shape.answer)
    return Promoters(shape.promoters or "")
