"""Waves: hundreds of plans due at one instant, their lots cut off in the middle of everything."""

import time
from collections.abc import Callable
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import URL

from tests.builders import SIGNED_AT
from tests.faults.conftest import Size, only_in_the_whole
from tests.faults.processes import is_stopped, wait_for, wake_up, was_killed
from tests.faults.servers import FAST, IMMEDIATE, durable_server
from tests.faults.stage import theatre, theatre_on

DAY = timedelta(days=1)
GROUPS = (
    (
        ("claim.before_commit", 1),
        ("call.before@google_chat", 30),
        ("settle.before", 2),
        ("settle.after_commit", 2),
    ),
    (
        ("claim.after_commit", 1),
        ("call.after@google_chat", 30),
        ("settle.before_commit", 2),
    ),
)
"""Each point of a lot, and at which passing: workers of a group are hit in one wave."""

SLOW_S = 0.1
"""Of every call, so that there are always some under way."""


@only_in_the_whole
@pytest.mark.slow
@pytest.mark.parametrize("hit", ["kill", "stop"])
def test_workers_hit_at_every_step_of_a_lot_lose_nothing_and_repeat_nothing(
    database_template: URL, tmp_path: Path, size: Size, accept: Callable[..., None], hit: str
) -> None:
    with theatre(database_template, tmp_path, clients=0) as stage:
        stage.vendors.be_slow(SLOW_S)
        is_hit = was_killed if hit == "kill" else is_stopped
        for number, group in enumerate(GROUPS):
            # given plans that are due at one instant, and workers that wait for it
            due_at = SIGNED_AT + (number + 1) * DAY
            stage.database.be_due(len(group) * size.of(40, 110), due_at)
            with ExitStack() as running:
                workers = [
                    running.enter_context(stage.worker(f"{point}:{hit}:{nth}"))
                    for point, nth in group
                ]
                stage.database.move(due_at)

                # when each of them is hit in the middle of their lots
                wait_for(lambda: all(map(is_hit, workers)), stage.log)  # noqa: B023
                held = stage.database.in_hand()

                # and another one takes over what they held, and finishes
                with stage.worker():
                    wait_for(lambda: not held & stage.database.in_hand(), stage.log)  # noqa: B023
                    stage.drain()
                    if hit == "stop":
                        # and they wake up and go on
                        wake_up(workers)
                        stage.drain()

        # then every plan has gone live once, and has told so once in each room
        told = f"{sum(map(len, GROUPS))} workers hit by {hit}, {stage.database.due} plans"
        accept(stage.verdict(), beside=f"{told}, {len(stage.stuck)} tried again by hand")


@only_in_the_whole
@pytest.mark.slow
def test_a_database_restarted_within_a_wave_loses_nothing_and_repeats_nothing(
    tmp_path: Path, size: Size, accept: Callable[..., None]
) -> None:
    folder, restarts = tmp_path / "server", size.of(2, 6)
    with durable_server(folder) as (url, restart), theatre_on(url, tmp_path) as stage:
        # given plans that are due at one instant, and two workers
        stage.database.be_due(size.of(100, 500), SIGNED_AT + DAY)
        stage.vendors.be_slow(SLOW_S)
        with ExitStack() as running:
            for _ in range(2):
                running.enter_context(stage.worker())
            wait_for(lambda: stage.log().count("worker started") == 2, stage.log)
            stage.database.move(SIGNED_AT + DAY)

            # when the database goes away again and again before the wave has gone through
            for number in range(restarts):
                wait_for(stage.vendors.have_had(40 + 120 * number), stage.log)
                restart(FAST if number % 2 else IMMEDIATE)
                time.sleep(0.3)
            unfinished = not stage.database.idle()
            stage.drain()

        # then everything has happened once
        assert unfinished
        told = f"{restarts} restarts within the wave, {stage.database.due} plans"
        accept(stage.verdict(), beside=f"{told}, {len(stage.stuck)} tried again by hand")
