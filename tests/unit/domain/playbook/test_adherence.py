"""Which figures tell how far a playbook is kept to, and how they are said."""

from decimal import Decimal
from fractions import Fraction

import pytest

from app.domain.playbook.adherence import (
    RUNS_AS_WRITTEN,
    Figure,
    adherence_said,
    tells_adherence,
)
from app.domain.playbook.condition import Sign
from app.domain.playbook.measure import Answer, Counted, Fact, Measure, MeasureKind, Share, Target
from tests.unit.domain.playbook.making import general

ABOVE_95 = Target(Sign.ABOVE, Fraction(95))
ADHERENCE = Measure(
    "adherence",
    "Process adherence",
    MeasureKind.RATE,
    Share(Counted.STEPS, Fact.AS_WRITTEN),
    unit="%",
    target=ABOVE_95,
    otherwise="Look at the deviations",
)
DONE = Measure("done", "Done", MeasureKind.RATE, Share(Counted.RUNS, Fact.DONE))
MOOD = Measure("mood", "Mood", MeasureKind.MEAN, Answer("mood"))


def test_a_playbooks_own_measure_tells_it_and_without_one_its_runs_do() -> None:
    assert tells_adherence(general(measures=(DONE, ADHERENCE, MOOD))) == (ADHERENCE,)
    assert tells_adherence(general(measures=(DONE, MOOD))) == (RUNS_AS_WRITTEN,)


@pytest.mark.parametrize(
    ("figure", "sentence"),
    [
        (
            Figure(ADHERENCE, Decimal("93.3333"), 15),
            "Process adherence: 93.33 % of 15 steps; the target > 95 is missed: "
            "Look at the deviations.",
        ),
        (
            Figure(ADHERENCE, Decimal(100), 15),
            "Process adherence: 100 % of 15 steps; the target > 95 is met.",
        ),
        (
            Figure(ADHERENCE, Decimal("95.04"), 2500),
            "Process adherence: 95.04 % of 2500 steps; the target > 95 is met.",
        ),
        (Figure(RUNS_AS_WRITTEN, Decimal(50), 2), "Runs as written: 50 % of 2 runs."),
        (Figure(RUNS_AS_WRITTEN, None, 0), "Runs as written: nothing that counts ended."),
        (Figure(MOOD, Decimal("4.5"), 3), "Mood: 4.5 of 3 answers."),
    ],
)
def test_a_figure_is_said_beside_its_target(figure: Figure, sentence: str) -> None:
    assert adherence_said(figure) == sentence
