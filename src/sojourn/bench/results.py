"""What a measurement brings forth: how it was done, what the floor did, and what the server did in each scenario."""

from __future__ import annotations

import msgspec

from sojourn.bench.machine import Disk, Machine
from sojourn.bench.scenarios import Kind, People, Scenario


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
    people: People
    kind: Kind = "told"
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


class Measurement(msgspec.Struct, frozen=True, kw_only=True):
    """All that was measured in one run."""

    machine: Machine
    disk: Disk
    plan: Plan
    kept_bytes_per_event: float
    """Bytes that the closed data folder had in the end for one event that was sent, without the journal."""
    floor: list[Floor]
    cells: list[Cell]

    @property
    def foreign_cores(self) -> float:
        """Cores that others used, on the average of the scenarios."""
        return sum(cell.foreign_cores for cell in self.cells) / len(self.cells)
