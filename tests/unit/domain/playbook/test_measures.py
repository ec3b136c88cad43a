"""Measures that cannot be computed, or do not say what they are to be."""

from fractions import Fraction

import pytest

from app.domain.playbook.condition import Sign
from app.domain.playbook.form import Field, FieldKind
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
from tests.unit.domain.playbook.making import general, task
from tests.unit.domain.playbook.said import said

RATE, MEAN = MeasureKind.RATE, MeasureKind.MEAN
PERCENTILE, COUNT = MeasureKind.PERCENTILE, MeasureKind.COUNT
TO_ANSWER = Lasting("begun_on", "answer", Length.DAYS)
STEPS_IN_TIME = Share(Counted.STEPS, Fact.IN_TIME, ("ask",))
ABOVE_95 = Target(Sign.ABOVE, Fraction(95))


def measured(kind: MeasureKind, basis: Basis, *rest: object) -> list[str]:
    """What is said of a playbook with this measure; `rest` is percentile, unit, target, below."""
    asks = (
        Field("nps", "NPS", FieldKind.WHOLE, minimum=Fraction(0), maximum=Fraction(10)),
        Field("stars", "Stars", FieldKind.NUMBER, minimum=Fraction(1), maximum=Fraction(5)),
    )
    one = Measure("m", "M", kind, basis, *rest)  # type: ignore[arg-type]
    return said(general(steps=(task("ask", asks=asks), task("answer")), measures=(one,)))


@pytest.mark.parametrize(
    ("kind", "basis"),
    [
        (RATE, STEPS_IN_TIME),
        (RATE, Share(Counted.RUNS, Fact.AS_WRITTEN)),
        (RATE, Share(Counted.ITEMS, Fact.TICKED, ("ask",))),
        (RATE, Share(Counted.FIELDS, Fact.FILLED)),
        (RATE, Within(TO_ANSWER, Fraction(3))),
        (RATE, Promoters("nps")),
        (MEAN, Answer("stars")),
        (MEAN, TO_ANSWER),
        (COUNT, STEPS_IN_TIME),
    ],
)
def test_a_measure_of_what_runs_have_is_lawful(kind: MeasureKind, basis: Basis) -> None:
    assert measured(kind, basis) == []
    assert measured(kind, basis, None, "%", ABOVE_95, "Ask why") == []


def test_a_percentile_says_which_one() -> None:
    assert measured(PERCENTILE, TO_ANSWER, 90) == []
    assert measured(PERCENTILE, Answer("stars"), 1) == []
    for wrong in (0, 100):
        assert measured(PERCENTILE, TO_ANSWER, wrong) == [
            "measures[0].percentile: expected 1 to 99"
        ]
    sentence = "measures[0].percentile: expected `percentile` with kind: percentile, and only there"
    assert measured(PERCENTILE, TO_ANSWER) == [sentence]
    assert measured(MEAN, TO_ANSWER, 90) == [sentence]


@pytest.mark.parametrize(
    ("kind", "basis", "sentence"),
    [
        (RATE, TO_ANSWER, "a rate is computed from `share`, `promoters`, or `time` with `most`"),
        (MEAN, STEPS_IN_TIME, "a mean is computed from `answer`, or `time` without `most`"),
        (COUNT, Answer("stars"), "a count is computed from `share`"),
    ],
)
def test_a_kind_is_computed_from_its_own(kind: MeasureKind, basis: Basis, sentence: str) -> None:
    assert measured(kind, basis) == [f"measures[0].kind: {sentence}"]


def test_a_target_says_what_is_done_where_it_is_missed() -> None:
    assert measured(MEAN, TO_ANSWER, None, "", ABOVE_95) == [
        "measures[0].below: is missing; expected what is done where the target is missed"
    ]
    assert measured(MEAN, TO_ANSWER, None, "", None, "Ask why") == [
        "measures[0].below: expected `target` beside it: what the measure is to be"
    ]


@pytest.mark.parametrize(
    ("kind", "basis", "sentence"),
    [
        (
            RATE,
            Share(Counted.ITEMS, Fact.DONE),
            "share.that: items are never done; expected one of ticked",
        ),
        (
            RATE,
            Share(Counted.RUNS, Fact.FILLED),
            "share.that: runs are never filled; expected one of as_written, at_first, deviated, "
            "done, escalated, in_time, recorded, reopened",
        ),
        (
            RATE,
            Share(Counted.STEPS, Fact.DONE, ("ask", "sell")),
            "share.steps[1]: there is no step 'sell'; expected one of answer, ask",
        ),
        (
            RATE,
            Share(Counted.RUNS, Fact.DONE, ("ask",)),
            "share.steps: runs are counted whole; expected none, or of: steps",
        ),
        (
            MEAN,
            Answer("joy"),
            "answer: there is no number 'joy'; expected one of amount, nps, stars",
        ),
        (MEAN, Answer("region"), "answer: 'region' is a choice; expected a number"),
        (
            RATE,
            Promoters("stars"),
            "promoters: answers run from 0 to 10; expected minimum: 0 and maximum: 10 of 'stars'",
        ),
        (RATE, Promoters("email"), "promoters: 'email' is text; expected a number"),
        (
            MEAN,
            Lasting("signed", "answer", Length.DAYS),
            "time.since: there is no anchor or step 'signed'; expected one of answer, ask, "
            "begun_on",
        ),
        (
            RATE,
            Within(Lasting("ask", "sold", Length.DAYS), Fraction(1)),
            "time.until: there is no anchor or step 'sold'; expected one of answer, ask, begun_on",
        ),
        (
            MEAN,
            Lasting("ask", "ask", Length.HOURS),
            "time.until: ends where it begins; expected another moment than 'ask'",
        ),
        (RATE, Within(TO_ANSWER, Fraction(0)), "time.most: expected more than 0"),
    ],
)
def test_what_runs_do_not_have_is_not_measured(
    kind: MeasureKind, basis: Basis, sentence: str
) -> None:
    assert measured(kind, basis) == [f"measures[0].{sentence}"]
