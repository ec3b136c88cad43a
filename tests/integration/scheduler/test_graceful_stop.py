"""A worker that is told to stop claims nothing more, finishes what it has, and lets go."""

import asyncio
import signal
import time
from pathlib import Path

import pytest
from sqlalchemy import URL, text

from app.db.engine import make_engine
from app.worker import PATIENCE_S
from tests.faults.stage import each_effect_is_there_once, theatre, wait_for

IN_HAND = text(
    "SELECT (SELECT count(*) FROM deliveries WHERE state = 'sending'),"
    " (SELECT count(*) FROM jobs.pgqueuer WHERE status = 'picked'),"
    " (SELECT count(*) FROM attempts WHERE finished_at IS NULL),"
    " (SELECT count(*) FROM jobs.pgqueuer WHERE status = 'queued')"
)


def in_hand(url: URL) -> tuple[int, int, int, int]:
    """Deliveries and jobs in hand, attempts without an end, jobs that wait."""

    async def ask() -> tuple[int, int, int, int]:
        engine = make_engine(url)
        try:
            async with engine.connect() as connection:
                row = (await connection.execute(IN_HAND)).one()
                return row[0], row[1], row[2], row[3]
        finally:
            await engine.dispose()

    return asyncio.run(ask())


@pytest.mark.slow
def test_a_worker_that_is_told_to_stop_finishes_and_lets_go(
    database_template: URL, tmp_path: Path
) -> None:
    # given a worker with calls under way, which take a second each
    with theatre(database_template, tmp_path, slow_s=1.0) as stage:
        url = stage.database._url
        with stage.worker() as worker:
            wait_for(lambda: len(stage.database.in_hand()) >= 3, stage.log)

            # when it is told to stop
            told_at = time.monotonic()
            worker.send_signal(signal.SIGTERM)
            code = worker.wait(timeout=PATIENCE_S + 15)
            took_s = time.monotonic() - told_at

        # then it ends by itself and in peace, with nothing left in hand and no attempt open
        assert code == 0, stage.log()
        assert took_s < PATIENCE_S
        sending, picked, unfinished, _ = in_hand(url)
        assert (sending, picked, unfinished) == (0, 0, 0)
        assert "jobs cut off" not in stage.log()
        assert "worker stopped" in stage.log()

        # and another one goes on with the rest at once
        with stage.worker():
            wait_for(
                stage.database.idle, lambda: f"not done: {stage.database.states()}\n{stage.log()}"
            )
        each_effect_is_there_once(stage.all_effects())
