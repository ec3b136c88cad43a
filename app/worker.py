"""The background process: the clock's ticks and the queue, alone or inside the API process."""

import asyncio
import contextlib
import gc
import signal
from collections.abc import AsyncIterator

from app.bootstrap import Built
from app.scheduler.queue import run_queue
from app.scheduler.ticks import Ticker
from app.scheduler.work import Work
from app.telemetry import logger

LOG = logger(__name__)
PATIENCE_S = 20
"""How long running jobs and ticks may take to finish once the worker is told to stop."""


@contextlib.asynccontextmanager
async def working(work: Work) -> AsyncIterator[None]:
    """Run the clock and the queue while the block runs; then let what they have begun finish."""
    stop = asyncio.Event()
    ticker = Ticker(work)
    queue = asyncio.create_task(run_queue(work, stop))
    ticker.start()
    try:
        yield
    finally:
        stop.set()
        try:
            async with asyncio.timeout(PATIENCE_S):
                await asyncio.gather(queue, ticker.stop())
        except TimeoutError:
            LOG.warning("jobs cut off", seconds=PATIENCE_S)


def spare_collector() -> None:
    """Have the garbage collector leave alone what stays to the end, and look less often.

    What a request or a job makes dies with it, by the thousand: a walk through all of it each
    seven hundred objects is a twentieth of the work, and one through everything is a pause.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


async def run_worker(built: Built) -> None:
    """Work until SIGTERM or SIGINT."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, stop.set)
    LOG.info("worker started")
    async with working(built.work):
        spare_collector()
        await stop.wait()
    await built.close()
    LOG.info("worker stopped")
