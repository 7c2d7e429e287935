"""The measurement of rebuilds measures rebuilds."""

from __future__ import annotations

from pathlib import Path

from bench.rebuild import measure
from sojourn.engine.rebuild import Rebuilt


async def test_everybody_of_the_measurement_is_rebuilt(tmp_path: Path) -> None:
    told, took_s = await measure(tmp_path / "data", people=3, events=2)
    assert told == Rebuilt(people=3, changed=3)
    assert took_s > 0
