"""Group commit: what waits at once is written by one transaction, and answered after it."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar, Generic, Protocol, TypeVar, cast

from app.web.refusals import Unavailable

AT_A_TIME = 8
"""Entries of a failed batch that are tried alone side by side: one may have to wait for a lock."""


class QueueFull(Unavailable):
    """More is waiting to be written than may wait."""

    code: ClassVar[str] = "queue_full"


class Stopping(Unavailable):
    """The process is about to end and takes nothing more."""

    code: ClassVar[str] = "stopping"


class Sized(Protocol):
    """What can be written."""

    @property
    def size(self) -> int:
        """What it weighs beside others, about as many bytes."""


Item = TypeVar("Item", bound=Sized)
Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Bounds:
    """How much may be written at once and wait at once.

    Attributes:
        batch: Most entries a transaction.
        batch_size: Most that they weigh together; one entry may be heavier.
        waiting: Most entries that wait.
        waiting_size: Most that they weigh together.
        writers: Most transactions at once: while one commits, the next is gathered and sent.
    """

    batch: int = 256
    batch_size: int = 4 * 1024 * 1024
    waiting: int = 2_000
    waiting_size: int = 64 * 1024 * 1024
    writers: int = 2


@dataclass(slots=True)
class _Entry(Generic[Item, Result]):
    item: Item
    answer: "asyncio.Future[Result]"


class GroupCommit(Generic[Item, Result]):
    """Gathers entries while a transaction is under way; nobody is answered before it commits.

    No entry waits for others to come: with one caller, a batch is one entry. A batch that fails
    is tried again entry by entry, so that only the one at fault fails.

    Args:
        write: Writes all entries in one transaction and commits it; a result for each, in order.
            It raises `Unavailable` where trying them one by one would help nobody.
        bounds: How much may be written at once, and how much may wait.
    """

    def __init__(
        self, write: Callable[[Sequence[Item]], Awaitable[Sequence[Result]]], bounds: Bounds
    ) -> None:
        self._write = write
        self._bounds = bounds
        self._waiting: deque[_Entry[Item, Result]] = deque()
        self._waiting_size = 0
        self._writers: set[asyncio.Task[None]] = set()
        self._busy = 0
        self._stopping = False

    async def submit(self, item: Item) -> Result:
        """Have an entry written, and return its result once that is committed.

        Whoever is cancelled meanwhile is taken off the queue, or written and told nothing.

        Raises:
            QueueFull: Too much waits already; nothing of the entry is kept.
            Stopping: The process is about to end.
        """
        if self._stopping:
            raise Stopping("The service is about to stop.")
        bounds = self._bounds
        full = len(self._waiting) >= bounds.waiting
        if full or self._waiting_size + item.size > bounds.waiting_size:
            raise QueueFull("Too many events wait to be kept; send it again in a moment.")
        entry = _Entry[Item, Result](item, asyncio.get_running_loop().create_future())
        self._waiting.append(entry)
        self._waiting_size += item.size
        if len(self._writers) < bounds.writers:
            self._writers.add(asyncio.create_task(self._write_all()))
        return await entry.answer

    async def close(self) -> None:
        """Take nothing more, and write what waits."""
        self._stopping = True
        await asyncio.gather(*self._writers, return_exceptions=True)

    async def _write_all(self) -> None:
        try:
            # One turn of the loop lets all calls that have come in with this one be read first.
            await asyncio.sleep(0)
            while batch := self._next_batch():
                self._busy += 1
                try:
                    await self._commit(batch)
                finally:
                    self._busy -= 1
        finally:
            # In the very turn in which it found nothing more: an entry that comes before a callback
            # ran would count it as a writer, and wait for nobody.
            self._writers.discard(cast("asyncio.Task[None]", asyncio.current_task()))

    def _next_batch(self) -> list[_Entry[Item, Result]]:
        batch: list[_Entry[Item, Result]] = []
        size = 0
        # A fair share for each writer that is free: while one part is written, calls are read.
        free = self._bounds.writers - self._busy
        most = min(self._bounds.batch, -(-len(self._waiting) // free))
        while self._waiting and len(batch) < most:
            entry = self._waiting[0]
            if batch and size + entry.item.size > self._bounds.batch_size:
                break
            self._waiting.popleft()
            self._waiting_size -= entry.item.size
            if not entry.answer.done():
                batch.append(entry)
                size += entry.item.size
        return batch

    async def _commit(self, batch: Sequence[_Entry[Item, Result]]) -> None:
        try:
            results = await self._write([entry.item for entry in batch])
        except Exception as fault:  # noqa: BLE001 - handed to those who wait, who answer for it
            if len(batch) == 1 or isinstance(fault, Unavailable):
                _fail(batch, fault)
            else:
                await self._one_by_one(batch)
        except BaseException:
            _fail(batch, Stopping("The service is about to stop."))
            raise
        else:
            for entry, result in zip(batch, results, strict=True):
                if not entry.answer.done():
                    entry.answer.set_result(result)

    async def _one_by_one(self, batch: Sequence[_Entry[Item, Result]]) -> None:
        gate = asyncio.Semaphore(AT_A_TIME)

        async def alone(entry: _Entry[Item, Result]) -> None:
            async with gate:
                await self._commit([entry])

        await asyncio.gather(*(alone(entry) for entry in batch))


def _fail(batch: Sequence[_Entry[Item, Result]], fault: Exception) -> None:
    for entry in batch:
        if not entry.answer.done():
            entry.answer.set_exception(fault)
