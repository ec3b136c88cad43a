"""Measures: figures computed from runs, with the target of each and what is done below it."""

from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from app.domain.playbook.condition import Sign


class MeasureKind(StrEnum):
    """How a measure is computed."""

    RATE = "rate"
    MEAN = "mean"
    PERCENTILE = "percentile"
    COUNT = "count"


class Counted(StrEnum):
    """What a rate is a share of, and what a count counts."""

    RUNS = "runs"
    STEPS = "steps"
    ITEMS = "items"
    FIELDS = "fields"


class Fact(StrEnum):
    """What is true of a run, a step, a checklist item or a field that is counted.

    Attributes:
        DONE: Completed.
        IN_TIME: Completed within every deadline that holds for it.
        AS_WRITTEN: Done without a deviation, a skip, or a required item left open.
        AT_FIRST: Its quality was accepted the first time.
        REOPENED: It was done and had to be done again.
        DEVIATED: It was done otherwise than written.
        ESCALATED: An escalation was raised.
        RECORDED: Who did it, and when, is in the audit trail.
        FILLED: The field has a value.
        TICKED: The item is checked.
    """

    DONE = "done"
    IN_TIME = "in_time"
    AS_WRITTEN = "as_written"
    AT_FIRST = "at_first"
    REOPENED = "reopened"
    DEVIATED = "deviated"
    ESCALATED = "escalated"
    RECORDED = "recorded"
    FILLED = "filled"
    TICKED = "ticked"


class Length(StrEnum):
    """Units of a time that is measured."""

    MINUTES = "minutes"
    HOURS = "hours"
    DAYS = "days"


@dataclass(frozen=True, slots=True)
class Lasting:
    """The time from one moment of a run to another: anchors, or steps that are done."""

    since: str
    until: str
    unit: Length


@dataclass(frozen=True, slots=True)
class Answer:
    """The number in a field of the run or of a step."""

    field: str


@dataclass(frozen=True, slots=True)
class Share:
    """How many of what is counted have a fact; `steps` narrows it to these, none to all."""

    counted: Counted
    fact: Fact
    steps: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Promoters:
    """Shares of answers from 9 on less those up to 6, of a field from 0 to 10."""

    field: str


@dataclass(frozen=True, slots=True)
class Within:
    """The share of runs in which a time is at most so long."""

    lasting: Lasting
    most: Fraction


Basis = Share | Lasting | Answer | Promoters | Within


@dataclass(frozen=True, slots=True)
class Target:
    """What a measure is to be: `> 95`, `<= 14`."""

    sign: Sign
    value: Fraction


@dataclass(frozen=True, slots=True)
class Measure:
    """One figure of a procedure.

    Attributes:
        key: Its name.
        title: What people call it.
        kind: How it is computed; rates are in percent.
        basis: From what.
        percentile: Which one, of a percentile.
        unit: What it is in: "%", "of 5", "days".
        target: What it is to be; None is only tracked.
        otherwise: What is done where it is not.
    """

    key: str
    title: str
    kind: MeasureKind
    basis: Basis
    percentile: int | None = None
    unit: str = ""
    target: Target | None = None
    otherwise: str = ""


def meets(target: Target, figure: Fraction) -> bool:
    """Whether a figure is what it is to be; 95 does not meet `> 95`.

    Source: docs/playbooks.md, "Measures".
    """
    return {
        Sign.IS: figure == target.value,
        Sign.IS_NOT: figure != target.value,
        Sign.BELOW: figure < target.value,
        Sign.UP_TO: figure <= target.value,
        Sign.ABOVE: figure > target.value,
        Sign.FROM: figure >= target.value,
    }[target.sign]
