"""Sessions and people of the past: scenario 82 of tracker.md §9, and what a client may not say of them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from tests.door import AS_SERVER, NOON, Door, a_payload

BEGAN = datetime(2020, 3, 4, 10, tzinfo=UTC)
MADE = datetime(2020, 3, 4, 11, tzinfo=UTC)
TIMES = {"insert": "2020-03-04T10:00:00Z", "create": "2020-03-04 11:00:00", "update": "2020-03-05"}


async def test_82_the_times_of_a_session_and_of_a_profile_are_those_that_are_told(door: Door) -> None:
    answer = await door.track(session={"id": "s1", "metadata": TIMES}, profile={"id": None, "metadata": TIMES})
    session, profile = await door.session("s1"), await door.profile(answer.profile)
    for time in (session.metadata.time, profile.metadata.time):
        assert (time.insert, time.create) == (BEGAN, MADE)
    assert session.metadata.time.timestamp == BEGAN.timestamp()
    assert session.metadata.time.weekday == BEGAN.weekday()
    assert session.metadata.time.duration == 0


async def test_82b_times_may_stand_where_documents_have_them(door: Door) -> None:
    await door.track(session={"id": "s1", "metadata": {"time": TIMES}})
    assert (await door.session("s1")).metadata.time.insert == BEGAN


async def test_82c_further_ids_lead_to_the_person_when_a_server_names_them(door: Door) -> None:
    payload = a_payload(source="SRV", profile={"id": None, "ids": ["crm-7"], "metadata": TIMES})
    answer = await door.send("POST", "/track", json=payload, headers=AS_SERVER)
    profile = await door.profile("crm-7")
    assert profile.id == answer.profile
    assert profile.metadata.time.insert == BEGAN


async def test_82d_the_events_of_a_session_show_when_it_began(door: Door) -> None:
    await door.track(session={"id": "s1", "metadata": TIMES})
    assert {event.session.start for event in await door.events() if event.session} == {BEGAN}


async def test_82e_who_is_known_began_when_they_were_first_met(door: Door) -> None:
    first = await door.track(session="s1")
    await door.track(session={"id": "s1", "metadata": TIMES}, profile={"id": first.profile, "metadata": TIMES})
    assert (await door.session("s1")).metadata.time.insert > NOON
    assert (await door.profile(first.profile)).metadata.time.insert > NOON


async def test_82f_a_source_without_history_has_only_the_present(door: Door) -> None:
    answer = await door.track(
        source="NOW", session={"id": "s1", "metadata": TIMES}, profile={"id": None, "metadata": TIMES}
    )
    assert (await door.session("s1")).metadata.time.insert > NOON
    assert (await door.profile(answer.profile)).metadata.time.create > NOON


@pytest.mark.parametrize(
    "metadata",
    [
        "yesterday",
        5,
        [],
        {"insert": None},
        {"insert": "yesterday", "create": {}},
        {"insert": "1969-01-01", "create": "2100-01-01"},
        {"insert": "2026-11-24T12:30:00Z", "create": "2026-11-24T12:30:00Z"},
        {"time": "yesterday", "insert": True},
    ],
)
async def test_82g_what_is_no_moment_of_the_past_says_nothing(door: Door, metadata: Any) -> None:
    answer = await door.track(session={"id": "s1", "metadata": metadata}, profile={"id": None, "metadata": metadata})
    assert answer.status == 200
    for time in ((await door.session("s1")).metadata.time, (await door.profile(answer.profile)).metadata.time):
        assert NOON < time.insert <= time.create < door.clock.now()
