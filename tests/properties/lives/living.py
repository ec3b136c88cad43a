"""Living a story: the usual way first, then whatever befalls, then the end."""

from collections.abc import Sequence

from tests.properties.lives.drawn import Story, stories
from tests.properties.lives.happenings.all import (
    HAPPENINGS,
    ON_THE_WAY,
    THE_USUAL_WAY,
    WEIGHTS,
    all_delivered,
)
from tests.properties.lives.happenings.end import to_the_end
from tests.properties.lives.life import Check, Life, begun_life
from tests.properties.lives.stage import Stage

STORIES = stories(WEIGHTS, ON_THE_WAY, len(THE_USUAL_WAY))


async def live(stage: Stage, story: Story, checks: Sequence[Check]) -> Life:
    """Live a story; raises Broken with the diary where a check does not hold."""
    async with begun_life(stage, story.facts, checks) as life:
        befalls = iter(story.on_the_way)
        for happening in THE_USUAL_WAY[: story.so_far]:
            if happening is all_delivered and (step := next(befalls, None)):
                await life.take(step, HAPPENINGS)
            await life.happen(happening)
        for step in story.steps:
            await life.take(step, HAPPENINGS)
        if story.to_the_end:
            await to_the_end(life)
    return life
