"""Processes of their own: started by a command of ours, stopped by their number, always bounded."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import psutil

PATIENCE_S = 600.0 if os.environ.get("FAULTS") == "whole" else 240.0
"""Far more than anything needs on an idle machine; only what hangs takes it up."""


def wait_for(what: Callable[[], bool], why: Callable[[], str], *, every_s: float = 0.1) -> None:
    """Look again and again until it is so."""
    deadline = time.monotonic() + PATIENCE_S
    while not what():
        assert time.monotonic() < deadline, why()
        time.sleep(every_s)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def process(
    *command: str, log: Path, module: str = "app.cli", **environment: str
) -> Iterator[subprocess.Popen[bytes]]:
    """A command of ours in a process of its own; killed at the end, whatever happened."""
    others = {k: v for k, v in os.environ.items() if not k.startswith("CHANGEOVER_")}
    with log.open("ab") as out:
        running = subprocess.Popen(
            [sys.executable, "-m", module, *command],
            env={**others, **environment},
            stdout=out,
            stderr=subprocess.STDOUT,
        )
        try:
            yield running
        finally:
            running.kill()
            running.wait()


def is_stopped(running: subprocess.Popen[bytes]) -> bool:
    """Whether a process stands still."""
    return bool(psutil.Process(running.pid).status() == psutil.STATUS_STOPPED)


def wake_up(workers: Sequence[subprocess.Popen[bytes]]) -> None:
    """Let stopped workers go on; whatever they still do is done before they end by themselves."""
    for worker in workers:
        worker.send_signal(signal.SIGCONT)
        worker.terminate()
    for worker in workers:
        assert worker.wait(60) == 0


def was_killed(running: subprocess.Popen[bytes]) -> bool:
    """Whether a process has ended by the signal that cannot be caught."""
    return running.poll() == -signal.SIGKILL
