"""Measures of playbooks, computed from their runs of a period by the database."""

# ruff: noqa: S608 - every part is a constant of this module; what files and callers say is bound

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.domain.playbook.measure import (
    Answer,
    Counted,
    Fact,
    Lasting,
    Length,
    Measure,
    MeasureKind,
    Promoters,
    Share,
    Within,
    meets,
)
from app.domain.playbook.model import Playbook

_SECONDS = {Length.MINUTES: 60, Length.HOURS: 3600, Length.DAYS: 86400}
_KEPT_TO = """NOT EXISTS (SELECT FROM run_deadlines d WHERE d.run_id = r.id {step}
    AND (d.breached_at IS NOT NULL OR d.ended_at > d.due_at))"""
_OTHERWISE = "(s.deviation IS NOT DISTINCT FROM 'approved' OR s.step_state = 'skipped')"
_RECORDED = """(s.done_by IS NOT NULL AND EXISTS (SELECT FROM audit a
    WHERE a.subject_kind = 'run' AND a.subject_id = r.id AND a.after->'steps'->>s.step = 'done'))"""
_OF_STEP = {
    Fact.DONE: "s.step_state = 'done'",
    Fact.IN_TIME: "(s.step_state = 'done' AND (s.due_at IS NULL OR s.done_at <= s.due_at) AND "
    + _KEPT_TO.format(step="AND d.step = s.step")
    + ")",
    Fact.AS_WRITTEN: f"NOT {_OTHERWISE}",
    Fact.AT_FIRST: "s.returns = 0",
    Fact.REOPENED: "s.reopenings > 0",
    Fact.DEVIATED: _OTHERWISE,
    Fact.ESCALATED: "EXISTS (SELECT FROM escalations e WHERE e.run_id = r.id AND e.step = s.step)",
    Fact.RECORDED: _RECORDED,
}
"""What is true of a step `s` of a run `r`."""
_SOME = "EXISTS (SELECT FROM tasks s WHERE s.run_id = r.id AND {fact})"
_NONE = "NOT EXISTS (SELECT FROM tasks s WHERE s.run_id = r.id AND {fact})"
_OF_RUN = {
    Fact.DONE: "r.state = 'completed'",
    Fact.IN_TIME: _KEPT_TO.format(step=""),
    Fact.AS_WRITTEN: _NONE.format(fact=_OTHERWISE),
    Fact.AT_FIRST: _NONE.format(fact="s.returns > 0"),
    Fact.REOPENED: _SOME.format(fact="s.reopenings > 0"),
    Fact.DEVIATED: _SOME.format(fact=_OTHERWISE),
    Fact.ESCALATED: "EXISTS (SELECT FROM escalations e WHERE e.run_id = r.id)",
    Fact.RECORDED: _NONE.format(fact=f"s.step_state = 'done' AND NOT {_RECORDED}"),
}
"""What is true of a run `r`."""
_STEPS = """
FROM runs r JOIN tasks s ON s.run_id = r.id
WHERE r.playbook = :playbook
    AND (cardinality(CAST(:steps AS text[])) = 0 OR s.step = ANY(CAST(:steps AS text[])))
    AND CASE s.step_state
        WHEN 'done' THEN s.done_at >= :since AND s.done_at < :until
        WHEN 'skipped' THEN r.ended_at >= :since AND r.ended_at < :until
        ELSE false END
"""
"""Steps that were done in the period; those skipped count with the end of their run."""
_RUNS = """
FROM runs r WHERE r.playbook = :playbook AND r.ended_at >= :since AND r.ended_at < :until
"""


class Status(StrEnum):
    """How a measure stands beside its target."""

    MET = "met"
    MISSED = "missed"
    TRACKED = "tracked"
    NO_DATA = "no_data"


@dataclass(frozen=True, slots=True)
class Period:
    """From an instant to another, which does not belong to it."""

    since: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class Measured:
    """A measure of a period.

    Attributes:
        measure: Of the playbook.
        figure: What it came to; None where there was nothing to measure.
        of: How much it was computed from: runs, steps, answers.
        status: How it stands beside its target.
    """

    measure: Measure
    figure: Decimal | None
    of: int
    status: Status


async def measured(
    session: AsyncSession, playbook: Playbook, measure: Measure, period: Period
) -> Measured:
    """Compute one measure from the runs of a period, whatever version they keep.

    Rates are in percent. Runs count when they end, steps when they are done, times and answers when
    what they wait for is done, forms when their run begins.

    Args:
        session: Only read from.
        playbook: In force.
        measure: Of it.
        period: Of the instants that count.

    Source: docs/playbook-runs.md, "Measures".
    """
    statement, more = _statement(playbook, measure)
    given = {"playbook": playbook.key, "since": period.since, "until": period.until, **more}
    figure, of = (await session.execute(text(statement), given)).one()
    return Measured(measure, figure, of, status_of(measure, figure))


def status_of(measure: Measure, figure: Decimal | None) -> Status:
    """How a figure stands beside its measure's target."""
    if figure is None:
        return Status.NO_DATA
    if measure.target is None:
        return Status.TRACKED
    return Status.MET if meets(measure.target, Fraction(figure)) else Status.MISSED


def _statement(playbook: Playbook, measure: Measure) -> tuple[str, dict[str, Any]]:
    match measure.basis:
        case Share():
            return _share(playbook, measure.kind, measure.basis)
        case Lasting():
            return _of_values(measure, *_lasting(playbook, measure.basis))
        case Within(lasting, most):
            values, more = _lasting(playbook, lasting)
            rate = "100.0 * count(*) FILTER (WHERE value <= :most) / nullif(count(*), 0)"
            most_of = {"most": Decimal(most.numerator) / most.denominator}
            return f"SELECT {rate}, count(*) FROM ({values}) v", {**more, **most_of}
        case Answer(field):
            return _of_values(measure, *_answers(playbook, field))
        case Promoters(field):
            values, more = _answers(playbook, field)
            rate = (
                "100.0 * (count(*) FILTER (WHERE value >= 9) - count(*) FILTER (WHERE value <= 6))"
                " / nullif(count(*), 0)"
            )
            return f"SELECT {rate}, count(*) FROM ({values}) v", more


def _of_values(measure: Measure, values: str, more: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    figure = "avg(value)"
    if measure.kind is MeasureKind.PERCENTILE:
        figure = "CAST(percentile_cont(:part) WITHIN GROUP (ORDER BY value) AS numeric)"
        more = {**more, "part": (measure.percentile or 50) / 100}
    elif measure.kind is MeasureKind.COUNT:
        figure = "CAST(count(*) AS numeric)"
    return f"SELECT {figure}, count(*) FROM ({values}) v", more


def _share(playbook: Playbook, kind: MeasureKind, share: Share) -> tuple[str, dict[str, Any]]:
    if share.counted is Counted.FIELDS:
        return _fields(playbook, kind)
    if share.counted is Counted.ITEMS:
        return _items(kind, share)
    of_runs = share.counted is Counted.RUNS
    fact = _OF_RUN[share.fact] if of_runs else _OF_STEP[share.fact]
    found = _RUNS if of_runs else _STEPS
    if share.fact is not Fact.DONE and of_runs:
        found += " AND r.state = 'completed'"
    if share.fact is Fact.AT_FIRST and not of_runs:
        found += " AND s.verified_by IS NOT NULL"
    held = f"count(*) FILTER (WHERE {fact})"
    figure = f"CAST({held} AS numeric)"
    if kind is MeasureKind.RATE:
        figure = f"100.0 * {held} / nullif(count(*), 0)"
    return f"SELECT {figure}, count(*) {found}", {} if of_runs else {"steps": list(share.steps)}


def _fields(playbook: Playbook, kind: MeasureKind) -> tuple[str, dict[str, Any]]:
    """How many of the fields that a run needs hold something, of the runs that began."""
    keys = [field.key for field in playbook.inputs if field.required]
    return (
        f"SELECT {_figure(kind, 'count(*) FILTER (WHERE r.inputs ? k)', 'count(*)')}, count(*)"
        " FROM runs r CROSS JOIN unnest(CAST(:keys AS text[])) k"
        " WHERE r.playbook = :playbook AND r.started_at >= :since AND r.started_at < :until",
        {"keys": keys},
    )


def _items(kind: MeasureKind, share: Share) -> tuple[str, dict[str, Any]]:
    """How many items are ticked, of those that the runs have in the versions that they keep."""
    ticked = (
        "sum((SELECT count(*) FROM jsonb_array_elements(s.checklist) item"
        " WHERE item->'done' = 'true'))"
    )
    items = "sum(jsonb_array_length(s.checklist))"
    return (
        f"SELECT {_figure(kind, ticked, items)}, CAST(coalesce({items}, 0) AS bigint) {_STEPS}",
        {"steps": list(share.steps)},
    )


def _figure(kind: MeasureKind, held: str, of: str) -> str:
    if kind is MeasureKind.COUNT:
        return f"CAST(coalesce({held}, 0) AS numeric)"
    return f"100.0 * {held} / nullif({of}, 0)"


def _instant(playbook: Playbook, name: str, parameter: str) -> str:
    """The instant of an anchor, or at which a step was done."""
    if any(anchor.key == name for anchor in playbook.anchors):
        return f"CAST(r.anchors->>:{parameter} AS timestamptz)"
    return f"(SELECT s.done_at FROM tasks s WHERE s.run_id = r.id AND s.step = :{parameter})"


def _lasting(playbook: Playbook, lasting: Lasting) -> tuple[str, dict[str, Any]]:
    begun = _instant(playbook, lasting.since, "from_name")
    ended = _instant(playbook, lasting.until, "to_name")
    return (
        f"SELECT extract(epoch FROM t.ended - t.begun) / {_SECONDS[lasting.unit]} AS value"
        f" FROM (SELECT {begun} AS begun, {ended} AS ended FROM runs r"
        " WHERE r.playbook = :playbook) t"
        " WHERE t.begun IS NOT NULL AND t.ended >= :since AND t.ended < :until",
        {"from_name": lasting.since, "to_name": lasting.until},
    )


def _answers(playbook: Playbook, field: str) -> tuple[str, dict[str, Any]]:
    """The numbers in a field: of a step, when it was done; of the run's form, when it began."""
    if any(each.key == field for each in playbook.inputs):
        return (
            "SELECT CAST(r.inputs->>:field AS numeric) AS value FROM runs r"
            " WHERE r.playbook = :playbook AND r.inputs->>:field IS NOT NULL"
            " AND r.started_at >= :since AND r.started_at < :until",
            {"field": field},
        )
    return (
        "SELECT CAST(s.answers->>:field AS numeric) AS value"
        " FROM runs r JOIN tasks s ON s.run_id = r.id"
        " WHERE r.playbook = :playbook AND s.answers->>:field IS NOT NULL AND s.step_state = 'done'"
        " AND s.done_at >= :since AND s.done_at < :until",
        {"field": field},
    )
