"""Workers that are told to stop under load: they claim no more, finish, and let go."""

import signal
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import URL

from tests.faults.conftest import Size
from tests.faults.processes import wait_for
from tests.faults.stage import theatre

STOPPED = (0, 128 + signal.SIGTERM)


@pytest.mark.slow
def test_workers_that_are_told_to_stop_finish_and_leave_nothing_in_hand(
    database_template: URL, tmp_path: Path, size: Size, accept: Callable[..., None]
) -> None:
    with theatre(database_template, tmp_path, clients=size.of(2, 4)) as stage:
        for _ in range(size.of(1, 4)):
            stage.vendors.be_slow(2.0)
            # given a worker with lots in hand, and more calls before it than under way
            with stage.worker() as worker:
                stage.database.post_notes(size.of(300, 500))
                wait_for(lambda: len(stage.database.in_hand()) > 100, stage.log)

                # when it is told to stop
                worker.send_signal(signal.SIGTERM)
                code = worker.wait(60)

            # then it has ended in order, with nothing in hand, and let go what it had not begun
            assert code in STOPPED, stage.log()
            assert stage.database.left_open() == 0
            assert stage.database.released() > 0
            assert "jobs cut off" not in stage.log()

        # and another one finishes
        stage.vendors.set(slow_s=0)
        with stage.worker():
            stage.drain()
        let_go = f"{stage.database.released()} calls not begun"
        accept(stage.verdict(), beside=f"{size.of(1, 4)} workers told to stop, {let_go}")
