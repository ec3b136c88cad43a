"""Workers that are killed in the middle of their work: nothing is lost, and nothing is done twice.

Real processes over real HTTP; what happened is counted in the vendors' ledger.
"""

import asyncio
import os
import signal
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import URL, text

from app.db.base import new_id
from app.db.clock import move_clock, real_now
from app.db.engine import make_engine, make_sessions
from app.db.jobs import Job, enqueue
from app.db.models import InboundEvent
from tests.builders import SIGNED_AT, signed_document, stored_staff
from tests.postgres import clone, drop

CLIENTS = 3
KILLED_AT = (8, 30)
"""Numbers of effects in the ledger at which the worker is killed."""
PATIENCE_S = 40.0
FREED = text(
    "UPDATE deliveries SET lease_until = clock_timestamp() - interval '1 second'"
    " WHERE state = 'sending'"
)
UNSETTLED = text(
    "SELECT (SELECT count(*) FROM deliveries"
    "        WHERE state IN ('pending', 'sending', 'retrying', 'uncertain'))"
    " + (SELECT count(*) FROM inbound_events WHERE status = 'received')"
    " + (SELECT count(*) FROM plans WHERE board_state IN ('intended', 'filling'))"
)


def wait_for(what: Callable[[], bool], why: str) -> None:
    """Look again and again until it is so."""
    deadline = time.monotonic() + PATIENCE_S
    while not what():
        assert time.monotonic() < deadline, why
        time.sleep(0.01)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def process(*command: str, log: Path, **environment: str) -> Iterator[subprocess.Popen[bytes]]:
    """A command of ours in a process of its own; killed at the end, whatever happened."""
    others = {k: v for k, v in os.environ.items() if not k.startswith("CHANGEOVER_")}
    with log.open("ab") as out:
        running = subprocess.Popen(
            [sys.executable, "-m", "app.cli", *command],
            env={**others, **environment},
            stdout=out,
            stderr=subprocess.STDOUT,
        )
        try:
            yield running
        finally:
            running.kill()
            running.wait()


class Vendors:
    """The stand-ins' own addresses."""

    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self.http = httpx.Client(base_url=self.url, timeout=5)

    def up(self) -> bool:
        try:
            return self.http.get("/healthz").status_code == httpx.codes.OK
        except httpx.TransportError:
            return False

    def be_slow(self) -> None:
        """Let every call take a while, so that a kill meets calls under way."""
        self.http.put("/settings", json={"slow_s": 0.03, "board_fill_s": 0})
        for system in ("monday", "helpscout", "google_chat"):
            fault = {"system": system, "operation": "*", "fault": "slow", "times": 10_000}
            self.http.post("/faults", json=fault).raise_for_status()

    def effects(self) -> list[dict[str, Any]]:
        answer = self.http.get("/ledger", params={"effect": "true"})
        items: list[dict[str, Any]] = answer.json()["items"]
        return items

    def have_had(self, number: int) -> Callable[[], bool]:
        """Whether so many effects are in the ledger by now."""
        return lambda: len(self.effects()) >= number

    def settings(self) -> dict[str, str]:
        rooms = {
            f"CHANGEOVER_GOOGLE_CHAT_{room}_URL": f"{self.url}/google-chat/v1/spaces/{room}"
            "/messages?key=sandbox-key&token=sandbox-token"
            for room in ("SUPPORT", "SALES", "MARKETING")
        }
        return {
            **rooms,
            "CHANGEOVER_ENV": "sandbox",
            "CHANGEOVER_TIMEZONE": "Australia/Brisbane",
            "CHANGEOVER_MONDAY_URL": f"{self.url}/monday/v2",
            "CHANGEOVER_MONDAY_TOKEN": "sandbox-monday-token",
            "CHANGEOVER_MONDAY_TEMPLATE_BOARD_ID": "7700000001",
            "CHANGEOVER_HELPSCOUT_URL": f"{self.url}/helpscout/v2",
            "CHANGEOVER_HELPSCOUT_APP_ID": "sandbox-app",
            "CHANGEOVER_HELPSCOUT_APP_SECRET": "sandbox-secret",
            "CHANGEOVER_HELPSCOUT_MAILBOX_ID": "85",
        }


class Database:
    """What the test asks of the database, each time in a loop of its own."""

    def __init__(self, url: URL) -> None:
        self._url = url

    def run(self, job: Callable[[Any], Any]) -> Any:
        async def whole() -> Any:
            engine = make_engine(self._url)
            try:
                return await job(make_sessions(engine))
            finally:
                await engine.dispose()

        return asyncio.run(whole())

    def sign(self) -> None:
        """Store the events of a few clients, each with its job, on the day of the stories."""

        async def job(sessions: Any) -> None:
            await stored_staff(sessions)
            async with sessions.begin() as session:
                await move_clock(session, SIGNED_AT - await real_now(session))
                for number in range(CLIENTS):
                    document = signed_document(
                        event_id=f"zap-{number}",
                        agreement__ref=f"PROP-{number}",
                        client__ref=f"C-{number}",
                        client__email=f"owner{number}@client.example",
                    )
                    event = InboundEvent(
                        id=new_id(),
                        source="agreement",
                        event_id=f"zap-{number}",
                        status="received",
                        document=document,
                        body=b"",
                        received_at=SIGNED_AT,
                    )
                    session.add(event)
                    await enqueue(session, Job.INBOUND, {"event_id": str(event.id)})

        self.run(job)

    def free_leases(self) -> None:
        """The killed worker's leases would run for a minute; it is surely dead."""

        async def job(sessions: Any) -> None:
            async with sessions.begin() as session:
                await session.execute(FREED)

        self.run(job)

    def idle(self) -> bool:
        async def job(sessions: Any) -> bool:
            async with sessions() as session:
                return bool(await session.scalar(UNSETTLED) == 0)

        return bool(self.run(job))

    def states(self) -> Counter[str]:
        async def job(sessions: Any) -> Counter[str]:
            async with sessions() as session:
                return Counter(await session.scalars(text("SELECT state FROM deliveries")))

        found: Counter[str] = self.run(job)
        return found


@pytest.mark.slow
def test_workers_killed_in_the_middle_lose_nothing_and_repeat_nothing(
    database_template: URL, tmp_path: Path
) -> None:
    # given signed agreements, slow vendors, and a worker
    url = asyncio.run(clone(database_template))
    database, port = Database(url), free_port()
    vendors = Vendors(port)
    database.sign()
    settings = vendors.settings()
    settings["CHANGEOVER_DATABASE_URL"] = url.render_as_string(hide_password=False)
    settings["CHANGEOVER_DATA_DIR"] = str(tmp_path / "data")
    with process("sandbox", "--port", str(port), log=tmp_path / "vendors.log"):
        wait_for(vendors.up, "the stand-ins did not start")
        vendors.be_slow()

        # when it is killed again and again while calls are under way
        for number in KILLED_AT:
            with process("worker", log=tmp_path / "worker.log", **settings) as worker:
                wait_for(vendors.have_had(number), _tail(tmp_path))
                worker.send_signal(signal.SIGKILL)
                worker.wait()
            database.free_leases()

        # and another one finishes
        with process("worker", log=tmp_path / "worker.log", **settings):
            wait_for(database.idle, f"not done: {database.states()}")
        later = (SIGNED_AT + timedelta(hours=1)).isoformat()
        vendors.http.get("/healthz", headers={"X-Sandbox-Now": later})
        effects = vendors.effects()
    vendors.http.close()
    asyncio.run(drop(url))

    # then each client has one board with each item once, one message and one e-mail
    happened = Counter(line["operation"] for line in effects)
    assert happened["duplicate_board"] == CLIENTS
    assert happened["archive_group"] == CLIENTS
    assert happened["create_group"] == CLIENTS
    assert happened["create_item"] == 9 * CLIENTS
    mailed = Counter(line["body"]["to"][0] for line in effects if line["operation"] == "email.sent")
    assert mailed == {f"owner{number}@client.example": 1 for number in range(CLIENTS)}
    said = Counter(
        line["body"]["thread"]["threadKey"]
        for line in effects
        if line["operation"] == "messages.create" and "Upgrade signed" in line["body"]["text"]
    )
    assert sorted(said.values()) == [1] * CLIENTS


def _tail(folder: Path) -> str:
    log = folder / "worker.log"
    return log.read_text(errors="replace")[-2000:] if log.exists() else "no log"
