"""Workers that die, or stand still beyond their lease, at every step between claim and settle.

Real processes over real HTTP; what happened is counted in the vendors' ledger.
"""

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path

import pytest
from sqlalchemy import URL

from tests.faults.conftest import Size
from tests.faults.processes import is_stopped, wait_for, wake_up, was_killed
from tests.faults.stage import Theatre, theatre

VENDORS = ("monday.com", "help_scout", "google_chat")
SOON, LATER = 1, 7
POINTS = (
    ("claim.before_commit", LATER),
    ("claim.after_commit", LATER),
    *((f"call.before@{vendor}", SOON) for vendor in VENDORS),
    *((f"call.after@{vendor}", SOON) for vendor in VENDORS),
    ("remember.after_commit", SOON),
    ("settle.before", LATER),
    ("follow_up.before", LATER),
    ("follow_up.after", LATER),
    ("settle.before_commit", LATER),
    ("settle.after_commit", LATER),
)
"""Each point, and at which passing: late enough to meet others under way, early enough to come."""

SHORT_KILLS = (("call.after@help_scout", SOON), ("settle.before_commit", LATER))
SHORT_STOPS = (("call.before@monday.com", SOON), ("settle.before", LATER))
FIRST, EACH = 2, 1
"""Agreements signed before, and for every worker that is to be hit, so that it has work."""


@pytest.mark.slow
def test_workers_killed_at_every_step_lose_nothing_and_repeat_nothing(
    database_template: URL, tmp_path: Path, size: Size, accept: Callable[..., None]
) -> None:
    points: Sequence[tuple[str, int]] = size.of(SHORT_KILLS, POINTS)
    with theatre(database_template, tmp_path, clients=FIRST) as stage:
        # given agreements, and two workers at a time, each of which dies at a step of its own
        for pair in _in_groups(points, 2):
            stage.database.sign(EACH * len(pair))
            with ExitStack() as running:
                workers = [
                    running.enter_context(stage.worker(f"{point}:kill:{nth}"))
                    for point, nth in pair
                ]
                stage.database.post_notes(size.notes)
                wait_for(lambda: all(map(was_killed, workers)), stage.log)  # noqa: B023

        # when another one finishes
        with stage.worker():
            stage.drain()

        # then everything has happened once
        accept(stage.verdict(), beside=_told(stage, f"{len(points)} workers killed"))


@pytest.mark.slow
def test_workers_that_wake_up_after_their_lease_lose_nothing_and_repeat_nothing(
    database_template: URL, tmp_path: Path, size: Size, accept: Callable[..., None]
) -> None:
    points: Sequence[tuple[str, int]] = size.of(SHORT_STOPS, POINTS)
    with theatre(database_template, tmp_path, clients=FIRST) as stage:
        for group in _in_groups(points, 4):
            stage.database.sign(EACH * len(group))
            with ExitStack() as running:
                # given workers that stand still, each at a step of its own
                stopped = [
                    running.enter_context(stage.worker(f"{point}:stop:{nth}"))
                    for point, nth in group
                ]
                stage.database.post_notes(size.notes)
                wait_for(lambda: all(map(is_stopped, stopped)), stage.log)  # noqa: B023
                held = stage.database.in_hand()

                # when another one takes over what they hold and finishes, and they wake up
                with stage.worker():
                    wait_for(lambda: not held & stage.database.in_hand(), stage.log)  # noqa: B023
                    stage.drain()
                    wake_up(stopped)
                    stage.drain()

        # then everything has happened once
        accept(stage.verdict(), beside=_told(stage, f"{len(points)} workers stopped and woken"))


def _in_groups(points: Sequence[tuple[str, int]], size: int) -> list[Sequence[tuple[str, int]]]:
    return [points[at : at + size] for at in range(0, len(points), size)]


def _told(stage: Theatre, faults: str) -> str:
    return f"{faults}, {stage.database.signed} agreements, {len(stage.stuck)} tried again by hand"
