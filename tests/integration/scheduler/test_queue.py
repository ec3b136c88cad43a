"""How the queue works jobs off: never more at a time than the pool has room for."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, cast
from uuid import UUID

import pytest
from anyio import CancelScope
from pgqueuer.errors import RetryRequested
from pgqueuer.models import Context
from sqlalchemy import URL, text
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from app.db.engine import connect_raw
from app.db.ids import new_id
from app.db.jobs import Job, enqueue
from app.delivery.admission import unlimited
from app.delivery.deliver import Turns, never
from app.scheduler.queue import (
    AT_ONCE,
    AT_WORK_OF,
    BATCH,
    HEARTBEAT,
    LOTS,
    OTHERS,
    make_queue,
    run_queue,
)

PICKED_UP = text("SELECT count(*) FROM jobs.pgqueuer WHERE status = 'picked'")
QUEUED = text("SELECT count(*) FROM jobs.pgqueuer WHERE status = 'queued'")


@dataclass
class Crowd:
    """Stands where the courier does, and counts how many deliveries are in hand."""

    expected: int
    stop: asyncio.Event
    room: int = AT_ONCE
    sessions: async_sessionmaker[AsyncSession] | None = None
    buckets: Callable[..., Any] = unlimited
    turns: Turns = field(default_factory=Turns)
    stopping: Callable[[], bool] = never
    in_hand: int = 0
    most: int = 0
    done: int = 0
    picked_up: int = 0
    begun: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(0))
    full: asyncio.Event = field(default_factory=asyncio.Event)

    async def deliver(self, delivery_id: UUID) -> None:
        """Stay in hand until as many are as may be."""
        del delivery_id
        self.in_hand += 1
        self.most = max(self.most, self.in_hand)
        self.begun.release()
        if self.in_hand >= self.room:
            await self.seen_full()
            self.full.set()
        await self.full.wait()
        self.in_hand -= 1
        self.done += 1
        if self.done == self.expected:
            self.stop.set()

    async def seen_full(self) -> None:
        """Note what the queue has handed out, once there is room for no more."""
        if self.sessions is not None and not self.full.is_set():
            async with self.sessions() as session:
                self.picked_up = int(await session.scalar(PICKED_UP) or 0)


@dataclass
class Away:
    """Stands where the courier does, and finds no database the first time."""

    stop: asyncio.Event
    runs: int = 0

    async def deliver(self, delivery_id: UUID) -> None:
        del delivery_id
        self.runs += 1
        if self.runs == 1:
            raise ConnectionResetError("no database")
        self.stop.set()


@dataclass
class Stage:
    """As much of the work as the queue needs here."""

    url: URL
    courier: Crowd | Away
    sessions: async_sessionmaker[AsyncSession] | None = None
    stopping: Callable[[], bool] = never


async def test_a_job_whose_database_went_away_comes_again_in_seconds(
    database_url: URL, sessions: async_sessionmaker[AsyncSession]
) -> None:
    # Given a job
    stop = asyncio.Event()
    courier = Away(stop)
    async with sessions.begin() as session:
        await enqueue(session, Job.DELIVER, {"delivery_id": str(new_id())})

    # When it finds the database away
    work = cast(Any, Stage(database_url, courier, sessions))
    await asyncio.wait_for(run_queue(work, stop), 30)

    # Then it has come again, long before anybody looks for rows without a job
    assert courier.runs == 2


async def test_a_burst_of_jobs_is_worked_off_a_few_at_a_time(
    database_url: URL, sessions: async_sessionmaker[AsyncSession]
) -> None:
    # Given many more jobs than may be in hand
    stop = asyncio.Event()
    crowd = Crowd(AT_ONCE + 3 * BATCH, stop)
    async with sessions.begin() as session:
        for _ in range(crowd.expected):
            await enqueue(session, Job.DELIVER, {"delivery_id": str(new_id())})

    # When a worker has all the time it wants
    work = cast(Any, Stage(database_url, crowd))
    await asyncio.wait_for(run_queue(work, stop), 30)

    # Then all are done, never more at a time than allowed
    assert (crowd.done, crowd.most) == (crowd.expected, AT_ONCE)


async def test_a_worker_has_more_lots_in_hand_than_it_works_at(
    database_url: URL, sessions: async_sessionmaker[AsyncSession]
) -> None:
    # Given many lots, each of a delivery that goes by itself
    stop = asyncio.Event()
    at_work = AT_WORK_OF[Job.DELIVER_LOT]
    crowd = Crowd(5 * LOTS.in_hand, stop, room=at_work, sessions=sessions)
    await lots_of_one(sessions, crowd.expected)

    # When a worker has all the time it wants
    await asyncio.wait_for(run_queue(cast(Any, Stage(database_url, crowd)), stop), 30)

    # Then the next ones were there while it worked at as many as it does
    assert (crowd.done, crowd.most) == (crowd.expected, at_work)
    assert at_work < crowd.picked_up <= LOTS.in_hand


async def test_each_of_three_workers_has_its_hands_full_of_lots(
    database_url: URL, sessions: async_sessionmaker[AsyncSession]
) -> None:
    # Given lots enough for three workers, each of which takes its time over them
    stop, at_work = asyncio.Event(), AT_WORK_OF[Job.DELIVER_LOT]
    crowds = [Crowd(LOTS.in_hand, asyncio.Event(), room=LOTS.in_hand) for _ in range(3)]
    await lots_of_one(sessions, 3 * LOTS.in_hand)

    # When they begin one after another
    running = []
    for number, crowd in enumerate(crowds, 1):
        work = cast(Any, Stage(database_url, crowd))
        running.append(asyncio.create_task(run_queue(work, stop)))
        await until_picked_up(sessions, number * LOTS.in_hand)

    # Then each works at as many as a worker does
    async with asyncio.timeout(10):
        for crowd in crowds * at_work:
            await crowd.begun.acquire()
    assert [crowd.in_hand for crowd in crowds] == [at_work] * 3
    stop.set()
    for crowd in crowds:
        crowd.full.set()
    await asyncio.wait_for(asyncio.gather(*running), 10)


async def test_a_job_that_is_claimed_and_not_begun_is_let_go_when_the_worker_is_to_stop(
    database_url: URL, sessions: async_sessionmaker[AsyncSession]
) -> None:
    # Given a job that a worker has claimed
    crowd = Crowd(1, asyncio.Event())
    async with sessions.begin() as session:
        await enqueue(session, Job.DELIVER, {"delivery_id": str(new_id())})
    connection = await connect_raw(database_url)
    queue = make_queue(connection, cast(Any, Stage(database_url, crowd)), OTHERS).qm

    # When the worker is told to stop as it comes to begin it
    async for job in queue.fetch_jobs(1, None, HEARTBEAT):
        queue.shutdown.set()
        context = Context(cancellation=CancelScope())
        with pytest.raises(RetryRequested) as asked:
            async with asyncio.timeout(5):
                await queue.entrypoint_registry[job.entrypoint].execute(job, context)
    await connection.close()

    # Then it goes back into the queue, for at once
    assert asked.value.delay == timedelta()
    assert crowd.most == 0


async def test_jobs_that_wait_for_their_turn_are_let_go_when_the_worker_is_to_stop(
    database_url: URL, sessions: async_sessionmaker[AsyncSession]
) -> None:
    # Given a worker that has more lots in hand than it works at, and takes its time over them
    stop, at_work = asyncio.Event(), AT_WORK_OF[Job.DELIVER_LOT]
    crowd = Crowd(LOTS.in_hand, asyncio.Event(), room=LOTS.in_hand)
    await lots_of_one(sessions, LOTS.in_hand)
    running = asyncio.create_task(run_queue(cast(Any, Stage(database_url, crowd)), stop))
    await until_picked_up(sessions, LOTS.in_hand)

    # When it is told to stop
    stop.set()

    # Then the others are another worker's before it is done with those
    await until_picked_up(sessions, at_work)
    async with sessions() as session:
        assert await session.scalar(QUEUED) == LOTS.in_hand - at_work
    assert crowd.in_hand == at_work
    crowd.full.set()
    await asyncio.wait_for(running, 10)
    assert crowd.done == at_work


async def lots_of_one(sessions: async_sessionmaker[AsyncSession], number: int) -> None:
    async with sessions.begin() as session:
        for _ in range(number):
            await enqueue(session, Job.DELIVER_LOT, {"delivery_ids": [str(new_id())]})


async def until_picked_up(sessions: async_sessionmaker[AsyncSession], number: int) -> None:
    async with asyncio.timeout(10), sessions() as session:
        while await session.scalar(PICKED_UP) != number:
            await session.rollback()
            await asyncio.sleep(0.05)
