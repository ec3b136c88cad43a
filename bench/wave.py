"""How long it takes until many plans that are due at one instant are live, audited and enqueued.

    .venv/bin/python bench/wave.py [--plans 100000] [--runs 3] [--sweepers 2]

Starts an embedded Postgres of its own (fsync on), sets plans up in bulk, each ready, acknowledged
and due, as the shipped playbook makes them, and lets sweepers loose on them at once, each a process
of its own that runs the `live` tick of a worker. Each plan goes live and is completed, which makes
three audit entries and three chat messages. The limit beside it is the same number of rows, written
by bare SQL statements on as many connections: no conditions, no texts, no jobs.
"""

import argparse
import asyncio
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

import psutil
from due_plans import BARE, PAYLOAD, Databases
from sqlalchemy import URL, make_url, text
from sqlalchemy.ext.asyncio import AsyncEngine

from app.catalog.loader import load_catalog
from app.db.clock import DatabaseClock
from app.db.driver import Lines
from app.db.embedded import EmbeddedPostgres
from app.db.engine import connect_raw, make_engine, make_sessions
from app.delivery.systems import Systems
from app.domain.delivery import System
from app.scheduler.ticks import TICKS
from app.scheduler.work import Work
from app.services.office import Office

DELIVERIES, ENTRIES = 3, 3
"""Of each plan: the messages to Marketing and Support, and that it is completed."""


@dataclass(frozen=True, slots=True)
class Report:
    """What one sweeper says of itself.

    Attributes:
        began: Instant of the machine's monotonic clock; so is `ended`.
        cpu_s: Processor time that the sweep took, the database's for it included.
        peak_mb: Most memory that the process had.
    """

    moved: int
    began: float
    ended: float
    cpu_s: float
    peak_mb: float


@dataclass(frozen=True, slots=True)
class Run:
    """One wave: seconds until all is committed, and what each sweeper had to do with it."""

    seconds: float
    cpu_s: float
    moved: tuple[int, ...]
    peak_mb: float


# A sweeper ---------------------------------------------------------------------------------------


async def sweep(url: URL) -> Report:
    """Wait for the word, run the tick once, and report."""
    engine = make_engine(url, pool_size=2, application_name=sweeper_name())
    catalog = load_catalog()
    office = Office(
        catalog,
        ZoneInfo("Australia/Brisbane"),
        frozenset(System),
        "Sample",
        "https://changeover.example",
    )
    work = Work(
        url, make_sessions(engine), DatabaseClock(Lines(engine), movable=False), office, Systems()
    )
    await TICKS["windows"].run(work)  # none is due; a worker has looked a second ago, too
    print("ready", flush=True)
    await asyncio.to_thread(sys.stdin.readline)
    spent = await cpu_of(engine)
    began = time.monotonic()
    moved = await TICKS["live"].run(work)
    ended = time.monotonic()
    spent = await cpu_of(engine) - spent
    await engine.dispose()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return Report(moved, began, ended, spent, peak)


async def cpu_of(engine: AsyncEngine) -> float:
    """Processor time of this process and of the database's processes that work for it."""
    async with engine.connect() as connection:
        pids = await connection.scalars(
            text("SELECT pid FROM pg_stat_activity WHERE application_name = :name"),
            {"name": sweeper_name()},
        )
        return sum(cpu_of_process(pid) for pid in (*pids, os.getpid()))


def cpu_of_process(pid: int) -> float:
    """Its processor time in seconds."""
    times = psutil.Process(pid).cpu_times()
    return float(times.user + times.system)


def sweeper_name() -> str:
    """What the database calls this sweeper."""
    return f"bench sweeper {os.getpid()}"


def sweep_in_processes(url: URL, sweepers: int) -> list[Report]:
    """Let so many processes sweep at once."""
    command = [sys.executable, __file__, "--sweep", url.render_as_string(hide_password=False)]
    running = [
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for _ in range(sweepers)
    ]
    for process in running:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in running:
        assert process.stdin is not None
        process.stdin.write("\n")
        process.stdin.flush()
    said = [process.communicate()[0] for process in running]
    assert not any(process.returncode for process in running)
    return [Report(**json.loads(each)) for each in said]


async def waved(databases: Databases, plans: int, sweepers: int) -> Run:
    """One wave over so many plans; everything is counted afterwards."""
    async with databases.copy(plans) as url:
        reports = await asyncio.to_thread(sweep_in_processes, url, sweepers)
        await check(url, plans)
    began, ended = min(one.began for one in reports), max(one.ended for one in reports)
    moved = tuple(one.moved for one in reports)
    assert sum(moved) == plans
    spent, peak = sum(one.cpu_s for one in reports), max(one.peak_mb for one in reports)
    return Run(ended - began, spent, moved, peak)


async def check(url: URL, plans: int) -> None:
    """Each plan went live once, with its audit, its deliveries, and a job for each of them."""
    connection = await connect_raw(url)
    seen = await connection.fetchrow(
        """SELECT (SELECT count(*) FROM plans WHERE state = 'completed'),
            (SELECT count(*) FROM clients WHERE package = 'scale' AND version = 2),
            (SELECT count(*) FROM runs WHERE state = 'completed'),
            (SELECT count(*) FROM audit),
            (SELECT count(DISTINCT plan_id) FROM audit WHERE action = 'plan.went_live'),
            (SELECT count(*) FROM deliveries),
            (SELECT count(DISTINCT each) FROM jobs.pgqueuer,
                json_array_elements_text(convert_from(payload, 'UTF8')::json -> 'delivery_ids')
                each),
            (SELECT sum(json_array_length(convert_from(payload, 'UTF8')::json -> 'delivery_ids'))
                FROM jobs.pgqueuer)"""
    )
    await connection.close()
    made = DELIVERIES * plans
    assert tuple(seen) == (plans, plans, plans, ENTRIES * plans, plans, made, made, made), seen


async def bare(databases: Databases, plans: int, connections: int) -> tuple[float, float]:
    """Seconds for the same rows by bare statements at once, and the database's processor time."""
    halves = [[0, 1]] if connections == 1 else [[0], [1]]
    async with databases.copy(plans) as url:
        opened = [await connect_raw(url) for _ in halves]
        pids = [await connection.fetchval("SELECT pg_backend_pid()") for connection in opened]
        spent = sum(map(cpu_of_process, pids))
        began = time.monotonic()
        await asyncio.gather(
            *(
                connection.execute(BARE, half, json.dumps(PAYLOAD))
                for connection, half in zip(opened, halves, strict=True)
            )
        )
        seconds = time.monotonic() - began
        spent = sum(map(cpu_of_process, pids)) - spent
        for connection in opened:
            await connection.close()
    return seconds, spent


# What is printed ---------------------------------------------------------------------------------


async def measure(sizes: Sequence[int], runs: int, sweepers: int) -> None:
    """Measure and print."""
    with (
        tempfile.TemporaryDirectory(prefix="changeover-bench-") as folder,
        EmbeddedPostgres(Path(folder)) as server,
    ):
        databases = Databases(server.url)
        for plans in sizes:
            await databases.template(plans)
            waves = [await waved(databases, plans, sweepers) for _ in range(runs)]
            limit = [await bare(databases, plans, min(sweepers, 2)) for _ in range(runs)]
            show(plans, waves, limit)


def show(plans: int, waves: Sequence[Run], limit: Sequence[tuple[float, float]]) -> None:
    """One size: time and processor time, each beside the limit's, memory, and who moved what."""
    seconds, spent = [one.seconds for one in waves], [one.cpu_s for one in waves]
    bare_seconds, bare_spent = [one for one, _ in limit], [one for _, one in limit]
    print(f"{plans:7} plans, {len(waves[0].moved)} sweepers, {len(waves)} runs")
    line("committed and enqueued", seconds, plans)
    line("  the same rows, bare SQL", bare_seconds, plans, of=seconds)
    line("processor time", spent, plans)
    line("  of bare SQL", bare_spent, plans, of=spent)
    moved = ", ".join("+".join(map(str, one.moved)) for one in waves)
    print(f"    peak memory of a sweeper {max(one.peak_mb for one in waves):.0f} MB")
    print(f"    moved by each sweeper: {moved}; each plan once", flush=True)


def line(name: str, values: Sequence[float], plans: int, of: Sequence[float] = ()) -> None:
    """Median, least and most; a plan's share; and the ratio of a limit to what it limits."""
    middle = statistics.median(values)
    ratio = f"   ratio {middle / statistics.median(of):.2f}" if of else ""
    print(
        f"    {name:26} {middle:7.2f} s ({min(values):.2f} to {max(values):.2f})"
        f" {1e6 * middle / plans:5.0f} us a plan{ratio}"
    )


def main() -> None:
    """Measure, or be one of the sweepers."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("--plans", type=int, nargs="+", default=[1000, 10_000, 20_000, 100_000])
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--sweepers", type=int, default=2)
    parser.add_argument("--sweep", metavar="URL", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.sweep:
        print(json.dumps(asdict(asyncio.run(sweep(make_url(given.sweep))))))
    else:
        asyncio.run(measure(given.plans, given.runs, given.sweepers))


if __name__ == "__main__":
    main()
