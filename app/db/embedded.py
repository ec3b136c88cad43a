"""A Postgres of our own: the wheel's binaries, started by the first user, stopped by the last.

Two locks in the data directory carry the whole protocol. `start.lock` is held while the server is
started or stopped; `users.lock` is shared by everybody who uses it, and whoever gets it alone on
leaving stops the server. The kernel drops the locks of the dead, so a killed process leaves
nothing behind that the next one could trip over.
"""

import atexit
import contextlib
import fcntl
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Self

import psutil
from sqlalchemy import URL

from app.db.binaries import EmbeddedPostgresFailed, binaries
from app.db.memory import usable_memory
from app.db.run_as import RunAs, choose_run_as
from app.db.sockets import (
    PORT,
    SOCKET_NAME,
    answers,
    is_listening,
    leave_socket_directory,
    socket_directory,
)

__all__ = ["EmbeddedPostgres", "EmbeddedPostgresFailed"]

START_TIMEOUT_S = 60.0
STOP_TIMEOUT_S = 30.0
LOG_LIMIT_BYTES = 8_000_000

MIB = 1024 * 1024
LEAST_BUFFERS_MIB, MOST_BUFFERS_MIB = 128, 512
"""Of an eighth of the memory that there is. A wave of a hundred thousand plans wants the most."""


def _buffers_mib() -> int:
    return min(max(usable_memory() // MIB // 8, LEAST_BUFFERS_MIB), MOST_BUFFERS_MIB)


SETTINGS = {
    "listen_addresses": "",
    "max_connections": "100",
    "shared_buffers": f"{_buffers_mib()}MB",
    # Room for a wave's log between two checkpoints: each checkpoint has every page written whole
    # again at its next change.
    "max_wal_size": "2GB",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "lc_messages": "C",
}
NOT_DURABLE = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}

# Children are kept so that they are reaped, and never reported as forgotten, while we live.
_children: list[subprocess.Popen[bytes]] = []


class EmbeddedPostgres:
    """One user of the Postgres server that lives in a data directory.

    Any number of processes may use the same directory at once: the first starts the server, the
    last to leave stops it. A server left over by a killed process is taken up again.

    Args:
        data_dir: Where the cluster, its log and its locks live; made if absent.
        durable: False trades safety against a power cut for speed; only for tests.
    """

    def __init__(self, data_dir: Path, *, durable: bool = True) -> None:
        self._dir = data_dir.absolute()
        self._cluster = self._dir / "postgres"
        self._log = self._dir / "postgres.log"
        self._durable = durable
        self._users: IO[bytes] | None = None
        self._url: URL | None = None

    def start(self) -> URL:
        """Have a server that answers, and return its address; a repeat changes nothing.

        Raises:
            EmbeddedPostgresFailed: The server cannot run here; the text holds its log's end.
        """
        if self._url is not None:
            return self._url
        self._make_dir()
        with self._start_lock():
            users = self._open_lock("users.lock")
            try:
                fcntl.flock(users, fcntl.LOCK_SH)
                sockets = self._ensure_running()
            except BaseException:
                users.close()
                raise
        self._users = users
        self._url = URL.create(
            "postgresql+asyncpg",
            username="postgres",
            database="postgres",
            # The port is said although it is the usual one: PGPORT would win otherwise.
            query={"host": str(sockets), "port": str(PORT)},
        )
        atexit.register(self.stop)
        return self._url

    def stop(self) -> None:
        """Leave the server; the last of its users stops it. Harmless when not started."""
        users, self._users, self._url = self._users, None, None
        if users is None:
            return
        atexit.unregister(self.stop)
        with self._start_lock(), users:
            try:
                fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return
            self._stop_server()
            leave_socket_directory(self._dir)
        _children[:] = [child for child in _children if child.poll() is None]

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def url(self) -> URL:
        """The address of the started server."""
        if self._url is None:
            raise EmbeddedPostgresFailed("The embedded Postgres has not been started.")
        return self._url

    # Directories and locks ---------------------------------------------------------------

    def _make_dir(self) -> None:
        try:
            self._dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise EmbeddedPostgresFailed(
                f"The data directory {self._dir} cannot be made: {error.strerror}."
            ) from error

    def _open_lock(self, name: str) -> IO[bytes]:
        try:
            descriptor = os.open(self._dir / name, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise EmbeddedPostgresFailed(
                f"The data directory {self._dir} cannot be used by this user: {error.strerror}. "
                "Set CHANGEOVER_DATA_DIR to a directory of your own."
            ) from error
        return os.fdopen(descriptor, "r+b")

    @contextlib.contextmanager
    def _start_lock(self) -> Iterator[None]:
        """Keep everybody else from starting or stopping the server."""
        deadline = time.monotonic() + START_TIMEOUT_S + STOP_TIMEOUT_S
        with self._open_lock("start.lock") as lock:
            while True:
                try:
                    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    break
                except BlockingIOError:
                    _pause(deadline, f"Another process has held {self._dir}/start.lock too long.")
            yield

    # The server --------------------------------------------------------------------------

    def _ensure_running(self) -> Path:
        """Return the socket directory of a server that has answered a query.

        What is there is looked at anew in every round: a killed server seems to listen until its
        last child has gone, and one in recovery lives without answering.
        """
        sockets = socket_directory(self._dir)
        deadline = time.monotonic() + START_TIMEOUT_S
        while not answers(sockets):
            if self._postmaster() or is_listening(sockets):
                _pause(deadline, f"Postgres does not answer. {self._log_tail()}")
                continue
            run_as = choose_run_as(binaries(), self._cluster)
            run_as.grant(self._dir, sockets)
            if not self._cluster.exists():
                self._init_cluster(run_as)
            self._launch(run_as, sockets, deadline)
        return sockets

    def _init_cluster(self, run_as: RunAs) -> None:
        """Make the cluster under a passing name, so that a kill leaves no half of one."""
        for leftover in self._dir.glob("new-cluster-*"):
            shutil.rmtree(leftover)
        fresh = Path(tempfile.mkdtemp(prefix="new-cluster-", dir=self._dir))
        run_as.own(fresh)
        command = [str(binaries() / "initdb"), "-D", str(fresh), "-U", "postgres", "-A", "trust"]
        # The built-in locale sorts and folds the same on every machine.
        command += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"]
        command += ["-E", "UTF8", "--no-instructions"]
        if not self._durable:
            command.append("--no-sync")
        done = run_as.run(command, cwd=fresh)
        if done.returncode != 0:
            shutil.rmtree(fresh, ignore_errors=True)
            text = done.stdout.decode(errors="replace").strip()[-2000:]
            raise EmbeddedPostgresFailed(f"initdb could not make a database: {text}")
        fresh.rename(self._cluster)

    def _launch(self, run_as: RunAs, sockets: Path, deadline: float) -> None:
        """Start the server and wait until it answers.

        The backends of a killed server may live a moment longer and hold its shared memory:
        such a start is tried again, any other failure is told with the log's end.
        """
        while True:
            self._remove_leftovers(sockets)
            server = self._spawn(run_as, sockets)
            try:
                while server.poll() is None:
                    if answers(sockets):
                        return
                    _pause(deadline, f"Postgres does not become ready. {self._log_tail()}")
            except BaseException:
                server.send_signal(signal.SIGQUIT)
                server.wait()
                raise
            if "shared memory block" not in self._log_tail():
                raise EmbeddedPostgresFailed(f"Postgres did not start. {self._log_tail()}")
            _pause(deadline, f"Postgres did not start. {self._log_tail()}")

    def _spawn(self, run_as: RunAs, sockets: Path) -> subprocess.Popen[bytes]:
        quoted = '"' + str(sockets).replace('"', '""') + '"'
        settings = SETTINGS | {"unix_socket_directories": quoted, "port": str(PORT)}
        if not self._durable:
            settings |= NOT_DURABLE
        command = [str(binaries() / "postgres"), "-D", str(self._cluster)]
        for name, value in settings.items():
            command += ["-c", f"{name}={value}"]
        if self._log.exists() and self._log.stat().st_size > LOG_LIMIT_BYTES:
            self._log.unlink()
        with self._log.open("ab") as log:
            server = run_as.spawn(command, cwd=self._cluster, log=log)
        _children.append(server)
        return server

    def _remove_leftovers(self, sockets: Path) -> None:
        """Unlink what a dead server left: its number may belong to somebody else by now."""
        for leftover in (
            self._cluster / "postmaster.pid",
            sockets / f"{SOCKET_NAME}.lock",
            sockets / SOCKET_NAME,
        ):
            leftover.unlink(missing_ok=True)

    def _postmaster(self) -> psutil.Process | None:
        """The living server of this cluster: not a zombie, not a stranger with its number."""
        try:
            first = (self._cluster / "postmaster.pid").read_text().split("\n", 1)[0]
            process = psutil.Process(int(first))
            if process.status() == psutil.STATUS_ZOMBIE:
                return None
            return process if self._cluster.samefile(process.cwd()) else None
        except (OSError, ValueError, psutil.Error):
            return None

    def _stop_server(self) -> None:
        """Ask for a fast shutdown, insist when it takes too long, and wait for the end."""
        server = self._postmaster()
        if server is None:
            return
        for how, patience in ((signal.SIGINT, STOP_TIMEOUT_S), (signal.SIGQUIT, 5.0)):
            with contextlib.suppress(psutil.NoSuchProcess):
                server.send_signal(how)
            deadline = time.monotonic() + patience
            while self._is_alive(server):
                if time.monotonic() > deadline:
                    break
                time.sleep(0.005)
            else:
                return

    def _is_alive(self, server: psutil.Process) -> bool:
        for child in _children:
            if child.pid == server.pid and child.poll() is not None:
                return False
        try:
            return server.is_running() and server.status() != psutil.STATUS_ZOMBIE
        except psutil.NoSuchProcess:
            return False

    def _log_tail(self) -> str:
        try:
            with self._log.open("rb") as log:
                log.seek(max(0, self._log.stat().st_size - 2000))
                tail = log.read().decode(errors="replace").strip()
        except OSError:
            tail = ""
        return f"The end of {self._log}:\n{tail}"


def _pause(deadline: float, otherwise: str) -> None:
    """Wait a moment, or give up with a sentence when the deadline has passed."""
    if time.monotonic() > deadline:
        raise EmbeddedPostgresFailed(otherwise)
    time.sleep(0.01)
