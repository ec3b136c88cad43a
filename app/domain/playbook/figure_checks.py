"""Conditions, tables, scores, approvals and measures: each asks only what can be answered."""

from collections.abc import Iterator, Mapping

from app.domain.playbook.condition import Condition, Domain, Kind, misfits
from app.domain.playbook.contradiction import Contradiction, Path
from app.domain.playbook.form import Field, FieldKind
from app.domain.playbook.measure import (
    Answer,
    Counted,
    Fact,
    Lasting,
    Measure,
    MeasureKind,
    Promoters,
    Share,
    Within,
)
from app.domain.playbook.model import Playbook
from app.domain.playbook.score import Score, band_faults
from app.domain.playbook.table import AnyOf, Between, Cell, DecisionTable, table_faults
from app.domain.playbook.who import ApprovalRule, ByTable, InTurn

_OF_RUNS_AND_STEPS = frozenset({*Fact} - {Fact.FILLED, Fact.TICKED})
_FACTS: Mapping[Counted, frozenset[Fact]] = {
    Counted.RUNS: _OF_RUNS_AND_STEPS,
    Counted.STEPS: _OF_RUNS_AND_STEPS,
    Counted.ITEMS: frozenset({Fact.TICKED}),
    Counted.FIELDS: frozenset({Fact.FILLED}),
}


def figures_wrong(playbook: Playbook) -> Iterator[Contradiction]:
    """Every condition fits the figures, every table decides each case, every band has its place."""
    for path, field in _fields(playbook):
        yield from _field_wrong(path, field)
    inputs = {field.key: field.domain for field in playbook.inputs}
    if playbook.trigger.when is not None:
        yield from _condition(("trigger", "when"), playbook.trigger.when, inputs)
    for path, condition in _conditions(playbook):
        yield from _condition(path, condition, playbook.figures)
    fields = {field.key: field.domain for field in playbook.fields}
    for at, score in enumerate(playbook.scores):
        yield from _score_wrong(("scores", at), score, fields)
    known = {**fields, **playbook.score_figures}
    for at, table in enumerate(playbook.tables):
        yield from _table_wrong(("tables", at), table, known)
        for name, values in table.outcomes.items():
            known[f"{table.key}.{name}"] = Domain(Kind.CHOICE, values)
    yield from _people_wrong(playbook)
    for at, measure in enumerate(playbook.measures):
        yield from _measure_wrong(playbook, ("measures", at), measure)


def _fields(playbook: Playbook) -> Iterator[tuple[Path, Field]]:
    for at, field in enumerate(playbook.inputs):
        yield ("inputs", at), field
    for at, step in enumerate(playbook.steps):
        for place, field in enumerate(step.asks):
            yield ("steps", at, "asks", place), field


def _field_wrong(path: Path, field: Field) -> Iterator[Contradiction]:
    if (field.kind is FieldKind.CHOICE) is not bool(field.values):
        yield Contradiction(
            (*path, "values"), "expected values with the kind choice, and only there"
        )
    if len(set(field.values)) < len(field.values):
        yield Contradiction((*path, "values"), "a value stands here a second time")
    numbers = field.kind in {FieldKind.NUMBER, FieldKind.WHOLE, FieldKind.TEXTS}
    if not numbers and (field.minimum, field.maximum) != (None, None):
        message = f"expected no minimum and maximum: {field.kind} is not counted"
        yield Contradiction(path, message)
    if None not in (field.minimum, field.maximum) and field.minimum > field.maximum:  # type: ignore[operator]
        yield Contradiction((*path, "maximum"), "expected the minimum or more")


def _conditions(playbook: Playbook) -> Iterator[tuple[Path, Condition]]:
    for at, stage in enumerate(playbook.stages):
        for part, criteria in (("entry", stage.entry), ("exit", stage.exit)):
            for place, each in enumerate(criteria):
                if each.when is not None:
                    yield ("stages", at, part, place, "when"), each.when
    for at, step in enumerate(playbook.steps):
        if step.when is not None:
            yield ("steps", at, "when"), step.when


def _condition(
    path: Path, condition: Condition, figures: Mapping[str, Domain]
) -> Iterator[Contradiction]:
    for message in misfits(condition, figures):
        yield Contradiction(path, message)


def _score_wrong(path: Path, score: Score, fields: Mapping[str, Domain]) -> Iterator[Contradiction]:
    for at, part in enumerate(score.parts):
        if part.cap < 1:
            yield Contradiction((*path, "parts", at, "cap"), "expected 1 or more")
        for place, row in enumerate(part.rows):
            yield from _condition((*path, "parts", at, "rows", place, "when"), row.when, fields)
    for band, message in band_faults(score):
        at_band: Path = (*path, "bands") if band is None else (*path, "bands", band)
        yield Contradiction(at_band, message)


def _table_wrong(
    path: Path, table: DecisionTable, figures: Mapping[str, Domain]
) -> Iterator[Contradiction]:
    before = [
        *_columns_wrong(path, table, figures),
        *_outcomes_wrong(path, table),
    ]
    yield from before
    if before:
        return
    for fault in table_faults(table, figures):
        where: Path = (*path, "rows") if fault.row is None else (*path, "rows", fault.row)
        yield Contradiction(where, fault.message)


def _columns_wrong(
    path: Path, table: DecisionTable, figures: Mapping[str, Domain]
) -> Iterator[Contradiction]:
    for at, name in enumerate(table.asks):
        domain = figures.get(name)
        if domain is None:
            known = ", ".join(sorted(figures)) or "none"
            message = f"there is no figure {name!r} before this table; expected one of {known}"
            yield Contradiction((*path, "asks", at), message)
            continue
        if domain.kind not in {Kind.NUMBER, Kind.CHOICE, Kind.YES_NO}:
            message = f"{name!r} is {domain.kind}; a table asks numbers, choices, and true or false"
            yield Contradiction((*path, "asks", at), message)
            continue
        for row, each in enumerate(table.rows):
            message = _cell_wrong(each.cells[at], domain)
            if message:
                yield Contradiction((*path, "rows", row, "when", name), message)


def _cell_wrong(cell: Cell, domain: Domain) -> str:
    if cell is None:
        return ""
    if domain.kind is Kind.NUMBER:
        return "" if isinstance(cell, Between) else 'expected a number, or as ">= 80", "60 to 79"'
    allowed = {True, False} if domain.kind is Kind.YES_NO else {*domain.values}
    if isinstance(cell, AnyOf) and cell.values <= allowed:
        return ""
    values = ", ".join(domain.values) or "true, false"
    return f"expected one or more of {values}"


def _outcomes_wrong(path: Path, table: DecisionTable) -> Iterator[Contradiction]:
    names = set(table.outcomes)
    for at, row in enumerate(table.rows):
        missing = ", ".join(sorted(names - set(row.then)))
        if missing:
            message = f"expected every row to say the same; this one lacks {missing}"
            yield Contradiction((*path, "rows", at, "then"), message)


def _people_wrong(playbook: Playbook) -> Iterator[Contradiction]:
    outcomes = {
        f"{table.key}.{name}": values
        for table in playbook.tables
        for name, values in table.outcomes.items()
    }
    roles = {role.key for role in playbook.roles}
    for at, each in enumerate(playbook.assignments):
        if isinstance(each, InTurn) and each.territory:
            known = {*playbook.territories}
            yield from _outcome(("assignments", at, "territory"), each.territory, outcomes, known)
        elif isinstance(each, ByTable):
            yield from _outcome(("assignments", at, "outcome"), each.outcome, outcomes, roles)
    for at, rule in enumerate(playbook.approvals):
        yield from _rule_wrong(playbook, ("approvals", at), rule)


def _outcome(
    path: Path, name: str, outcomes: Mapping[str, tuple[str, ...]], known: set[str]
) -> Iterator[Contradiction]:
    if name not in outcomes:
        expected = ", ".join(sorted(outcomes)) or "none"
        yield Contradiction(path, f"no table has the outcome {name!r}; expected one of {expected}")
        return
    for value in outcomes[name]:
        if value not in known:
            expected = ", ".join(sorted(known)) or "none"
            yield Contradiction(path, f"{name} may be {value!r}; expected one of {expected}")


def _rule_wrong(playbook: Playbook, path: Path, rule: ApprovalRule) -> Iterator[Contradiction]:
    domain = playbook.figures.get(rule.figure)
    if rule.figure and (domain is None or domain.kind is not Kind.NUMBER):
        yield Contradiction((*path, "figure"), f"{rule.figure!r} is no number of this playbook")
    bounds = [each.bound for each in rule.thresholds]
    if bounds[-1] is not None:
        yield Contradiction(
            (*path, "thresholds"), "expected a last one without a bound, for all that is above"
        )
    if not rule.figure and len(bounds) > 1:
        yield Contradiction((*path, "figure"), "is missing; thresholds compare a figure")
    for at, each in enumerate(rule.thresholds[1:], 1):
        below = rule.thresholds[at - 1]
        if below.bound is None or (
            each.bound is not None and (each.bound, each.included) <= (below.bound, below.included)
        ):
            message = "is never reached: expected a bound above that of the one before"
            yield Contradiction((*path, "thresholds", at), message)


def _measure_wrong(playbook: Playbook, path: Path, measure: Measure) -> Iterator[Contradiction]:
    basis = measure.basis
    rates = isinstance(basis, Share | Within | Promoters)
    if (measure.kind is MeasureKind.RATE and not rates) or (
        measure.kind in {MeasureKind.MEAN, MeasureKind.PERCENTILE} and rates
    ):
        yield Contradiction((*path, "kind"), f"a {measure.kind} is not computed from this")
    if measure.kind is MeasureKind.COUNT and not isinstance(basis, Share):
        yield Contradiction((*path, "kind"), "a count counts runs, steps, items or fields")
    if (measure.kind is MeasureKind.PERCENTILE) is (measure.percentile is None):
        message = "expected `percentile` with the kind percentile, and only there"
        yield Contradiction((*path, "percentile"), message)
    elif measure.percentile is not None and not 1 <= measure.percentile <= 99:
        yield Contradiction((*path, "percentile"), "expected 1 to 99")
    if measure.target is not None and not measure.otherwise:
        yield Contradiction((*path, "below"), "is missing; expected what is done below the target")
    yield from _basis_wrong(playbook, path, measure)


def _basis_wrong(playbook: Playbook, path: Path, measure: Measure) -> Iterator[Contradiction]:
    basis = measure.basis
    steps = [step.key for step in playbook.steps]
    if isinstance(basis, Share):
        if basis.fact not in _FACTS[basis.counted]:
            facts = ", ".join(sorted(_FACTS[basis.counted]))
            message = f"{basis.counted} are never {basis.fact}; expected one of {facts}"
            yield Contradiction((*path, "fact"), message)
        for at, step in enumerate(basis.steps):
            if step not in steps:
                yield Contradiction((*path, "steps", at), f"there is no step {step!r}")
        return
    if isinstance(basis, Answer | Promoters):
        found = playbook.figures.get(basis.field)
        if found is None or found.kind is not Kind.NUMBER:
            yield Contradiction((*path, "answer"), f"{basis.field!r} is no number of this playbook")
        return
    lasting: Lasting = basis.lasting if isinstance(basis, Within) else basis
    known = {*steps, *(anchor.key for anchor in playbook.anchors)}
    for part, name in (("since", lasting.since), ("until", lasting.until)):
        if name not in known:
            expected = ", ".join(sorted(known))
            message = f"there is no anchor or step {name!r}; expected one of {expected}"
            yield Contradiction((*path, "time", part), message)
