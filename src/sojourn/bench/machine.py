"""What the machine is and can do: its name plate, how fast its disk syncs, and how busy it is with other things."""

from __future__ import annotations

import os
import platform
import time
from pathlib import Path
from statistics import quantiles

import msgspec

SYNCS = 300
"""Writes of one size that are timed."""

_SYNCS_S_MAX = 3.0
_SECTOR_BYTES = 512
_IDLE_FIELDS = (3, 4)


class Machine(msgspec.Struct, frozen=True, kw_only=True):
    """Its name plate."""

    cpu: str
    cores: int
    memory_mib: int
    kernel: str
    python: str


class Syncs(msgspec.Struct, frozen=True, kw_only=True):
    """Appending a block of one size and waiting until it is on the disk (`fdatasync`), again and again."""

    per_s: float
    p50_ms: float
    p99_ms: float


class Disk(msgspec.Struct, frozen=True, kw_only=True):
    """What the disk of the data folder does without us."""

    filesystem: str
    append_4_kib: Syncs
    append_64_kib: Syncs


def machine() -> Machine:
    """This machine."""
    models = [line for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name")]
    return Machine(
        cpu=models[0].partition(":")[2].strip() if models else platform.machine(),
        cores=len(os.sched_getaffinity(0)),
        memory_mib=os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") >> 20,
        kernel=f"{platform.system()} {platform.release()}",
        python=platform.python_version(),
    )


def disk(folder: Path) -> Disk:
    """Measure the disk that a folder lies on; takes a second or two."""
    return Disk(
        filesystem=filesystem_of(folder),
        append_4_kib=_syncs(folder, 4 * 1024),
        append_64_kib=_syncs(folder, 64 * 1024),
    )


def filesystem_of(folder: Path) -> str:
    """The kind of file system that a folder lies on; on `tmpfs` a sync means nothing."""
    mounts = (line.split(" ") for line in Path("/proc/self/mounts").read_text().splitlines())
    under = [(len(point), kind) for _, point, kind, *_ in mounts if folder.resolve().is_relative_to(point)]
    return max(under)[1]


def busy_s() -> float:
    """CPU time that all cores together have spent on anything, or that was taken from them, since the start."""
    numbers = [int(word) for word in Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:9]]
    busy = sum(number for field, number in enumerate(numbers) if field not in _IDLE_FIELDS)
    return busy / os.sysconf("SC_CLK_TCK")


def written_bytes(folder: Path) -> int:
    """What the disk of a folder has written since the start, for whomever; 0 where the system does not tell.

    What Linux charges to a process is of no use here: it charges the whole of a large page for a small write.
    """
    device = folder.stat().st_dev
    for line in Path("/proc/diskstats").read_text().splitlines():
        fields = line.split()
        if (int(fields[0]), int(fields[1])) == (os.major(device), os.minor(device)):
            return int(fields[9]) * _SECTOR_BYTES
    return 0


def folder_bytes(folder: Path, *, without: str) -> int:
    """Bytes of all files of a folder, apart from those in one folder inside it."""
    files = (path for path in folder.rglob("*") if path.is_file() and without not in path.relative_to(folder).parts)
    return sum(path.stat().st_size for path in files)


def _syncs(folder: Path, size_bytes: int) -> Syncs:
    block = os.urandom(size_bytes)
    path = folder / "syncs"
    took_s: list[float] = []
    descriptor = os.open(path, os.O_CREAT | os.O_WRONLY, 0o600)
    try:
        while len(took_s) < SYNCS and sum(took_s) < _SYNCS_S_MAX:
            started = time.perf_counter()
            os.write(descriptor, block)
            os.fdatasync(descriptor)
            took_s.append(time.perf_counter() - started)
    finally:
        os.close(descriptor)
        path.unlink()
    cuts_ms = [cut * 1000 for cut in quantiles(took_s, n=100, method="inclusive")]
    return Syncs(per_s=len(took_s) / sum(took_s), p50_ms=cuts_ms[49], p99_ms=cuts_ms[98])
