"""The ledger can be read, and the README says what its newest line says."""

from __future__ import annotations

from pathlib import Path

import msgspec

from bench import ledger, report
from bench.ledger import Line
from sojourn.bench import table
from sojourn.bench.machine import Disk, Machine, Syncs
from sojourn.bench.results import Cell, Floor, Plan
from sojourn.bench.scenarios import Scenario


def test_every_line_of_the_ledger_can_be_read() -> None:
    assert all(len(line.cells) == len(line.floor) for line in ledger.lines())


def test_a_run_beside_others_is_passed_over_for_an_older_one() -> None:
    quiet, loud = a_line("quiet"), msgspec.structs.replace(a_line("loud"), foreign_cores=1.2)
    assert ledger.newest_quiet([a_line("oldest"), quiet, loud]) == quiet
    assert ledger.newest_quiet([loud]) is None


def test_the_readme_shows_the_newest_quiet_line_of_the_ledger() -> None:
    block = report.readme_block(ledger.newest_quiet(ledger.lines()))
    assert report.readme_with(block, report.README.read_text()) == report.README.read_text()


def test_a_run_that_is_added_is_the_newest_line(tmp_path: Path) -> None:
    path = tmp_path / "ledger.jsonl"
    for commit in ("first", "second"):
        ledger.append(a_line(commit), path)
    assert ledger.lines(path) == [a_line("first"), a_line("second")]


def test_a_ledger_that_does_not_exist_has_no_lines(tmp_path: Path) -> None:
    assert ledger.lines(tmp_path / "ledger.jsonl") == []


def test_the_figures_stand_beside_the_floor_of_their_own_scenario() -> None:
    [row] = [line for line in report.readme_block(a_line("abc")).splitlines() if line.startswith("| 32 ")]
    assert row == "| 32 | 20 | new | told | 1,000 | 20,000 | 3.0 ms | 9.0 ms | 250 µs | 0.25 |"


def test_what_was_not_answered_with_200_is_told() -> None:
    cell = msgspec.structs.replace(a_cell(), refused={"503": 3, "500": 1}, broken=2)
    assert table.row(cell, a_floor()).split()[-1] == "6"
    assert "Not answered with 200: 6." in table.totals([cell], 0)


def test_the_text_around_the_figures_stays_as_it_is() -> None:
    text = f"before\n{report.START}\nold\n{report.END}\nafter\n"
    assert report.readme_with("new", text) == f"before\n{report.START}\nnew\n{report.END}\nafter\n"


def a_line(commit: str) -> Line:
    syncs = Syncs(per_s=5_000, p50_ms=0.2, p99_ms=0.8)
    return Line(
        commit=commit,
        dirty=False,
        date="2026-01-01T00:00:00+00:00",
        machine=Machine(cpu="A CPU", cores=2, memory_mib=8_192, kernel="Linux 6", python="3.11"),
        foreign_cores=0.1,
        disk=Disk(filesystem="ext4", append_4_kib=syncs, append_64_kib=syncs),
        plan=Plan(warm_up_s=0.5, rounds=2, seconds=2, floor_s=1),
        kept_bytes_per_event=1_000,
        floor=[a_floor()],
        cells=[a_cell()],
    )


def a_floor() -> Floor:
    return Floor(connections=32, events=20, people="new", requests_per_s=4_000, p50_ms=1, p99_ms=2, server_cpu_us=30)


def a_cell() -> Cell:
    return Cell(
        scenario=Scenario(connections=32, events=20, people="new"),
        requests_per_s=1_000,
        events_per_s=20_000,
        p50_ms=3,
        p99_ms=9,
        server_cpu_us=250,
        materialiser_cpu_us=100,
        load_cpu_us=20,
        batch_requests=16,
        written_bytes_per_event=3_000,
        lag_mib=1,
        settle_s=0.2,
        memory_mib=100,
        foreign_cores=0.1,
        refused={},
        broken=0,
    )
