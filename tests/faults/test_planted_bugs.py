"""Bugs that are planted: the judge finds what the fence and the look-ups prevent.

Each plant is tried beside the honest worker, on the same stage with the same faults.
"""

import signal
from pathlib import Path

import pytest
from sqlalchemy import URL

from tests.faults.conftest import Size
from tests.faults.judge import Verdict
from tests.faults.planted import FENCE, LOOK_UP
from tests.faults.processes import is_stopped, wait_for
from tests.faults.stage import Theatre, theatre

HONEST = ""


def played(stage: Theatre, plant: str, verdict: Verdict) -> Verdict:
    """Show what the judge says of a plant."""
    said = {name: vars(one) for name, one in verdict.tallies.items() if one.intended}
    print(f"\n{plant or 'nothing'} taken out of {stage.database.signed} agreements' worker: {said}")  # noqa: T201
    print(f"doubled: {verdict.doubled}")  # noqa: T201
    return verdict


@pytest.mark.slow
@pytest.mark.parametrize("plant", [FENCE, HONEST])
def test_a_worker_without_its_fence_mails_a_client_twice(
    database_template: URL, tmp_path: Path, size: Size, plant: str
) -> None:
    if plant == HONEST and not size.whole:
        pytest.skip("workers that wake up are told of by test_failpoints.py")
    with theatre(database_template, tmp_path, clients=0) as stage, stage.worker() as other:
        # given one worker that stands still for now, and one that does on its way to the helpdesk
        wait_for(lambda: "worker started" in stage.log(), stage.log)
        other.send_signal(signal.SIGSTOP)
        stage.database.sign(1)
        with stage.worker("call.before@help_scout:stop:1", plant=plant) as stopped:
            wait_for(lambda: is_stopped(stopped), stage.log)
            held = stage.database.in_hand()

            # when the first takes over, the e-mail included, and the other wakes up
            other.send_signal(signal.SIGCONT)
            wait_for(lambda: not held & stage.database.in_hand(), stage.log)
            stage.drain()
            stopped.send_signal(signal.SIGCONT)
            wait_for(lambda: not is_stopped(stopped), stage.log)
            # What it still does is done before it ends. The plan may never come to rest again: an
            # unfenced settle makes it move on twice.
            stopped.terminate()
            stopped.wait(60)
        verdict = played(stage, plant, stage.verdict())

    # then the client has two e-mails, unless the fence is there
    assert verdict.tallies["e-mail"].doubled == (1 if plant else 0)
    assert not verdict.lost


@pytest.mark.slow
@pytest.mark.parametrize("plant", [LOOK_UP, HONEST])
def test_a_worker_without_its_lookup_makes_boards_and_items_twice(
    database_template: URL, tmp_path: Path, size: Size, plant: str
) -> None:
    if plant == HONEST and not size.whole:
        pytest.skip("answers that are lost are told of by test_lying_vendors.py")
    with theatre(database_template, tmp_path, clients=1) as stage:
        # given answers that are lost after the effect, and a vendor that knows their keys no more
        stage.vendors.fault("monday", "duplicate_board", "forget")
        stage.vendors.fault("monday", "create_item", "forget", times=3)

        # when a worker tries again
        with stage.worker(plant=plant):
            stage.drain()
        verdict = played(stage, plant, stage.verdict())

    # then there are two of each, unless it looks first
    assert verdict.tallies["boards"].doubled == (4 if plant else 0)
    assert not verdict.lost
