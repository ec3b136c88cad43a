"""Jobs that a statement enqueues with its facts are the jobs that the library would write."""

from typing import Any

from asyncpg import Connection
from sqlalchemy import URL

from app.db.engine import connect_raw
from app.db.ids import new_id
from app.db.jobs import Job, enqueue_on, enqueueing

WANTED = """
wanted AS (SELECT id AS place, '{"event_id":"' || id || '"}' AS payload
    FROM unnest($1::uuid[]) AS event(id))
"""
AT_ONCE = f"WITH {WANTED}, {enqueueing(Job.INBOUND, 'wanted')} SELECT place FROM wanted"
OF_THE_QUEUE = "SELECT * FROM jobs.pgqueuer ORDER BY id"
OF_ITS_LOG = "SELECT * FROM jobs.pgqueuer_log ORDER BY id"
OF_THE_ROW_ALONE = {"id", "job_id"}


async def rows(driver: Connection, question: str) -> list[dict[str, Any]]:
    found = [dict(row) for row in await driver.fetch(question)]
    return [{key: each[key] for key in each.keys() - OF_THE_ROW_ALONE} for each in found]


async def test_a_job_written_with_its_facts_is_the_librarys_in_every_column(
    database_url: URL,
) -> None:
    # given
    events = [new_id() for _ in range(3)]
    driver = await connect_raw(database_url)
    written = []

    # when, each time in one transaction, whose instant is the rows'
    for as_the_library in (True, False):
        async with driver.transaction():
            await driver.execute("DELETE FROM jobs.pgqueuer; DELETE FROM jobs.pgqueuer_log")
            if as_the_library:
                payloads = [{"event_id": str(event)} for event in events]
                await enqueue_on(driver, Job.INBOUND, payloads)
            else:
                await driver.execute(AT_ONCE, list(reversed(events)))
            now = await driver.fetchval("SELECT now()")
            jobs, log = await rows(driver, OF_THE_QUEUE), await rows(driver, OF_ITS_LOG)
            written.append([_from(now, each) for each in (*jobs, *log)])
    await driver.close()

    # then
    by_library, by_statement = written
    assert len(by_library) == 6
    assert by_statement == by_library


def _from(now: Any, row: dict[str, Any]) -> dict[str, Any]:
    """The row with its instants as distances from the transaction's."""
    return {key: value - now if hasattr(value, "tzinfo") else value for key, value in row.items()}
