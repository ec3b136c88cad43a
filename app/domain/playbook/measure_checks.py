"""Measures of a playbook: each is computed from what its runs have, and says what it is to be."""

from collections.abc import Iterator, Mapping
from fractions import Fraction

from app.domain.playbook.contradiction import Contradiction, Path, unknown
from app.domain.playbook.figure_checks import number_wrong
from app.domain.playbook.measure import (
    Answer,
    Basis,
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

_OF_RUNS_AND_STEPS = frozenset({*Fact} - {Fact.FILLED, Fact.TICKED})
_FACTS: Mapping[Counted, frozenset[Fact]] = {
    Counted.RUNS: _OF_RUNS_AND_STEPS,
    Counted.STEPS: _OF_RUNS_AND_STEPS,
    Counted.ITEMS: frozenset({Fact.TICKED}),
    Counted.FIELDS: frozenset({Fact.FILLED}),
}
_FROM_0_TO_10 = (Fraction(0), Fraction(10))
_COMPUTED_FROM: Mapping[MeasureKind, tuple[tuple[type[Basis], ...], str]] = {
    MeasureKind.RATE: ((Share, Within, Promoters), "`share`, `promoters`, or `time` with `most`"),
    MeasureKind.MEAN: ((Answer, Lasting), "`answer`, or `time` without `most`"),
    MeasureKind.PERCENTILE: ((Answer, Lasting), "`answer`, or `time` without `most`"),
    MeasureKind.COUNT: ((Share,), "`share`"),
}


def measures_wrong(playbook: Playbook) -> Iterator[Contradiction]:
    """Each kind has a basis that it can be computed from, and a target says what is done below."""
    for at, measure in enumerate(playbook.measures):
        path: Path = ("measures", at)
        yield from _kind_wrong(path, measure)
        if measure.target is not None and not measure.otherwise:
            message = "is missing; expected what is done where the target is missed"
            yield Contradiction((*path, "below"), message)
        elif measure.target is None and measure.otherwise:
            message = "expected `target` beside it: what the measure is to be"
            yield Contradiction((*path, "below"), message)
        yield from _basis_wrong(playbook, path, measure.basis)


def _kind_wrong(path: Path, measure: Measure) -> Iterator[Contradiction]:
    bases, spoken = _COMPUTED_FROM[measure.kind]
    if not isinstance(measure.basis, bases):
        yield Contradiction((*path, "kind"), f"a {measure.kind} is computed from {spoken}")
    if (measure.kind is MeasureKind.PERCENTILE) is (measure.percentile is None):
        message = "expected `percentile` with kind: percentile, and only there"
        yield Contradiction((*path, "percentile"), message)
    elif measure.percentile is not None and not 1 <= measure.percentile <= 99:
        yield Contradiction((*path, "percentile"), "expected 1 to 99")


def _basis_wrong(playbook: Playbook, path: Path, basis: Basis) -> Iterator[Contradiction]:
    match basis:
        case Share():
            yield from _share_wrong(playbook, (*path, "share"), basis)
        case Answer(field):
            yield from number_wrong(playbook, (*path, "answer"), field)
        case Promoters(field):
            yield from _promoters_wrong(playbook, (*path, "promoters"), field)
        case Lasting():
            yield from _time_wrong(playbook, (*path, "time"), basis)
        case _:
            yield from _time_wrong(playbook, (*path, "time"), basis.lasting)
            if basis.most <= 0:
                yield Contradiction((*path, "time", "most"), "expected more than 0")


def _share_wrong(playbook: Playbook, path: Path, share: Share) -> Iterator[Contradiction]:
    if share.fact not in _FACTS[share.counted]:
        facts = ", ".join(sorted(_FACTS[share.counted]))
        message = f"{share.counted} are never {share.fact}; expected one of {facts}"
        yield Contradiction((*path, "that"), message)
    if share.steps and share.counted is Counted.RUNS:
        yield Contradiction((*path, "steps"), "runs are counted whole; expected none, or of: steps")
    steps = [step.key for step in playbook.steps]
    for at, step in enumerate(share.steps):
        if step not in steps:
            yield Contradiction((*path, "steps", at), unknown("step", step, steps))


def _promoters_wrong(playbook: Playbook, path: Path, field: str) -> Iterator[Contradiction]:
    wrong = [*number_wrong(playbook, path, field)]
    yield from wrong
    if not wrong and (playbook.figures[field].low, playbook.figures[field].high) != _FROM_0_TO_10:
        message = f"answers run from 0 to 10; expected minimum: 0 and maximum: 10 of {field!r}"
        yield Contradiction(path, message)


def _time_wrong(playbook: Playbook, path: Path, lasting: Lasting) -> Iterator[Contradiction]:
    known = {step.key for step in playbook.steps} | {anchor.key for anchor in playbook.anchors}
    for part, name in (("since", lasting.since), ("until", lasting.until)):
        if name not in known:
            yield Contradiction((*path, part), unknown("anchor or step", name, known))
    if lasting.since == lasting.until:
        message = f"ends where it begins; expected another moment than {lasting.since!r}"
        yield Contradiction((*path, "until"), message)
