"""The ledger of results: one line of JSON for each recorded run, the newest last. Lines are added, never changed."""

from __future__ import annotations

import subprocess
from pathlib import Path

import msgspec

from bench.machine import Disk, Machine
from bench.scenarios import Scenario

ROOT = Path(__file__).resolve().parent.parent
LEDGER = ROOT / "bench" / "ledger.jsonl"
MEASURED = ("src", "bench/*.py", "pyproject.toml", "constraints.txt")
"""What a result depends on: a run is `dirty` when any of it differs from the commit."""


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """How long each scenario was measured."""

    warm_up_s: float
    rounds: int
    seconds: float
    """Of each round; the figures are the medians of the rounds."""
    floor_s: float


class Floor(msgspec.Struct, frozen=True, kw_only=True):
    """What the same server does with the same requests when it answers a constant, measured just before."""

    connections: int
    events: int
    people: str
    requests_per_s: float
    p50_ms: float
    p99_ms: float
    server_cpu_us: float
    """CPU microseconds of the server for one request, the kernel's share included."""


class Cell(msgspec.Struct, frozen=True, kw_only=True):
    """What was measured in one scenario."""

    scenario: Scenario
    requests_per_s: float
    events_per_s: float
    p50_ms: float
    p99_ms: float
    server_cpu_us: float
    """CPU microseconds of the server process for one request, the kernel's share included."""
    materialiser_cpu_us: float
    """The same for its child processes, until they had caught up."""
    load_cpu_us: float
    """The same for the load tool."""
    batch_requests: float
    """Requests that shared one commit, on average."""
    written_bytes_per_event: float
    """Bytes that the disk wrote for one event that was sent, rewriting and the writes of others included."""
    lag_mib: float
    """How much of the journal waited to be materialised when the load ended."""
    settle_s: float
    """How long it took to catch up with that; what was not caught up in time stands as the longest time allowed."""
    memory_mib: float
    """Memory of the server and its children at the highest that was seen, shared pages counted once."""
    foreign_cores: float
    """CPU that others used meanwhile, or that was taken from the machine: 1 is a whole core."""
    refused: dict[str, int]
    """How many requests were answered with any other status than 200."""
    broken: int
    """Requests that got no answer."""


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One run."""

    commit: str
    dirty: bool
    date: str
    machine: Machine
    foreign_cores: float
    """Mean of the cells."""
    disk: Disk
    plan: Plan
    kept_bytes_per_event: float
    """Bytes that the closed data folder had in the end for one event that was sent, without the journal."""
    floor: list[Floor]
    cells: list[Cell]


def append(line: Line, ledger: Path = LEDGER) -> None:
    """Add a run."""
    with ledger.open("ab") as file:
        file.write(msgspec.json.encode(line) + b"\n")


def lines(ledger: Path = LEDGER) -> list[Line]:
    """All runs, oldest first; none when nothing was recorded yet."""
    if not ledger.exists():
        return []
    return [msgspec.json.decode(line, type=Line) for line in ledger.read_bytes().splitlines()]


def commit() -> tuple[str, bool]:
    """The commit that is checked out, and whether what a result depends on differs from it."""
    head = _git("rev-parse", "--short=12", "HEAD").strip()
    return head or "unknown", bool(_git("status", "--porcelain", "--", *MEASURED).strip())


def _git(*words: str) -> str:
    done = subprocess.run(["git", "-C", str(ROOT), *words], check=False, capture_output=True, text=True)
    return done.stdout
