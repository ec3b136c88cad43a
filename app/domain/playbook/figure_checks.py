"""Conditions, tables, scores and approvals: each asks only what can be answered."""

from collections.abc import Collection, Iterator, Mapping

from app.domain.playbook.condition import Condition, Domain, Kind, misfits, number
from app.domain.playbook.contradiction import Contradiction, Path, unknown
from app.domain.playbook.form import Field, FieldKind
from app.domain.playbook.model import Playbook
from app.domain.playbook.score import Score, band_faults
from app.domain.playbook.table import AnyOf, Between, Cell, DecisionTable, table_faults
from app.domain.playbook.who import ApprovalRule, ByTable, InTurn

ANY = "any"
"""Stands for every value in the cells of a table, so that no value is called so."""
HIGHEST = 1000
"""How many points a part of a score gives at most."""


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


def _fields(playbook: Playbook) -> Iterator[tuple[Path, Field]]:
    for at, field in enumerate(playbook.inputs):
        yield ("inputs", at), field
    for at, step in enumerate(playbook.steps):
        for place, field in enumerate(step.asks):
            yield ("steps", at, "asks", place), field


def _field_wrong(path: Path, field: Field) -> Iterator[Contradiction]:
    if (field.kind is FieldKind.CHOICE) is not bool(field.values):
        message = "expected `values` with kind: choice, and only there"
        yield Contradiction((*path, "values"), message)
    for at, value in enumerate(field.values):
        if value in field.values[:at]:
            yield Contradiction((*path, "values", at), f"{value!r} stands here a second time")
        elif value == ANY:
            message = "`any` stands for every value in a table; expected another word"
            yield Contradiction((*path, "values", at), message)
    numbers = field.kind in {FieldKind.NUMBER, FieldKind.WHOLE, FieldKind.TEXTS}
    if not numbers and (field.minimum, field.maximum) != (None, None):
        part = "maximum" if field.minimum is None else "minimum"
        message = f"is for numbers and lists; {field.key!r} is of kind: {field.kind}"
        yield Contradiction((*path, part), message)
    low, high = field.minimum, field.maximum
    if low is not None and high is not None and low > high:
        message = f"expected {number(low)} or more, since that is the minimum"
        yield Contradiction((*path, "maximum"), message)


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
        if not 1 <= part.cap <= HIGHEST:
            yield Contradiction((*path, "parts", at, "cap"), f"expected 1 to {HIGHEST:,} points")
        for place, row in enumerate(part.rows):
            at_row: Path = (*path, "parts", at, "rows", place)
            yield from _condition((*at_row, "when"), row.when, fields)
            if not -HIGHEST <= row.points <= HIGHEST:
                message = f"expected -{HIGHEST:,} to {HIGHEST:,} points"
                yield Contradiction((*at_row, "points"), message)
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
            asked = unknown("figure", name, figures)
            message = f"{asked}: a table asks fields, scores, and tables above it"
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
        return "" if isinstance(cell, Between) else 'expected a number, ">= 80", "60 to 79" or any'
    allowed = {True, False} if domain.kind is Kind.YES_NO else {*domain.values}
    if isinstance(cell, AnyOf) and cell.values <= allowed:
        return ""
    values = ", ".join(domain.values) or "true, false"
    return f"expected one or more of {values}, or any"


def _outcomes_wrong(path: Path, table: DecisionTable) -> Iterator[Contradiction]:
    names = set(table.outcomes)
    for at, row in enumerate(table.rows):
        missing = ", ".join(sorted(names - set(row.then)))
        if missing:
            message = f"lacks {missing}, which another row says; expected it in every row"
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
            known = playbook.territories
            path: Path = ("assignments", at, "territory")
            yield from _outcome(path, each.territory, outcomes, "territory", known)
            if not each.otherwise:
                message = "is missing; expected the role that gets it where a territory has nobody"
                yield Contradiction(("assignments", at, "otherwise"), message)
        elif isinstance(each, ByTable):
            path = ("assignments", at, "outcome")
            yield from _outcome(path, each.outcome, outcomes, "role", roles)
    for at, rule in enumerate(playbook.approvals):
        yield from _rule_wrong(playbook, ("approvals", at), rule)


def _outcome(
    path: Path,
    name: str,
    outcomes: Mapping[str, tuple[str, ...]],
    kind: str,
    known: Collection[str],
) -> Iterator[Contradiction]:
    if name not in outcomes:
        yield Contradiction(path, unknown("outcome of a table", name, outcomes))
        return
    for value in outcomes[name]:
        if value not in known:
            message = f"{name} may be {value!r}, and {unknown(kind, value, known)}"
            yield Contradiction(path, message)


def _rule_wrong(playbook: Playbook, path: Path, rule: ApprovalRule) -> Iterator[Contradiction]:
    if rule.figure:
        yield from number_wrong(playbook, (*path, "figure"), rule.figure)
    bounds = [each.bound for each in rule.thresholds]
    if bounds[-1] is not None:
        message = "expected a last one without `up_to` and `below`: who approves all that is above"
        yield Contradiction((*path, "thresholds"), message)
    if not rule.figure and len(bounds) > 1:
        message = "is missing; expected the number that the thresholds are compared with"
        yield Contradiction((*path, "figure"), message)
    for at, each in enumerate(rule.thresholds[1:], 1):
        below = rule.thresholds[at - 1]
        if below.bound is None or (
            each.bound is not None and (each.bound, each.included) <= (below.bound, below.included)
        ):
            message = "is never reached; expected a bound above that of the threshold before it"
            yield Contradiction((*path, "thresholds", at), message)


def number_wrong(playbook: Playbook, path: Path, name: str) -> Iterator[Contradiction]:
    """A name stands for a number of the playbook: a field, or the sum of a score."""
    figures = playbook.figures
    if name not in figures:
        numbers = [key for key, domain in figures.items() if domain.kind is Kind.NUMBER]
        yield Contradiction(path, unknown("number", name, numbers))
    elif figures[name].kind is not Kind.NUMBER:
        yield Contradiction(path, f"{name!r} is {figures[name].kind}; expected a number")
