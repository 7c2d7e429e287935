"""The figures of a recorded run, as the README shows them."""

from __future__ import annotations

from pathlib import Path

from bench.ledger import ROOT, Line
from sojourn.bench.results import Cell, Floor
from sojourn.bench.table import conditions, share_of_floor

README = ROOT / "README.md"
START, END = "<!-- bench:start -->", "<!-- bench:end -->"
NOTHING_YET = (
    "No figures yet. They will stand here as `make bench` measured them, with the machine that they were measured on."
)


def readme_block(line: Line | None) -> str:
    """What stands between the marks of the README: the figures of one run, or that there are none."""
    if line is None:
        return NOTHING_YET
    changed = ", with changes that are not committed" if line.dirty else ""
    head = (
        f"Measured on {line.date[:10]} at commit `{line.commit}`{changed}: {conditions(line.machine, line.disk)}. "
        "Server, materialiser and load tool share the machine; other programs used "
        f"{line.foreign_cores:.2f} cores meanwhile. Every request was durable before it was answered.\n\n"
        "| connections | events a request | people | kind | requests/s | events/s | p50 | p99 | server CPU a request "
        "| requests/s of the floor |\n"
        "|--:|--:|---|---|--:|--:|--:|--:|--:|--:|\n"
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
        f"| {scenario.connections} | {scenario.events} | {scenario.people} | {scenario.kind} "
        f"| {cell.requests_per_s:,.0f} | {cell.events_per_s:,.0f} | {cell.p50_ms:.1f} ms | {cell.p99_ms:.1f} ms "
        f"| {cell.server_cpu_us:.0f} µs | {share_of_floor(cell, floor):.2f} |"
    )
