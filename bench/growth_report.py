"""The figures of recorded runs of `growth` and `steady`, as the page about performance shows them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import mean, median
from typing import NamedTuple

import msgspec

from bench.growth import GROWTH_LEDGER, Grown, GrowthLine, kind_of, share_of, told_of
from bench.ledger import ROOT
from bench.steady import STEADY_LEDGER, Look, SteadyLine
from sojourn.bench.results import Cell

PAGE = ROOT / "docs" / "explanation" / "performance.md"
START, END = "<!-- growth:start -->", "<!-- growth:end -->"


class Group(NamedTuple):
    """One group of folders, and the run that it was measured in."""

    line: GrowthLine
    grown: list[Grown]


def growth_lines(ledger: Path = GROWTH_LEDGER) -> list[GrowthLine]:
    """All runs of `growth`, oldest first."""
    return [msgspec.json.decode(line, type=GrowthLine) for line in _recorded(ledger)]


def steady_lines(ledger: Path = STEADY_LEDGER) -> list[SteadyLine]:
    """All runs of `steady`, oldest first."""
    return [msgspec.json.decode(line, type=SteadyLine) for line in _recorded(ledger)]


def newest_groups(lines: Sequence[GrowthLine]) -> list[Group]:
    """Of ever more people, and of ever more events, the group that was measured last; runs may measure one alone."""
    newest = {_is_of_events(grown): Group(line, grown) for line in lines for grown in line.groups}
    return [newest[key] for key in sorted(newest)]


def block(groups: Sequence[Group], steady: Sequence[SteadyLine]) -> str:
    """What stands between the marks of the page."""
    parts = [*(_of_group(group) for group in groups), *(_of_steady(line) for line in steady[-1:])]
    return "\n\n".join(parts) or "No figures yet."


def page_with(text: str, figures: str) -> str:
    """The text of the page with other figures between its marks."""
    before, _, rest = text.partition(START)
    _, _, after = rest.partition(END)
    return f"{before}{START}\n{figures}\n{END}{after}"


def write_page(page: Path = PAGE) -> None:
    """Put the newest recorded figures into the page."""
    page.write_text(page_with(page.read_text(), block(newest_groups(growth_lines()), steady_lines())))


def _recorded(ledger: Path) -> list[bytes]:
    return ledger.read_bytes().splitlines() if ledger.exists() else []


def _is_of_events(group: list[Grown]) -> bool:
    return any(grown.population.events for grown in group)


def _of_group(group: Group) -> str:
    line, grown = group
    plan = line.plan
    foreign_cores = mean(cell.foreign_cores for each in grown for cell in each.cells)
    head = (
        f"Measured on {line.date[:10]} at commit `{line.commit}`, {plan.rounds} turns of {plan.seconds:g} s, "
        f"32 connections, one event; others used {foreign_cores:.2f} cores meanwhile.\n\n"
        "| folder | people | requests/s | of the first | server µs | materialiser µs | p50 | p99 "
        "| written/event | memory |\n"
        "|---|---|--:|--:|--:|--:|--:|--:|--:|--:|\n"
    )
    starts = (
        "\n\n| folder | size | ready after a crash | waited then | caught up |\n|---|--:|--:|--:|--:|\n"
        + "\n".join(
            f"| {told_of(each.population)} | {each.folder_mib:,.0f} MiB | {each.start.ready_s:.2f} s "
            f"| {each.start.lag_mib:.1f} MiB | {each.start.caught_up_s:.1f} s |"
            for each in grown
        )
    )
    return head + "\n".join(_rows(grown)) + starts


def _rows(grown: list[Grown]) -> Iterator[str]:
    first = grown[0]
    for index, cell in enumerate(first.cells):
        for each in grown:
            yield _row(told_of(each.population), each.cells[index], cell)


def _row(folder: str, cell: Cell, first: Cell) -> str:
    return (
        f"| {folder} | {kind_of(cell.scenario)} | {cell.requests_per_s:,.0f} | {share_of(cell, first):.2f} "
        f"| {cell.server_cpu_us:.0f} | {cell.materialiser_cpu_us:.0f} | {cell.p50_ms:.1f} ms | {cell.p99_ms:.1f} ms "
        f"| {cell.written_bytes_per_event / 1000:,.0f} kB | {cell.memory_mib:.0f} MiB |"
    )


def _of_steady(line: SteadyLine) -> str:
    seen = line.steady
    third = max(1, len(seen.looks) // 3)
    head = (
        f"`make steady`, {line.date[:10]}, commit `{line.commit}`: {seen.looks[-1].second:.0f} seconds at full load, "
        f"others used {seen.foreign_cores:.2f} cores.\n\n"
        "| | requests/s | p99 | server µs | server's memory | materialiser µs | materialiser's memory | waits |\n"
        "|---|--:|--:|--:|--:|--:|--:|--:|\n"
    )
    half = (
        f"\n\nCaught up in {seen.settle_s:.1f} s; {seen.written_bytes_per_event / 1000:,.0f} kB written for each "
        f"event. At half of that load, {seen.half.requests_per_s:,.0f} requests/s in an open loop: "
        f"p50 {seen.half.p50_ms:.1f} ms, p99 {seen.half.p99_ms:.1f} ms."
    )
    return head + "\n".join((_third("first", seen.looks[:third]), _third("last", seen.looks[-third:]))) + half


def _third(name: str, looks: list[Look]) -> str:
    return (
        f"| {name} third | {median(look.requests_per_s for look in looks):,.0f} "
        f"| {median(look.p99_ms for look in looks):.1f} ms "
        f"| {median(look.server_cpu_us for look in looks):.0f} | {max(look.server_mib for look in looks):.0f} MiB "
        f"| {median(look.materialiser_cpu_us for look in looks):.0f} "
        f"| {max(look.materialiser_mib for look in looks):.0f} MiB | {median(look.lag_mib for look in looks):.1f} MiB |"
    )
