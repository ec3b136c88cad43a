"""Scores: capped parts that are added up, and the bands that the sum falls into."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from app.domain.playbook.condition import Condition, Known, holds


@dataclass(frozen=True, slots=True)
class Points:
    """So many points where a condition holds; fewer than none take points away."""

    when: Condition
    points: int


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a score: never below 0, never above `cap`."""

    key: str
    title: str
    cap: int
    rows: tuple[Points, ...]


@dataclass(frozen=True, slots=True)
class Band:
    """The sums from `low` to `high`, both included."""

    key: str
    title: str
    low: int
    high: int


@dataclass(frozen=True, slots=True)
class Score:
    """A sum of capped parts, with bands over everything that it can be."""

    key: str
    title: str
    parts: tuple[Part, ...]
    bands: tuple[Band, ...]

    @property
    def most(self) -> int:
        """The greatest sum."""
        return sum(part.cap for part in self.parts)


@dataclass(frozen=True, slots=True)
class Scored:
    """A score as reckoned: the points of each part, their sum, and its band."""

    parts: Mapping[str, int]
    points: int
    band: str


def score_of(score: Score, figures: Mapping[str, Known | None]) -> Scored:
    """Add up what holds, part by part, each capped; what is not known gives no points.

    Args:
        score: Its bands have no gap (`band_faults`).
        figures: By name.

    Source: docs/playbooks.md, "Scores".
    """
    parts = {
        part.key: max(
            0, min(part.cap, sum(row.points for row in part.rows if holds(row.when, figures)))
        )
        for part in score.parts
    }
    points = sum(parts.values())
    band = next(each.key for each in score.bands if each.low <= points <= each.high)
    return Scored(parts, points, band)


def band_faults(score: Score) -> Iterator[tuple[int | None, str]]:
    """Where bands leave a gap, overlap, or reach beyond the score; with the band's place."""
    awaited = 0
    for at, band in sorted(enumerate(score.bands), key=lambda each: each[1].low):
        if band.low > band.high:
            yield at, f"expected `to` to be {band.low} or more"
            return
        if band.low < 0:
            yield at, "no score is below 0; expected `from` to be 0 or more"
        elif band.low > awaited:
            yield at, f"leaves a gap before it: no band has {_run(awaited, band.low - 1)}"
        elif band.low < awaited:
            yield at, f"overlaps the band before it; expected `from` to be {awaited}"
        awaited = band.high + 1
    if awaited <= score.most:
        yield None, f"no band has {_run(awaited, score.most)}"
    elif awaited > score.most + 1:
        yield None, f"the parts add up to {score.most} at most; expected no band beyond it"


def _run(low: int, high: int) -> str:
    return f"{low}" if low == high else f"{low} to {high}"
