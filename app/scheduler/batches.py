"""Sweeping batch by batch, each in its own transaction; no faulty plan holds up another."""

from collections.abc import Awaitable, Callable

from app.db.engine import is_of_the_database
from app.scheduler.work import Work
from app.services import sweeps, waves
from app.telemetry import logger, plan_transitions, tick_failures

LOG = logger(__name__)

MOST_FAULTY = 50
"""Plans on which a sweep may fail before the fault is taken for the sweep's own."""

Sweep = Callable[..., Awaitable[int]]
Wave = Callable[..., Awaitable[waves.Swept]]


async def in_waves(work: Work, wave: Wave, name: str) -> int:
    """Go once through the plans that are due, moving the plain ones of each batch together.

    After a fault the batch is halved until one plan is left, which is passed by: the sweep that
    moves plans by themselves comes to it, and says what is wrong with it.
    """
    total, faulty, limit, skip = 0, 0, waves.BATCH, 0
    last: waves.Place | None = None
    while True:
        now = await work.clock.now()
        given = {"office": work.office, "now": now, "limit": limit, "after": last, "skip": skip}
        try:
            async with work.sessions.begin() as session:
                swept = await wave(session, **given)
        except Exception as fault:
            if is_of_the_database(fault) or faulty == MOST_FAULTY:
                raise
            if limit == 1:
                LOG.warning("plan not moved with others", sweep=name, fault=type(fault).__name__)
                faulty, skip, limit = faulty + 1, skip + 1, waves.BATCH
            else:
                limit = max(1, limit // 2)
            continue
        plan_transitions.labels(name).inc(swept.moved)
        total += swept.moved
        if swept.last is None:
            return total
        last, skip = swept.last, 0


async def in_batches(work: Work, sweep: Sweep, name: str) -> int:
    """Sweep batch by batch; a plan on which that fails stays where it is, and holds up nobody.

    After a fault the plans are taken one by one until the faulty one is found; from then on it is
    skipped. It is tried again at the next tick, and logged every time.
    """
    total, limit, skip = 0, sweeps.BATCH, 0
    while True:
        now = await work.clock.now()
        try:
            async with work.sessions.begin() as session:
                moved = await sweep(session, office=work.office, now=now, limit=limit, skip=skip)
        except Exception as fault:
            if is_of_the_database(fault) or skip == MOST_FAULTY:
                raise
            if limit == 1:
                LOG.exception("plan not moved", sweep=name, place=skip)
                tick_failures.labels(name).inc()
                skip += 1
            limit = sweeps.BATCH if limit == 1 else 1
            continue
        plan_transitions.labels(name).inc(moved)
        total += moved
        if moved < limit:
            return total
