"""Addresses of databases, and the environment that the queue's library reads."""

import subprocess
import sys

import pytest

from app.db import guard_pgqueuer_environment
from app.db.engine import DatabaseUrlInvalid, database_url


@pytest.mark.parametrize(
    "given",
    ["postgres://u:p@h:5/d", "postgresql://u:p@h:5/d", "postgresql+asyncpg://u:p@h:5/d"],
)
def test_an_address_is_taken_in_any_usual_spelling(given: str) -> None:
    url = database_url(given)

    assert url.render_as_string(hide_password=False) == "postgresql+asyncpg://u:p@h:5/d"


def test_the_word_of_other_drivers_for_encryption_is_understood() -> None:
    assert database_url("postgres://h/d?sslmode=require").query == {"ssl": "require"}


@pytest.mark.parametrize("given", ["", "hunter2", "sqlite:///hunter2", "postgresql://h:hunter2/d"])
def test_anything_else_is_refused_without_repeating_it(given: str) -> None:
    with pytest.raises(DatabaseUrlInvalid) as caught:
        database_url(given)

    assert "hunter2" not in str(caught.value)


def test_the_environment_cannot_move_the_queue() -> None:
    environ = {"CHANNEL": "evil", "Trigger": "evil", "PGQUEUER_PREFIX": "evil", "HOME": "/home"}

    guard_pgqueuer_environment(environ)

    assert environ == {"HOME": "/home", "PGQUEUER_SCHEMA": "jobs"}


def test_the_guarded_names_are_all_that_the_library_reads() -> None:
    # A new process: the library reads its names once, when it is imported.
    program = """
from app.db import guard_pgqueuer_environment
guard_pgqueuer_environment()
from pgqueuer.domain.settings import DBSettings
names = DBSettings()
print(names.db_schema, names.channel, names.qualified.queue_table, names.durability.value)
"""
    bare = ["channel", "function", "queue_table", "trigger", "schedules_table", "queue_table_log"]
    environ = {name.upper(): "evil" for name in bare} | {"DURABILITY": "volatile"}

    told = subprocess.run(
        [sys.executable, "-c", program], env=environ, capture_output=True, text=True, check=True
    )

    assert told.stdout.split() == ["jobs", "ch_pgqueuer", "jobs.pgqueuer", "durable"]
