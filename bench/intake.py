"""How many signed agreements a second one API process takes in, beside what it could at most.

    .venv/bin/python bench/intake.py [--rounds 5] [--seconds 5]

Starts an embedded Postgres as `serve` does (fsync on), and on it, one after another in every round:

- the service itself, `changeover serve` with its worker off: API key checked, strictly parsed,
  deduplicated, kept with its job, and answered after the commit;
- a bare ASGI application under the same uvicorn, which keeps nothing;
- the same durable insert written by hand on asyncpg, one commit a request, under the same uvicorn;
- `pgbench`, where it is on the machine: 32 clients that commit single rows of the same size.

32 keep-alive connections from a process of its own, bodies of 2 KB, each event new; the tables are
emptied before each measurement, and after it the rows are counted against the answers. Prints each
round, medians with their spread, and the ratios to the limits.
"""

import argparse
import asyncio
import contextlib
import json
import os
import re
import secrets
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import psutil

from app.db.embedded import EmbeddedPostgres
from app.db.ids import new_id
from app.db.migrating import migrate
from app.sandbox.demo.processes import free_port
from app.web.security import make_key

ROOT = Path(__file__).parents[1]
CONNECTIONS = 32
START_WITHIN_S = 60
SERVICE, REPEATS = "intake of the service", "the same, every tenth a repeat"
BARE, INSERTING = "bare ASGI, nothing kept", "the insert by hand, a commit each"
ALONE = "its event alone by hand, no job"
PGBENCH = "pgbench, commits of one row"
PGBENCH_SCRIPT = (
    "\\set number random(1, 1000000000)\n"
    "INSERT INTO bench_rows (number, content) VALUES (:number, repeat('x', 2048));\n"
)


@dataclass
class Seen:
    """What the rounds gave for one of those measured."""

    rates: list[float] = field(default_factory=list)
    p50: list[float] = field(default_factory=list)
    p99: list[float] = field(default_factory=list)
    own_cpu: list[float] = field(default_factory=list)
    cpu_us: list[float] = field(default_factory=list)

    @property
    def rate(self) -> float:
        """The median of the rounds."""
        return statistics.median(self.rates)


@contextlib.contextmanager
def serving(command: list[str], port: int, environment: dict[str, str]) -> Iterator[psutil.Process]:
    """A server in a process of its own, from when it answers until it has ended."""
    others = {k: v for k, v in os.environ.items() if not k.startswith("CHANGEOVER_")}
    process = subprocess.Popen([sys.executable, *command], cwd=ROOT, env={**others, **environment})
    try:
        deadline = time.monotonic() + START_WITHIN_S
        while True:
            if process.poll() is not None or time.monotonic() > deadline:
                raise SystemExit(f"{' '.join(command)} did not start.")
            try:
                httpx.post(f"http://127.0.0.1:{port}/healthz", json={"event_id": "x"}, timeout=1)
                break
            except httpx.TransportError:
                time.sleep(0.05)
        yield psutil.Process(process.pid)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(20)


class Bench:
    """A database, and what is measured on it."""

    def __init__(self, folder: Path, options: argparse.Namespace) -> None:
        self.options = options
        self.data = folder / "data"
        self.server = EmbeddedPostgres(self.data)
        url = self.server.start()
        migrate(url)
        self.database = {
            "host": str(url.query["host"]),
            "port": int(str(url.query["port"])),
            "user": url.username,
            "database": url.database,
        }
        self.key = make_key("production")
        self.servers: dict[str, tuple[int, psutil.Process]] = {}
        self.seen: dict[str, Seen] = {}
        asyncio.run(self._prepare())

    async def _prepare(self) -> None:
        connection = await asyncpg.connect(**self.database)
        await connection.execute(
            "INSERT INTO api_keys (id, name, role, key_hash, prefix) VALUES ($1, $2, $3, $4, $5)",
            new_id(),
            "the bench",
            "integration",
            self.key.hash,
            self.key.prefix,
        )
        await connection.execute(
            "CREATE TABLE bench_rows (id bigserial PRIMARY KEY, number int, content text)"
        )
        await connection.close()

    async def _empty(self) -> None:
        connection = await asyncpg.connect(**self.database)
        await connection.execute(
            "TRUNCATE inbound_events, jobs.pgqueuer, jobs.pgqueuer_log, bench_rows"
        )
        await connection.execute("CHECKPOINT")
        await connection.close()

    async def _kept(self) -> tuple[int, int]:
        connection = await asyncpg.connect(**self.database)
        events = await connection.fetchval(
            "SELECT count(*) FROM inbound_events WHERE status = 'received' AND source = 'agreement'"
        )
        jobs = await connection.fetchval("SELECT count(*) FROM jobs.pgqueuer")
        await connection.close()
        return events, jobs

    def over_http(self, name: str, path: str = "/", *, repeat_every: int = 0) -> None:
        """One measurement of a server; what it has answered must be what is there."""
        asyncio.run(self._empty())
        port, process = self.servers[SERVICE if name == REPEATS else name]
        spent = sum(process.cpu_times()[:2])
        command = ["-m", "bench.intaking.load", "--port", str(port), "--path", path]
        command += ["--key", self.key.plain, "--connections", str(CONNECTIONS)]
        command += ["--seconds", str(self.options.seconds), "--repeat-every", str(repeat_every)]
        done = subprocess.run(
            [sys.executable, *command], cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True
        )
        answer: dict[str, Any] = json.loads(done.stdout)
        spent = sum(process.cpu_times()[:2]) - spent
        assert set(answer["statuses"]) == {"202"}, answer["statuses"]
        if name != BARE:
            events, jobs = asyncio.run(self._kept())
            wanted = 0 if name == ALONE else events
            assert (events, jobs) == (answer["accepted"], wanted), (events, jobs, answer)
        seen = self.seen.setdefault(name, Seen())
        seen.rates.append(answer["rate"])
        seen.p50.append(answer["p50_ms"])
        seen.p99.append(answer["p99_ms"])
        seen.own_cpu.append(answer["own_cpu"])
        seen.cpu_us.append(spent / sum(answer["statuses"].values()) * 1e6)

    def pgbench(self, program: str) -> None:
        """One measurement of what the database commits at most."""
        asyncio.run(self._empty())
        script = self.data.parent / "one_row.sql"
        script.write_text(PGBENCH_SCRIPT)
        clients = ["-c", str(CONNECTIONS), "-j", "2", "-T", str(round(self.options.seconds))]
        where = ["-h", self.database["host"], "-p", str(self.database["port"]), "-U", "postgres"]
        done = subprocess.run(
            [program, "-n", "-M", "prepared", *clients, "-f", str(script), *where, "postgres"],
            capture_output=True,
            text=True,
            check=True,
        )
        rate = re.search(r"tps = ([\d.]+)", done.stdout)
        latency = re.search(r"latency average = ([\d.]+) ms", done.stdout)
        assert rate is not None
        assert latency is not None
        seen = self.seen.setdefault(PGBENCH, Seen())
        seen.rates.append(float(rate[1]))
        seen.p50.append(float(latency[1]))

    def run(self) -> None:
        """All rounds: in each, one of everything, so that a slow minute meets all alike."""
        ports = {name: free_port(0) for name in (SERVICE, BARE, INSERTING, ALONE)}
        service = {
            "CHANGEOVER_SECRET_KEY": secrets.token_urlsafe(32),
            "CHANGEOVER_DATA_DIR": str(self.data),
            "CHANGEOVER_PORT": str(ports[SERVICE]),
            "CHANGEOVER_WORKER": "off",
        }
        limits = ["-m", "bench.intaking.limits"]
        database = ["--database", json.dumps(self.database)]
        commands = {
            SERVICE: (["-m", "app.cli", "serve"], service),
            BARE: ([*limits, "bare", "--port", str(ports[BARE])], {}),
            INSERTING: ([*limits, "inserting", "--port", str(ports[INSERTING]), *database], {}),
            ALONE: ([*limits, "event-alone", "--port", str(ports[ALONE]), *database], {}),
        }
        program = shutil.which("pgbench")
        with contextlib.ExitStack() as stack:
            for name, (command, environment) in commands.items():
                process = stack.enter_context(serving(command, ports[name], environment))
                self.servers[name] = ports[name], process
            for number in range(self.options.rounds):
                self.over_http(SERVICE, "/webhooks/agreement")
                self.over_http(BARE)
                self.over_http(INSERTING)
                self.over_http(ALONE)
                if program is not None:
                    self.pgbench(program)
                self.over_http(REPEATS, "/webhooks/agreement", repeat_every=10)
                self.show_round(number + 1)

    def show_round(self, number: int) -> None:
        """One line a round."""
        rates = "   ".join(f"{name}: {seen.rates[-1]:,.0f}/s" for name, seen in self.seen.items())
        print(f"round {number}   {rates}", flush=True)

    def show(self) -> None:
        """Medians, spread, ratios."""
        print()
        for name, seen in self.seen.items():
            line = f"{name:36} median {seen.rate:8,.0f}/s   {min(seen.rates):,.0f} to "
            line += f"{max(seen.rates):,.0f}   p50 {statistics.median(seen.p50):.1f} ms"
            if seen.p99:
                line += f"   p99 {statistics.median(seen.p99):.1f} ms (most {max(seen.p99):.1f})"
                line += f"   its CPU {statistics.median(seen.cpu_us):.0f} us a request"
                line += f"   load generator {statistics.median(seen.own_cpu):.0%} of a core"
            print(line)
        print()
        for limit in (INSERTING, ALONE, PGBENCH, BARE):
            if limit in self.seen:
                pairs = zip(self.seen[SERVICE].rates, self.seen[limit].rates, strict=True)
                ratios = [ours / theirs for ours, theirs in pairs]
                print(
                    f"ratio to {limit:34} median {statistics.median(ratios):.2f}   "
                    f"{min(ratios):.2f} to {max(ratios):.2f}"
                )
        if PGBENCH not in self.seen:
            print("pgbench is not on this machine: that limit was not measured.")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=5.0)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="changeover-bench-") as folder:
        bench = Bench(Path(folder), options)
        try:
            bench.run()
            bench.show()
        finally:
            bench.server.stop()


if __name__ == "__main__":
    main()
