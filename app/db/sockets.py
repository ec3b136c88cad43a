"""Where the embedded server listens, and whether it answers there."""

import os
import shutil
import socket
import stat
import subprocess
import sys
import tempfile
from pathlib import Path

from app.db.binaries import binaries

PORT = 5432
SOCKET_NAME = f".s.PGSQL.{PORT}"
# Names the temporary folder that stands in where ours has too long a path.
RECORD = "socket-directory"
PREFIX = "changeover-socket-"
# The longest path of a socket without its closing zero byte: of 108 on Linux, 104 on macOS.
PATH_LIMIT_BYTES = 107 if sys.platform == "linux" else 103


def socket_directory(data_dir: Path) -> Path:
    """A folder that can hold the socket: `data_dir/run`, else a temporary one that is recorded."""
    own = data_dir / "run"
    if _can_hold_socket(own):
        own.mkdir(mode=0o700, exist_ok=True)
        return own
    record = data_dir / RECORD
    if record.exists():
        recorded = Path(record.read_text())
        if recorded.is_absolute() and _is_private(recorded):
            return recorded
    made = Path(tempfile.mkdtemp(prefix=PREFIX))
    if not _can_hold_socket(made):
        made.rmdir()
        made = Path(tempfile.mkdtemp(prefix=PREFIX, dir="/tmp"))
    record.write_text(str(made))
    return made


def leave_socket_directory(data_dir: Path) -> None:
    """Remove the temporary folder once nobody listens in it; our own one stays."""
    record = data_dir / RECORD
    if record.exists():
        recorded = Path(record.read_text())
        if recorded.name.startswith(PREFIX) and _is_private(recorded):
            shutil.rmtree(recorded, ignore_errors=True)
        record.unlink()


def is_listening(sockets: Path) -> bool:
    """Whether somebody accepts connections: also a server that this process cannot see."""
    with socket.socket(socket.AF_UNIX) as probe:
        try:
            probe.connect(str(sockets / SOCKET_NAME))
        except OSError:
            return False
        return True


def answers(sockets: Path) -> bool:
    """Whether a real query is answered: a server that listens may still be recovering."""
    if not is_listening(sockets):
        return False
    command = [str(binaries() / "psql"), "-X", "-h", str(sockets), "-p", str(PORT)]
    command += ["-U", "postgres", "-d", "postgres", "-Atqc", "SELECT 1"]
    try:
        done = subprocess.run(
            command,
            env={"LC_ALL": "C", "PGCONNECT_TIMEOUT": "5"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=10,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return False
    return done.stdout.strip() == b"1"


def _can_hold_socket(folder: Path) -> bool:
    """Whether the path is short enough, and free of the comma that separates hosts."""
    path = os.fsencode(folder / SOCKET_NAME)
    return len(path) <= PATH_LIMIT_BYTES and b"," not in path


def _is_private(folder: Path) -> bool:
    """Whether this is a folder that only its owner may enter, not something put in its place."""
    try:
        found = folder.lstat()
    except OSError:
        return False
    return stat.S_ISDIR(found.st_mode) and found.st_mode & 0o077 == 0
