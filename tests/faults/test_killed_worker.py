"""What a killed worker had in hand is another's within seconds."""

import time
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import URL

from tests.faults.processes import wait_for, was_killed
from tests.faults.stage import theatre

RECOVERED_WITHIN_S = 15.0
"""From the kill on."""


@pytest.mark.slow
def test_what_a_killed_worker_had_in_hand_is_taken_over_in_fifteen_seconds(
    database_template: URL,
    tmp_path: Path,
    record_property: Callable[[str, object], None],
    accept: Callable[..., None],
) -> None:
    # given two workers, one of which is to die
    with theatre(database_template, tmp_path, clients=0) as stage:
        with stage.worker(), stage.worker("call.after:kill:3") as dying:
            wait_for(lambda: stage.log().count("worker started") == 2, stage.log)

            # when it does, with calls under way
            stage.vendors.be_slow(0.5)
            stage.database.sign(6)
            wait_for(lambda: was_killed(dying), stage.log)
            killed_at, left_behind = time.monotonic(), stage.database.in_hand()

            # then the other one has taken everything over in time
            wait_for(lambda: not left_behind & stage.database.in_hand(), stage.log)
            took_s = time.monotonic() - killed_at
            record_property("seconds", took_s)
            assert took_s < RECOVERED_WITHIN_S
            stage.drain()

        # and nothing is lost or doubled
        accept(stage.verdict(), beside=f"taken over in {took_s:.0f} s")
