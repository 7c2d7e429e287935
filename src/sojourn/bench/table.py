"""How results are shown in the terminal: a table, row by row as they come, and what holds for all of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple

from sojourn.bench.machine import Disk, Machine
from sojourn.bench.results import Cell, Floor


class Column(NamedTuple):
    """One column of the table: its heading in two lines, and what stands in it."""

    top: str
    bottom: str
    text: Callable[[Cell, Floor], str]


COLUMNS = (
    Column("", "conn", lambda cell, _: str(cell.scenario.connections)),
    Column("", "events", lambda cell, _: str(cell.scenario.events)),
    Column("", "people", lambda cell, _: cell.scenario.people),
    Column("", "kind", lambda cell, _: cell.scenario.kind),
    Column("requests", "/s", lambda cell, _: f"{cell.requests_per_s:,.0f}"),
    Column("of the", "floor", lambda cell, floor: f"{share_of_floor(cell, floor):.2f}"),
    Column("events", "/s", lambda cell, _: f"{cell.events_per_s:,.0f}"),
    Column("p50", "ms", lambda cell, _: f"{cell.p50_ms:.2f}"),
    Column("p99", "ms", lambda cell, _: f"{cell.p99_ms:.2f}"),
    Column("server", "us/req", lambda cell, _: f"{cell.server_cpu_us:.0f}"),
    Column("server", "us/event", lambda cell, _: f"{cell.server_cpu_us / cell.scenario.events:.0f}"),
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


def headings() -> tuple[str, ...]:
    """The lines at the head of the table in the terminal."""
    tops = _row(column.top for column in COLUMNS)
    bottoms = _row(column.bottom for column in COLUMNS)
    return tops, bottoms, "-" * len(bottoms)


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
    foreign = [cell.foreign_cores for cell in cells]
    return (
        f"In the end the data folder had {kept_bytes_per_event:,.0f} bytes for each event that was sent. "
        f"Memory at its highest {max(cell.memory_mib for cell in cells):.0f} MiB. Others used "
        f"{sum(foreign) / len(foreign):.2f} cores on average, {max(foreign):.2f} at most. "
        f"Not answered with 200: {sum(unanswered(cell) for cell in cells)}."
    )


def share_of_floor(cell: Cell, floor: Floor) -> float:
    """Requests a second, where the floor's are 1."""
    return cell.requests_per_s / floor.requests_per_s if floor.requests_per_s else 0.0


def unanswered(cell: Cell) -> int:
    """Requests that were answered otherwise than with 200, or not at all."""
    return sum(cell.refused.values()) + cell.broken


def _row(texts: Iterable[str]) -> str:
    return " ".join(text.rjust(width) for text, width in zip(texts, _WIDTHS, strict=True))
