"""What it costs to have kept much: the same traffic on folders that hold little and much, by turns in one run.

All servers of a group run at once, and each scenario goes from one to the next, so that whatever else the machine does
disturbs all of them alike. Then each is killed under load with its materialiser, and started again.
"""

from __future__ import annotations

import os
import shutil
import signal
import threading
import time
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, suppress
from pathlib import Path
from statistics import median
from typing import Self

import msgspec

from bench.ledger import LEDGER
from bench.population import Population, prepare
from bench.verdicts import Verdict
from sojourn.bench.machine import Disk, Machine, folder_bytes
from sojourn.bench.measure import JOURNAL, Subject
from sojourn.bench.processes import descendants
from sojourn.bench.results import Cell, Plan
from sojourn.bench.scenarios import Scenario
from sojourn.bench.servers import idle_load_tool, metrics, real_server
from sojourn.serving import RunningServer

GROWTH_LEDGER = LEDGER.with_name("growth.jsonl")

FEW = 10_000
MANY = (1_000_000, 10_000_000)
TURNS = 3
SECONDS = 3.0

SHARE_MIN = 0.8
READY_S_MAX = 2.0
CAUGHT_UP_S_MAX = 30.0

SCENARIOS = (
    Scenario(connections=32, events=1, people="returning"),
    Scenario(connections=32, events=1, people="returning", hot_share=0.2),
    Scenario(connections=32, events=1, people="new"),
    Scenario(connections=32, events=1, people="returning", event_ids=True),
)
_CRASHING = SCENARIOS[-1]
_WARM_UP_S = 1.0
_KILLED_AFTER_S = 2.0
_CAUGHT_UP_S_WAITED = 120.0
_ASK_S = 0.02


class Start(msgspec.Struct, frozen=True, kw_only=True):
    """A start after a crash under load."""

    ready_s: float
    """From starting the process until it says that it is ready."""
    lag_mib: float
    """How much of the journal waited then to be materialised."""
    caught_up_s: float
    """From starting the process until nothing waited."""


class Grown(msgspec.Struct, frozen=True, kw_only=True):
    """What was measured on one folder."""

    population: Population
    folder_mib: float
    """What was prepared, without the journal."""
    cells: list[Cell]
    """One for each scenario: medians of the turns."""
    start: Start


class GrowthLine(msgspec.Struct, frozen=True, kw_only=True):
    """One run: groups of folders, of which the first is the one that the others are compared with."""

    commit: str
    dirty: bool
    date: str
    machine: Machine
    disk: Disk
    plan: Plan
    groups: list[list[Grown]]

    @property
    def foreign_cores(self) -> float:
        """Cores that others used, on the average of all scenarios."""
        cells = [cell for group in self.groups for grown in group for cell in grown.cells]
        return sum(cell.foreign_cores for cell in cells) / len(cells)


def plan_of(*, turns: int, seconds: float) -> Plan:
    """So many turns of so many seconds."""
    return Plan(warm_up_s=min(_WARM_UP_S, seconds), rounds=turns, seconds=seconds, floor_s=0)


def groups_of(few: int, many: Iterable[int], events: Iterable[int]) -> list[list[Population]]:
    """Ever more people, then ever more events of few people; 0 stands for no folder."""
    by_people = [Population(people=people) for people in (few, *filter(None, many))]
    by_events = [Population(people=few), *(Population(people=few, events=count) for count in filter(None, events))]
    return [group for group in (by_people, by_events) if len(group) > 1]


def measure(populations: list[Population], plan: Plan, folder: Path, tell: Callable[[str], None]) -> list[Grown]:
    """One group. What it writes is removed again. Raises CannotMeasure, OSError, apsw.Error."""
    folders = [_Folder.prepared(folder / str(index), each, tell) for index, each in enumerate(populations)]
    with ExitStack() as stack:
        subjects = [each.subject(stack) for each in folders]
        cells: list[list[Cell]] = [[] for _ in folders]
        for scenario in SCENARIOS:
            by_turns = _by_turns(subjects, scenario, plan)
            for index, measured in enumerate(by_turns):
                cells[index].append(typical(measured))
                tell(f"{told_of(populations[index])}: {told_of_cell(cells[index][-1])}")
    grown = []
    for each, measured in zip(folders, cells, strict=True):
        start = each.started_after_crash()
        tell(f"{told_of(each.population)}: {told_of_start(start)}")
        grown.append(Grown(population=each.population, folder_mib=each.mib, cells=measured, start=start))
        each.remove()
    return grown


def verdicts(groups: list[list[Grown]]) -> Iterator[Verdict]:
    """Each folder beside the first of its group."""
    for first, *others in groups:
        for grown in others:
            name = told_of(grown.population)
            for index, cell in enumerate(grown.cells):
                share = share_of(cell, first.cells[index])
                promise = f"{name}, {kind_of(cell.scenario)}: >= {SHARE_MIN}"
                yield Verdict(promise, f"{share:.2f}", share >= SHARE_MIN)
            ready_s, caught_up_s = grown.start.ready_s, grown.start.caught_up_s
            yield Verdict(f"{name}: ready within {READY_S_MAX:.0f} s", f"{ready_s:.2f} s", ready_s <= READY_S_MAX)
            yield Verdict(
                f"{name}: caught up within {CAUGHT_UP_S_MAX:.0f} s",
                f"{caught_up_s:.1f} s",
                caught_up_s <= CAUGHT_UP_S_MAX,
            )


def typical(cells: list[Cell]) -> Cell:
    """The medians of the same scenario measured again and again; what was not answered with 200 is added up."""
    figures = {
        name: median(getattr(cell, name) for cell in cells)
        for name in Cell.__struct_fields__
        if name not in {"scenario", "refused", "broken"}
    }
    refused = sum((Counter(cell.refused) for cell in cells), Counter())
    return Cell(scenario=cells[0].scenario, refused=dict(refused), broken=sum(cell.broken for cell in cells), **figures)


def share_of(cell: Cell, first: Cell) -> float:
    """Requests a second, where those of the first folder are 1."""
    return cell.requests_per_s / first.requests_per_s if first.requests_per_s else 0.0


def kind_of(scenario: Scenario) -> str:
    """What tells a scenario from the others, in words."""
    if scenario.hot_share:
        return f"{scenario.people}, {scenario.hot_share:.0%} one person"
    return f"{scenario.people}, event ids" if scenario.event_ids else scenario.people


def told_of(population: Population) -> str:
    """What a folder is filled with, in words."""
    events = f", {population.events:,} events" if population.events else ""
    return f"{population.people:,} people{events}"


def told_of_cell(cell: Cell) -> str:
    """The figures of a scenario, in a line."""
    return (
        f"{kind_of(cell.scenario)}: {cell.requests_per_s:,.0f} requests/s, server {cell.server_cpu_us:.0f} us, "
        f"materialiser {cell.materialiser_cpu_us:.0f} us, p50 {cell.p50_ms:.1f} ms, p99 {cell.p99_ms:.1f} ms, "
        f"{cell.written_bytes_per_event:,.0f} B/event, lag {cell.lag_mib:.1f} MiB, settled in {cell.settle_s:.1f} s, "
        f"{cell.memory_mib:.0f} MiB, others {cell.foreign_cores:.2f} cores"
    )


def told_of_start(start: Start) -> str:
    """A start after a crash, in a line."""
    return f"ready {start.ready_s:.2f} s after a crash, {start.lag_mib:.1f} MiB caught up in {start.caught_up_s:.1f} s"


class _Folder:
    """A folder of the group."""

    def __init__(self, path: Path, population: Population, source: str) -> None:
        self.population = population
        self.mib = folder_bytes(path, without=JOURNAL) / (1 << 20)
        self._path = path
        self._source = source

    @classmethod
    def prepared(cls, path: Path, population: Population, tell: Callable[[str], None]) -> Self:
        begin = time.monotonic()
        folder = cls(path, population, prepare(path, population))
        tell(f"{told_of(population)}: {folder.mib:,.0f} MiB, prepared in {time.monotonic() - begin:.0f} s")
        return folder

    def subject(self, stack: ExitStack) -> Subject:
        server = stack.enter_context(real_server(self._path))
        tool = stack.enter_context(idle_load_tool())
        tool.know(server.url, self._source, self.population.people)
        return Subject(server, tool, self._path)

    def started_after_crash(self) -> Start:
        with real_server(self._path) as server, idle_load_tool() as tool:
            tool.know(server.url, self._source, self.population.people)
            killing = threading.Timer(_KILLED_AFTER_S, _kill, (server,))
            killing.start()
            tool.send(_CRASHING, _KILLED_AFTER_S * 2)
            killing.join()
        begin = time.monotonic()
        with real_server(self._path) as server:
            _wait(lambda: _is_ready(server))
            ready_s = time.monotonic() - begin
            lag_bytes = _lag_bytes(server)
            _wait(lambda: _lag_bytes(server) == 0)
            return Start(ready_s=ready_s, lag_mib=lag_bytes / (1 << 20), caught_up_s=time.monotonic() - begin)

    def remove(self) -> None:
        shutil.rmtree(self._path)


def _by_turns(subjects: list[Subject], scenario: Scenario, plan: Plan) -> list[list[Cell]]:
    one = msgspec.structs.replace(plan, rounds=1)
    turns = [[subject.measure(scenario, one) for subject in subjects] for _ in range(plan.rounds)]
    return [list(cells) for cells in zip(*turns, strict=True)]


def _kill(server: RunningServer) -> None:
    """End the server and its materialiser as a crash would, with no time for anything."""
    for pid in (server.pid, *descendants(server.pid)):
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def _wait(is_done: Callable[[], bool]) -> None:
    begin = time.monotonic()
    while not is_done() and time.monotonic() - begin < _CAUGHT_UP_S_WAITED:
        time.sleep(_ASK_S)


def _lag_bytes(server: RunningServer) -> float:
    return metrics(server)["sojourn_journal_lag_bytes"]


def _is_ready(server: RunningServer) -> bool:
    try:
        with urllib.request.urlopen(f"{server.url}/readyz", timeout=_CAUGHT_UP_S_WAITED) as answer:
            return bool(answer.status == 200)
    except urllib.error.URLError:
        return False
