"""Scores: capped parts, their sum, and bands over everything that it can be."""

import pytest

from app.domain.playbook.condition import Known
from app.domain.playbook.condition_text import read_condition
from app.domain.playbook.score import Band, Part, Points, Score, Scored, band_faults, score_of


def points(when: str, amount: int) -> Points:
    return Points(read_condition(when), amount)


LEAD = Score(
    "lead",
    "The lead's score",
    parts=(
        Part(
            "person",
            "Person",
            30,
            (points("title == 'ceo'", 20), points("has(phone)", 15), points("generic_mail", -10)),
        ),
        Part("behaviour", "Behaviour", 40, (points("visits >= 3", 25), points("demo", 25))),
    ),
    bands=(Band("cold", "Cold", 0, 39), Band("hot", "Hot", 40, 70)),
)


@pytest.mark.parametrize(
    ("figures", "scored"),
    [
        ({}, Scored({"person": 0, "behaviour": 0}, 0, "cold")),
        ({"title": "ceo"}, Scored({"person": 20, "behaviour": 0}, 20, "cold")),
        # Each part is capped, and none falls below 0.
        ({"title": "ceo", "phone": "+61"}, Scored({"person": 30, "behaviour": 0}, 30, "cold")),
        ({"generic_mail": True}, Scored({"person": 0, "behaviour": 0}, 0, "cold")),
        ({"visits": 3, "demo": True}, Scored({"person": 0, "behaviour": 40}, 40, "hot")),
        ({"visits": 2, "title": "ceo"}, Scored({"person": 20, "behaviour": 0}, 20, "cold")),
    ],
)
def test_what_holds_is_added_up_part_by_part(
    figures: dict[str, Known | None], scored: Scored
) -> None:
    assert score_of(LEAD, figures) == scored


def test_bands_that_cover_the_whole_score_have_no_faults() -> None:
    assert LEAD.most == 70
    assert list(band_faults(LEAD)) == []


@pytest.mark.parametrize(
    ("bands", "faults"),
    [
        ([(0, 39)], [(None, "no band has 40 to 70")]),
        ([(0, 69)], [(None, "no band has 70")]),
        ([(0, 100)], [(None, "the parts add up to 70 at most; expected no band beyond it")]),
        ([(0, 38), (40, 70)], [(1, "leaves a gap before it: no band has 39")]),
        ([(5, 70)], [(0, "leaves a gap before it: no band has 0 to 4")]),
        ([(0, 40), (40, 70)], [(1, "overlaps the band before it; expected `from` to be 41")]),
        # Bands may stand in any order; the place is that of the file.
        ([(40, 70), (0, 40)], [(0, "overlaps the band before it; expected `from` to be 41")]),
        ([(-5, 70)], [(0, "no score is below 0; expected `from` to be 0 or more")]),
        ([(0, 39), (70, 40)], [(1, "expected `to` to be 70 or more")]),
    ],
)
def test_gaps_and_overlaps_of_bands_are_named(
    bands: list[tuple[int, int]], faults: list[tuple[int | None, str]]
) -> None:
    placed = tuple(Band(f"b{at}", "B", low, high) for at, (low, high) in enumerate(bands))

    assert list(band_faults(Score("lead", "Lead", LEAD.parts, placed))) == faults
