"""I1 to I11 over whole lives: any order of events, edits, ticks, failures and clock moves."""

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, Phase, given, note, settings
from sqlalchemy import URL

from tests.properties.lives.drawn import Story
from tests.properties.lives.invariants.all import INVARIANTS
from tests.properties.lives.living import STORIES, live
from tests.properties.lives.stage import Stage, stage_on

DEEP = settings().max_examples > 100
LIVES, PARTS = (10_000, 400) if DEEP else (60, 2)
"""Each part draws from a seed of its own: lives that follow one another resemble one another."""


@pytest.fixture(scope="module")
def stage(database_template: URL) -> Iterator[Stage]:
    """A stage for all lives of this worker."""
    with stage_on(database_template) as stage:
        yield stage


@pytest.mark.parametrize("part", range(PARTS))
@settings(
    max_examples=LIVES // PARTS,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate, Phase.shrink],
    report_multiple_bugs=False,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(story=STORIES)
def test_no_life_breaks_an_invariant(stage: Stage, part: int, story: Story) -> None:
    note(f"It began with {story.facts}")
    stage.runner.run(live(stage, story, INVARIANTS))
