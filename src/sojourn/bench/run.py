"""One run: what the machine is and what its disk does, then every scenario, told line by line as they are done."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from sojourn.bench.machine import disk, filesystem_of, machine
from sojourn.bench.measure import measure
from sojourn.bench.results import Measurement, Plan
from sojourn.bench.scenarios import Scenario
from sojourn.bench.servers import CannotMeasure
from sojourn.bench.table import conditions, headings, row, totals

ROUNDS = 2
SECONDS = 2.0

_QUICK = Plan(warm_up_s=0.3, rounds=1, seconds=1, floor_s=0.4)
_WARM_UP_S = 0.5
_FLOOR_S = 1.0


def plan_of(*, quick: bool, rounds: int = ROUNDS, seconds: float = SECONDS) -> Plan:
    """How long to measure: long enough to compare, or just to see whether anything has gone wrong."""
    return _QUICK if quick else Plan(warm_up_s=_WARM_UP_S, rounds=rounds, seconds=seconds, floor_s=_FLOOR_S)


def run(scenarios: tuple[Scenario, ...], plan: Plan, where: Path | None, tell: Callable[[str], None]) -> Measurement:
    """Measure in a new folder below `where`, or below that for temporary files, and remove it. Raises CannotMeasure."""
    if sys.platform != "linux":
        raise CannotMeasure("Measuring needs Linux, which tells who has used how much of the processor.")
    with tempfile.TemporaryDirectory(prefix="sojourn-bench-", dir=where) as name:
        folder = Path(name)
        if filesystem_of(folder) == "tmpfs":
            tell("This folder is in memory, where a sync costs nothing. Choose another with --where.")
        this_machine, this_disk = machine(), disk(folder)
        for line in (conditions(this_machine, this_disk), "", *headings()):
            tell(line)
        result = measure(scenarios, plan, folder / "data", lambda one: tell(row(one.cell, one.floor)))
    cells = [one.cell for one in result.measured]
    tell(totals(cells, result.kept_bytes_per_event))
    return Measurement(
        machine=this_machine,
        disk=this_disk,
        plan=plan,
        kept_bytes_per_event=result.kept_bytes_per_event,
        floor=[one.floor for one in result.measured],
        cells=cells,
    )
