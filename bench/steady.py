"""Minutes at full load: does the materialiser keep up, and does memory stay? Then, how long half of that load waits.

Full load is a closed loop of returning people, one window after the other, with no pause in which anything could be
caught up. Half of it is an open loop, in which a request that is late counts from the moment at which it was due.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median

import msgspec

from bench.flood import Deluge
from bench.flood_tool import flood_tool
from bench.ledger import LEDGER
from bench.verdicts import Verdict
from sojourn.bench.load import Answers
from sojourn.bench.machine import Machine, busy_s, written_bytes
from sojourn.bench.processes import usage
from sojourn.bench.scenarios import Scenario
from sojourn.bench.servers import load_tool, make_source, metrics, real_server
from sojourn.serving import RunningServer

STEADY_LEDGER = LEDGER.with_name("steady.jsonl")

MINUTES = 5.0
HALF_S = 60.0

HALF_P99_MS_MAX = 10.0
GROWTH_MAX = 0.05
"""By how much memory may grow from the second third of the run to the last."""
LAG_TIMES_MAX = 1.5
"""How many times as much of the journal may wait in the last third of the run as in the first."""

_LOAD = Scenario(connections=32, events=1, people="returning")
_WINDOW_S = 10.0
_SETTLE_S_MAX = 60.0
_MIB = 1 << 20
_OK = 200


class Look(msgspec.Struct, frozen=True, kw_only=True):
    """One window of full load, and how things stood at its end."""

    second: float
    requests_per_s: float
    p99_ms: float
    server_cpu_us: float
    materialiser_cpu_us: float
    lag_mib: float
    server_mib: float
    materialiser_mib: float


class Half(msgspec.Struct, frozen=True, kw_only=True):
    """What half of the full load saw."""

    requests_per_s: float
    p50_ms: float
    p99_ms: float
    not_kept: int
    """Requests that were answered otherwise than with 200, or not at all, or could not be sent."""


class Steady(msgspec.Struct, frozen=True, kw_only=True):
    """All that was seen."""

    looks: list[Look]
    written_bytes_per_event: float
    settle_s: float
    foreign_cores: float
    not_kept: int
    half: Half


class SteadyLine(msgspec.Struct, frozen=True, kw_only=True):
    """One run."""

    commit: str
    dirty: bool
    date: str
    machine: Machine
    steady: Steady


def measure(folder: Path, *, minutes: float, half_s: float, show: Callable[[Look], None]) -> Steady:
    """Raises CannotMeasure."""
    with real_server(folder / "data") as server:
        source = make_source(server)
        with load_tool(server.url, source) as tool:
            tool.send(_LOAD, min(_WINDOW_S, minutes * 60))
            _settle(server)
            watch = _Watch(server, folder)
            looks: list[Look] = []
            while watch.seconds() < minutes * 60:
                looks.append(watch.look(tool.send(_LOAD, min(_WINDOW_S, minutes * 60))))
                show(looks[-1])
            settle_s = _settle(server)
            written_bytes_per_event = watch.written_bytes() / watch.requests
        half = _half(server, source, median(look.requests_per_s for look in looks) / 2, half_s)
        return Steady(
            looks=looks,
            written_bytes_per_event=written_bytes_per_event,
            settle_s=settle_s,
            foreign_cores=watch.foreign_cores(),
            not_kept=watch.not_kept,
            half=half,
        )


def verdicts(seen: Steady) -> Iterator[Verdict]:
    """The last third of the run beside the others, and how long half of its load waited."""
    third = len(seen.looks) // 3
    first, middle, last = seen.looks[:third], seen.looks[third : 2 * third], seen.looks[2 * third :]
    if not first:
        yield Verdict("long enough to tell", f"{len(seen.looks)} windows", is_held=False)
        return
    lags = [median(look.lag_mib for look in part) for part in (first, last)]
    yield Verdict("what waits stays", f"{lags[0]:.1f} to {lags[1]:.1f} MiB", lags[1] <= lags[0] * LAG_TIMES_MAX)
    for name, of in (("server", _server_mib), ("materialiser", _materialiser_mib)):
        before, after = max(map(of, middle)), max(map(of, last))
        yield Verdict(
            f"memory of the {name} grows by {GROWTH_MAX:.0%} at most",
            f"{before:.0f} to {after:.0f} MiB",
            after <= before * (1 + GROWTH_MAX),
        )
    yield Verdict("every request is kept", f"{seen.not_kept + seen.half.not_kept} were not", seen.not_kept == 0)
    half = seen.half
    yield Verdict(
        f"half of the load: p99 <= {HALF_P99_MS_MAX:.0f} ms",
        f"{half.p99_ms:.1f} ms at {half.requests_per_s:,.0f} requests/s",
        half.p99_ms <= HALF_P99_MS_MAX,
    )


def told(seen: Steady) -> str:
    """What holds for the run as a whole."""
    half = seen.half
    return (
        f"{median(look.requests_per_s for look in seen.looks):,.0f} requests/s, "
        f"{seen.written_bytes_per_event:,.0f} bytes written for each, caught up in {seen.settle_s:.1f} s; others used "
        f"{seen.foreign_cores:.2f} cores. At {half.requests_per_s:,.0f} requests/s: p50 {half.p50_ms:.1f} ms, "
        f"p99 {half.p99_ms:.1f} ms."
    )


def told_of_look(look: Look) -> str:
    """One window, in a line."""
    return (
        f"{look.second:6.0f} s {look.requests_per_s:8,.0f} requests/s, p99 {look.p99_ms:6.1f} ms, "
        f"server {look.server_cpu_us:4.0f} us {look.server_mib:5.0f} MiB, materialiser "
        f"{look.materialiser_cpu_us:4.0f} us {look.materialiser_mib:5.0f} MiB, lag {look.lag_mib:5.1f} MiB"
    )


class _Watch:
    """What is used from now on."""

    def __init__(self, server: RunningServer, folder: Path) -> None:
        self.requests = 0
        self.not_kept = 0
        self._server = server
        self._folder = folder
        self._begin = time.monotonic()
        self._written_before = written_bytes(folder)
        self._busy_before_s = busy_s()
        self._usage_before = self._usage = usage(server.pid)
        self._tools_s = -time.process_time()

    def seconds(self) -> float:
        return time.monotonic() - self._begin

    def look(self, answers: Answers) -> Look:
        """Take down what came of one window."""
        before, self._usage = self._usage, usage(self._server.pid)
        self.requests += answers.requests
        self.not_kept += sum(answers.refused.values()) + answers.broken
        self._tools_s += answers.cpu_s
        each_us = 1e6 / max(1, answers.requests)
        return Look(
            second=self.seconds(),
            requests_per_s=answers.requests / answers.seconds,
            p99_ms=answers.p99_ms,
            server_cpu_us=(self._usage.own_cpu_s - before.own_cpu_s) * each_us,
            materialiser_cpu_us=(self._usage.children_cpu_s - before.children_cpu_s) * each_us,
            lag_mib=metrics(self._server)["sojourn_journal_lag_bytes"] / _MIB,
            server_mib=self._usage.own_pss_bytes / _MIB,
            materialiser_mib=self._usage.children_pss_bytes / _MIB,
        )

    def written_bytes(self) -> int:
        return written_bytes(self._folder) - self._written_before

    def foreign_cores(self) -> float:
        now = usage(self._server.pid)
        known_s = sum(
            (
                now.own_cpu_s - self._usage_before.own_cpu_s,
                now.children_cpu_s - self._usage_before.children_cpu_s,
                self._tools_s + time.process_time(),
            )
        )
        return max(0.0, busy_s() - self._busy_before_s - known_s) / self.seconds()


def _half(server: RunningServer, source: str, requests_per_s: float, seconds: float) -> Half:
    with flood_tool(server.url, source) as tool:
        flood = tool.ask(Deluge(requests_per_s, seconds))
    return Half(
        requests_per_s=requests_per_s,
        p50_ms=flood.kept_p50_ms,
        p99_ms=flood.kept_ms,
        not_kept=sum(flood.statuses.values()) - flood.statuses.get(_OK, 0) + flood.broken + flood.unsent,
    )


def _settle(server: RunningServer) -> float:
    begin = time.monotonic()
    while metrics(server)["sojourn_journal_lag_bytes"] and time.monotonic() - begin < _SETTLE_S_MAX:
        time.sleep(0.05)
    return time.monotonic() - begin


def _server_mib(look: Look) -> float:
    return look.server_mib


def _materialiser_mib(look: Look) -> float:
    return look.materialiser_mib
