"""A database that is restarted under load, and one whose commits are lost on the way."""

import asyncio
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import psutil
import pytest
from sqlalchemy import URL

from app.db.embedded import EmbeddedPostgres
from tests.faults.conftest import Size
from tests.faults.processes import wait_for
from tests.faults.proxy import AFTER, BEFORE, proxy
from tests.faults.stage import theatre_on
from tests.postgres import administer, clone, drop, migrate

BETWEEN_RESTARTS_S = 3.0
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


@pytest.mark.slow
def test_a_database_restarted_every_few_seconds_loses_nothing_and_repeats_nothing(
    tmp_path: Path, size: Size, accept: Callable[..., None]
) -> None:
    folder = tmp_path / "server"
    with durable_server(folder) as (url, restart), theatre_on(url, tmp_path) as stage:
        # given two workers with work before them
        stage.database.sign(size.clients)
        with stage.worker(), stage.worker():
            wait_for(stage.vendors.have_had(5), stage.log)

            # when the database goes away again and again, in the middle of it or in order
            for number in range(size.rounds):
                restart(FAST if number % 2 else IMMEDIATE)
                if number == size.rounds // 2:
                    stage.database.post_notes(size.notes)
                time.sleep(BETWEEN_RESTARTS_S)
            stage.drain()

        # then everything has happened once
        accept(
            stage.verdict(),
            beside=f"{size.rounds} restarts, {len(stage.stuck)} tried again by hand",
        )


@pytest.mark.slow
def test_commits_that_are_cut_off_on_either_side_lose_nothing_and_repeat_nothing(
    database_template: URL, tmp_path: Path, size: Size, accept: Callable[..., None]
) -> None:
    url = asyncio.run(clone(database_template))
    try:
        with proxy(url) as (through, cuts), theatre_on(url, tmp_path, through=through) as stage:
            # given two workers that reach the database through a proxy
            stage.database.sign(size.clients)
            with stage.worker(), stage.worker():
                wait_for(stage.vendors.have_had(5), stage.log)

                # when commits never arrive, or are made and never heard of
                cuts.every = size.of(15, 40)
                wanted = size.of(6, 60)
                stage.database.post_notes(size.notes)
                wait_for(
                    lambda: (
                        min(cuts.made[BEFORE], cuts.made[AFTER]) >= wanted // 2
                        or stage.database.idle()
                    ),
                    stage.log,
                )
                cuts.every = 0
                stage.drain()

            # then everything has happened once
            assert min(cuts.made[BEFORE], cuts.made[AFTER]) > 0
            told = f"{cuts.made[BEFORE]} commits cut before, {cuts.made[AFTER]} after"
            accept(stage.verdict(), beside=f"{told}, {len(stage.stuck)} tried again by hand")
    finally:
        asyncio.run(drop(url))
