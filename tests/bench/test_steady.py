"""A long run tells what was seen in it, and whether anything grew."""

from __future__ import annotations

from pathlib import Path

from msgspec.structs import replace

from bench import growth_report, steady
from tests.bench.test_ledger import a_line


def test_full_load_and_half_of_it_are_measured(tmp_path: Path) -> None:
    shown: list[steady.Look] = []
    seen = steady.measure(tmp_path, minutes=0.02, half_s=0.5, show=shown.append)
    assert seen.looks == shown
    assert seen.not_kept == seen.half.not_kept == 0
    assert all(look.requests_per_s > 0 and look.server_mib > 0 and look.materialiser_mib > 0 for look in shown)
    assert 0 < seen.half.p50_ms <= seen.half.p99_ms


def test_what_stays_is_held() -> None:
    assert all(verdict.is_held for verdict in steady.verdicts(a_run([3.0] * 9)))


def test_a_lag_that_grows_is_told() -> None:
    missed = [verdict.promise for verdict in steady.verdicts(a_run([3, 3, 3, 4, 5, 6, 7, 8, 9])) if not verdict.is_held]
    assert missed == ["what waits stays"]


def test_a_run_that_is_too_short_tells_nothing() -> None:
    assert [verdict.is_held for verdict in steady.verdicts(a_run([3.0] * 2))] == [False]


def test_the_page_tells_the_first_third_and_the_last() -> None:
    line = steady.SteadyLine(
        commit="abc",
        dirty=False,
        date="2026-01-01T00:00:00+00:00",
        machine=a_line("abc").machine,
        steady=a_run([1, 1, 1, 2, 2, 2, 3, 3, 3]),
    )
    block = growth_report.block([], [line])
    assert "| first third | 4,000 | 20.0 ms | 200 | 100 MiB | 40 | 80 MiB | 1.0 MiB |" in block
    assert "| last third | 4,000 | 20.0 ms | 200 | 100 MiB | 40 | 80 MiB | 3.0 MiB |" in block
    assert "p99 8.0 ms" in block


def a_run(lags_mib: list[float]) -> steady.Steady:
    look = steady.Look(
        second=10,
        requests_per_s=4_000,
        p99_ms=20,
        server_cpu_us=200,
        materialiser_cpu_us=40,
        lag_mib=0,
        server_mib=100,
        materialiser_mib=80,
    )
    return steady.Steady(
        looks=[replace(look, lag_mib=lag_mib) for lag_mib in lags_mib],
        written_bytes_per_event=20_000,
        settle_s=0.5,
        foreign_cores=0.1,
        not_kept=0,
        half=steady.Half(requests_per_s=2_000, p50_ms=2, p99_ms=8, not_kept=0),
    )
