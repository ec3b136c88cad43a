"""Applying the migrations, and asking whether they were applied."""

from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import URL, text
from sqlalchemy.ext.asyncio import AsyncSession

MIGRATIONS = Path(__file__).resolve().parents[2] / "migrations"


def _config(url: URL | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    if url is not None:
        config.attributes["url"] = url.render_as_string(hide_password=False)
    return config


def migrate(url: URL) -> None:
    """Bring a database to the newest version; processes that do so at once take turns.

    Runs in a thread of its own: the migrations begin an event loop, and the caller may be in one.
    """
    with ThreadPoolExecutor(1) as thread:
        thread.submit(command.upgrade, _config(url), "head").result()


@cache
def newest() -> str:
    """The version that this code works with."""
    return str(ScriptDirectory.from_config(_config()).get_current_head())


async def is_migrated(session: AsyncSession) -> bool:
    """Whether the database is at the newest version."""
    exists = await session.scalar(text("SELECT to_regclass('alembic_version') IS NOT NULL"))
    if not exists:
        return False
    version = await session.scalar(text("SELECT version_num FROM alembic_version"))
    return bool(version == newest())
