"""The clock of the machine jumps: nobody is split, no visit is invented, and no duration is negative."""

from __future__ import annotations

import pytest

from tests.door import Door


@pytest.mark.parametrize("days", [-365, -1, 1, 365])
async def test_after_a_jump_of_the_clock_a_visit_goes_on(door: Door, days: int) -> None:
    first = await door.track(session="s1", events=["page-view"])
    door.clock.jump(days=days)
    second = await door.track(session="s1", profile=first.profile, events=["page-view"])
    door.clock.jump(days=-days)
    third = await door.track(session="s1", profile=first.profile, events=["page-view"])
    assert first.profile == second.profile == third.profile
    assert await door.visits(first.profile) == 1
    session = await door.session("s1")
    assert session.metadata.time.duration >= 0
    assert (await door.types(session="s1")).count("page-view") == 3


@pytest.mark.parametrize("days", [-365, 365])
async def test_what_is_sent_again_after_a_jump_of_the_clock_is_recognised(door: Door, days: int) -> None:
    event = {"id": "e1", "type": "page-view"}
    await door.track(session="s1", events=[event])
    door.clock.jump(days=days)
    again = await door.track(session="s1", events=[event])
    assert again.codes("warnings") == ["duplicate"]
    assert (await door.outcomes()).duplicate == 1
