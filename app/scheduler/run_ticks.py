"""What time does to runs of playbooks: their deadlines, batch by batch."""

from app.db.engine import is_of_the_database
from app.scheduler.batches import in_batches
from app.scheduler.work import Work
from app.services.runs.sweeping import BATCH, sweep_deadlines
from app.telemetry import logger

LOG = logger(__name__)


async def keep_deadlines(work: Work) -> int:
    """Move every deadline that has come due; one on which that fails holds up no other."""
    total = 0
    while True:
        now = await work.clock.now()
        try:
            async with work.sessions.begin() as session:
                moved = await sweep_deadlines(session, office=work.office, now=now)
        except Exception as fault:
            if is_of_the_database(fault):
                raise
            LOG.warning("deadlines are swept one by one", fault=type(fault).__name__)
            return total + await in_batches(work, sweep_deadlines, "deadline")
        total += moved
        if moved < BATCH:
            return total
