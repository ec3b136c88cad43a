"""A server of a test's own, that is restarted while others work on it."""

import asyncio
import signal
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import psutil
from sqlalchemy import URL

from app.db.embedded import EmbeddedPostgres
from tests.faults.processes import wait_for
from tests.postgres import administer, migrate

IMMEDIATE, FAST = signal.SIGQUIT, signal.SIGINT
"""What `pg_ctl restart -m immediate` and `-m fast` send to the server."""


@contextmanager
def durable_server(folder: Path) -> Iterator[tuple[URL, Callable[[signal.Signals], None]]]:
    """A server of the test's own that keeps what it has committed, and how it is restarted."""
    with ExitStack() as users:
        server = users.enter_context(EmbeddedPostgres(folder))
        asyncio.run(administer(server.url, "CREATE DATABASE restarted"))
        url = server.url.set(database="restarted")
        migrate(url)

        def restart(how: signal.Signals) -> None:
            """End the server, and start it again as any process that needs it does."""
            first = (folder / "postgres" / "postmaster.pid").read_text().split("\n", 1)[0]
            running = psutil.Process(int(first))
            assert Path(running.cwd()) == folder / "postgres"
            running.send_signal(how)
            wait_for(lambda: _is_dead(running), lambda: "the server did not end")
            users.enter_context(EmbeddedPostgres(folder))

        yield url, restart


def _is_dead(server: psutil.Process) -> bool:
    try:
        return bool(server.status() == psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return True
