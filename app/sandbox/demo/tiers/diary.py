"""Changes of users, moment by moment: the clock, and what is done at each."""

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from app.sandbox.demo.scene import Scene
from app.sandbox.demo.tiers import ends, rises
from app.sandbox.demo.tiers.desk import keep_accounts

# Brisbane is ten hours ahead of UTC all year.
DIARY: Final[Sequence[tuple[str, Sequence[Callable[[Scene], None]]]]] = (
    ("2026-12-05T23:00:00+00:00", (keep_accounts, rises.is_quoted)),
    ("2026-12-05T23:10:00+00:00", (rises.was_told_the_costs, rises.is_charged_once)),
    ("2026-12-05T23:20:00+00:00", (rises.was_told_all, ends.stays_below_the_floor)),
    ("2026-12-06T23:00:00+00:00", (ends.declines, ends.meets_another_site)),
    ("2026-12-07T23:00:00+00:00", (ends.goes_down,)),
    ("2026-12-08T23:00:00+00:00", (ends.asks_and_forgets,)),
    ("2026-12-22T23:30:00+00:00", (ends.has_expired,)),
    ("2026-12-31T14:30:00+00:00", (ends.went_down,)),
)


def tell(scene: Scene) -> Mapping[str, str]:
    """Tell it and check it as it goes; there is no plan to look at afterwards.

    Raises:
        Surprised: something happened otherwise.
    """
    scene.teller.title(
        "Five clients who want other users, and what each of them pays",
        "Real HTTP, a real Postgres; Stripe, Help Scout and the clients' system are stand-ins.",
    )
    for instant, happenings in DIARY:
        scene.moment(instant)
        for happening in happenings:
            happening(scene)
    scene.reckon_up()
    return {}
