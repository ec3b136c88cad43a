"""The servers that intake is compared with: one that does nothing, and two that only insert.

    python -m bench.intaking.limits bare --port 8001
    python -m bench.intaking.limits inserting --port 8002 --database "host=... user=postgres"

All are bare ASGI under the same uvicorn as the service. The inserting one is the same durable
insert written by hand: the body is read by `json.loads`, and one statement on asyncpg writes the
same event, job and line of the job's log into the same tables, one commit a request. It checks no
key, parses leniently, and answers a repeat without the first event's id. A job notifies the
workers, and Postgres lets such commits through one at a time only; `event-alone` leaves it out.
"""

import argparse
import contextlib
import hashlib
import json
from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import uvicorn
from uuid_utils import uuid7

EVENT = """
    INSERT INTO inbound_events
        (id, source, event_id, status, document, body, content_type, body_hash, repeats, differs,
         received_at)
    VALUES ($1, 'agreement', $2, 'received', $3, $4, 'application/json', $5, 0, false,
            clock_timestamp())
    ON CONFLICT (source, event_id) WHERE status <> 'rejected' DO NOTHING
    RETURNING id
"""
JOB = """
    INSERT INTO jobs.pgqueuer (priority, entrypoint, payload, status)
    SELECT 0, 'inbound', convert_to(json_build_object('event_id', id)::text, 'UTF8'), 'queued'
    FROM kept RETURNING id, entrypoint, priority
), logged AS (
    INSERT INTO jobs.pgqueuer_log (job_id, status, entrypoint, priority)
    SELECT id, 'queued', entrypoint, priority FROM queued
"""
# Three constants of this file.
EVENT_AND_JOB = f"WITH kept AS ({EVENT}), queued AS ({JOB}) SELECT id FROM kept"  # noqa: S608
INSERTS = {"inserting": EVENT_AND_JOB, "event-alone": EVENT}
POOL = 32


async def _body(receive: Any) -> bytes:
    read = b""
    while True:
        message = await receive()
        read += message.get("body", b"")
        if not message.get("more_body"):
            return read


async def _answer(send: Any, content: bytes) -> None:
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", str(len(content)).encode()),
    ]
    await send({"type": "http.response.start", "status": 202, "headers": headers})
    await send({"type": "http.response.body", "body": content})


async def bare(scope: Any, receive: Any, send: Any) -> None:
    """Read the body, answer."""
    if scope["type"] == "http":
        await _body(receive)
        await _answer(send, b'{"status": "accepted"}')


class Inserting:
    """One insert and one commit a request."""

    def __init__(self, insert: str, database: dict[str, Any]) -> None:
        self.insert = insert
        self.database = database

    @contextlib.asynccontextmanager
    async def pool(self) -> AsyncIterator[Any]:
        """As many connections as there are callers."""
        async with asyncpg.create_pool(
            **self.database,
            min_size=0,
            max_size=POOL,
            # Closed while others are measured: the server takes a hundred.
            max_inactive_connection_lifetime=2,
            server_settings={"timezone": "UTC"},
        ) as pool:
            yield pool

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Open the pool at start; keep an event and answer."""
        if scope["type"] == "lifespan":
            await receive()
            async with self.pool() as self.connections:
                await send({"type": "lifespan.startup.complete"})
                await receive()
            await send({"type": "lifespan.shutdown.complete"})
            return
        body = await _body(receive)
        document = json.loads(body)
        text = json.dumps(document)
        event_id = str(uuid7())
        kept = await self.connections.fetchval(
            self.insert,
            event_id,
            document["event_id"],
            text,
            body,
            hashlib.sha256(text.encode()).hexdigest(),
        )
        status = "accepted" if kept else "duplicate"
        await _answer(send, json.dumps({"event_id": event_id, "status": status}).encode())


def main() -> None:
    """Serve one of them."""
    parser = argparse.ArgumentParser()
    parser.add_argument("which", choices=["bare", *INSERTS])
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--database", default="{}", help="Arguments of asyncpg's connect, as JSON.")
    options = parser.parse_args()
    is_bare = options.which == "bare"
    app = bare if is_bare else Inserting(INSERTS[options.which], json.loads(options.database))
    uvicorn.run(
        app,
        host="127.0.0.1",
        port=options.port,
        lifespan="off" if is_bare else "on",
        log_level="warning",
        access_log=False,
        server_header=False,
    )


if __name__ == "__main__":
    main()
