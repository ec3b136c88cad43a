"""What time does to runs of playbooks: their deadlines, batch by batch."""

import asyncio

from app.db.engine import is_of_the_database
from app.scheduler.batches import in_batches
from app.scheduler.work import Work
from app.services.runs.sweeping import BATCH, sweep_deadlines
from app.telemetry import logger

LOG = logger(__name__)
LANES = 2
"""Sweeps side by side once there is more than one batch: while one puts its messages together, the
database works for the other. None waits for another: what one holds, the others pass by."""


async def keep_deadlines(work: Work) -> int:
    """Move every deadline that has come due; one on which that fails holds up no other."""
    moved = [0]
    try:
        if await _batch(work, moved):
            lanes = [_until_none_is_left(work, moved) for _ in range(LANES)]
            for failed in await asyncio.gather(*lanes, return_exceptions=True):
                if failed is not None:
                    raise failed
    except Exception as fault:
        if is_of_the_database(fault):
            raise
        LOG.warning("deadlines are swept one by one", fault=type(fault).__name__)
        return sum(moved) + await in_batches(work, sweep_deadlines, "deadline")
    return sum(moved)


async def _until_none_is_left(work: Work, moved: list[int]) -> None:
    while await _batch(work, moved):
        pass


async def _batch(work: Work, moved: list[int]) -> bool:
    """Move a batch, and say whether it was a full one."""
    now = await work.clock.now()
    async with work.sessions.begin() as session:
        count = await sweep_deadlines(session, office=work.office, now=now)
    moved.append(count)
    return count == BATCH
