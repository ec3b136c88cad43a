"""Runs the migrations: one process at a time, each in its own transaction."""

import asyncio

from alembic import context
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import create_async_engine

import app.db.models  # noqa: F401  (registers the tables)
from app.db.base import Base

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


async def _online(url: str) -> None:
    engine = create_async_engine(url)
    try:
        async with engine.connect() as connection:
            await connection.execute(text(f"SELECT pg_advisory_lock({ONE_AT_A_TIME})"))
            await connection.commit()
            await connection.run_sync(_migrate)
            await connection.commit()
    finally:
        await engine.dispose()


if context.is_offline_mode():
    _configure(url="postgresql+asyncpg://", literal_binds=True)
    with context.begin_transaction():
        context.run_migrations()
else:
    address = context.config.attributes.get("url") or context.config.get_main_option(
        "sqlalchemy.url"
    )
    asyncio.run(_online(str(address)))
