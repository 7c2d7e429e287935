"""The ledger of results: one line of JSON for each recorded run, the newest last. Lines are added, never changed."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Self

import msgspec

from sojourn.bench.machine import Disk, Machine
from sojourn.bench.results import Cell, Floor, Measurement, Plan

ROOT = Path(__file__).resolve().parent.parent
LEDGER = ROOT / "bench" / "ledger.jsonl"
MEASURED = ("src", "pyproject.toml", "constraints.txt")
"""What a result depends on: a run is `dirty` when any of it differs from the commit."""

QUIET_CORES = 0.3
"""Cores that others may use on a quiet machine."""


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

    @classmethod
    def of(cls, measured: Measurement, *, commit: str, dirty: bool, date: str) -> Self:
        """The line of a run."""
        fields = {name: getattr(measured, name) for name in measured.__struct_fields__}
        return cls(commit=commit, dirty=dirty, date=date, foreign_cores=measured.foreign_cores, **fields)


def append(line: msgspec.Struct, ledger: Path = LEDGER) -> None:
    """Add a run."""
    with ledger.open("ab") as file:
        file.write(msgspec.json.encode(line) + b"\n")


def lines(ledger: Path = LEDGER) -> list[Line]:
    """All runs, oldest first; none when nothing was recorded yet."""
    if not ledger.exists():
        return []
    return [msgspec.json.decode(line, type=Line) for line in ledger.read_bytes().splitlines()]


def newest_quiet(recorded: Sequence[Line]) -> Line | None:
    """The newest run during which hardly anything else ran: the only kind whose requests a second mean something."""
    return next((line for line in reversed(recorded) if line.foreign_cores <= QUIET_CORES), None)


def commit() -> tuple[str, bool]:
    """The commit that is checked out, and whether what a result depends on differs from it."""
    head = _git("rev-parse", "--short=12", "HEAD").strip()
    return head or "unknown", bool(_git("status", "--porcelain", "--", *MEASURED).strip())


def _git(*words: str) -> str:
    done = subprocess.run(["git", "-C", str(ROOT), *words], check=False, capture_output=True, text=True)
    return done.stdout
