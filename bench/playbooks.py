"""How long a sweep of deadlines and the completion of a step take among many open runs.

    .venv/bin/python bench/playbooks.py [--runs 10000] [--steps 30] [--calls 200] [--rounds 5]

Starts an embedded Postgres as `serve` does (fsync on) with a playbook of so many steps, each with
a checklist of five and a deadline, and so many open runs of it, three steps of each ready. Then it
measures, by the clock on the wall:

- the sweep with nothing due, with 1,000 and with as many missed deadlines as there are runs, each
  raising a rung with its task, its escalation and its audit entry;
- the sweep's statement alone for as many, rolled back;
- `POST /v1/runs/{id}/steps/{key}/complete` from call to answer, one at a time on one connection,
  against `changeover serve` with its worker off: each makes the next step ready.

Prints medians with the least and the most, and the processor time that our own process took for
one (not Postgres): where others use the machine, that says more than the clock does.
"""

import argparse
import asyncio
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import psutil
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from app.catalog.loader import load_catalog
from app.db.base import Base
from app.db.clock import DatabaseClock
from app.db.driver import Lines, engine_of
from app.db.embedded import EmbeddedPostgres
from app.db.engine import make_engine, make_sessions
from app.db.migrating import migrate
from app.db.models import PlaybookRun, RunDeadlineRow, Task
from app.db.run_deadlines import claim_due
from app.delivery.systems import Systems
from app.domain.actor import Actor
from app.domain.calendar import zone_of
from app.domain.run.starting import BY_HAND
from app.sandbox.demo.processes import free_port
from app.scheduler.run_ticks import keep_deadlines
from app.scheduler.work import Work
from app.services.office import Office
from app.services.runs.starting import StartRun, start_run
from app.services.runs.sweeping import CLOCK

ROOT = Path(__file__).parents[1]
KEY = "cov_production_" + "b" * 43
HEAD = """key: bench
version: 1
title: Bench
purpose: Many steps, each with a checklist and a deadline.
owner: manager
review_cycle: annual
sources: [none]
trigger: {by_hand: true}
subject: client
inputs: [{key: name, title: Name, kind: text}]
roles:
  - {key: technician, title: Technician, responsibility: Works., in_turn: true}
  - {key: manager, title: Manager, responsibility: Decides.}
anchors: [{key: begun, title: Begun, from: start}]
escalations:
  - {key: up, title: Up, path: [{role: manager, after: {business_hours: 0}}]}
deadlines:
  - key: in_time
    title: In time
    of: completion
    steps: [%s]
    from: ready
    within: {days: 30}
    on_breach: up
governance: {change: First., impact: None., approvals: [manager]}
steps:
"""
STEP = """  - key: step_{n}
    title: Step {n}
    role: technician
    due: {{days: {n}, from: begun}}
    blocks: [completed]
    checklist: [{{text: One}}, {{text: Two}}, {{text: Three}}, {{text: Four}}, {{text: Five}}]
{waits}"""


def playbook(steps: int) -> str:
    """Three lines of steps side by side, each step waiting for the one before it in its line."""
    head = HEAD % ", ".join(f"step_{n}" for n in range(steps))
    waits = {n: f"    waits_for: [step_{n - 3}]\n" if n >= 3 else "" for n in range(steps)}
    return head + "".join(STEP.format(n=n, waits=waits[n]) for n in range(steps))


TICKED = """UPDATE tasks SET checklist = (SELECT jsonb_agg(item || jsonb_build_object(
    'done', true, 'by', 'Bench', 'at', '2026-11-28T00:00:00+00:00', 'evidence', NULL))
    FROM jsonb_array_elements(checklist) item) WHERE step IS NOT NULL"""


def copied(table: type[Base], rows: str, **changed: str) -> str:
    """The statement that copies rows of a table, some columns changed."""
    names = [column.name for column in table.__table__.columns]
    values = ", ".join(changed.get(name, f"t.{name}") for name in names)
    return f"INSERT INTO {table.__tablename__} ({', '.join(names)}) SELECT {values} FROM {rows}"  # noqa: S608


COPIES = (
    TICKED,
    copied(
        PlaybookRun,
        "runs t CROSS JOIN generate_series(2, :runs) n",
        id="changeover_uuid7()",
        cause="'copy/' || n",
        subject_ref="'C-' || n",
    ),
    copied(
        Task,
        "tasks t CROSS JOIN runs r WHERE t.run_id = :first AND r.id <> :first",
        id="changeover_uuid7()",
        run_id="r.id",
    ),
    copied(
        RunDeadlineRow,
        "run_deadlines t CROSS JOIN runs r WHERE t.run_id = :first AND r.id <> :first",
        id="changeover_uuid7()",
        run_id="r.id",
    ),
    "ANALYZE",
)


class Bench:
    """A database full of runs, and what is measured on it."""

    def __init__(self, url: Any, folder: Path, chosen: argparse.Namespace) -> None:
        self.url, self.folder, self.chosen = url, folder, chosen
        (folder / "catalog" / "playbooks").mkdir(parents=True)
        file = folder / "catalog" / "playbooks" / "bench.yaml"
        file.write_text(playbook(chosen.steps))
        catalog = load_catalog(folder / "catalog")
        self.office = Office(catalog, zone_of("UTC"), frozenset(), "Bench", "https://bench.example")
        self.now = datetime.now(UTC)

    async def fill(self, sessions: async_sessionmaker[AsyncSession]) -> None:
        """Start one run as the service does, and copy it."""
        command = StartRun("bench", "C-1", {"name": "Bench (sample)"}, BY_HAND, "first")
        actor = Actor.service("bench")
        async with sessions.begin() as session:
            made = await start_run(session, command, office=self.office, actor=actor, now=self.now)
            first = made.row.id
        async with sessions.begin() as session:
            await session.execute(text("SET LOCAL statement_timeout = 0"))
            for statement in COPIES:
                given = {"runs": self.chosen.runs, "first": first}
                await session.execute(
                    text(statement), {k: v for k, v in given.items() if f":{k}" in statement}
                )

    async def due(self, sessions: async_sessionmaker[AsyncSession], count: int) -> None:
        """Let so many deadlines be missed, and all others lie ahead."""
        async with sessions.begin() as session:
            await session.execute(text("SET LOCAL statement_timeout = 0"))
            await session.execute(text("TRUNCATE escalations"))
            await session.execute(text("DELETE FROM tasks WHERE step IS NULL"))
            far, past = self.now + timedelta(days=30), self.now - timedelta(hours=1)
            await session.execute(
                text(
                    "UPDATE run_deadlines SET due_at = :far, next_at = :far, rungs_raised = 0,"
                    " breached_at = NULL, rung_ats = ARRAY[CAST(:far AS timestamptz)]"
                ),
                {"far": far},
            )
            await session.execute(
                text(
                    "UPDATE run_deadlines SET due_at = :past, next_at = :past,"
                    " rung_ats = ARRAY[CAST(:past AS timestamptz)] WHERE id IN"
                    " (SELECT id FROM run_deadlines ORDER BY id LIMIT :count)"
                ),
                {"past": past, "count": count},
            )

    async def sweep(self, sessions: async_sessionmaker[AsyncSession]) -> int:
        """Sweep until nothing is left: the tick itself."""
        clock = DatabaseClock(Lines(engine_of(sessions)), movable=False)
        return await keep_deadlines(Work(self.url, sessions, clock, self.office, Systems()))

    async def claimed(self, sessions: async_sessionmaker[AsyncSession]) -> int:
        """The statement alone, for all that is due at once; rolled back."""
        async with sessions() as session:
            limit = self.chosen.runs
            found = len(await claim_due(session, actor=CLOCK, now=self.now, limit=limit))
            await session.rollback()
        return found

    async def measure(self) -> None:
        """Fill the database, and measure the sweeps."""
        engine = make_engine(self.url, pool_size=4, application_name="bench")
        sessions = make_sessions(engine)
        begun = time.perf_counter()
        await self.fill(sessions)
        print(f"{self.chosen.runs:,} runs of {self.chosen.steps} steps in the database", end=" ")
        print(f"({time.perf_counter() - begun:.0f} s)")
        for count in (0, min(1000, self.chosen.runs), self.chosen.runs):
            await self._rounds(f"sweep, {count:,} missed", sessions, count, self.sweep)
        everything = self.chosen.runs
        await self._rounds(f"statement alone, {everything:,}", sessions, everything, self.claimed)
        await self.due(sessions, 0)
        async with sessions() as session:
            rows = await session.execute(text("SELECT id FROM runs ORDER BY id"))
            self.ids = [str(row[0]) for row in rows]
        await engine.dispose()

    async def _rounds(
        self,
        what: str,
        sessions: async_sessionmaker[AsyncSession],
        count: int,
        run: Callable[[async_sessionmaker[AsyncSession]], Coroutine[Any, Any, int]],
    ) -> None:
        seconds, own = [], []
        for _ in range(self.chosen.rounds):
            await self.due(sessions, count)
            begun, busy = time.perf_counter(), time.process_time()
            moved = await run(sessions)
            seconds.append(1000 * (time.perf_counter() - begun))
            own.append(1000 * (time.process_time() - busy))
            assert moved == count, (moved, count)
        spread(what, seconds, statistics.median(own))

    def complete(self) -> None:
        """Complete steps over the API of a service in a process of its own."""
        port = free_port(0)
        environment = {k: v for k, v in os.environ.items() if not k.startswith("CHANGEOVER_")}
        environment |= {
            "CHANGEOVER_DATABASE_URL": self.url.render_as_string(hide_password=False),
            "CHANGEOVER_CATALOG_DIR": str(self.folder / "catalog"),
            "CHANGEOVER_SECRET_KEY": "s" * 40,
            "CHANGEOVER_BOOTSTRAP_KEY": KEY,
            "CHANGEOVER_PORT": str(port),
            "CHANGEOVER_WORKER": "false",
        }
        command = [sys.executable, "-m", "app.cli", "serve"]
        with subprocess.Popen(command, cwd=ROOT, env=environment) as process:
            try:
                self._calls(f"http://127.0.0.1:{port}", psutil.Process(process.pid))
            finally:
                process.terminate()

    def _calls(self, base: str, server: psutil.Process) -> None:
        with httpx.Client(base_url=base, headers={"X-API-Key": KEY}, timeout=60) as client:
            for _ in range(1200):
                try:
                    client.get("/healthz")
                    break
                except httpx.TransportError:
                    time.sleep(0.1)
            seconds = []
            for at in range(self.chosen.calls + 20):
                if at == 20:
                    busy = sum(server.cpu_times()[:2])
                begun = time.perf_counter()
                answer = client.post(f"/v1/runs/{self.ids[at]}/steps/step_0/complete")
                seconds.append(time.perf_counter() - begun)
                assert answer.status_code == 200, answer.text
            own = 1000 * (sum(server.cpu_times()[:2]) - busy) / self.chosen.calls
        spread("a step completed over the API", [1000 * each for each in seconds[20:]], own)


def spread(what: str, ms: list[float], own: float) -> None:
    """Print the median with the least and the most, and the processor time of our own process."""
    print(
        f"{what}: median {statistics.median(ms):,.1f} ms   least {min(ms):,.1f}   "
        f"most {max(ms):,.1f}   of {len(ms)}   own processor time {own:,.1f} ms",
        flush=True,
    )


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--runs", type=int, default=10_000)
    parser.add_argument("--steps", type=int, default=30)
    parser.add_argument("--calls", type=int, default=200)
    parser.add_argument("--rounds", type=int, default=5)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="bench-playbooks-") as name:
        folder = Path(name)
        with EmbeddedPostgres(folder / "data") as server:
            migrate(server.url)
            bench = Bench(server.url, folder, chosen)
            asyncio.run(bench.measure())
            bench.complete()


if __name__ == "__main__":
    main()
