"""Living a story: the usual way first, then whatever befalls, then the end."""

from collections.abc import Sequence

from tests.properties.lives.drawn import Story, stories
from tests.properties.lives.happenings.all import HAPPENINGS, THE_USUAL_WAY, WEIGHTS
from tests.properties.lives.happenings.end import to_the_end
from tests.properties.lives.life import Check, Life, begun_life
from tests.properties.lives.stage import Stage

STORIES = stories(WEIGHTS, len(THE_USUAL_WAY))


async def live(stage: Stage, story: Story, checks: Sequence[Check]) -> Life:
    """Live a story; raises Broken with the diary where a check does not hold."""
    async with begun_life(stage, story.facts, checks) as life:
        for happening in THE_USUAL_WAY[: story.so_far]:
            await life.happen(happening)
        for step in story.steps:
            await life.take(step, HAPPENINGS)
        if story.to_the_end:
            await to_the_end(life)
    return life
