"""The Postgres that tests run on: one server a session, one migrated template, copies of it."""

import asyncio
import importlib
import importlib.util
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import alembic.command
from alembic.config import Config
from sqlalchemy import URL, text
from sqlalchemy.ext.asyncio import create_async_engine

from app.db.base import Base
from app.db.embedded import EmbeddedPostgres
from app.db.engine import database_url, make_engine

ROOT = Path(__file__).resolve().parents[1]
# An operator may have the tests run on a server of another version: the address of its superuser.
OTHER_SERVER = "TEST_DATABASE_URL"


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
    finally:
        asyncio.run(administer(server, f"DROP DATABASE IF EXISTS {template.database} WITH (FORCE)"))


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
