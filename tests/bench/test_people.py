"""The measurement of looking people up finds everybody whom it looks for."""

from __future__ import annotations

from pathlib import Path

from bench.people import measure


async def test_people_are_looked_up_by_every_kind_of_id(tmp_path: Path) -> None:
    costs = await measure(tmp_path / "data", people=20, looked_up=4)
    assert set(costs) == {"current", "merged", "alias", "identifier", "nobody"}
    assert all(0 < cost.p50_us <= cost.p99_us for cost in costs.values())
