"""Workers that are killed or stopped in the middle of their work: nothing is lost or done twice.

Real processes over real HTTP; what happened is counted in the vendors' ledger.
"""

import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import URL

from tests.faults.stage import each_effect_is_there_once, theatre, wait_for

KILLED_AT = (8, 30)
"""Numbers of effects in the ledger at which the worker is killed."""

RECOVERED_WITHIN_S = 15.0
"""From the kill on, the start of the other worker included."""


@pytest.mark.slow
def test_workers_killed_in_the_middle_lose_nothing_and_repeat_nothing(
    database_template: URL, tmp_path: Path
) -> None:
    # given signed agreements, slow vendors, and a worker
    with theatre(database_template, tmp_path, slow_s=0.03) as stage:
        # when it is killed again and again while calls are under way
        for number in KILLED_AT:
            with stage.worker() as worker:
                wait_for(stage.vendors.have_had(number), stage.log)
                worker.send_signal(signal.SIGKILL)
                worker.wait()

        # and another one finishes
        with stage.worker():
            wait_for(
                stage.database.idle, lambda: f"not done: {stage.database.states()}\n{stage.log()}"
            )

        # then everything has happened once
        each_effect_is_there_once(stage.all_effects())


@pytest.mark.slow
def test_what_a_killed_worker_had_in_hand_is_taken_over_in_fifteen_seconds(
    database_template: URL, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    # given a worker with calls under way, which take a while
    with theatre(database_template, tmp_path, slow_s=1.0) as stage:
        with stage.worker() as worker:
            wait_for(lambda: len(stage.database.in_hand()) >= 3, stage.log)
            worker.send_signal(signal.SIGKILL)
            worker.wait()
        killed_at, left_behind = time.monotonic(), stage.database.in_hand()
        assert left_behind

        # when another one is started, which takes its own time
        with stage.worker():
            wait_for(lambda: not left_behind & stage.database.in_hand(), stage.log)
            took_s = time.monotonic() - killed_at
            record_property("seconds", took_s)

            # then it has taken everything over in time, and nothing is lost or doubled
            assert took_s < RECOVERED_WITHIN_S
            wait_for(
                stage.database.idle, lambda: f"not done: {stage.database.states()}\n{stage.log()}"
            )
        each_effect_is_there_once(stage.all_effects())


@pytest.mark.slow
def test_a_worker_that_wakes_up_after_its_lease_calls_nobody_and_settles_nothing(
    database_template: URL, tmp_path: Path
) -> None:
    # given a worker that is stopped with calls under way
    with (
        theatre(database_template, tmp_path, slow_s=0.1) as stage,
        stage.worker() as stopped,
    ):
        wait_for(stage.vendors.have_had(4), stage.log)
        wait_for(lambda: len(stage.database.in_hand()) >= 2, stage.log)
        stopped.send_signal(signal.SIGSTOP)

        # when another one takes over and finishes, and the first one wakes up
        with stage.worker():
            wait_for(
                stage.database.idle, lambda: f"not done: {stage.database.states()}\n{stage.log()}"
            )
            before, states = len(stage.vendors.effects()), stage.database.states()
            stopped.send_signal(signal.SIGCONT)
            wait_for(lambda: "lease lost" in stage.log(), stage.log)

            # then it adds nothing
            assert len(stage.vendors.effects()) == before
            assert stage.database.states() == states
        each_effect_is_there_once(stage.all_effects())
