"""What the kernel knows of a process and its children: CPU time and memory. Linux only."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

_PROC = Path("/proc")


class Usage(NamedTuple):
    """What has been used so far: by a server process itself, and by its children, the materialiser above all."""

    own_cpu_s: float
    children_cpu_s: float
    own_pss_bytes: int
    """Memory of the server process at this moment; of what it shares with others, its part."""
    children_pss_bytes: int
    """The same of its children."""

    @property
    def pss_bytes(self) -> int:
        """Memory of all of them; what several share is counted once."""
        return self.own_pss_bytes + self.children_pss_bytes


def usage(pid: int) -> Usage:
    """Look at a process and its descendants."""
    children = descendants(pid)
    return Usage(
        own_cpu_s=cpu_s([pid]),
        children_cpu_s=cpu_s(children),
        own_pss_bytes=_pss_bytes(pid),
        children_pss_bytes=sum(_pss_bytes(each) for each in children),
    )


def descriptors(pid: int) -> int:
    """How many files and sockets a process and its descendants hold open."""
    count = 0
    for each in (pid, *descendants(pid)):
        with suppress(OSError):  # As below.
            count += sum(1 for _ in (_PROC / str(each) / "fd").iterdir())
    return count


def cpu_s(pids: Iterable[int]) -> float:
    """CPU time that the threads of these processes have spent, to the nanosecond (`/proc/PID/stat` rounds it)."""
    total_ns = 0
    for pid in pids:
        with suppress(OSError):  # A process may end while it is looked at.
            for task in (_PROC / str(pid) / "task").iterdir():
                total_ns += int((task / "schedstat").read_text().split()[0])
    return total_ns / 1e9


def waited_for_cpu_s(pid: int) -> float:
    """For how long the main thread of a process could have gone on, had there been a processor for it."""
    return int((_PROC / str(pid) / "schedstat").read_text().split()[1]) / 1e9


def descendants(pid: int) -> list[int]:
    """The children of a process, their children, and so on."""
    children_of: dict[int, list[int]] = {}
    for entry in _PROC.iterdir():
        if entry.name.isdigit():
            with suppress(OSError):
                parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
                children_of.setdefault(parent, []).append(int(entry.name))
    found: list[int] = []
    pending = [pid]
    while pending:
        children = children_of.get(pending.pop(), [])
        found += children
        pending += children
    return found


def _pss_bytes(pid: int) -> int:
    with suppress(OSError):
        for line in (_PROC / str(pid) / "smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) * 1024
    return 0
