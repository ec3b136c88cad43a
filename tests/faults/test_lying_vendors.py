"""Vendors that refuse, break, lie, answer by halves, or answer when nobody waits any more."""

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from sqlalchemy import URL

from tests.faults.conftest import Size
from tests.faults.processes import wait_for
from tests.faults.stage import theatre

OPERATIONS: Mapping[str, tuple[str, ...]] = {
    "monday": (
        *("duplicate_board", "archive_group", "create_group", "create_item"),
        *("change_multiple_column_values", "boards", "users"),
    ),
    "helpscout": ("oauth2.token", "conversations.create", "threads.schedule", "threads.list"),
    "google_chat": ("messages.create",),
}
FAULTS = ("429", "500", "garbage", "half", "drop_after_effect")
ROUNDS = (("slow", "timeout", *FAULTS), ("forget", *FAULTS, "forget"))
"""First with answers that come too late, then with keys that are forgotten after the effect."""

LATE_S = 23.0
"""Beyond the deadline of a call: the effect happens when nobody waits for it any more."""


@pytest.mark.slow
def test_vendors_that_fail_in_every_way_are_given_every_effect_once(
    database_template: URL, tmp_path: Path, size: Size, accept: Callable[..., None]
) -> None:
    rounds = size.of((("drop_after_effect",),), ROUNDS)
    scripted = 0
    with theatre(database_template, tmp_path, clients=0) as stage:
        stage.vendors.set(slow_s=LATE_S, hold_s=LATE_S)
        for faults in rounds:
            # given vendors each of whose operations fails in every way
            for fault in faults:
                for system, operations in OPERATIONS.items():
                    for operation in operations:
                        stage.vendors.fault(system, operation, fault)
                        scripted += 1

            # when two workers work
            stage.database.sign(size.of(1, 10))
            with stage.worker(), stage.worker():
                wait_for(stage.vendors.have_had(1), stage.log)
                stage.drain()

        # then everything has happened once
        met = scripted - len(stage.vendors.faults_left())
        told = f"{met} of {scripted} scripted faults met"
        accept(stage.verdict(), beside=f"{told}, {len(stage.stuck)} tried again by hand")
