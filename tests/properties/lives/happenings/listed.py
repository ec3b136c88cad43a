"""The list of what can happen in a life: a happening puts itself on it."""

from collections.abc import Callable

from tests.properties.lives.life import Happening, Life, Pick

HAPPENINGS: dict[str, Happening] = {}
WEIGHTS: dict[str, int] = {}


def happens(often: int = 2) -> Callable[[Happening], Happening]:
    """Put a happening on the list.

    Args:
        often: How often it is drawn, next to the others; 0 where only others let it happen.
    """

    def listed(happening: Happening) -> Happening:
        HAPPENINGS[happening.__name__] = happening
        WEIGHTS[happening.__name__] = often
        return happening

    return listed


@happens()
async def nothing(life: Life, pick: Pick) -> None:
    """What every step shrinks to."""
