"""The measurement of what telling who somebody is costs has a figure for each case."""

from __future__ import annotations

from bench.identified import measure


async def test_events_that_tell_who_somebody_is_are_measured_beside_those_that_do_not() -> None:
    costs = await measure(people=3, rounds=2)
    assert list(costs) == ["page view, no kinds", "page view", "sign-in, no kinds", "sign-in"]
    assert all(each_us > 0 for each_us in costs.values())
