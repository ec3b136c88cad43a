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
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import alembic.command
from alembic.config import Config
from sqlalchemy import URL, make_url

from app.catalog.loader import load_catalog
from app.db.clock import DatabaseClock
from app.db.embedded import EmbeddedPostgres
from app.db.engine import connect_raw, make_engine, make_sessions
from app.delivery.systems import Systems
from app.domain.delivery import System
from app.scheduler.ticks import TICKS
from app.scheduler.work import Work
from app.services.office import Office

ROOT = Path(__file__).resolve().parents[1]
DELIVERIES, ENTRIES = 3, 3
"""Of each plan: the messages to Marketing and Support, and that it is completed."""

SETTING_UP = (
    """INSERT INTO staff (id, name, email, role, active, refs, version)
       SELECT gen_random_uuid(), initcap(role) || ' (sample) ' || n, role || n || '@agency.example',
           role, true, '{}', 1
       FROM unnest(ARRAY['sales', 'support', 'marketing', 'lead']) role, generate_series(1, 5) n""",
    """INSERT INTO clients (id, ref, name, email, timezone, language, package, version)
       SELECT changeover_uuid7(1, 1, n::text, 1), 'C-' || n, 'Sample client ' || n,
           'owner' || n || '@client.example', 'Australia/Brisbane', 'en', 'sprint', 1
       FROM generate_series(1, $1) n""",
    """INSERT INTO agreements (id, ref, kind, client_id, from_package, to_package, signed_at, services)
       SELECT changeover_uuid7(1, 1, n::text, 2), 'BENCH-' || n, 'upgrade',
           changeover_uuid7(1, 1, n::text, 1), 'sprint', 'scale', now() - interval '3 weeks', '[]'
       FROM generate_series(1, $1) n""",
    """INSERT INTO plans (id, version, ref, agreement_id, client_id, playbook_key, playbook_version,
           state, from_package, to_package, timezone, signed_at, live_on, live_at, window_opens_at,
           flags, sales_id, support_id, marketing_id, staff_named, acknowledged_at, acknowledged_by,
           begun_at, complete_email, blockers, waits, board_ref, board_state, created_at, updated_at)
       SELECT changeover_uuid7(1, 1, n::text, 3), 20, 'CO-B' || n, changeover_uuid7(1, 1, n::text, 2),
           changeover_uuid7(1, 1, n::text, 1), 'client-upgrade', 1, 'in_window', 'sprint', 'scale',
           'Australia/Brisbane', now() - interval '3 weeks', date_trunc('week', now())::date,
           now() - interval '1 second', now() - interval '6 days', '{}', s.id, p.id, m.id, '{}',
           now() - interval '3 days', 'Sample', now() - interval '3 weeks', 'delivered', 0, '{}',
           'B' || n, 'ready', now() - interval '3 weeks', now() - interval '3 days'
       FROM generate_series(1, $1) n
       JOIN staff s ON s.email = 'sales' || (1 + n % 5) || '@agency.example'
       JOIN staff p ON p.email = 'support' || (1 + n % 5) || '@agency.example'
       JOIN staff m ON m.email = 'marketing' || (1 + n % 5) || '@agency.example'""",
    """INSERT INTO tasks (id, plan_id, version, key, kind, position, title, board_group, role,
           assignee_id, due_on, state, blocks_ready, checklist, instructions, board_item_ref, done_at,
           done_by)
       SELECT changeover_uuid7(1, t, p.id::text, 4), p.id, 2, 'step' || t, 'setup', t,
           'Sample step ' || t, 'SMS', 'support', p.support_id, p.live_on - 5, 'done', true,
           '[{"text": "Sample check", "required": true, "done": true}]', 'Sample instructions.',
           p.board_ref || t, now() - interval '4 days', 'Sample'
       FROM plans p, generate_series(1, 9) t""",
    """INSERT INTO timers (id, plan_id, moment, fires_at, state)
       SELECT changeover_uuid7(1, 1, p.id::text, 5), p.id, 'acknowledgement_due',
           now() - interval '3 days', 'dropped'
       FROM plans p""",
)
BARE = """
WITH mine AS MATERIALIZED (
    SELECT id, client_id, ref FROM plans WHERE hashtext(id::text) & 1 = ANY($1::int[])
), moved AS (
    UPDATE plans p SET state = 'completed', went_live_at = now(), completed_at = now(),
        version = p.version + 1, updated_at = now()
    FROM mine WHERE p.id = mine.id
), given AS (
    UPDATE clients c SET package = 'scale', version = c.version + 1
    FROM mine WHERE c.id = mine.client_id
), noted AS (
    INSERT INTO audit (id, at, actor_kind, actor_id, actor_name, action, subject_kind, subject_id,
        plan_id, before, after)
    SELECT changeover_uuid7(2, n, mine.id::text, 6), now(), 'service', 'clock', 'clock',
        'plan.went_live', 'plan', mine.id, mine.id, '{"state": "in_window"}', '{"state": "live"}'
    FROM mine, generate_series(1, 3) n
)
INSERT INTO deliveries (id, plan_id, kind, system, subject, key, generation, state, payload,
    progress, attempts, withdraw, created_at, version)
SELECT changeover_uuid7(2, n, mine.id::text, 7), mine.id, 'chat.post', 'google_chat',
    'live/marketing', mine.ref || '/chat.post/' || n, 1, 'pending', $2::jsonb, '{}', 0, false, now(), 1
FROM mine, generate_series(1, 3) n
"""
PAYLOAD = {
    "room": "marketing",
    "thread": "CO-B100000",
    "template": "plan_live",
    "people": ["Marketing (sample) 1"],
    "words": {
        "client": "Sample client 100000",
        "plan_ref": "CO-B100000",
        "from_package": "sprint",
        "to_package": "scale",
        "live_on": "2026-12-07",
        "link": "https://changeover.example/console/plans/01a22020-9e20-7001-8c1f-4be1d5d9a2f0",
        "details": [],
    },
}


@dataclass(frozen=True, slots=True)
class Report:
    """What one sweeper says of itself: instants of the machine's monotonic clock, megabytes."""

    moved: int
    began: float
    ended: float
    peak_mb: float


@dataclass(frozen=True, slots=True)
class Run:
    """One wave: seconds until all is committed, and what each sweeper had to do with it."""

    seconds: float
    moved: tuple[int, ...]
    peak_mb: float


# A sweeper ---------------------------------------------------------------------------------------


async def sweep(url: URL) -> Report:
    """Wait for the word, run the tick once, and report."""
    engine = make_engine(url, pool_size=2, application_name="bench sweeper")
    catalog = load_catalog()
    office = Office(
        catalog,
        ZoneInfo("Australia/Brisbane"),
        frozenset(System),
        "Sample",
        "https://changeover.example",
    )
    work = Work(url, make_sessions(engine), DatabaseClock(engine, movable=False), office, Systems())
    await TICKS["windows"].run(work)  # none is due; a worker has looked a second ago, too
    print("ready", flush=True)
    await asyncio.to_thread(sys.stdin.readline)
    began = time.monotonic()
    moved = await TICKS["live"].run(work)
    ended = time.monotonic()
    await engine.dispose()
    return Report(moved, began, ended, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)


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


# The database ------------------------------------------------------------------------------------


class Databases:
    """Databases with plans that are due, each a copy of one that was set up for their number."""

    def __init__(self, server: URL) -> None:
        self._server = server
        self._templates: dict[int, URL] = {}

    async def run(self, statement: str) -> None:
        connection = await connect_raw(self._server)
        await connection.execute(statement)
        await connection.close()

    async def template(self, plans: int) -> URL:
        """The database with so many plans, made at its first use."""
        if plans not in self._templates:
            url = self._server.set(database=f"plans_{plans}")
            await self.run(f"CREATE DATABASE {url.database}")
            config = Config()
            config.set_main_option("script_location", str(ROOT / "migrations"))
            config.attributes["url"] = url.render_as_string(hide_password=False)
            await asyncio.to_thread(alembic.command.upgrade, config, "head")
            connection = await connect_raw(url)
            for number, statement in enumerate(SETTING_UP):
                await connection.execute(statement, *([plans] if number in (1, 2, 3) else []))
            # A fresh load has neither statistics nor a visibility map; a living database has both.
            await connection.execute("VACUUM ANALYZE")
            await connection.close()
            self._templates[plans] = url
        return self._templates[plans]

    @asynccontextmanager
    async def copy(self, plans: int) -> Any:
        """A copy, dropped afterwards; what setting up left to be written is written before."""
        template = await self.template(plans)
        await self.run(f"CREATE DATABASE wave TEMPLATE {template.database} STRATEGY file_copy")
        await self.run("CHECKPOINT")
        try:
            yield template.set(database="wave")
        finally:
            await self.run("DROP DATABASE wave WITH (FORCE)")


async def waved(databases: Databases, plans: int, sweepers: int) -> Run:
    """One wave over so many plans; everything is counted afterwards."""
    async with databases.copy(plans) as url:
        reports = await asyncio.to_thread(sweep_in_processes, url, sweepers)
        await check(url, plans)
    began, ended = min(one.began for one in reports), max(one.ended for one in reports)
    moved = tuple(one.moved for one in reports)
    assert sum(moved) == plans
    return Run(ended - began, moved, max(one.peak_mb for one in reports))


async def check(url: URL, plans: int) -> None:
    """Each plan went live once, with its audit, its deliveries, and a job for each of them."""
    connection = await connect_raw(url)
    seen = await connection.fetchrow(
        """SELECT (SELECT count(*) FROM plans WHERE state = 'completed'),
            (SELECT count(*) FROM clients WHERE package = 'scale' AND version = 2),
            (SELECT count(*) FROM audit),
            (SELECT count(DISTINCT plan_id) FROM audit WHERE action = 'plan.went_live'),
            (SELECT count(*) FROM deliveries),
            (SELECT count(DISTINCT each) FROM jobs.pgqueuer,
                json_array_elements_text(convert_from(payload, 'UTF8')::json -> 'delivery_ids') each),
            (SELECT sum(json_array_length(convert_from(payload, 'UTF8')::json -> 'delivery_ids'))
                FROM jobs.pgqueuer)"""
    )
    await connection.close()
    made = DELIVERIES * plans
    assert tuple(seen) == (plans, plans, ENTRIES * plans, plans, made, made, made), seen


async def bare(databases: Databases, plans: int, connections: int) -> float:
    """Seconds for the same rows by bare statements, on so many connections at once."""
    halves = [[0, 1]] if connections == 1 else [[0], [1]]
    async with databases.copy(plans) as url:
        opened = [await connect_raw(url) for _ in halves]
        for connection in opened:
            await connection.execute("SELECT 1")
        began = time.monotonic()
        await asyncio.gather(
            *(
                connection.execute(BARE, half, json.dumps(PAYLOAD))
                for connection, half in zip(opened, halves, strict=True)
            )
        )
        seconds = time.monotonic() - began
        for connection in opened:
            await connection.close()
    return seconds


# What is printed ---------------------------------------------------------------------------------


def spread(values: Sequence[float]) -> str:
    """Median, least and most."""
    return f"{statistics.median(values):7.2f} s  ({min(values):.2f} to {max(values):.2f})"


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
            seconds = [one.seconds for one in waves]
            middle, best = statistics.median(seconds), statistics.median(limit)
            print(
                f"{plans:7} plans, {sweepers} sweepers: committed and enqueued {spread(seconds)}"
                f"  {1e6 * middle / plans:5.0f} us a plan  bare SQL {spread(limit)}"
                f"  ratio {best / middle:.2f}  peak {max(one.peak_mb for one in waves):.0f} MB"
                f"  moved by each {[one.moved for one in waves]}",
                flush=True,
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
