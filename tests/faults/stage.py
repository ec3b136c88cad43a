"""A stage for faults: processes of their own, stand-in vendors over HTTP, and their ledger."""

import asyncio
import os
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
from sqlalchemy import URL, text

from app.db.base import new_id
from app.db.clock import move_clock, real_now
from app.db.engine import make_engine, make_sessions
from app.db.jobs import Job, enqueue
from app.db.models import InboundEvent
from tests.builders import SIGNED_AT, signed_document, stored_staff
from tests.postgres import clone, drop

CLIENTS = 3
PATIENCE_S = 100.0
IN_HAND = text("SELECT token::text FROM deliveries WHERE state = 'sending'")
UNSETTLED = text(
    "SELECT (SELECT count(*) FROM deliveries"
    "        WHERE state IN ('pending', 'sending', 'retrying', 'uncertain'))"
    " + (SELECT count(*) FROM inbound_events WHERE status = 'received')"
    " + (SELECT count(*) FROM plans WHERE board_state IN ('intended', 'filling'))"
)


def wait_for(what: Callable[[], bool], why: Callable[[], str]) -> None:
    """Look again and again until it is so."""
    deadline = time.monotonic() + PATIENCE_S
    while not what():
        assert time.monotonic() < deadline, why()
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

    def be_slow(self, seconds: float = 0.03) -> None:
        """Let every call take a while, so that a kill meets calls under way."""
        self.http.put("/settings", json={"slow_s": seconds, "board_fill_s": 0})
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

    def in_hand(self) -> set[str]:
        """The attempts that somebody has in hand, dead or alive."""

        async def job(sessions: Any) -> set[str]:
            async with sessions() as session:
                return set(await session.scalars(IN_HAND))

        found: set[str] = self.run(job)
        return found

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


def each_effect_is_there_once(effects: list[dict[str, Any]]) -> None:
    """Each client has one board with each item once, one message and one e-mail."""
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


@dataclass
class Theatre:
    """A database with signed agreements, slow vendors, and whatever workers a test starts."""

    database: Database
    vendors: Vendors
    folder: Path
    settings: dict[str, str]

    def worker(self) -> AbstractContextManager[subprocess.Popen[bytes]]:
        """Start one more worker."""
        return process("worker", log=self.folder / "worker.log", **self.settings)

    def log(self) -> str:
        """The end of what the workers wrote."""
        log = self.folder / "worker.log"
        return log.read_text(errors="replace")[-2000:] if log.exists() else "no log"

    def all_effects(self) -> list[dict[str, Any]]:
        """The whole ledger, once the e-mails that were scheduled have left."""
        later = (SIGNED_AT + timedelta(hours=1)).isoformat()
        self.vendors.http.get("/healthz", headers={"X-Sandbox-Now": later})
        return self.vendors.effects()


@contextmanager
def theatre(template: URL, folder: Path, *, slow_s: float) -> Iterator[Theatre]:
    """Set the stage; everything is taken down at the end."""
    url = asyncio.run(clone(template))
    port = free_port()
    vendors = Vendors(port)
    database = Database(url)
    database.sign()
    settings = vendors.settings()
    settings["CHANGEOVER_DATABASE_URL"] = url.render_as_string(hide_password=False)
    settings["CHANGEOVER_DATA_DIR"] = str(folder / "data")
    try:
        with process("sandbox", "--port", str(port), log=folder / "vendors.log"):
            wait_for(vendors.up, lambda: "the stand-ins did not start")
            vendors.be_slow(slow_s)
            yield Theatre(database, vendors, folder, settings)
    finally:
        vendors.http.close()
        asyncio.run(drop(url))
