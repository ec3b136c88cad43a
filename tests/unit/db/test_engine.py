"""Addresses of databases, and the environment that the queue's library reads."""

import subprocess
import sys
from logging import Logger

import pytest
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from app.db import guard_pgqueuer_environment
from app.db.engine import DatabaseUrlInvalid, database_url, make_engine, went_away


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


class DriverError(Exception):
    def __init__(self, sqlstate: str | None) -> None:
        super().__init__()
        self.sqlstate = sqlstate


@pytest.mark.parametrize(
    ("sqlstate", "away"),
    [
        (None, True),
        ("08006", True),
        ("53300", True),
        ("57P01", True),
        ("57P03", True),
        ("57014", False),
        ("40P01", False),
        ("23505", False),
        ("42601", False),
    ],
)
def test_a_database_that_went_away_is_told_from_a_false_statement(
    sqlstate: str | None, away: bool
) -> None:
    assert went_away(DBAPIError("select", {}, DriverError(sqlstate))) is away


def test_a_database_that_was_not_reached_went_away_as_well() -> None:
    assert went_away(ConnectionRefusedError())
    assert went_away(PoolTimeout())
    assert not went_away(ValueError())


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


def test_what_the_pool_logs_is_the_toolkits() -> None:
    logger = make_engine("postgresql://h/d").pool.logger

    assert isinstance(logger, Logger)
    assert logger.name.startswith("sqlalchemy.pool.")
