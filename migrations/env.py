"""Runs the migrations: one process at a time, each in its own transaction.

Where nobody names a database, as with Alembic's own commands, it is the one of the settings.
"""

import asyncio

from alembic import context
from sqlalchemy import URL, Connection, text
from sqlalchemy.ext.asyncio import create_async_engine

import app.db.models  # noqa: F401  (registers the tables)
from app.db.base import Base
from app.db.embedded import EmbeddedPostgres
from app.db.engine import database_url
from app.settings import load_settings

ONE_AT_A_TIME = 7_461_102  # any number, the same in every process


def _configure(**how: object) -> None:
    context.configure(
        target_metadata=Base.metadata,
        compare_server_default=True,
        compare_type=True,
        transaction_per_migration=True,
        **how,  # type: ignore[arg-type]
    )


def _migrate(connection: Connection) -> None:
    _configure(connection=connection)
    with context.begin_transaction():
        context.run_migrations()


async def _online(url: URL | str) -> None:
    engine = create_async_engine(url)
    try:
        async with engine.connect() as connection:
            await connection.execute(text(f"SELECT pg_advisory_lock({ONE_AT_A_TIME})"))
            await connection.commit()
            await connection.run_sync(_migrate)
            await connection.commit()
    finally:
        await engine.dispose()


def _on_the_database_of_the_settings() -> None:
    settings = load_settings()
    if settings.database_url is not None:
        asyncio.run(_online(database_url(settings.database_url.get_secret_value())))
        return
    with EmbeddedPostgres(settings.data_dir) as server:
        asyncio.run(_online(server.url))


if context.is_offline_mode():
    _configure(url="postgresql+asyncpg://", literal_binds=True)
    with context.begin_transaction():
        context.run_migrations()
elif named := context.config.attributes.get("url"):
    asyncio.run(_online(named))
else:
    _on_the_database_of_the_settings()
