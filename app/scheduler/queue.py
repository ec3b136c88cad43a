"""The queue's entrypoints: each job is handed to a service or to delivery.

For each lane a connection of its own listens; when it is cut, the lane is built anew. PgQueuer's
pool driver never listens again after a cut. See docs/decisions/0003-pgqueuer-as-the-queue.md.
"""

import asyncio
import contextlib
import json
import random
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any
from uuid import UUID

from pgqueuer import PgQueuer
from pgqueuer.db import AsyncpgDriver
from pgqueuer.errors import RetryRequested
from pgqueuer.models import Job as QueuedJob
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

import app.db.jobs  # noqa: F401  (guards PgQueuer's environment before it is imported)
from app.db.engine import connect_raw, met_another, went_away
from app.db.jobs import Job, enqueue
from app.delivery import lots
from app.scheduler.work import Work
from app.services.intake import (
    Turn,
    begin_try,
    forget_try,
    process_event,
    quarantine,
    quarantine_poison,
    the_only_suspect,
)
from app.telemetry import inbound_events, logger

LOG = logger(__name__)

# Both are needed for a survivor to take over a killed worker's jobs within seconds.
HEARTBEAT = timedelta(seconds=5)
DEQUEUE = timedelta(seconds=2)
BATCH = 20
AT_ONCE = 60
"""Jobs in hand at a time: without a limit, a burst of them waits for the pool's connections until
they time out, and so does the API beside it."""
AT_WORK_OF = {Job.INBOUND: 4, Job.DELIVER_LOT: 4}
"""Jobs that a process works at. Agreements take turns for the staff they are given to: more at once
would only wait. A lot holds a hundred deliveries, as many as a process calls out at once: while
some lots are claimed and others settled, there are calls to make."""
PICKED_UP_OF = {Job.INBOUND: BATCH}
"""Of those kinds, what all workers together have picked up: no worker's hands are full of them. The
library is told of what is done in such numbers, or each tenth of a second."""
PAUSE_S = 0.5
MOST_LOOKS = 10
"""How often, half a second apart, a database that went away is looked for within one job."""


async def inbound(work: Work, payload: dict[str, Any]) -> None:
    """Understand a stored event; one on which we fail is kept for a person, never lost."""
    event_id = UUID(payload["event_id"])
    async with work.sessions.begin() as session:
        turn = await begin_try(session, event_id)
    if turn is not Turn.ALONE:
        await _understand(work, event_id)
        return
    async with work.sessions.begin() as alone:
        if not await the_only_suspect(alone):
            await enqueue(alone, Job.INBOUND, payload, after=_a_while())
            return
        async with work.sessions.begin() as session:
            turn = await begin_try(session, event_id, alone=True)
        await (_set_aside if turn is Turn.NEVER else _understand)(work, event_id)


async def _set_aside(work: Work, event_id: UUID) -> None:
    async with work.sessions.begin() as session:
        event = await quarantine_poison(session, event_id, now=await work.clock.now())
    inbound_events.labels(event.source, event.status).inc()


async def _understand(work: Work, event_id: UUID) -> None:
    now = await work.clock.now()
    try:
        async with work.sessions.begin() as session:
            event = await process_event(session, event_id, office=work.office, now=now)
    except (DBAPIError, PoolTimeout, OSError):
        await _count_for_nothing(work, event_id)
        raise  # the database was away or busy, or two events met: it is tried again
    except Exception as fault:
        LOG.exception("event not understood", event_id=str(event_id))
        async with work.sessions.begin() as session:
            event = await quarantine(session, event_id, type(fault).__name__, now=now)
    inbound_events.labels(event.source, event.status).inc()


async def _count_for_nothing(work: Work, event_id: UUID) -> None:
    """Take back that a try was counted, as soon as the database is there again."""
    for _ in range(MOST_LOOKS):
        with contextlib.suppress(DBAPIError, PoolTimeout, OSError):
            async with work.sessions.begin() as session:
                await forget_try(session, event_id)
            return
        await asyncio.sleep(PAUSE_S)


async def deliver(work: Work, payload: dict[str, Any]) -> None:
    """Make one attempt at an outside effect."""
    await work.courier.deliver(UUID(payload["delivery_id"]))


async def deliver_lot(work: Work, payload: dict[str, Any]) -> None:
    """Make one attempt at each of the outside effects that a wave of plans set off."""
    if not await lots.deliver_lot(work.courier, [UUID(one) for one in payload["delivery_ids"]]):
        raise RetryRequested


async def find_board(work: Work, payload: dict[str, Any]) -> None:
    """Look whether an automation has made a board."""
    looks, asked_at = int(payload.get("looks", 0)), payload.get("asked_at")
    await work.board_reader.find_board(UUID(payload["plan_id"]), looks, asked_at)


async def read_board(work: Work, payload: dict[str, Any]) -> None:
    """Look whether a board is filled."""
    tries, (groups, items) = int(payload.get("tries", 0)), payload.get("held", (0, 0))
    await work.board_reader.read_board(UUID(payload["plan_id"]), tries, (int(groups), int(items)))


async def read_item(work: Work, payload: dict[str, Any]) -> None:
    """Look at an item that somebody changed on a board."""
    item_ref, tries = str(payload["item_ref"]), int(payload.get("tries", 0))
    await work.board_reader.read_item(UUID(payload["plan_id"]), item_ref, tries)


@dataclass(frozen=True, slots=True)
class Lane:
    """Kinds of jobs that a worker picks up apart from the others.

    Attributes:
        kinds: Which.
        batch: How many are picked up by one statement.
        in_hand: How many a worker has picked up at most, at work or not; twice a batch at least.
    """

    kinds: frozenset[Job]
    batch: int
    in_hand: int


# What one worker has in hand, no other one has. Of lots, each of which may take a second, it has
# the next ones beside those that it works at, so that it does not stand still while it says what is
# done, and no more: the others are there for whoever is free.
LOTS = Lane(frozenset({Job.DELIVER_LOT}), batch=4, in_hand=8)
OTHERS = Lane(frozenset(Job) - LOTS.kinds, batch=BATCH, in_hand=AT_ONCE)

ENTRYPOINTS = {
    Job.INBOUND: inbound,
    Job.DELIVER: deliver,
    Job.DELIVER_LOT: deliver_lot,
    Job.FIND_BOARD: find_board,
    Job.READ_BOARD: read_board,
    Job.READ_ITEM: read_item,
}


def make_queue(connection: Any, work: Work, lane: Lane) -> PgQueuer:
    """A queue on this connection, with an entrypoint for every kind of job of a lane."""
    queue = PgQueuer(AsyncpgDriver(connection))
    work = replace(work, stopping=queue.shutdown.is_set)
    for kind in lane.kinds:
        _register(queue, kind, ENTRYPOINTS[kind], work)
    return queue


def _register(queue: PgQueuer, kind: Job, run: Any, work: Work) -> None:
    turns = asyncio.Semaphore(AT_WORK_OF.get(kind, AT_ONCE))

    @queue.entrypoint(str(kind), concurrency_limit=PICKED_UP_OF.get(kind, 0))
    async def entrypoint(job: QueuedJob) -> None:
        async with _in_turn(turns, queue.shutdown):
            await _work_off(job, kind, run, work)


@contextlib.asynccontextmanager
async def _in_turn(turns: asyncio.Semaphore, stop: asyncio.Event) -> AsyncIterator[None]:
    """Take a turn for the block, once one is free.

    Raises:
        RetryRequested: The worker is to stop, and the job has not begun: another has it at once.
    """
    turn, told = asyncio.create_task(turns.acquire()), asyncio.create_task(stop.wait())
    try:
        await asyncio.wait({turn, told}, return_when=asyncio.FIRST_COMPLETED)
        if stop.is_set():
            raise RetryRequested
        yield
    finally:
        told.cancel()
        if turn.done():
            turns.release()
        else:
            turn.cancel()


async def _work_off(job: QueuedJob, kind: Job, run: Any, work: Work) -> None:
    payload = json.loads(job.payload or b"{}")
    try:
        await run(work, payload)
    except RetryRequested:
        raise
    except Exception as fault:  # the job is an edge: its row says what is left to do
        if not _comes_again(fault) or not await _enqueued_again(work, kind, payload):
            LOG.exception("job failed", job=str(kind), job_id=int(job.id))
            raise
        LOG.warning("job comes again", job=str(kind), why=type(fault).__name__)


def _comes_again(fault: Exception) -> bool:
    """Whether a job failed on nothing of its own: it met another, or the database went away."""
    return went_away(fault) or (isinstance(fault, DBAPIError) and met_another(fault))


async def _enqueued_again(work: Work, kind: Job, payload: dict[str, Any]) -> bool:
    """Have a job come again, as soon as the database is there; a job that did its work does none.

    The jobs of one moment come apart from one another, so that two that met get their rows both.
    """
    spread = _a_while()
    for _ in range(MOST_LOOKS):
        with contextlib.suppress(DBAPIError, PoolTimeout, OSError):
            async with work.sessions.begin() as session:
                await enqueue(session, kind, payload, after=spread)
            return True
        await asyncio.sleep(PAUSE_S)
    return False


def _a_while() -> timedelta:
    return timedelta(seconds=1 + 2 * random.random())  # noqa: S311 - jitter needs no secrecy


async def run_queue(work: Work, stop: asyncio.Event) -> None:
    """Work jobs off until told to stop; on a broken connection begin anew.

    On stop nothing more is claimed, running jobs are waited for, and what is claimed and not begun
    is let go at once.
    """
    await asyncio.gather(*(_run_lane(work, lane, stop) for lane in (LOTS, OTHERS)))


async def _run_lane(work: Work, lane: Lane, stop: asyncio.Event) -> None:
    while not stop.is_set():
        try:
            await _run_once(work, lane, stop)
        except Exception:  # the worker is an edge: it lives as long as its process
            LOG.exception("queue restarts")
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), PAUSE_S)


async def _run_once(work: Work, lane: Lane, stop: asyncio.Event) -> None:
    connection = await connect_raw(work.url)
    queue = make_queue(connection, work, lane)
    running = asyncio.create_task(
        queue.qm.run(
            dequeue_timeout=DEQUEUE,
            heartbeat_timeout=HEARTBEAT,
            batch_size=lane.batch,
            max_concurrent_tasks=lane.in_hand,
        )
    )
    stopping = asyncio.create_task(stop.wait())
    try:
        await asyncio.wait({running, stopping}, return_when=asyncio.FIRST_COMPLETED)
        queue.shutdown.set()
        await running
    finally:
        stopping.cancel()
        with contextlib.suppress(Exception):
            await connection.close(timeout=2)
