"""Where the server spends its time while it is under load: the functions that cost most, from the real process.

py-spy looks at the process from outside and disturbs it little. Without it, cProfile runs inside: its shares of small
Python functions are too large, and what C code costs is charged to whoever called it.
"""

from __future__ import annotations

import pstats
import shutil
import subprocess
import sys
from collections import Counter
from io import StringIO
from pathlib import Path

from bench.scenarios import Scenario
from bench.servers import CannotMeasure, load_tool, make_source, real_server

TOP = 40
"""Functions that are shown."""

_WAITING = "_worker (concurrent/futures/thread.py)"
"""Where a thread of a pool waits for work. py-spy takes it for work on some kernels."""

_WARM_UP_S = 1.0
_RATE_HZ = 500


def profile(scenario: Scenario, seconds: float, folder: Path) -> str:
    """Profile the real server under one kind of load; the report as text. Raises CannotMeasure."""
    spy = shutil.which("py-spy")
    if spy is None:
        return _from_inside(scenario, seconds, folder)
    return _from_outside(spy, scenario, seconds, folder)


def _from_outside(spy: str, scenario: Scenario, seconds: float, folder: Path) -> str:
    stacks = folder / "stacks"
    with real_server(folder / "data") as server, load_tool(server.url, make_source(server)) as tool:
        tool.send(scenario, _WARM_UP_S)
        command = [spy, "record", "--pid", str(server.pid), "--format", "raw", "--output", str(stacks)]
        watching = subprocess.Popen(
            [*command, "--rate", str(_RATE_HZ), "--duration", str(max(1, round(seconds))), "--nolineno"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )
        answers = tool.send(scenario, seconds)
        _, said = watching.communicate(timeout=seconds + 30)
    if watching.returncode or not stacks.exists():
        raise CannotMeasure(f"py-spy could not watch the server:\n{said.decode()}")
    each = f"{answers.requests / answers.seconds:,.0f} requests/s while it was watched"
    return f"{each}\n{shares_of(stacks.read_text())}"


def shares_of(stacks: str) -> str:
    """The functions of collapsed stacks (`outer;inner count` on each line) by their own share of the samples."""
    own: Counter[str] = Counter()
    within: Counter[str] = Counter()
    for line in stacks.splitlines():
        stack, _, count = line.rpartition(" ")
        frames = stack.split(";")
        if frames[-1] == _WAITING:
            continue
        own[frames[-1]] += int(count)
        for frame in set(frames):
            within[frame] += int(count)
    samples = own.total() or 1
    rows = [f"{100 * n / samples:6.1f} {100 * within[f] / samples:6.1f}  {f}" for f, n in own.most_common(TOP)]
    outer = [f"{'':6} {100 * n / samples:6.1f}  {f}" for f, n in within.most_common(TOP)]
    return "\n".join(["own %  with callees %", *rows, "", "with callees, largest first", *outer])


def _from_inside(scenario: Scenario, seconds: float, folder: Path) -> str:
    statistics = folder / "statistics"
    profiler = [sys.executable, "-m", "cProfile", "-o", str(statistics)]
    with real_server(folder / "data", under=profiler) as server, load_tool(server.url, make_source(server)) as tool:
        tool.send(scenario, seconds)
    out = StringIO()
    pstats.Stats(str(statistics), stream=out).sort_stats("tottime").print_stats(TOP)
    return out.getvalue()
