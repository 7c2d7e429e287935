"""The measurement: each scenario on the floor, then on the real server, then a pause until all is materialised.

What one scenario leaves to do is never charged to the next. Medians of the rounds stand for a scenario.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from statistics import median
from typing import NamedTuple

from sojourn.bench.load import Answers
from sojourn.bench.machine import busy_s, folder_bytes, written_bytes
from sojourn.bench.payloads import ID_CHARS
from sojourn.bench.processes import Usage, cpu_s, usage
from sojourn.bench.results import Cell, Floor, Plan
from sojourn.bench.scenarios import Scenario
from sojourn.bench.servers import (
    PEOPLE,
    PLAIN_PEOPLE,
    LoadTool,
    floor_server,
    load_tool,
    make_source,
    metrics,
    real_server,
)
from sojourn.serving import RunningServer

SETTLE_S_MAX = 15
"""Seconds that the materialiser is given to catch up after a scenario."""

JOURNAL = "journal"
FLOOR_WARM_UP_S = 0.1
_MIB = 1 << 20


class Measured(NamedTuple):
    """One scenario on both servers."""

    floor: Floor
    cell: Cell


class Result(NamedTuple):
    """All scenarios, and what was left on the disk in the end."""

    measured: list[Measured]
    kept_bytes_per_event: float


class _Round(NamedTuple):
    answers: Answers
    server_cpu_us: float
    foreign_cores: float
    pss_bytes: int


class _Mark(NamedTuple):
    """How things stood at one moment between two scenarios."""

    usage: Usage
    written_bytes: int
    batches: float
    batch_requests: float


def measure(scenarios: tuple[Scenario, ...], plan: Plan, folder: Path, show: Callable[[Measured], None]) -> Result:
    """Measure on a new data folder, and show each scenario when it is done. Raises CannotMeasure."""
    measured: list[Measured] = []
    with ExitStack() as stack:
        floor_url, floor_pid = stack.enter_context(floor_server())
        floor_tool = stack.enter_context(load_tool(floor_url, "S" * ID_CHARS))
        server = stack.enter_context(real_server(folder))
        tool = stack.enter_context(load_tool(server.url, make_source(server)))
        subject = Subject(server, tool, folder)
        subject.settle()
        for scenario in scenarios:
            floor = _measure_floor(floor_tool, floor_pid, scenario, plan)
            measured.append(Measured(floor, subject.measure(scenario, plan)))
            show(measured[-1])
    # The server has stopped and tidied up: what is there now stays there.
    return Result(measured, folder_bytes(folder, without=JOURNAL) / (PEOPLE + PLAIN_PEOPLE + subject.events))


class Subject:
    """A real server under measurement, and the load tool that knows people there."""

    def __init__(self, server: RunningServer, tool: LoadTool, folder: Path) -> None:
        self._server = server
        self._tool = tool
        self._folder = folder
        self.events = 0
        """Events that were answered with 200 so far."""

    def measure(self, scenario: Scenario, plan: Plan) -> Cell:
        """One scenario: warm up, rounds, and the pause until all is materialised."""
        before = self._mark()
        warm_up = self._tool.send(scenario, plan.warm_up_s)
        rounds = [self._round(scenario, plan.seconds) for _ in range(plan.rounds)]
        lag_bytes = self._lag_bytes()
        settle_s = self.settle()
        answered = [warm_up, *(each.answers for each in rounds)]
        self.events += scenario.events * sum(each.requests for each in answered)
        figures = _of_rounds(scenario, rounds) | _between(before, self._mark(), answered, scenario.events)
        return Cell(
            scenario=scenario,
            lag_mib=lag_bytes / _MIB,
            settle_s=settle_s,
            memory_mib=max(each.pss_bytes for each in rounds) / _MIB,
            refused=dict(sum((Counter(each.refused) for each in answered), Counter())),
            broken=sum(each.broken for each in answered),
            **figures,
        )

    def settle(self) -> float:
        """Wait until everything is materialised, within bounds; how many seconds it took."""
        started = time.monotonic()
        while self._lag_bytes() and time.monotonic() - started < SETTLE_S_MAX:
            time.sleep(0.05)
        return time.monotonic() - started

    def _round(self, scenario: Scenario, seconds: float) -> _Round:
        before, ours_before_s, busy_before_s = usage(self._server.pid), time.process_time(), busy_s()
        answers = self._tool.send(scenario, seconds)
        after, ours_after_s, busy_after_s = usage(self._server.pid), time.process_time(), busy_s()
        own_s = after.own_cpu_s - before.own_cpu_s
        children_s = after.children_cpu_s - before.children_cpu_s
        known_s = own_s + children_s + answers.cpu_s + ours_after_s - ours_before_s
        return _Round(
            answers=answers,
            server_cpu_us=_us_each(own_s, answers.requests),
            foreign_cores=max(0.0, (busy_after_s - busy_before_s - known_s) / answers.seconds),
            pss_bytes=after.pss_bytes,
        )

    def _mark(self) -> _Mark:
        met = metrics(self._server)
        return _Mark(
            usage=usage(self._server.pid),
            written_bytes=written_bytes(self._folder),
            batches=met["sojourn_batch_requests_count"],
            batch_requests=met["sojourn_batch_requests_sum"],
        )

    def _lag_bytes(self) -> float:
        return metrics(self._server)["sojourn_journal_lag_bytes"]


def _measure_floor(tool: LoadTool, pid: int, scenario: Scenario, plan: Plan) -> Floor:
    tool.send(scenario, FLOOR_WARM_UP_S)
    before_s = cpu_s([pid])
    answers = tool.send(scenario, plan.floor_s)
    return Floor(
        connections=scenario.connections,
        events=scenario.events,
        people=scenario.people,
        kind=scenario.kind,
        requests_per_s=answers.requests / answers.seconds,
        p50_ms=answers.p50_ms,
        p99_ms=answers.p99_ms,
        server_cpu_us=_us_each(cpu_s([pid]) - before_s, answers.requests),
    )


def _of_rounds(scenario: Scenario, rounds: list[_Round]) -> dict[str, float]:
    """The medians of the rounds."""
    requests_per_s = median(each.answers.requests / each.answers.seconds for each in rounds)
    return {
        "requests_per_s": requests_per_s,
        "events_per_s": requests_per_s * scenario.events,
        "p50_ms": median(each.answers.p50_ms for each in rounds),
        "p99_ms": median(each.answers.p99_ms for each in rounds),
        "server_cpu_us": median(each.server_cpu_us for each in rounds),
        "load_cpu_us": median(_us_each(each.answers.cpu_s, each.answers.requests) for each in rounds),
        "foreign_cores": median(each.foreign_cores for each in rounds),
    }


def _between(before: _Mark, after: _Mark, answered: list[Answers], events: int) -> dict[str, float]:
    """What can only be told of the scenario as a whole: warm-up, rounds and catching up together."""
    requests = sum(each.requests for each in answered)
    batches = after.batches - before.batches
    disk_bytes = after.written_bytes - before.written_bytes
    children_s = after.usage.children_cpu_s - before.usage.children_cpu_s
    return {
        "materialiser_cpu_us": _us_each(children_s, requests),
        "batch_requests": (after.batch_requests - before.batch_requests) / batches if batches else 0.0,
        "written_bytes_per_event": disk_bytes / (requests * events) if requests else 0.0,
    }


def _us_each(seconds: float, requests: int) -> float:
    return seconds * 1e6 / requests if requests else 0.0
