"""The two processes of the demonstration: the service and the stand-in vendors, over real HTTP."""

import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Self

import httpx

from app.sandbox.demo.cast import Person
from app.sandbox.vendors import SandboxSettings

START_WITHIN_S = 30.0
STOP_WITHIN_S = 15.0


class DidNotStart(Exception):
    """A process ended or stayed silent; the text holds the end of its log."""


def free_port(wanted: int) -> int:
    """The wanted port where nobody has it, else any free one."""
    for port in (wanted, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise DidNotStart("No port is free on 127.0.0.1.")


@dataclass(slots=True)
class Stage:
    """A folder for the data, the two processes, and where they are reached."""

    folder: Path = field(default_factory=lambda: Path(tempfile.mkdtemp(prefix="changeover-demo-")))
    service_port: int = field(default_factory=lambda: free_port(8000))
    vendors_port: int = field(default_factory=lambda: free_port(8100))
    key: str = field(default_factory=lambda: f"cov_sandbox_{secrets.token_urlsafe(32)}")
    running: list[subprocess.Popen[bytes]] = field(default_factory=list)
    logs: list[IO[bytes]] = field(default_factory=list)

    @property
    def service(self) -> str:
        """Address of the service."""
        return f"http://127.0.0.1:{self.service_port}"

    @property
    def vendors(self) -> str:
        """Address of the stand-in vendors."""
        return f"http://127.0.0.1:{self.vendors_port}"

    def __enter__(self) -> Self:
        try:
            self._start("vendors", "sandbox", "--port", str(self.vendors_port))
            self._start("service", "serve")
            self._wait(f"{self.vendors}/healthz", "vendors")
            self._wait(f"{self.service}/healthz", "service")
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Stop both processes by their ids, and remove the data."""
        for process in self.running:
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
        for process in self.running:
            try:
                process.wait(STOP_WITHIN_S)
            except subprocess.TimeoutExpired:
                process.kill()
        for log in self.logs:
            log.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def keys_of(self, people: Sequence[Person]) -> Callable[[], list[str]]:
        """Begin to make each a key of their own, as an operator does, beside all else.

        Returns:
            What waits for the keys; it raises `DidNotStart` where one was not made.
        """
        making = [
            subprocess.Popen(
                [
                    *(sys.executable, "-m", "app.cli", "keys", "create"),
                    *("--name", one.name, "--role", one.role, "--staff", one.email),
                ],
                env=self._environment(),
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
            )
            for one in people
        ]

        def made() -> list[str]:
            said = [process.communicate(timeout=START_WITHIN_S) for process in making]
            for process, (_, complaint) in zip(making, said, strict=True):
                if process.returncode:
                    raise DidNotStart(f"A key could not be made:\n{complaint[-2000:]}")
            return [key.strip() for key, _ in said]

        return made

    def _start(self, name: str, *command: str) -> None:
        log = (self.folder / f"{name}.log").open("wb")
        self.logs.append(log)
        self.running.append(
            subprocess.Popen(
                [sys.executable, "-m", "app.cli", *command],
                env=self._environment(),
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        )

    def _wait(self, address: str, name: str) -> None:
        deadline = time.monotonic() + START_WITHIN_S
        while time.monotonic() < deadline:
            if any(process.poll() is not None for process in self.running):
                break
            try:
                if httpx.get(address, timeout=1.0).status_code == httpx.codes.OK:
                    return
            except httpx.TransportError:
                time.sleep(0.05)
        log = (self.folder / f"{name}.log").read_text(errors="replace")
        raise DidNotStart(f"The {name} did not start:\n{log[-2000:]}")

    def _environment(self) -> Mapping[str, str]:
        others = {k: v for k, v in os.environ.items() if not k.startswith("CHANGEOVER_")}
        rooms = {
            f"CHANGEOVER_GOOGLE_CHAT_{room}_URL": f"{self.vendors}/google-chat/v1/spaces/{room}"
            "/messages?key=sandbox-key&token=sandbox-token"
            for room in ("SUPPORT", "SALES", "MARKETING")
        }
        return {
            **others,
            **rooms,
            "CHANGEOVER_ENV": "sandbox",
            "CHANGEOVER_ORGANISATION": "Example Agency (sample)",
            "CHANGEOVER_TIMEZONE": "Australia/Sydney",
            "CHANGEOVER_DATA_DIR": str(self.folder / "data"),
            "CHANGEOVER_PORT": str(self.service_port),
            "CHANGEOVER_BOOTSTRAP_KEY": self.key,
            "CHANGEOVER_MONDAY_URL": f"{self.vendors}/monday/v2",
            "CHANGEOVER_MONDAY_TOKEN": "sandbox-monday-token",
            "CHANGEOVER_MONDAY_SIGNING_SECRET": "sandbox-monday-signing-secret",
            "CHANGEOVER_MONDAY_TEMPLATE_BOARD_ID": "7700000001",
            "CHANGEOVER_HELPSCOUT_URL": f"{self.vendors}/helpscout/v2",
            "CHANGEOVER_HELPSCOUT_APP_ID": "sandbox-app",
            "CHANGEOVER_HELPSCOUT_APP_SECRET": "sandbox-secret",
            "CHANGEOVER_HELPSCOUT_MAILBOX_ID": "85",
            **SandboxSettings().of_tiers(self.vendors),
        }
