"""How much memory there is: the machine's, or less where a container has a limit."""

import os
from collections.abc import Iterator
from pathlib import Path

LIMIT_FILES = ("memory.max", "memory/memory.limit_in_bytes")
"""Where the kernel says what a container may use, in bytes; the older kind of cgroups last."""


def usable_memory(cgroup: Path = Path("/sys/fs/cgroup")) -> int:
    """Bytes that the processes of this machine, or of this container, may use together.

    Args:
        cgroup: Where the kernel shows the limits of whoever asks.

    Source: https://docs.kernel.org/admin-guide/cgroup-v2.html, "memory.max".
    """
    machine = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return min([machine, *_limits(cgroup)])


def _limits(cgroup: Path) -> Iterator[int]:
    for name in LIMIT_FILES:
        try:
            yield int((cgroup / name).read_text())
        except (OSError, ValueError):  # there is no such file, or it says "max"
            continue
