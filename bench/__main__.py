"""`python -m bench`: measure; `python -m bench readme`: bring the figures into the README; `... profile`: see why."""

from __future__ import annotations

import sys
import tempfile
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import cyclopts

from bench import growth, growth_report, hot_path, ledger, overload, report, slow, soak, steady
from bench.ledger import Line
from bench.verdicts import report as report_on
from sojourn.bench.machine import disk, machine
from sojourn.bench.results import Plan
from sojourn.bench.run import ROUNDS, SECONDS, plan_of, run
from sojourn.bench.scenarios import Kind, People, Scenario, matrix, whole_matrix
from sojourn.bench.servers import CannotMeasure

app = cyclopts.App(name="python -m bench", help_format="plaintext", version_flags=())


@app.default
def bench(
    *,
    quick: bool = False,
    seconds: float = SECONDS,
    rounds: int = ROUNDS,
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
    scenarios = matrix(event_ids=event_ids, hot_share=hot_share)
    _measure(scenarios, plan_of(quick=quick, rounds=rounds, seconds=seconds), where, record=record)


@app.command
def whole(
    *,
    quick: bool = False,
    seconds: float = SECONDS,
    rounds: int = ROUNDS,
    event_ids: bool = False,
    record: bool = False,
    where: Path | None = None,
) -> None:
    """Measure all that, a hundred events in a request, new and returning people among each other, and a hot person.

    Args:
        quick: One short round each.
        seconds: Length of a round.
        rounds: Rounds for each scenario, whose medians are told.
        event_ids: Let every event carry an id.
        record: Add the result to bench/ledger.jsonl.
        where: A folder on the disk to measure; the data goes into a new folder there and is removed again.
    """
    scenarios = whole_matrix(event_ids=event_ids)
    _measure(scenarios, plan_of(quick=quick, rounds=rounds, seconds=seconds), where, record=record)


@app.command
def readme() -> None:
    """Write the figures of the newest recorded runs into the README and the page about performance."""
    report.write_readme(ledger.newest_quiet(ledger.lines()))
    growth_report.write_page()


@app.command
def profile(
    *, connections: int = 32, events: int = 1, people: People = "new", kind: Kind = "told", seconds: float = 5
) -> None:
    """Show where the server spends its time under one kind of load, with py-spy if it is installed, else with cProfile.

    Args:
        connections: Clients at once.
        events: Events in one request.
        people: Whether they are new or returning.
        kind: Whether a browser tells of its pages, or a program sends plain events.
        seconds: How long to watch.
    """
    scenario = Scenario(connections=connections, events=events, people=people, kind=kind)
    with tempfile.TemporaryDirectory(prefix="sojourn-bench-") as name:
        print(hot_path.profile(scenario, seconds, Path(name)))


@app.command(name="overload")
def flood(*, seconds: float = overload.SECONDS, where: Path | None = None) -> int:
    """Send three times what the server can take, and say whether it stayed itself; ends with 1 if it did not.

    Args:
        seconds: How long the flood lasts.
        where: A folder on the disk to use; the data goes into a new folder there and is removed again.
    """
    with tempfile.TemporaryDirectory(prefix="sojourn-overload-", dir=where) as name:
        seen = overload.measure(Path(name), seconds=seconds)
    print(overload.told(seen))
    return int(not report_on(overload.verdicts(seen)))


@app.command(name="growth")
def grow(
    *,
    few: int = growth.FEW,
    people: list[int] | None = None,
    events: list[int] | None = None,
    turns: int = growth.TURNS,
    seconds: float = growth.SECONDS,
    record: bool = False,
    where: Path | None = None,
) -> int:
    """Fill folders with people and events, measure the same traffic on each by turns; ends with 1 if it grew dearer.

    Ten million of either need 30 GB of the disk, and minutes to be made.

    Args:
        few: People of the folder that the others are compared with, and of those with many events.
        people: People of a further folder each; without it, a million and ten million; 0 for none.
        events: Events of a further folder each; without it, a million and ten million; 0 for none.
        turns: How often each scenario is measured on each folder.
        seconds: How long each time.
        record: Add the result to bench/growth.jsonl.
        where: A folder on the disk to use; the data goes into a new folder there and is removed again.
    """
    date = datetime.now(UTC).isoformat(timespec="seconds")
    commit, dirty = ledger.commit()
    plan = growth.plan_of(turns=turns, seconds=seconds)
    tell = partial(print, flush=True)
    with tempfile.TemporaryDirectory(prefix="sojourn-growth-", dir=where) as name:
        this_disk = disk(Path(name))
        populations = growth.groups_of(few, people or growth.MANY, events or growth.MANY)
        groups = [growth.measure(group, plan, Path(name), tell) for group in populations]
    if record:
        line = growth.GrowthLine(
            commit=commit, dirty=dirty, date=date, machine=machine(), disk=this_disk, plan=plan, groups=groups
        )
        ledger.append(line, growth.GROWTH_LEDGER)
    return int(not report_on(growth.verdicts(groups)))


@app.command(name="steady")
def last(
    *,
    minutes: float = steady.MINUTES,
    half_seconds: float = steady.HALF_S,
    record: bool = False,
    where: Path | None = None,
) -> int:
    """Let full load go on, then half of it, and say whether the materialiser kept up; ends with 1 if it did not.

    Args:
        minutes: How long at full load.
        half_seconds: How long at half of that.
        record: Add the result to bench/steady.jsonl.
        where: A folder on the disk to use; the data goes into a new folder there and is removed again.
    """
    date = datetime.now(UTC).isoformat(timespec="seconds")
    commit, dirty = ledger.commit()

    def show(look: steady.Look) -> None:
        print(steady.told_of_look(look), flush=True)

    with tempfile.TemporaryDirectory(prefix="sojourn-steady-", dir=where) as name:
        seen = steady.measure(Path(name), minutes=minutes, half_s=half_seconds, show=show)
    print(steady.told(seen))
    if record:
        line = steady.SteadyLine(commit=commit, dirty=dirty, date=date, machine=machine(), steady=seen)
        ledger.append(line, steady.STEADY_LEDGER)
    return int(not report_on(steady.verdicts(seen)))


@app.command(name="slow")
def crawl(*, seconds: float = slow.SECONDS, where: Path | None = None) -> int:
    """Measure a few clients beside a thousand slow ones and large bodies; ends with 1 if they were disturbed.

    Args:
        seconds: How long each of the three measurements lasts; the slow ones are cut off after five.
        where: A folder on the disk to use; the data goes into a new folder there and is removed again.
    """
    with tempfile.TemporaryDirectory(prefix="sojourn-slow-", dir=where) as name:
        seen = slow.measure(Path(name), seconds=seconds)
    return int(not report_on(slow.verdicts(seen)))


@app.command(name="soak")
def wear(*, minutes: float = soak.MINUTES, where: Path | None = None) -> int:
    """Let mixed traffic go on and on, and say whether memory and descriptors stayed; ends with 1 if they did not.

    Args:
        minutes: How long.
        where: A folder on the disk to use; the data goes into a new folder there and is removed again.
    """

    def show(look: soak.Look) -> None:
        line = f"{look.minute:6.1f} min {look.memory_mib:7.0f} MiB {look.descriptors:5} descriptors"
        print(f"{line} {look.requests:10,} requests", flush=True)

    with tempfile.TemporaryDirectory(prefix="sojourn-soak-", dir=where) as name:
        looks = soak.measure(Path(name), minutes=minutes, show=show)
    return int(not report_on(soak.verdicts(looks)))


def _measure(scenarios: tuple[Scenario, ...], plan: Plan, where: Path | None, *, record: bool) -> None:
    date = datetime.now(UTC).isoformat(timespec="seconds")
    commit, dirty = ledger.commit()
    measured = run(scenarios, plan, where, partial(print, flush=True))
    if record:
        ledger.append(Line.of(measured, commit=commit, dirty=dirty, date=date))


if __name__ == "__main__":
    try:
        app()
    except CannotMeasure as error:
        sys.exit(f"bench: {error}")
    except OSError as error:
        sys.exit(f"bench: The folder cannot be used: {error}. Choose another one with --where.")
