"""What goes wrong, moment by moment: the clock, and what is done at each."""

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from app.sandbox.demo.scene import Scene
from app.sandbox.demo.trouble import calling_off, postponing, signing_twice, thursday_biller

# Brisbane is ten hours ahead of UTC all year.
DIARY: Final[Sequence[tuple[str, Sequence[Callable[[Scene], None]]]]] = (
    ("2026-11-20T03:12:00+00:00", (thursday_biller.signs,)),
    ("2026-11-20T03:20:00+00:00", (thursday_biller.was_mailed_once, calling_off.signs)),
    ("2026-11-24T04:00:00+00:00", (thursday_biller.is_set_up, calling_off.is_set_up)),
    ("2026-11-30T23:30:00+00:00", (thursday_biller.is_not_ended_on_tuesday,)),
    ("2026-12-03T23:30:00+00:00", (thursday_biller.is_ended_by_two,)),
    ("2026-12-04T00:30:00+00:00", (postponing.is_weighed, postponing.is_done)),
    ("2026-12-04T01:00:00+00:00", (calling_off.is_as_good_as_done,)),
    ("2026-12-04T01:01:00+00:00", (calling_off.is_called_off, calling_off.is_put_back)),
    ("2026-12-07T23:30:00+00:00", (postponing.is_put_right,)),
    ("2026-12-09T00:00:00+00:00", (signing_twice.is_seen, signing_twice.is_queued)),
    ("2026-12-10T23:30:00+00:00", (postponing.is_complete,)),
    ("2026-12-10T23:35:00+00:00", (postponing.was_told,)),
    ("2026-12-13T14:00:00+00:00", (postponing.is_live, signing_twice.begins)),
    ("2026-12-13T14:05:00+00:00", (signing_twice.was_mailed, calling_off.heard_no_more)),
)


def tell(scene: Scene) -> Mapping[str, str]:
    """Tell what goes wrong and check it as it goes; returns the plans' ids, to look at them.

    Raises:
        Surprised: something happened otherwise.
    """
    scene.teller.title(
        "Two clients, and what comes between them and their Monday",
        "Real HTTP, a real Postgres; monday.com, Help Scout and Google Chat are stand-ins.",
    )
    scene.hire("sue", "bea")
    for instant, happenings in DIARY:
        scene.moment(instant)
        for happening in happenings:
            happening(scene)
    # SMS is started for the seventh, taken back, and started for the fourteenth.
    scene.reckon_up(twice="Start SMS of the new package")
    agreements = {
        "The postponed plan": thursday_biller.AGREEMENT,
        "The cancelled plan": calling_off.AGREEMENT,
        "The queued plan": signing_twice.AGREEMENT,
    }
    return {what: scene.plan(one.ref)["id"] for what, one in agreements.items()}
