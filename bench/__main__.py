"""`python -m bench`: measure; `python -m bench readme`: bring the figures into the README; `... profile`: see why."""

from __future__ import annotations

import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

import cyclopts

from bench import hot_path, ledger, report
from bench.ledger import Line, Plan
from bench.machine import disk, filesystem_of, machine
from bench.measure import measure
from bench.scenarios import People, Scenario, matrix
from bench.servers import CannotMeasure

app = cyclopts.App(name="python -m bench", help_format="plaintext", version_flags=())

WARM_UP_S = 0.5
FLOOR_S = 1.0
QUICK = Plan(warm_up_s=0.3, rounds=1, seconds=1, floor_s=0.4)


@app.default
def run(
    *,
    quick: bool = False,
    seconds: float = 2,
    rounds: int = 2,
    event_ids: bool = False,
    hot_share: float = 0,
    record: bool = False,
    where: Path | None = None,
) -> None:
    """Measure the real server in every scenario, and print what it did beside what the machine can do at most.

    Args:
        quick: One short round each: to see whether anything has gone wrong, not to compare.
        seconds: Length of a round.
        rounds: Rounds for each scenario, whose medians are told.
        event_ids: Let every event carry an id, by which it would be recognised if it were sent again.
        hot_share: The part of the returning requests that come from one and the same person.
        record: Add the result to bench/ledger.jsonl.
        where: A folder on the disk to measure; the data goes into a new folder there and is removed again.
    """
    plan = QUICK if quick else Plan(warm_up_s=WARM_UP_S, rounds=rounds, seconds=seconds, floor_s=FLOOR_S)
    scenarios = matrix(event_ids=event_ids, hot_share=hot_share)
    with tempfile.TemporaryDirectory(prefix="sojourn-bench-", dir=where) as name:
        line = _run(scenarios, plan, Path(name))
    if record:
        ledger.append(line)


@app.command
def readme() -> None:
    """Write the figures of the newest recorded run into the README."""
    recorded = ledger.lines()
    report.write_readme(recorded[-1] if recorded else None)


@app.command
def profile(*, connections: int = 32, events: int = 1, people: People = "new", seconds: float = 5) -> None:
    """Show where the server spends its time under one kind of load, with py-spy if it is installed, else with cProfile.

    Args:
        connections: Clients at once.
        events: Events in one request.
        people: Whether they are new or returning.
        seconds: How long to watch.
    """
    scenario = Scenario(connections=connections, events=events, people=people)
    with tempfile.TemporaryDirectory(prefix="sojourn-bench-") as name:
        print(hot_path.profile(scenario, seconds, Path(name)))


def _run(scenarios: tuple[Scenario, ...], plan: Plan, folder: Path) -> Line:
    if filesystem_of(folder) == "tmpfs":
        print("This folder is in memory, where a sync costs nothing. Choose another with --where.", file=sys.stderr)
    date = datetime.now(UTC).isoformat(timespec="seconds")
    commit, dirty = ledger.commit()
    this_machine, this_disk = machine(), disk(folder)
    print(report.conditions(this_machine, this_disk), report.headings(), sep="\n\n", flush=True)
    result = measure(scenarios, plan, folder / "data", lambda one: print(report.row(one.cell, one.floor), flush=True))
    cells = [one.cell for one in result.measured]
    print(report.totals(cells, result.kept_bytes_per_event))
    return Line(
        commit=commit,
        dirty=dirty,
        date=date,
        machine=this_machine,
        foreign_cores=report.mean_foreign(cells),
        disk=this_disk,
        plan=plan,
        kept_bytes_per_event=result.kept_bytes_per_event,
        floor=[one.floor for one in result.measured],
        cells=cells,
    )


if __name__ == "__main__":
    try:
        app()
    except CannotMeasure as error:
        sys.exit(f"bench: {error}")
