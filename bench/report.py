"""How results are shown: a table in the terminal, row by row, and the figures of the README."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import NamedTuple

from bench.ledger import ROOT, Cell, Floor, Line
from bench.machine import Disk, Machine

README = ROOT / "README.md"
START, END = "<!-- bench:start -->", "<!-- bench:end -->"
NOTHING_YET = (
    "No figures yet. They will stand here as `make bench` measured them, with the machine that they were measured on."
)


class Column(NamedTuple):
    """One column of the table: its heading in two lines, and what stands in it."""

    top: str
    bottom: str
    text: Callable[[Cell, Floor], str]


COLUMNS = (
    Column("", "conn", lambda cell, _: str(cell.scenario.connections)),
    Column("", "events", lambda cell, _: str(cell.scenario.events)),
    Column("", "people", lambda cell, _: cell.scenario.people),
    Column("requests", "/s", lambda cell, _: f"{cell.requests_per_s:,.0f}"),
    Column("of the", "floor", lambda cell, floor: f"{share_of_floor(cell, floor):.2f}"),
    Column("events", "/s", lambda cell, _: f"{cell.events_per_s:,.0f}"),
    Column("p50", "ms", lambda cell, _: f"{cell.p50_ms:.2f}"),
    Column("p99", "ms", lambda cell, _: f"{cell.p99_ms:.2f}"),
    Column("server", "us/req", lambda cell, _: f"{cell.server_cpu_us:.0f}"),
    Column("floor", "us/req", lambda _, floor: f"{floor.server_cpu_us:.0f}"),
    Column("mater.", "us/req", lambda cell, _: f"{cell.materialiser_cpu_us:.0f}"),
    Column("load", "us/req", lambda cell, _: f"{cell.load_cpu_us:.0f}"),
    Column("batch", "req", lambda cell, _: f"{cell.batch_requests:.1f}"),
    Column("written", "B/event", lambda cell, _: f"{cell.written_bytes_per_event:,.0f}"),
    Column("lag", "MiB", lambda cell, _: f"{cell.lag_mib:.1f}"),
    Column("settled", "in s", lambda cell, _: f"{cell.settle_s:.1f}"),
    Column("not", "200", lambda cell, _: str(unanswered(cell))),
)

_WIDTHS = tuple(max(len(column.top), len(column.bottom), 7) for column in COLUMNS)


def headings() -> str:
    """The head of the table in the terminal."""
    tops = _row(column.top for column in COLUMNS)
    bottoms = _row(column.bottom for column in COLUMNS)
    return f"{tops}\n{bottoms}\n{'-' * len(bottoms)}"


def row(cell: Cell, floor: Floor) -> str:
    """One scenario in the terminal."""
    return _row(column.text(cell, floor) for column in COLUMNS)


def conditions(machine: Machine, disk: Disk) -> str:
    """What the figures are measured on."""
    return (
        f"{machine.cpu}, {machine.cores} cores for everything, {machine.memory_mib / 1024:.0f} GiB of memory, "
        f"{machine.kernel}, Python {machine.python}; {disk.filesystem} that syncs "
        f"{disk.append_4_kib.per_s:,.0f} appends of 4 KiB and {disk.append_64_kib.per_s:,.0f} of 64 KiB a second"
    )


def totals(cells: list[Cell], kept_bytes_per_event: float) -> str:
    """What holds for the run as a whole."""
    return (
        f"In the end the data folder had {kept_bytes_per_event:,.0f} bytes for each event that was sent. "
        f"Memory at its highest {max(cell.memory_mib for cell in cells):.0f} MiB. Others used "
        f"{mean_foreign(cells):.2f} cores on average, {max(cell.foreign_cores for cell in cells):.2f} at most. "
        f"Not answered with 200: {sum(unanswered(cell) for cell in cells)}."
    )


def mean_foreign(cells: list[Cell]) -> float:
    """Cores that others used, on the average of the scenarios."""
    return sum(cell.foreign_cores for cell in cells) / len(cells)


def share_of_floor(cell: Cell, floor: Floor) -> float:
    """Requests a second, where the floor's are 1."""
    return cell.requests_per_s / floor.requests_per_s if floor.requests_per_s else 0.0


def unanswered(cell: Cell) -> int:
    """Requests that were answered otherwise than with 200, or not at all."""
    return sum(cell.refused.values()) + cell.broken


def readme_block(line: Line | None) -> str:
    """What stands between the marks of the README: the figures of one run, or that there are none."""
    if line is None:
        return NOTHING_YET
    changed = ", with changes that are not committed" if line.dirty else ""
    head = (
        f"Measured on {line.date[:10]} at commit `{line.commit}`{changed}: {conditions(line.machine, line.disk)}. "
        "Server, materialiser and load tool share the machine; other programs used "
        f"{line.foreign_cores:.2f} cores meanwhile. Every request was durable before it was answered.\n\n"
        "| connections | events a request | people | requests/s | events/s | p50 | p99 | server CPU a request "
        "| requests/s of the floor |\n"
        "|--:|--:|---|--:|--:|--:|--:|--:|--:|\n"
    )
    return head + "\n".join(_readme_row(cell, floor) for cell, floor in zip(line.cells, line.floor, strict=True))


def readme_with(block: str, text: str) -> str:
    """The text of the README with another block between its marks."""
    before, _, rest = text.partition(START)
    _, _, after = rest.partition(END)
    return f"{before}{START}\n{block}\n{END}{after}"


def write_readme(line: Line | None, readme: Path = README) -> None:
    """Put the figures of a run into the README."""
    readme.write_text(readme_with(readme_block(line), readme.read_text()))


def _readme_row(cell: Cell, floor: Floor) -> str:
    scenario = cell.scenario
    return (
        f"| {scenario.connections} | {scenario.events} | {scenario.people} | {cell.requests_per_s:,.0f} "
        f"| {cell.events_per_s:,.0f} | {cell.p50_ms:.1f} ms | {cell.p99_ms:.1f} ms | {cell.server_cpu_us:.0f} µs "
        f"| {share_of_floor(cell, floor):.2f} |"
    )


def _row(texts: Iterable[str]) -> str:
    return " ".join(text.rjust(width) for text, width in zip(texts, _WIDTHS, strict=True))
