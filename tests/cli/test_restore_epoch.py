"""The command that an operator runs once on a restored database."""

import os
import subprocess
import sys
from pathlib import Path

from sqlalchemy import URL, select
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from app.db.models import Delivery
from tests.builders import stored_plan


def changeover(url: URL, folder: Path, *command: str) -> str:
    others = {k: v for k, v in os.environ.items() if not k.startswith("CHANGEOVER_")}
    settings = {
        "CHANGEOVER_ENV": "sandbox",
        "CHANGEOVER_DATABASE_URL": url.render_as_string(hide_password=False),
        "CHANGEOVER_DATA_DIR": str(folder),
    }
    done = subprocess.run(
        [sys.executable, "-m", "app.cli", *command],
        env={**others, **settings},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout


async def test_an_operator_puts_what_is_unsettled_into_reconciliation(
    database_url: URL, sessions: async_sessionmaker[AsyncSession], tmp_path: Path
) -> None:
    await stored_plan(sessions)

    begun = changeover(database_url, tmp_path, "restore-epoch", "--days", "2")
    ended = changeover(database_url, tmp_path, "restore-epoch", "--end")
    again = changeover(database_url, tmp_path, "restore-epoch", "--end")

    assert begun.startswith("3 deliveries will be looked up before they are sent; so will each")
    assert (ended, again) == ("The restore epoch is over.\n", "There was none.\n")
    async with sessions() as session:
        assert set(await session.scalars(select(Delivery.state))) == {"uncertain"}
