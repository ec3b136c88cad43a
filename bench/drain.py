"""How many deliveries a second workers carry out, beside their queue's jobs of nothing.

    .venv/bin/python bench/drain.py [--deliveries 6000] [--runs 3] [--http]

Starts an embedded Postgres of its own (fsync on) and workers as processes of their own, which run
the queue as `changeover worker` does, without the clock's ticks. The chat is an adapter inside the
worker that answers at once or after 20 ms: what is measured is claiming, rendering, settling and
the queue, not a vendor. With `--http` it is the stand-in vendor over HTTP, a process of its own on
the same machine. **Pacing is switched off** by the argument `limits`: a space of Google Chat takes
one message a second, and then nothing else would be seen.
"""

import argparse
import asyncio
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
from due_plans import PAYLOAD, Databases
from pgqueuer.queries import Queries

from app.db.embedded import EmbeddedPostgres
from app.db.engine import connect_raw
from app.db.jobs import Job
from app.sandbox.demo.processes import free_port
from app.services.intents import DELIVERIES_A_JOB

WORKER = Path(__file__).with_name("drain_worker.py")
PLANS = 200
PATIENCE_S = 180
NOOP = "noop"
DELIVERIES = """
INSERT INTO deliveries (id, plan_id, kind, system, subject, key, generation, state, payload,
    progress, attempts, withdraw, created_at, version)
SELECT changeover_uuid7(3, 1, n::text, 8), p.id, 'chat.post', 'google_chat', 'live/marketing',
    p.ref || '/chat.post/' || n, 1, 'pending', $2::jsonb, '{}', 0, false, now(), 1
FROM (SELECT n, row_number() OVER (ORDER BY n) AS place FROM generate_series(1, $1) n) n
JOIN (SELECT id, ref, row_number() OVER () AS place FROM plans) p ON p.place = 1 + n.place % $3
RETURNING id
"""
FINISHED = """
SELECT count(*) = $1 AS all_done, extract(epoch FROM max(finished_at) - min(started_at)) AS seconds
FROM attempts WHERE outcome = 'delivered'
"""


# The workers' processes ---------------------------------------------------------------------------


@asynccontextmanager
async def processes(number: int, *arguments: str) -> AsyncIterator[list[subprocess.Popen[str]]]:
    """So many processes of this file, each ready; told to end, and waited for, afterwards."""
    command = [sys.executable, str(WORKER), *arguments]
    running = [start(command) for _ in range(number)]
    try:
        for process in running:
            assert process.stdout is not None
            assert await asyncio.to_thread(process.stdout.readline) == "ready\n"
        yield running
    finally:
        for process in running:
            tell(process)
        for process in running:
            process.wait(30)


def start(command: Sequence[str], said: int = subprocess.PIPE) -> subprocess.Popen[str]:
    """Start a process that is spoken to by lines."""
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=said, text=True)


def tell(process: subprocess.Popen[str]) -> None:
    """Send a worker the line that it waits for, if it still does."""
    assert process.stdin is not None
    if not process.stdin.closed:
        process.stdin.write("\n")
        process.stdin.close()


# What is measured --------------------------------------------------------------------------------


async def noop_rate(databases: Databases, jobs: int) -> float:
    """Jobs of nothing a second, in one process."""
    async with databases.copy(PLANS) as url:
        connection = await connect_raw(url)
        await Queries.from_asyncpg_connection(connection).enqueue(
            [NOOP] * jobs, [b"{}"] * jobs, [0] * jobs
        )
        address = url.render_as_string(hide_password=False)
        async with processes(1, "nothing", address, str(jobs)) as (process,):
            tell(process)
            assert process.stdout is not None
            seconds = float(await asyncio.to_thread(process.stdout.readline))
        await connection.close()
    return jobs / seconds


async def drained(
    databases: Databases, deliveries: int, workers: int, chat: str, *, lots: bool
) -> float:
    """Deliveries a second: from the first attempt's begin to the last one's end, as written."""
    async with databases.copy(PLANS) as url:
        connection = await connect_raw(url)
        payload = json.dumps(PAYLOAD)
        rows = await connection.fetch(DELIVERIES, deliveries, payload, PLANS)
        await connection.execute("VACUUM ANALYZE deliveries")
        address = url.render_as_string(hide_password=False)
        async with processes(workers, "work", address, chat):
            await enqueue(connection, [row["id"] for row in rows], lots=lots)
            async with asyncio.timeout(PATIENCE_S):
                row = await finished(connection, deliveries)
        await check(connection, deliveries)
        await connection.close()
    return deliveries / float(row["seconds"])


async def finished(connection: Any, deliveries: int) -> Any:
    """Wait until all are delivered; return how long that took, as the attempts have it."""
    while True:
        await asyncio.sleep(0.2)
        row = await connection.fetchrow(FINISHED, deliveries)
        if row["all_done"]:
            return row


async def enqueue(connection: Any, ids: Sequence[UUID], *, lots: bool) -> None:
    """Enqueue a job for each hundred deliveries, as a wave does, or for each."""
    queries = Queries.from_asyncpg_connection(connection)
    size = DELIVERIES_A_JOB if lots else 1
    kind = str(Job.DELIVER_LOT if lots else Job.DELIVER)
    texts = [str(one) for one in ids]
    chunks = [texts[start : start + size] for start in range(0, len(texts), size)]
    bodies = [{"delivery_ids": each} if lots else {"delivery_id": each[0]} for each in chunks]
    jobs = [json.dumps(body).encode() for body in bodies]
    await queries.enqueue([kind] * len(jobs), jobs, [0] * len(jobs))


async def check(connection: Any, deliveries: int) -> None:
    """Every delivery was delivered by one attempt."""
    seen = await connection.fetchrow(
        "SELECT count(*) FILTER (WHERE state = 'delivered' AND attempts = 1), count(*),"
        " (SELECT count(*) FROM attempts) FROM deliveries"
    )
    assert tuple(seen) == (deliveries, deliveries, deliveries), tuple(seen)


async def picked_up(databases: Databases, number: int) -> list[float]:
    """Milliseconds from the commit that enqueues a delivery to its message, one at a time."""
    taken = []
    async with databases.copy(PLANS) as url:
        connection = await connect_raw(url)
        rows = await connection.fetch(DELIVERIES, number, json.dumps(PAYLOAD), PLANS)
        address = url.render_as_string(hide_password=False)
        async with processes(1, "work", address, "stamps") as (process,):
            assert process.stdout is not None
            for row in rows:
                await asyncio.sleep(0.05)
                await enqueue(connection, [row["id"]], lots=False)
                began = time.monotonic()
                told = float(await asyncio.to_thread(process.stdout.readline))
                taken.append(1000 * (told - began))
        await connection.close()
    return taken[10:]


def show(name: str, values: Sequence[float], of: float | None = None) -> None:
    """Median, least and most a second; and the ratio to the queue's own rate."""
    middle = statistics.median(values)
    ratio = f"   {middle / of:.2f} of it" if of else ""
    print(
        f"{name:52} {middle:7.0f} a second ({min(values):.0f} to {max(values):.0f}){ratio}",
        flush=True,
    )


async def measure(deliveries: int, runs: int, *, http: bool) -> None:
    """Measure and print."""
    with (
        tempfile.TemporaryDirectory(prefix="changeover-bench-") as folder,
        EmbeddedPostgres(Path(folder)) as server,
    ):
        databases = Databases(server.url)
        await databases.template(PLANS)
        noop = [await noop_rate(databases, deliveries) for _ in range(runs)]
        show("the queue's jobs of nothing, one process", noop)
        limit = statistics.median(noop)
        for workers in (1, 2):
            for chat in ("0", "0.02"):
                name = f"lots, {workers} worker(s), an answer in {1000 * float(chat):.0f} ms"
                rates = [
                    await drained(databases, deliveries, workers, chat, lots=True)
                    for _ in range(runs)
                ]
                show(name, rates, limit)
        fewer = deliveries // 4
        show(
            "a job each, 1 worker, an answer in 0 ms",
            [await drained(databases, fewer, 1, "0", lots=False) for _ in range(runs)],
            limit,
        )
        if http:
            await over_http(databases, fewer, runs, limit)
        waits = sorted(await picked_up(databases, 210))
        print(
            f"picked up when idle: median {statistics.median(waits):.1f} ms, p99"
            f" {statistics.quantiles(waits, n=100)[98]:.1f} ms, most {waits[-1]:.1f} ms"
        )


async def over_http(databases: Databases, deliveries: int, runs: int, limit: float) -> None:
    """The same against the stand-in vendor, whose own process shares the machine."""
    port = free_port(8100)
    command = [sys.executable, "-m", "app.cli", "sandbox", "--port", str(port)]
    vendors = start(command, subprocess.DEVNULL)
    try:
        async with httpx.AsyncClient() as client:
            for _ in range(100):
                try:
                    await client.get(f"http://127.0.0.1:{port}/healthz")
                    break
                except httpx.TransportError:
                    await asyncio.sleep(0.1)
        address = f"http://127.0.0.1:{port}"
        rates = [await drained(databases, deliveries, 1, address, lots=True) for _ in range(runs)]
        show("lots, 1 worker, the stand-in vendor over HTTP", rates, limit)
    finally:
        vendors.terminate()
        vendors.wait(20)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("--deliveries", type=int, default=6000)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--http", action="store_true", help="the stand-in vendor as well")
    given = parser.parse_args()
    asyncio.run(measure(given.deliveries, given.runs, http=given.http))


if __name__ == "__main__":
    main()
