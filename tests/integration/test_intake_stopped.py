"""The serving process is stopped or killed while calls wait to be kept, over real HTTP."""

import asyncio
import contextlib
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest
from sqlalchemy import URL, text
from sqlalchemy.ext.asyncio import AsyncConnection

from app.db.engine import make_engine
from tests.builders import BOOTSTRAP, signed_document
from tests.faults.processes import free_port, process

CALLS = 12
WAITING = text(
    "SELECT count(*) FROM pg_stat_activity"
    " WHERE datname = current_database() AND wait_event_type = 'Lock'"
)
KEPT = text("SELECT count(*), (SELECT count(*) FROM jobs.pgqueuer) FROM inbound_events")


@asynccontextmanager
async def stopped_while_calls_wait(
    url: URL, folder: Path, how: signal.Signals
) -> AsyncIterator[tuple["list[asyncio.Task[httpx.Response]]", AsyncConnection]]:
    """Calls that waited in a service when it was sent the signal; the inbox is still locked."""
    port, log = free_port(), folder / "service.log"
    settings = {
        "CHANGEOVER_ENV": "sandbox",
        "CHANGEOVER_DATABASE_URL": url.render_as_string(hide_password=False),
        "CHANGEOVER_DATA_DIR": str(folder / "data"),
        "CHANGEOVER_BOOTSTRAP_KEY": BOOTSTRAP,
        "CHANGEOVER_PORT": str(port),
        "CHANGEOVER_WORKER": "off",
    }
    engine = make_engine(url)
    with process("serve", log=log, **settings) as service:
        async with (
            httpx.AsyncClient(
                base_url=f"http://127.0.0.1:{port}",
                headers={"Authorization": f"Bearer {BOOTSTRAP}"},
                timeout=30,
            ) as client,
            engine.connect() as lock,
        ):
            await _until_up(client, log)
            await lock.execute(text("LOCK TABLE inbound_events IN SHARE MODE"))
            calls = [
                asyncio.create_task(
                    client.post("/webhooks/agreement", json=signed_document(event_id=f"zap-{n}"))
                )
                for n in range(CALLS)
            ]
            async with asyncio.timeout(20), engine.connect() as looking:
                while not await looking.scalar(WAITING):
                    await looking.rollback()
            await asyncio.sleep(0.2)
            service.send_signal(how)
            yield calls, lock
        await asyncio.to_thread(service.wait, 20)
    await engine.dispose()


async def _until_up(client: httpx.AsyncClient, log: Path) -> None:
    async with asyncio.timeout(60):
        while True:
            with contextlib.suppress(httpx.TransportError):
                (await client.get("/healthz")).raise_for_status()
                return
            await asyncio.sleep(0.05)


@pytest.mark.slow
async def test_a_service_told_to_stop_keeps_and_answers_what_waits(
    database_url: URL, tmp_path: Path
) -> None:
    async with stopped_while_calls_wait(database_url, tmp_path, signal.SIGTERM) as (calls, lock):
        # given
        done, _ = await asyncio.wait(calls, timeout=0.3)
        assert not done

        # when
        await lock.rollback()
        answers = await asyncio.gather(*calls)

        # then
        assert [answer.status_code for answer in answers] == [202] * CALLS
        assert {answer.json()["status"] for answer in answers} == {"accepted"}
        assert tuple((await lock.execute(KEPT)).one()) == (CALLS, CALLS)


@pytest.mark.slow
async def test_a_service_that_is_killed_has_acknowledged_nothing_that_it_lost(
    database_url: URL, tmp_path: Path
) -> None:
    async with stopped_while_calls_wait(database_url, tmp_path, signal.SIGKILL) as (calls, lock):
        # when
        answers = await asyncio.gather(*calls, return_exceptions=True)
        await lock.rollback()

        # then
        assert all(isinstance(answer, httpx.TransportError) for answer in answers)
        assert tuple((await lock.execute(KEPT)).one()) == (0, 0)
