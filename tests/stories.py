"""Examples that are whole stories: few by default, each on a database of its own."""

import asyncio
from collections.abc import Awaitable, Callable

from hypothesis import Phase, settings

from tests.builders import stored_staff
from tests.lending import Lender
from tests.world import World, world_on

ASKED_FOR_MORE = settings().max_examples > 100


def few(examples: int) -> settings:
    """Settings for stories: a found one is short enough as it is, so none is shrunk.

    Args:
        examples: How many; twenty times as many where the profile asks for more than usual.
    """
    return settings(
        deadline=None,
        max_examples=20 * examples if ASKED_FOR_MORE else examples,
        phases=[Phase.explicit, Phase.reuse, Phase.generate],
    )


def in_a_world(
    lender: Lender, tell: Callable[[World], Awaitable[None]], *, connected: bool = False
) -> None:
    """Tell one example on a database of its own, without vendors unless they are asked for."""

    async def run() -> None:
        url = await lender.borrow()
        try:
            async with world_on(url, connected=connected) as world:
                await stored_staff(world.sessions)
                await tell(world)
        finally:
            await lender.give_back(url)

    asyncio.run(run())
