"""Where the server spends its CPU time under load: the functions that cost most, from the real process.

py-spy looks at the process from outside and disturbs it little; only samples that hold the interpreter count, so that
waiting is no work. Without it, cProfile runs inside: what small Python functions cost is told too large then.
"""

from __future__ import annotations

import pstats
import shutil
import subprocess
from collections import Counter
from io import StringIO
from pathlib import Path

from sojourn.bench.processes import cpu_s
from sojourn.bench.scenarios import Scenario
from sojourn.bench.servers import CannotMeasure, load_tool, make_source, real_server

TOP = 60
"""Functions that are shown."""

_WARM_UP_S = 1.0
_PATIENCE_S = 30
_RATE_HZ = 250


def profile(scenario: Scenario, seconds: float, folder: Path) -> str:
    """Profile the real server under one kind of load; the report as text. Raises CannotMeasure."""
    spy = shutil.which("py-spy")
    if spy is None:
        return _from_inside(scenario, seconds, folder)
    return _from_outside(spy, scenario, seconds, folder)


def costs(stacks: str, us_each: float) -> str:
    """Collapsed stacks (`outer;inner count` on each line) as microseconds of one request, by function."""
    own: Counter[str] = Counter()
    within: Counter[str] = Counter()
    for line in stacks.splitlines():
        stack, _, count = line.rpartition(" ")
        frames = stack.split(";")
        own[frames[-1]] += int(count)
        for frame in set(frames):
            within[frame] += int(count)
    us = us_each / max(1, own.total())
    # What every sample is in, the way from the command line to the loop, says nothing.
    telling = [frame for frame, count in within.most_common() if count < own.total() or own[frame]]
    rows = [f"{us * within[frame]:8.1f} {us * own[frame]:8.1f}  {frame}" for frame in telling[:TOP]]
    return "\n".join(["   us in  us own  of one request", *rows])


def _from_outside(spy: str, scenario: Scenario, seconds: float, folder: Path) -> str:
    stacks = folder / "stacks"
    with real_server(folder / "data") as server, load_tool(server.url, make_source(server)) as tool:
        tool.send(scenario, _WARM_UP_S)
        command = [spy, "record", "--gil", "--nolineno", "--format", "raw", "--rate", str(_RATE_HZ)]
        command += ["--duration", str(max(1, round(seconds))), "--pid", str(server.pid), "--output", str(stacks)]
        watching = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        before_s = cpu_s([server.pid])
        answers = tool.send(scenario, seconds)
        us_each = (cpu_s([server.pid]) - before_s) * 1e6 / max(1, answers.requests)
        _, said = watching.communicate(timeout=seconds + _PATIENCE_S)
    if watching.returncode or not stacks.exists():
        raise CannotMeasure(f"py-spy could not watch the server:\n{said.decode()}")
    rate = answers.requests / answers.seconds
    watched = f"While it was watched: {rate:,.0f} requests/s, {us_each:.0f} us of CPU for one."
    return f"{watched}\n\n{costs(stacks.read_text(), us_each)}"


def _from_inside(scenario: Scenario, seconds: float, folder: Path) -> str:
    statistics = folder / "statistics"
    profiler = ["-m", "cProfile", "-o", str(statistics)]
    with real_server(folder / "data", under=profiler) as server, load_tool(server.url, make_source(server)) as tool:
        tool.send(scenario, seconds)
    out = StringIO()
    pstats.Stats(str(statistics), stream=out).sort_stats("tottime").print_stats(TOP)
    return out.getvalue()
