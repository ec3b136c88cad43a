"""The command that says what a version of a playbook changes."""

import asyncio
from pathlib import Path

from sqlalchemy import URL
from typer.testing import CliRunner

from app.cli import app
from app.db.clock import real_now
from app.domain.run.starting import BY_HAND
from app.services.runs.starting import StartRun, start_run
from tests.builders import TESTER, Sessions, office
from tests.welcoming import welcome, welcoming


def test_two_files_are_compared_field_by_field(tmp_path: Path) -> None:
    (tmp_path / "old.yaml").write_text(welcome(1))
    (tmp_path / "new.yaml").write_text(welcome(2, days="1"))

    said = CliRunner().invoke(
        app, ["playbooks", "diff", str(tmp_path / "new.yaml"), str(tmp_path / "old.yaml")]
    )

    assert said.output.splitlines() == ["version: 1, now 2", "steps[call].due.days: 3, now 1"]


def test_without_a_database_it_is_the_catalogs_file(tmp_path: Path) -> None:
    folder = tmp_path / "catalog"
    (folder / "playbooks").mkdir(parents=True)
    (folder / "playbooks" / "welcome.yaml").write_text(welcome(1))
    (tmp_path / "new.yaml").write_text(welcome(2, caller="sales"))

    said = CliRunner().invoke(
        app,
        ["playbooks", "diff", "--offline", str(tmp_path / "new.yaml")],
        env={"CHANGEOVER_CATALOG_DIR": str(folder)},
    )

    assert said.output.splitlines() == [
        "version: 1, now 2",
        "steps[call].role: support, now sales",
    ]


async def test_with_a_database_open_runs_are_told(
    database_url: URL, sessions: Sessions, tmp_path: Path
) -> None:
    folder = tmp_path / "catalog"
    folder.mkdir()
    at = welcoming(office(), folder)
    command = StartRun("welcome", "C-1", {"client_name": "Jo"}, BY_HAND, "by hand/1")
    async with sessions.begin() as session:
        now = await real_now(session)
        made = await start_run(session, command, office=at, actor=TESTER, now=now)
    (tmp_path / "new.yaml").write_text(welcome(2, last="gift", last_title="Send a gift"))
    settings = {
        "CHANGEOVER_CATALOG_DIR": str(folder),
        "CHANGEOVER_DATABASE_URL": database_url.render_as_string(hide_password=False),
        "CHANGEOVER_ENV": "sandbox",
    }

    said = await asyncio.to_thread(
        CliRunner().invoke, app, ["playbooks", "diff", str(tmp_path / "new.yaml")], env=settings
    )

    lines = said.output.splitlines()
    assert lines[:2] == ["In force: version 1.", "version: 1, now 2"]
    assert lines[-4:-2] == [
        "Open runs on version 1: 1.",
        f"Run {made.row.id} about C-1, if it moves:",
    ]
    assert lines[-2].startswith("  Send a gift: comes new, due by 00:00 on ")
    assert lines[-1] == "  Write a letter: is dropped."


def test_a_file_that_is_none_is_said_in_a_sentence(tmp_path: Path) -> None:
    said = CliRunner().invoke(app, ["playbooks", "diff", str(tmp_path / "none.yaml")])
    assert said.exit_code == 2
    assert "cannot be read:\n  No such file or directory" in said.output
