"""A stage for faults: a database, stand-in vendors over HTTP, workers, and the judge at the end."""

import asyncio
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from subprocess import Popen
from typing import Any

import httpx
from sqlalchemy import URL

from tests.builders import SIGNED_AT
from tests.faults.database import Database
from tests.faults.due_plans import FIRST
from tests.faults.judge import (
    FITTED,
    Effect,
    Verdict,
    judge,
    of_a_begun_plan,
    of_a_completed_plan,
)
from tests.faults.processes import free_port, process, wait_for
from tests.postgres import clone, drop

MOST_ROUNDS = 5
"""How often an operator has what is stuck tried again, before that is a failure of its own."""


class Vendors:
    """The stand-ins' own addresses."""

    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self.http = httpx.Client(base_url=self.url, timeout=60)
        self._known: list[dict[str, Any]] = []

    def up(self) -> bool:
        try:
            return self.http.get("/healthz").status_code == httpx.codes.OK
        except httpx.TransportError:
            return False

    def set(self, **paces: float) -> None:
        """Change the stand-ins' paces."""
        self.http.put("/settings", json=paces).raise_for_status()

    def fault(self, system: str, operation: str, fault: str, times: int = 1) -> None:
        """Have the next calls of an operation fail."""
        script = {"system": system, "operation": operation, "fault": fault, "times": times}
        self.http.post("/faults", json=script).raise_for_status()

    def faults_left(self) -> list[dict[str, Any]]:
        """The scripted faults that nobody has met."""
        left: list[dict[str, Any]] = self.http.get("/faults").json()["items"]
        return left

    def be_slow(self, seconds: float) -> None:
        """Let every call take a while, so that a kill meets calls under way."""
        self.set(slow_s=seconds)
        for system in ("monday", "helpscout", "google_chat", "automation"):
            self.fault(system, "*", "slow", times=100_000)

    def effects(self) -> list[dict[str, Any]]:
        """Every effect that there was; only the new ones are asked for."""
        after = self._known[-1]["n"] if self._known else 0
        answer = self.http.get("/ledger", params={"effect": "true", "after": str(after)})
        self._known += answer.json()["items"]
        return self._known

    def have_had(self, number: int) -> Callable[[], bool]:
        """Whether so many effects are in the ledger by now."""
        return lambda: len(self.effects()) >= number

    def settings(self) -> dict[str, str]:
        """What connects a service to them."""
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


@dataclass
class Theatre:
    """A database, vendors, and whatever workers a test starts.

    Attributes:
        stuck: Why an operator had to have deliveries and events tried again.
    """

    database: Database
    vendors: Vendors
    folder: Path
    settings: dict[str, str]
    stuck: list[str] = field(default_factory=list)

    def worker(
        self, failpoint: str = "", *, plant: str = ""
    ) -> AbstractContextManager[Popen[bytes]]:
        """Start one more worker.

        Args:
            failpoint: Where it is to die or to stand still.
            plant: What is taken out of it.
        """
        environment = {**self.settings, "CHANGEOVER_FAILPOINT": failpoint}
        log = self.folder / "worker.log"
        if plant:
            return process(plant, log=log, module="tests.faults.planted", **environment)
        return process("worker", log=log, **environment)

    def log(self) -> str:
        """The end of what the workers wrote."""
        log = self.folder / "worker.log"
        return log.read_text(errors="replace")[-3000:] if log.exists() else "no log"

    def drain(self) -> None:
        """Wait until everything is settled; an operator has tried again what stands still."""
        for _ in range(MOST_ROUNDS):
            wait_for(
                self._at_rest,
                lambda: f"not done: {self.database.states()}\n{self.log()}",
                every_s=0.4,
            )
            stuck = self.database.retry_what_is_stuck() + self.database.replay_what_is_set_aside()
            self.stuck += stuck
            if not stuck:
                return
        raise AssertionError(f"stuck again and again: {stuck}")

    def _at_rest(self) -> bool:
        self.database.resume_what_is_down()
        return self.database.idle()

    def all_effects(self) -> list[dict[str, Any]]:
        """The whole ledger, once the e-mails that were scheduled have left."""
        later: datetime = SIGNED_AT + timedelta(days=1)
        self.vendors.http.get("/healthz", headers={"X-Sandbox-Now": later.isoformat()})
        return self.vendors.effects()

    def verdict(self) -> Verdict:
        """What became of everything that the signed agreements set off."""
        due = range(FIRST, FIRST + self.database.due)
        intended: Iterable[Effect] = [
            *(each for number in range(self.database.signed) for each in of_a_begun_plan(number)),
            *(each for number in due for each in of_a_completed_plan(number)),
        ]
        fits = FITTED * self.database.signed
        return judge(intended, self.all_effects(), fits=fits, notes=self.database.notes)


@contextmanager
def vendors_for(folder: Path) -> Iterator[Vendors]:
    """The stand-ins in a process of their own."""
    port = free_port()
    vendors = Vendors(port)
    log = folder / "vendors.log"
    with closing(vendors.http), process("sandbox", "--port", str(port), log=log):
        wait_for(vendors.up, lambda: "the stand-ins did not start")
        vendors.set(board_fill_s=0)
        yield vendors


@contextmanager
def theatre_on(
    url: URL, folder: Path, *, through: URL | None = None, more: Mapping[str, str] | None = None
) -> Iterator[Theatre]:
    """Set the stage on a migrated database.

    Args:
        url: Where the test itself looks and acts.
        folder: For logs.
        through: Where the service finds the database, if not there too.
        more: Further settings of the service.
    """
    with closing(Database(url)) as database, vendors_for(folder) as vendors:
        database.set_up()
        address = (through or url).render_as_string(hide_password=False)
        settings = {
            **vendors.settings(),
            "CHANGEOVER_DATABASE_URL": address,
            "CHANGEOVER_DATA_DIR": str(folder / "data"),
            **(more or {}),
        }
        yield Theatre(database, vendors, folder, settings)


@contextmanager
def theatre(template: URL, folder: Path, *, clients: int) -> Iterator[Theatre]:
    """Set the stage on a database of its own, with agreements; all is taken down at the end."""
    url = asyncio.run(clone(template))
    try:
        with theatre_on(url, folder) as stage:
            stage.database.sign(clients)
            yield stage
    finally:
        asyncio.run(drop(url))
