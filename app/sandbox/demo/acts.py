"""The acts that can be told, by the name under which they are asked for."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from app.sandbox.demo.scene import Scene
from app.sandbox.demo.story import tell as tell_the_main_job
from app.sandbox.demo.tiers import tell as tell_of_tiers
from app.sandbox.demo.trouble import tell as tell_the_trouble


@dataclass(frozen=True, slots=True)
class Act:
    """One act.

    Args:
        tell: Tells it; returns the ids of the plans to look at afterwards, by what they are.
        closing: What has been seen then.
    """

    tell: Callable[[Scene], Mapping[str, str]]
    closing: str


MAIN: Final = "main"
ACTS: Final[Mapping[str, Act]] = {
    MAIN: Act(tell_the_main_job, "That is the main job."),
    "trouble": Act(tell_the_trouble, "That is what goes wrong, and how it ends well."),
    "tiers": Act(tell_of_tiers, "That is how users are sold, and how the wrong site is not."),
}
