"""The Postgres that tests run on: one server a session, one migrated template, copies of it.

A copy is emptied after a test and lent to the next one: to make one costs more than most tests do.
"""

import asyncio
import importlib
import importlib.util
import os
import tempfile
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from uuid import uuid4

import alembic.command
import asyncpg
from alembic.config import Config
from sqlalchemy import URL, text
from sqlalchemy.ext.asyncio import create_async_engine

from app.db.base import Base
from app.db.embedded import EmbeddedPostgres
from app.db.engine import connect_raw, database_url, make_engine

ROOT = Path(__file__).resolve().parents[1]
# An operator may have the tests run on a server of another version: the address of its superuser.
OTHER_SERVER = "TEST_DATABASE_URL"

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


@dataclass
class Copies:
    """What is kept of a template: its shape, its empty copies, and how often each was lent."""

    shape: str
    empty: list[URL] = field(default_factory=list)
    lent: Counter[URL] = field(default_factory=Counter)


_kept: dict[URL, Copies] = {}


@contextmanager
def postgres_server() -> Iterator[URL]:
    """The address of a server's own database; the server is ours unless the environment has one."""
    other = os.environ.get(OTHER_SERVER)
    if other:
        yield database_url(other)
        return
    with (
        tempfile.TemporaryDirectory(
            prefix="changeover-tests-", ignore_cleanup_errors=True
        ) as folder,
        EmbeddedPostgres(Path(folder), durable=False) as server,
    ):
        yield server.url


@contextmanager
def migrated_template(server: URL) -> Iterator[URL]:
    """A database at the migrations' head, to be copied; nobody may stay connected to it."""
    template = server.set(database=f"template_{uuid4().hex}")
    asyncio.run(administer(server, f"CREATE DATABASE {template.database}"))
    try:
        migrate(template)
        yield template
        if template in _kept:
            for copy in _kept.pop(template).lent:
                asyncio.run(drop(copy))
    finally:
        asyncio.run(administer(server, f"DROP DATABASE IF EXISTS {template.database} WITH (FORCE)"))


async def borrow(template: URL) -> URL:
    """A migrated, empty database: one that was given back, or a new one."""
    copies = _kept.get(template)
    if copies and copies.empty:
        copy = copies.empty.pop()
    else:
        copy = await clone(template)
        if copies is None:
            async with connected(copy) as connection:
                copies = _kept[template] = Copies(await connection.fetchval(SHAPE))
    copies.lent[copy] += 1
    return copy


async def give_back(template: URL, copy: URL) -> None:
    """Empty a borrowed database for the next one, whoever is still connected to it.

    One that was given another shape, or has been lent often, is dropped.
    """
    copies = _kept[template]
    if copies.lent[copy] < MOST_LENT:
        async with connected(copy) as connection:
            await connection.execute(END_OTHERS)
            if await connection.fetchval(SHAPE) == copies.shape:
                await connection.execute(EMPTY)
                copies.empty.append(copy)
                return
    del copies.lent[copy]
    await drop(copy)


@asynccontextmanager
async def connected(url: URL) -> AsyncIterator[asyncpg.Connection]:
    """The driver's own connection, for a few statements."""
    connection = await connect_raw(url, application_name="tests")
    try:
        yield connection
    finally:
        await connection.close()


async def clone(template: URL) -> URL:
    """Copy the template, by the log: copying files waits for a checkpoint each time."""
    copy = template.set(database=f"test_{uuid4().hex}")
    await administer(
        template.set(database="postgres"),
        f"CREATE DATABASE {copy.database} TEMPLATE {template.database} STRATEGY wal_log",
    )
    return copy


async def drop(copy: URL) -> None:
    """Drop a copy, whoever is still connected to it."""
    await administer(
        copy.set(database="postgres"), f"DROP DATABASE IF EXISTS {copy.database} WITH (FORCE)"
    )


async def administer(server: URL, statement: str) -> None:
    """Run one statement outside any transaction."""
    engine = create_async_engine(server, isolation_level="AUTOCOMMIT")
    try:
        async with engine.connect() as connection:
            await connection.execute(text(statement))
    finally:
        await engine.dispose()


def migrate(url: URL) -> None:
    """Bring an empty database to the head of the migrations.

    `migrations/env.py` finds the address in `config.attributes["url"]`.
    """
    migrations = ROOT / "migrations"
    if not (migrations / "env.py").exists():
        asyncio.run(_create_all(url))
        return
    config = Config()
    config.set_main_option("script_location", str(migrations))
    config.attributes["url"] = url.render_as_string(hide_password=False)
    alembic.command.upgrade(config, "head")


async def _create_all(url: URL) -> None:
    if importlib.util.find_spec("app.db.models"):
        importlib.import_module("app.db.models")
    engine = make_engine(url)
    try:
        async with engine.begin() as connection:
            await connection.run_sync(Base.metadata.create_all)
    finally:
        await engine.dispose()
