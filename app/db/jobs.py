"""Enqueueing: a job exists exactly when the facts that need it do.

Nothing else may build PgQueuer's `Queries`, or write its rows: the driver begins its transaction
only at the first statement, and a job enqueued before that would run before its facts were
committed and outlive their rollback. See docs/decisions/0004-jobs-in-the-callers-transaction.md.
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from enum import StrEnum
from json import JSONEncoder
from typing import Any, Final

from sqlalchemy.ext.asyncio import AsyncSession

from app.db import QUEUE_SCHEMA, guard_pgqueuer_environment
from app.db.driver import NotInTransaction, driver_in, told_as_everywhere

guard_pgqueuer_environment()

from pgqueuer.queries import Queries  # noqa: E402

_COMPACT: Final = JSONEncoder(separators=(",", ":"))


class Job(StrEnum):
    """What a worker can be asked to do; `scheduler/queue.py` has an entrypoint for each."""

    INBOUND = "inbound"
    DELIVER = "deliver"
    DELIVER_LOT = "deliver_lot"
    FIND_BOARD = "find_board"
    READ_BOARD = "read_board"
    READ_ITEM = "read_item"


async def enqueue(
    session: AsyncSession,
    job: Job,
    payload: Mapping[str, object],
    *,
    after: timedelta | None = None,
) -> None:
    """Enqueue a job that exists once the caller's transaction commits, and never if it does not.

    Args:
        session: The session whose transaction writes the facts.
        job: What is to be done.
        payload: JSON-ready arguments: ids, never content.
        after: Real time to wait before it is picked up.

    Raises:
        NotInTransaction: the session is in autocommit, which would set the job free at once.
    """
    await enqueue_all(session, job, [payload], after=after)


async def enqueue_all(
    session: AsyncSession,
    job: Job,
    payloads: Sequence[Mapping[str, object]],
    *,
    after: timedelta | None = None,
) -> None:
    """Enqueue a job for each payload by one statement, in their order; otherwise as `enqueue`."""
    driver = await driver_in(session)
    with told_as_everywhere():
        await enqueue_on(driver, job, payloads, after=after)


async def enqueue_on(
    driver: Any,
    job: Job,
    payloads: Sequence[Mapping[str, object]],
    *,
    after: timedelta | None = None,
) -> None:
    """Enqueue as `enqueue_all`, in the transaction that the driver's connection is in.

    Raises:
        NotInTransaction: It is in none.
    """
    if not driver.is_in_transaction():
        raise NotInTransaction("A job can only be enqueued inside a transaction.")
    count = len(payloads)
    bodies: list[bytes | None] = [_COMPACT.encode(payload).encode() for payload in payloads]
    await Queries.from_asyncpg_connection(driver).enqueue(
        [str(job)] * count, bodies, [0] * count, [after] * count
    )


def enqueueing(job: Job, wanted: str) -> str:
    """What a statement adds to its common table expressions to enqueue jobs with what it writes.

    For statements of many rows, where one more for their jobs would cost as much as they do. The
    rows are those that `enqueue_on` writes; what runs the statement commits them with the facts.

    Args:
        job: What is to be done.
        wanted: A table expression with a row for each job: its arguments as JSON (`payload`), and
            its `place` in their order.
    """
    return (
        f"queued AS (INSERT INTO {QUEUE_SCHEMA}.pgqueuer"  # noqa: S608 - names of ours
        " (priority, entrypoint, payload, execute_after, headers, status)"
        f" SELECT 0, '{job}', convert_to(payload, 'UTF8'), now(), 'null', 'queued'"
        f" FROM {wanted} ORDER BY place RETURNING id, entrypoint, priority"
        f"), logged AS (INSERT INTO {QUEUE_SCHEMA}.pgqueuer_log"
        " (job_id, status, entrypoint, priority)"
        " SELECT id, 'queued', entrypoint, priority FROM queued)"
    )
