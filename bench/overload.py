"""Three times what the server can take, for a while: what is taken stays fast, the rest is told when to come again.

First how much is too much (a closed loop that saturates the server), then what one client sees, then the flood, then
how long it takes until one client sees again what it saw at first.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from bench.flood import Deluge, Flood, Lone
from bench.flood_tool import FloodTool, flood_tool
from bench.verdicts import Verdict
from sojourn.bench.processes import usage, waited_for_cpu_s
from sojourn.bench.scenarios import Scenario
from sojourn.bench.servers import load_tool, make_source, real_server
from sojourn.serving import RunningServer

TIMES = 3
SECONDS = 20.0

KEPT_MS_MAX = 500.0
REFUSED_MS_MAX = 50.0
MEMORY_MIB_MAX = 512.0
NORMAL_S_MAX = 5.0

_SATURATING = Scenario(connections=256, events=1, people="returning")
_SATURATE_S = 5.0
_LONE = 200
_LONE_AGAIN = 20
_NORMAL_TIMES = 2.0
"""How many times the p99 of before still counts as normal."""
_NORMAL_S_WAITED = 30.0
_MIB = 1 << 20


class Overload(NamedTuple):
    """What was seen."""

    saturation_per_s: float
    lone_p99_ms: float
    flood: Flood
    seconds: float
    memory_mib: float
    waited_share: float
    """How much of the time the server could have gone on, had there been a processor for it."""
    normal_s: float


def measure(folder: Path, *, seconds: float = SECONDS, saturate_s: float = _SATURATE_S) -> Overload:
    """Raises CannotMeasure."""
    with real_server(folder / "data") as server:
        source = make_source(server)
        with load_tool(server.url, source) as tool:
            answers = tool.send(_SATURATING, saturate_s)
        saturation_per_s = answers.requests / answers.seconds
        with flood_tool(server.url, source) as tool:
            return _flooded(server, tool, saturation_per_s, seconds)


def verdicts(seen: Overload) -> Iterator[Verdict]:
    kept_ms, refused_ms = seen.flood.kept_ms, seen.flood.refused_ms
    yield Verdict(f"what is taken: p99 <= {KEPT_MS_MAX:.0f} ms", f"{kept_ms:.0f} ms", kept_ms <= KEPT_MS_MAX)
    yield Verdict(
        f"a refusal: p99 <= {REFUSED_MS_MAX:.0f} ms",
        f"{refused_ms:.0f} ms" if refused_ms else "nothing was refused",
        0 < refused_ms <= REFUSED_MS_MAX,
    )
    untimed = seen.flood.untimed
    yield Verdict("every refusal says when to come again", f"{untimed} do not", not untimed)
    broken = seen.flood.broken
    yield Verdict("every request is answered", f"{broken} were not", not broken)
    memory = f"{seen.memory_mib:.0f} MiB"
    yield Verdict(f"memory <= {MEMORY_MIB_MAX:.0f} MiB", memory, seen.memory_mib <= MEMORY_MIB_MAX)
    yield Verdict(f"normal within {NORMAL_S_MAX:.0f} s", f"{seen.normal_s:.1f} s", seen.normal_s <= NORMAL_S_MAX)


def told(seen: Overload) -> str:
    flood = seen.flood
    statuses = ", ".join(f"{count:,} x {status}" for status, count in sorted(flood.statuses.items()))
    return (
        f"Saturated at {seen.saturation_per_s:,.0f} requests/s. {TIMES} times that for {seen.seconds:.0f} s:"
        f" {statuses}, {flood.unsent:,} could not be sent. {flood.statuses.get(200, 0) / seen.seconds:,.0f} a second"
        f" were kept. One client alone saw a p99 of {seen.lone_p99_ms:.1f} ms before.\n"
        f"The flood itself took {flood.cpu_s / seen.seconds:.2f} cores. It is to blame for"
        f" {flood.kept_ms - flood.kept_since_sent_ms:.0f} ms of what is taken and"
        f" {flood.refused_ms - flood.refused_since_sent_ms:.0f} ms of a refusal below, by which it was late to send,"
        f" and for up to {flood.turn_ms:.0f} ms of each, by which it was late to look.\n"
        f"The server waited {seen.waited_share:.0%} of the time for a processor, which others had."
    )


def _flooded(server: RunningServer, tool: FloodTool, saturation_per_s: float, seconds: float) -> Overload:
    lone_p99_ms = tool.ask(Lone(_LONE)).kept_ms
    memory: list[int] = []
    deluge = Deluge(TIMES * saturation_per_s, seconds)
    waited_s, began = waited_for_cpu_s(server.pid), time.monotonic()
    flood = tool.ask(deluge, lambda: memory.append(usage(server.pid).pss_bytes))
    over = time.monotonic()
    waited_s = waited_for_cpu_s(server.pid) - waited_s
    while not _is_normal(tool, lone_p99_ms) and time.monotonic() - over < _NORMAL_S_WAITED:
        pass
    return Overload(
        saturation_per_s=saturation_per_s,
        lone_p99_ms=lone_p99_ms,
        flood=flood,
        seconds=seconds,
        waited_share=waited_s / (over - began),
        memory_mib=max(memory, default=0) / _MIB,
        normal_s=time.monotonic() - over,
    )


def _is_normal(tool: FloodTool, before_p99_ms: float) -> bool:
    taken = tool.ask(Lone(_LONE_AGAIN))
    slow = sum(each > _NORMAL_TIMES * before_p99_ms for each in taken.slowest_ms)
    return taken.statuses == {200: _LONE_AGAIN} and slow <= 1
