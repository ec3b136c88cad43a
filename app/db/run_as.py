"""As whom the embedded server runs: Postgres refuses root, so root lends it another identity."""

import os
import pwd
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from app.db.binaries import EmbeddedPostgresFailed

NOBODY = 65534
# Inside a user namespace of its own the server is nobody; outside, its files stay root's.
UNSHARE = ("unshare", "--user", f"--map-user={NOBODY}", f"--map-group={NOBODY}")


@dataclass(frozen=True, slots=True)
class RunAs:
    """How to start Postgres' programs.

    Args:
        prefix: Command that goes before the program's own.
        uid: User to become, or None to stay.
        gid: Group to become, or None to stay.
    """

    prefix: tuple[str, ...] = ()
    uid: int | None = None
    gid: int | None = None

    def run(self, command: list[str], *, cwd: Path) -> subprocess.CompletedProcess[bytes]:
        """Run a program to its end, its two outputs in one."""
        return subprocess.run(
            [*self.prefix, *command],
            cwd=cwd,
            env=_environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            user=self.uid,
            group=self.gid,
            extra_groups=None if self.uid is None else [],
            umask=0o077,
            check=False,
        )

    def spawn(self, command: list[str], *, cwd: Path, log: IO[bytes]) -> subprocess.Popen[bytes]:
        """Start a server in a session of its own, so that Ctrl-C reaches us first, not it."""
        return subprocess.Popen(
            [*self.prefix, *command],
            cwd=cwd,
            env=_environment(),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            user=self.uid,
            group=self.gid,
            extra_groups=None if self.uid is None else [],
            umask=0o077,
            start_new_session=True,
        )

    def own(self, path: Path) -> None:
        """Give a file or folder to the user who will run."""
        if self.uid is not None and self.gid is not None:
            os.chown(path, self.uid, self.gid)

    def grant(self, data_dir: Path, sockets: Path) -> None:
        """Let the user who will run pass through our data directory to its own folders."""
        if self.uid is None:
            return
        data_dir.chmod(data_dir.stat().st_mode | 0o011)
        self.own(sockets)


def choose_run_as(binaries: Path, cluster: Path) -> RunAs:
    """Decide as whom the server runs: as ourselves, and for root as its cluster's owner or nobody.

    Args:
        binaries: Folder of Postgres' programs.
        cluster: Folder of the cluster, which may not exist yet.

    Raises:
        EmbeddedPostgresFailed: We are root, and neither way to run as another is open.
    """
    if os.geteuid() != 0:
        return _as_ourselves(binaries)
    program = [str(binaries / "postgres"), "--version"]
    owner = cluster.stat() if cluster.exists() else None
    ways = []
    if (owner is None or owner.st_uid == 0) and shutil.which(UNSHARE[0]):
        ways.append(RunAs(prefix=UNSHARE))
    if owner is None or owner.st_uid != 0:
        uid, gid = (owner.st_uid, owner.st_gid) if owner else (NOBODY, NOBODY)
        ways.append(RunAs(uid=uid, gid=gid))
    for way in ways:
        if _can_run(way, program) and _can_pass(way, cluster.parent.parent):
            return way
    raise EmbeddedPostgresFailed(
        "Postgres does not run as root, and here root can lend it no other identity: user "
        f"namespaces are not permitted, and the user of number {NOBODY} cannot pass through every "
        f"folder above {binaries} and {cluster}. Run as an ordinary user, or set "
        "CHANGEOVER_DATABASE_URL to a Postgres 15 or later."
    )


def _as_ourselves(binaries: Path) -> RunAs:
    """Stay who we are; a number without a name (a container's) gets one, for initdb asks for it."""
    try:
        pwd.getpwuid(os.geteuid())
    except KeyError:
        named = RunAs(prefix=UNSHARE)
        if _can_run(named, [str(binaries / "postgres"), "--version"]):
            return named
    return RunAs()


def _can_run(way: RunAs, program: list[str]) -> bool:
    try:
        return way.run(program, cwd=Path("/")).returncode == 0
    except OSError:
        return False


def _can_pass(way: RunAs, folder: Path) -> bool:
    """Whether the user may pass through every folder down to this one."""
    if way.uid is None:
        return True
    return all(place.stat().st_mode & 0o001 for place in (folder, *folder.parents))


def _environment() -> dict[str, str]:
    """Nothing of ours: PGDATA, PGPORT and their like would change what is started."""
    return {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "TZ": "UTC"}
