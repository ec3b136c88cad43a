"""Scores, tables, assignments, approvals, deadlines and governance made of their shapes."""

from app.catalog.part_shapes import (
    ApprovalShape,
    AssignmentShape,
    DeadlineShape,
    EscalationShape,
    GovernanceShape,
    ScoreShape,
    TableShape,
)
from app.catalog.reminder_files import span_of
from app.domain.playbook.governance import Governance
from app.domain.playbook.score import Band, Part, Points, Score
from app.domain.playbook.table import DecisionTable, Row
from app.domain.playbook.who import (
    ApprovalRule,
    Assignment,
    ByName,
    ByTable,
    Deadline,
    Escalation,
    InTurn,
    Rung,
    Threshold,
)


def score_of_shape(shape: ScoreShape) -> Score:
    """The score of an entry."""
    parts = (
        Part(p.key, p.title, p.cap, tuple(Points(r.when, r.points) for r in p.rows))
        for p in shape.parts
    )
    bands = (Band(b.key, b.title, b.low, b.high) for b in shape.bands)
    return Score(shape.key, shape.title, tuple(parts), tuple(bands))


def table_of(shape: TableShape) -> DecisionTable:
    """The table of an entry; a figure that a row leaves out may be anything."""
    rows = (
        Row(tuple(row.when.get(name) for name in shape.asks), dict(row.then)) for row in shape.rows
    )
    return DecisionTable(shape.key, shape.title, shape.asks, tuple(rows), shape.hits)


def assignment_of(shape: AssignmentShape) -> Assignment:
    """The assignment of an entry."""
    if shape.person is not None:
        return ByName(shape.key, shape.title, shape.person)
    if shape.outcome is not None:
        return ByTable(shape.key, shape.title, shape.outcome)
    return InTurn(
        shape.key, shape.title, shape.role or "", shape.territory or "", shape.otherwise or ""
    )


def approval_of(shape: ApprovalShape) -> ApprovalRule:
    """The approval of an entry."""
    thresholds = (
        Threshold(t.below if t.up_to is None else t.up_to, t.below is None, t.role)
        for t in shape.thresholds
    )
    return ApprovalRule(shape.key, shape.title, shape.figure or "", tuple(thresholds))


def escalation_of(shape: EscalationShape) -> Escalation:
    """The escalation of an entry."""
    path = tuple(Rung(rung.role, span_of(rung.after)) for rung in shape.path)
    return Escalation(shape.key, shape.title, path)


def deadline_of(shape: DeadlineShape) -> Deadline:
    """The deadline of an entry."""
    return Deadline(
        key=shape.key,
        title=shape.title,
        of=shape.of,
        steps=shape.steps,
        counts_from=shape.counts_from,
        within=span_of(shape.within),
        warn_after=span_of(shape.warn_after) if shape.warn_after else None,
        tell=shape.on_warning,
        escalation=shape.on_breach or "",
    )


def governance_of(shape: GovernanceShape) -> Governance:
    """The governance of a version."""
    return Governance(
        change=shape.change,
        impact=shape.impact,
        approvals=shape.approvals,
        effective_on=shape.effective_on,
        acknowledge=shape.acknowledge,
        within=span_of(shape.within),
        newcomers_within=span_of(shape.newcomers_within),
        open_runs=shape.open_runs,
        spot_checks=shape.spot_checks,
        report=shape.report,
    )
