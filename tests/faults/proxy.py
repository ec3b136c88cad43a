"""A proxy before Postgres that understands just enough of its protocol to cut at a COMMIT.

Before it: the server never hears of it, and rolls back. After it: the server has committed, and
the client never hears of that.
"""

import asyncio
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

from sqlalchemy import URL

from app.db.sockets import SOCKET_NAME
from tests.faults.processes import free_port

SSL_REQUEST, GSS_REQUEST = 80877103, 80877104
HEADER = 5
BEFORE, AFTER = "before", "after"


@dataclass
class Cuts:
    """Which of the commits that pass are cut: every nth, before and after by turns.

    Attributes:
        every: Zero cuts none.
        made: How many were cut, and on which side.
    """

    every: int = 0
    made: Counter[str] = field(default_factory=Counter)
    _passed: int = 0

    def next(self) -> str | None:
        """What becomes of the commit that is passing now."""
        self._passed += 1
        if not self.every or self._passed % self.every:
            return None
        side = AFTER if self.made[BEFORE] > self.made[AFTER] else BEFORE
        self.made[side] += 1
        return side


@dataclass
class _Connection:
    """One client and its server; `doomed` once its commit has gone and its answer must not come."""

    cuts: Cuts
    client: tuple[asyncio.StreamReader, asyncio.StreamWriter]
    server: tuple[asyncio.StreamReader, asyncio.StreamWriter]
    doomed: bool = False

    async def run(self) -> None:
        """Pass everything on, until one side goes or the connection is cut."""
        ways = [asyncio.create_task(self._upwards()), asyncio.create_task(self._downwards())]
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for way in ways:
                way.cancel()
            for _, writer in (self.client, self.server):
                writer.transport.abort()

    async def _upwards(self) -> None:
        reader, writer = self.client[0], self.server[1]
        writer.write(await self._startup(reader))
        while True:
            head = await reader.readexactly(HEADER)
            body = await reader.readexactly(int.from_bytes(head[1:]) - 4)
            if head[:1] == b"Q" and body[:6].upper() == b"COMMIT":
                side = self.cuts.next()
                if side == BEFORE:
                    return
                self.doomed = side == AFTER
            writer.write(head + body)
            await writer.drain()

    async def _startup(self, reader: asyncio.StreamReader) -> bytes:
        """The client's first message; what it asks of encryption is declined."""
        while True:
            size = await reader.readexactly(4)
            body = await reader.readexactly(int.from_bytes(size) - 4)
            if int.from_bytes(body[:4]) not in (SSL_REQUEST, GSS_REQUEST):
                return size + body
            self.client[1].write(b"N")

    async def _downwards(self) -> None:
        reader, writer = self.server[0], self.client[1]
        while True:
            head = await reader.readexactly(HEADER)
            body = await reader.readexactly(int.from_bytes(head[1:]) - 4)
            if self.doomed and head[:1] == b"C":
                # It is committed, or, where its transaction had failed, rolled back.
                return
            writer.write(head + body)
            await writer.drain()


async def _serve(port: int, server: str, cuts: Cuts, ready: threading.Event) -> None:
    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            behind = await asyncio.open_unix_connection(server)
        except OSError:
            writer.transport.abort()
            return
        with suppress(asyncio.IncompleteReadError, OSError):
            await _Connection(cuts, (reader, writer), behind).run()

    async with await asyncio.start_server(connected, "127.0.0.1", port) as serving:
        ready.set()
        await serving.serve_forever()


@contextmanager
def proxy(database: URL) -> Iterator[tuple[URL, Cuts]]:
    """Where the database is reached through the proxy, and which commits it cuts: none at first."""
    port, cuts, ready = free_port(), Cuts(), threading.Event()
    server = f"{database.query['host']}/{SOCKET_NAME}"
    loop = asyncio.new_event_loop()
    serving = loop.create_task(_serve(port, server, cuts, ready))

    def run() -> None:
        with suppress(asyncio.CancelledError):
            loop.run_until_complete(serving)
        for left in asyncio.all_tasks(loop):
            left.cancel()
        loop.run_until_complete(asyncio.sleep(0))
        loop.close()

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    assert ready.wait(10)
    try:
        yield database.set(host="127.0.0.1", port=port, query={}), cuts
    finally:
        loop.call_soon_threadsafe(serving.cancel)
        thread.join(10)
