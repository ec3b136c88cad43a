"""Databases that are lent to one test after another: to make one costs more than most tests do."""

from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg
from sqlalchemy import URL

from app.db.engine import connect_raw
from tests import postgres

# What no test is expected to change for the next one: tables, columns, constraints, triggers,
# functions, the settings of the database, and the migration that it is at.
SHAPE = """
    SELECT md5(concat_ws('|',
        (SELECT string_agg(concat_ws(':', oid, relname, reloptions), ',' ORDER BY oid)
            FROM pg_class WHERE oid >= 16384),
        (SELECT string_agg(concat_ws(':', attrelid, attname, atttypid, attnotnull), ','
                ORDER BY attrelid, attnum)
            FROM pg_attribute WHERE attrelid >= 16384 AND attnum > 0),
        (SELECT string_agg(concat_ws(':', oid, convalidated), ',' ORDER BY oid)
            FROM pg_constraint WHERE oid >= 16384),
        (SELECT string_agg(concat_ws(':', oid, tgenabled), ',' ORDER BY oid) FROM pg_trigger),
        (SELECT string_agg(concat_ws(':', oid, md5(prosrc)), ',' ORDER BY oid)
            FROM pg_proc WHERE oid >= 16384),
        (SELECT string_agg(s::text, ',') FROM pg_db_role_setting s
            JOIN pg_database d ON d.oid = s.setdatabase WHERE d.datname = current_database()),
        (SELECT string_agg(version_num, ',') FROM alembic_version)
    ))
"""
END_OTHERS = """
    SELECT pg_terminate_backend(pid, 2000) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()
        AND backend_type = 'client backend'
"""
EMPTY = """
    SET session_replication_role = replica;
    DO $$
    DECLARE
        kept record;
    BEGIN
        FOR kept IN
            SELECT c.oid::regclass AS name FROM pg_class c
            WHERE c.oid >= 16384 AND c.relkind = 'r' AND c.relname <> 'alembic_version'
        LOOP
            EXECUTE format('DELETE FROM %s', kept.name);
        END LOOP;
        PERFORM setval(seqrelid, seqstart, false) FROM pg_sequence;
    END
    $$
"""
MOST_LENT = 40
"""How often a copy is lent: rows that were deleted take room until it is dropped."""


class Lender:
    """Lends copies of a template, and empties them when they are given back.

    Args:
        template: A migrated database that nobody is connected to.
    """

    def __init__(self, template: URL) -> None:
        self._template = template
        self._shape: str | None = None
        self._empty: list[URL] = []
        self._lent: Counter[URL] = Counter()

    async def borrow(self) -> URL:
        """A migrated, empty database: one that was given back, or a new one."""
        copy = self._empty.pop() if self._empty else await self._new()
        self._lent[copy] += 1
        return copy

    async def give_back(self, copy: URL) -> None:
        """Empty a database for the next one, whoever is still connected to it.

        One that was given another shape, or has been lent often, is dropped.
        """
        if self._lent[copy] < MOST_LENT and await self._emptied(copy):
            self._empty.append(copy)
        else:
            del self._lent[copy]
            await postgres.drop(copy)

    async def close(self) -> None:
        """Drop all."""
        for copy in self._lent:
            await postgres.drop(copy)

    async def _new(self) -> URL:
        copy = await postgres.clone(self._template)
        if self._shape is None:
            async with _connected(copy) as connection:
                self._shape = await connection.fetchval(SHAPE)
        return copy

    async def _emptied(self, copy: URL) -> bool:
        async with _connected(copy) as connection:
            await connection.execute(END_OTHERS)
            if await connection.fetchval(SHAPE) != self._shape:
                return False
            await connection.execute(EMPTY)
            return True


@asynccontextmanager
async def _connected(url: URL) -> AsyncIterator[asyncpg.Connection]:
    connection = await connect_raw(url, application_name="lender")
    try:
        yield connection
    finally:
        await connection.close()
