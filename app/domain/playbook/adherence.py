"""How far a playbook is kept to: which figures tell it, and how they are said."""

from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal
from fractions import Fraction

from app.domain.playbook.condition import number
from app.domain.playbook.measure import Counted, Fact, Measure, MeasureKind, Share, Target, meets
from app.domain.playbook.model import Playbook

RUNS_AS_WRITTEN = Measure(
    "as_written",
    "Runs as written",
    MeasureKind.RATE,
    Share(Counted.RUNS, Fact.AS_WRITTEN),
    unit="%",
)
"""What tells it where a playbook has no measure of its own."""
_HUNDREDTHS = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Figure:
    """What a measure of a period came to, and of how much: None where there was nothing."""

    measure: Measure
    value: Decimal | None
    of: int


def tells_adherence(playbook: Playbook) -> tuple[Measure, ...]:
    """The measures of what is as written; without any, the rate of runs that were.

    Source: docs/playbook-versions.md, "Whether it is kept to".
    """
    own = tuple(
        each
        for each in playbook.measures
        if isinstance(each.basis, Share) and each.basis.fact is Fact.AS_WRITTEN
    )
    return own or (RUNS_AS_WRITTEN,)


def adherence_said(figure: Figure) -> str:
    """A figure beside its target, and what is done where that is missed, in plain English."""
    measure, value = figure.measure, figure.value
    if value is None:
        return f"{measure.title}: nothing that counts ended."
    counted = measure.basis.counted if isinstance(measure.basis, Share) else "answers"
    rounded = value.quantize(_HUNDREDTHS, ROUND_HALF_EVEN).normalize()
    said = f"{measure.title}: {rounded:f} {measure.unit}".rstrip() + f" of {figure.of} {counted}"
    if measure.target is None:
        return f"{said}."
    if meets(measure.target, Fraction(value)):
        return f"{said}; the target {_aim(measure.target)} is met."
    return f"{said}; the target {_aim(measure.target)} is missed: {measure.otherwise}."


def _aim(target: Target) -> str:
    return f"{target.sign} {number(target.value)}"
