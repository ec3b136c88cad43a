"""The processes of `drain.py`: workers with a chat of their own, and the queue with nothing to do.

    drain_worker.py work URL CHAT | nothing URL JOBS

CHAT is the seconds that an answer takes, `stamps`, or the address of the stand-in vendors. Each
process says "ready", and goes by the lines that it is sent.
"""

import asyncio
import os
import sys
import time
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import uvloop
from pgqueuer import PgQueuer
from pgqueuer.db import AsyncpgDriver
from sqlalchemy import URL, make_url

from app.adapters.google_chat.room import GoogleChat
from app.adapters.http import VendorHttp
from app.catalog.loader import load_catalog
from app.db.clock import DatabaseClock
from app.db.driver import Lines
from app.db.engine import connect_raw, make_engine, make_sessions
from app.delivery.systems import Systems
from app.domain.delivery import System
from app.scheduler import queue
from app.scheduler.work import Work
from app.services.office import Office
from app.worker import spare_collector


class QuickChat:
    """A chat that answers after a while, or at once; it counts what it is told.

    Args:
        answers_in_s: How long an answer takes.
        told: Called with the key of each message.
    """

    def __init__(self, answers_in_s: float) -> None:
        self._answers_in_s = answers_in_s

    async def post(self, room: str, text: str, *, thread: str, key: str) -> str:
        """Take a message."""
        if self._answers_in_s:
            await asyncio.sleep(self._answers_in_s)
        return f"spaces/{room}/messages/{key[-12:]}"

    def space_of(self, room: str) -> str:
        """Each room is its own."""
        return room

    async def probe(self) -> str:
        """It is there."""
        return "A chat for benches."


class StampingChat(QuickChat):
    """The same, which says at which instant it was told."""

    async def post(self, room: str, text: str, *, thread: str, key: str) -> str:
        """Take a message, and print when."""
        print(f"{time.monotonic():.6f}", flush=True)
        return await super().post(room, text, thread=thread, key=key)


async def work(url: URL, chat: str) -> None:
    """Work off what there is until the line ends that tells to go on."""
    engine = make_engine(url, pool_size=10, application_name=f"bench worker {os.getpid()}")
    office = Office(
        load_catalog(),
        ZoneInfo("Australia/Brisbane"),
        frozenset(System),
        "Sample",
        "https://changeover.example",
    )
    async with httpx.AsyncClient() as http:
        systems = Systems(chat=chat_of(chat, http))
        clock = DatabaseClock(Lines(engine), movable=False)
        told = asyncio.Event()
        work = Work(url, make_sessions(engine), clock, office, systems, limits={})
        running = asyncio.create_task(queue.run_queue(work, told))
        await work.clock.now()
        spare_collector()
        print("ready", flush=True)
        await asyncio.to_thread(sys.stdin.readline)
        told.set()
        await running
    await engine.dispose()


def chat_of(chat: str, http: httpx.AsyncClient) -> Any:
    """The chat by its name on the command line: seconds to an answer, `stamps`, or an address."""
    if chat.startswith("http"):
        space = f"{chat}/google-chat/v1/spaces/MARKETING/messages"
        rooms = {"marketing": f"{space}?key=sandbox-key&token=sandbox-token"}
        return GoogleChat(VendorHttp(http), rooms=rooms)
    return StampingChat(0) if chat == "stamps" else QuickChat(float(chat))


async def work_nothing(url: URL, jobs: int) -> None:
    """The queue's own rate: as many jobs of nothing, with the settings of our worker."""
    connection = await connect_raw(url)
    nothing, done = PgQueuer(AsyncpgDriver(connection)), 0
    began = ended = 0.0

    @nothing.entrypoint("noop")
    async def _(_job: object) -> None:
        nonlocal done, began, ended
        began = began or time.monotonic()
        done += 1
        if done == jobs:
            ended = time.monotonic()
            nothing.shutdown.set()

    print("ready", flush=True)
    await asyncio.to_thread(sys.stdin.readline)
    await nothing.qm.run(
        dequeue_timeout=timedelta(seconds=0.2),
        heartbeat_timeout=queue.HEARTBEAT,
        batch_size=queue.BATCH,
        max_concurrent_tasks=queue.AT_ONCE,
    )
    print(ended - began)


if __name__ == "__main__":
    kind, address, third = sys.argv[1:]
    url = make_url(address)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(work(url, third) if kind == "work" else work_nothing(url, int(third)))
