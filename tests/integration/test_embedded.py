"""The embedded Postgres: shared, left, killed and found again."""

import asyncio
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import psutil
import pytest
from sqlalchemy import URL, text
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker

from app.db.embedded import EmbeddedPostgres, EmbeddedPostgresFailed
from app.db.engine import connect_raw, make_engine
from app.db.run_as import choose_run_as

USER = """
import os, signal, sys
from pathlib import Path
from app.db.embedded import EmbeddedPostgres
server = EmbeddedPostgres(Path(sys.argv[1]), durable=False)
server.start()
print("ready", flush=True)
sys.stdin.read()
server.stop()
"""


def another_process(folder: Path) -> "subprocess.Popen[str]":
    process = subprocess.Popen(
        [sys.executable, "-c", USER, str(folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).resolve().parents[2],
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process


def postmaster(folder: Path) -> psutil.Process:
    return psutil.Process(int((folder / "postgres/postmaster.pid").read_text().split("\n")[0]))


def is_running(folder: Path) -> bool:
    return (folder / "postgres/postmaster.pid").exists()


def answer(url: URL, question: str) -> object:
    async def ask() -> object:
        engine = make_engine(url)
        try:
            async with engine.connect() as connection:
                return await connection.scalar(text(question))
        finally:
            await engine.dispose()

    return asyncio.run(ask())


def test_a_new_directory_becomes_a_server_and_leaving_stops_it(tmp_path: Path) -> None:
    with EmbeddedPostgres(tmp_path, durable=False) as server:
        version = answer(server.url, "SHOW server_version")

    assert str(version).startswith("18.")
    assert not is_running(tmp_path)


def test_data_outlives_the_server(tmp_path: Path) -> None:
    with EmbeddedPostgres(tmp_path, durable=False) as server:
        answer(server.url.update_query_dict({}), "SELECT 1")
        asyncio.run(write(server.url, "CREATE DATABASE kept"))

    with EmbeddedPostgres(tmp_path, durable=False) as server:
        found = answer(server.url, "SELECT count(*) FROM pg_database WHERE datname = 'kept'")

    assert found == 1


async def write(url: URL, statement: str) -> None:
    connection = await connect_raw(url)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


def test_a_cluster_for_real_use_keeps_its_promises_to_disk(tmp_path: Path) -> None:
    with EmbeddedPostgres(tmp_path) as server:
        assert answer(server.url, "SHOW fsync") == "on"
        assert answer(server.url, "SHOW listen_addresses") == ""
        assert answer(server.url, "SHOW timezone") == "UTC"


@pytest.mark.parametrize("name", ["with space", "comma,quote\"'", "l" * 120, "ümläut"])
def test_any_name_of_the_data_directory_will_do(tmp_path: Path, name: str) -> None:
    with EmbeddedPostgres(tmp_path / name, durable=False) as server:
        assert answer(server.url, "SELECT 1") == 1
    with EmbeddedPostgres(tmp_path / name, durable=False) as server:
        assert answer(server.url, "SELECT 1") == 1


def test_the_last_of_two_users_stops_the_server(tmp_path: Path) -> None:
    other = another_process(tmp_path)
    ours = EmbeddedPostgres(tmp_path, durable=False)
    ours.start()

    ours.stop()
    still_there = is_running(tmp_path)
    other.communicate()

    assert still_there
    assert not is_running(tmp_path)


def test_a_killed_user_does_not_keep_the_server_for_ever(tmp_path: Path) -> None:
    other = another_process(tmp_path)
    ours = EmbeddedPostgres(tmp_path, durable=False)
    ours.start()

    other.kill()
    other.communicate()
    ours.stop()

    assert not is_running(tmp_path)


def test_a_server_left_by_a_killed_process_is_taken_up(tmp_path: Path) -> None:
    other = another_process(tmp_path)
    left = postmaster(tmp_path).pid
    other.kill()
    other.communicate()

    with EmbeddedPostgres(tmp_path, durable=False):
        taken_up = postmaster(tmp_path).pid

    assert taken_up == left
    assert not is_running(tmp_path)


def test_a_killed_server_whose_number_belongs_to_another_is_started_anew(tmp_path: Path) -> None:
    first = EmbeddedPostgres(tmp_path, durable=False)
    first.start()
    killed = postmaster(tmp_path)
    killed.send_signal(signal.SIGKILL)
    pid_file = tmp_path / "postgres/postmaster.pid"
    lines = pid_file.read_text().split("\n")
    pid_file.write_text("\n".join([str(os.getpid()), *lines[1:]]))

    with EmbeddedPostgres(tmp_path, durable=False) as server:
        assert answer(server.url, "SELECT 1") == 1
        assert postmaster(tmp_path).pid not in {killed.pid, os.getpid()}
        first.stop()
        assert answer(server.url, "SELECT 1") == 1
    assert not is_running(tmp_path)


def test_users_that_race_for_a_new_directory_share_one_server(tmp_path: Path) -> None:
    servers = [EmbeddedPostgres(tmp_path, durable=False) for _ in range(4)]
    threads = [threading.Thread(target=server.start) for server in servers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    urls = {server.url for server in servers}
    for server in servers:
        server.stop()

    assert len(urls) == 1
    assert not is_running(tmp_path)


def test_a_kill_during_the_first_start_leaves_nothing_half_made(tmp_path: Path) -> None:
    (tmp_path / "new-cluster-abandoned").mkdir()
    (tmp_path / "new-cluster-abandoned/PG_VERSION").write_text("18")

    with EmbeddedPostgres(tmp_path, durable=False) as server:
        assert answer(server.url, "SELECT 1") == 1

    assert not list(tmp_path.glob("new-cluster-*"))


def test_a_broken_cluster_fails_with_the_end_of_its_log(tmp_path: Path) -> None:
    with EmbeddedPostgres(tmp_path, durable=False):
        pass
    (tmp_path / "postgres/global/pg_control").unlink()

    with pytest.raises(EmbeddedPostgresFailed, match="pg_control"):
        EmbeddedPostgres(tmp_path, durable=False).start()


def test_a_directory_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")

    with pytest.raises(EmbeddedPostgresFailed, match="file"):
        EmbeddedPostgres(tmp_path / "file" / "data").start()


def test_the_address_of_a_server_not_started_is_refused(tmp_path: Path) -> None:
    with pytest.raises(EmbeddedPostgresFailed, match="not been started"):
        _ = EmbeddedPostgres(tmp_path).url


@pytest.mark.skipif(os.geteuid() == 0, reason="root lends Postgres another identity")
def test_an_ordinary_user_runs_the_server_as_itself(tmp_path: Path) -> None:
    way = choose_run_as(tmp_path, tmp_path / "postgres")

    assert (way.prefix, way.uid) == ((), None)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can lend another identity")
def test_root_runs_a_cluster_as_its_owner(tmp_path: Path) -> None:
    with EmbeddedPostgres(tmp_path, durable=False) as server:
        owner = postmaster(tmp_path).uids().real
        assert answer(server.url, "SELECT 1") == 1

    assert owner == (tmp_path / "postgres").stat().st_uid


async def test_each_test_has_a_database_of_its_own(
    database_url: URL, engine: AsyncEngine, sessions: async_sessionmaker[AsyncSession]
) -> None:
    async with sessions() as session:
        name = await session.scalar(text("SELECT current_database()"))
        lock_timeout = await session.scalar(text("SHOW lock_timeout"))

    assert name == database_url.database
    assert lock_timeout == "4s"
    assert engine.url.database == name
