"""What is kept, and what is told, as options and sources say. Scenarios of tracker.md §9, each with its number."""

from __future__ import annotations

import pytest

from tests.door import Door

AUTOMATIC = ["profile-created", "session-opened", "visit-started"]


@pytest.mark.parametrize("option", ["save", "saveEvent", "saveEvents"])
async def test_29_an_event_that_is_not_to_be_saved_is_not_stored(door: Door, option: str) -> None:
    events = [{"type": "page-view", "id": "one"}, {"type": "page-view", "id": "two", "options": {option: False}}]
    answer = await door.track(session="s1", events=events, options={"debugger": True})
    stored = await door.events(type="page-view")
    assert [event.id for event in stored] == ["one"]
    assert len(answer.body["events"]) == len([*AUTOMATIC, "page-view"])
    assert answer.body["events"][-1] == "one"


async def test_50_an_event_that_is_not_to_be_saved_is_kept_all_the_same(door: Door) -> None:
    await door.track(session="s1", events=[{"type": "a"}, {"type": "b", "options": {"saveEvent": False}}])
    counts = await door.outcomes()
    assert (counts.kept, counts.unsaved) == (2, 1)
    assert await door.types() == [*AUTOMATIC, "a"]


async def test_50b_an_event_that_is_not_to_be_saved_still_begins_the_visit(door: Door) -> None:
    answer = await door.track(session="s1", events=[{"type": "x", "options": {"saveEvent": False}}])
    assert await door.types() == AUTOMATIC
    assert await door.visits(answer.profile) == 1


@pytest.mark.parametrize("option", ["saveEvents", "saveEvent", "save"])
async def test_50c_the_payload_says_it_for_all_its_events(door: Door, option: str) -> None:
    answer = await door.track(session="s1", events=["a", "b"], options={option: False})
    assert await door.types() == []
    assert await door.visits(answer.profile) == 1
    assert (await door.outcomes()).unsaved == 2


async def test_50d_the_word_of_the_event_wins(door: Door) -> None:
    events = [{"type": "a", "options": {"saveEvent": True}}, "b"]
    await door.track(session="s1", events=events, options={"saveEvents": False})
    assert await door.types() == ["a"]


async def test_50e_only_true_and_false_are_heard(door: Door) -> None:
    not_booleans: list[object] = ["false", 0, None, "no", []]
    for said in not_booleans:
        await door.track(session="s1", events=[{"type": "x", "options": {"saveEvent": said}}])
    assert len(await door.events(type="x")) == 5


async def test_51_a_session_that_is_not_to_be_saved_is_not_stored_and_visited_by_nobody(door: Door) -> None:
    answer = await door.track(session="s1", options={"saveSession": False})
    stored = await door.events()
    assert answer.session == "s1"
    assert await door.store.session("s1") is None
    assert [(event.type, event.session) for event in stored] == [("profile-created", None), ("page-view", None)]
    assert await door.visits(answer.profile) == 0


async def test_51b_a_session_is_saved_unless_every_event_forbids_it(door: Door) -> None:
    forbids = {"type": "x", "options": {"saveSession": False}}
    await door.track(session="s1", events=[forbids, "y"])
    await door.track(session="s2", events=[forbids, forbids])
    assert await door.store.session("s1") is not None
    assert await door.store.session("s2") is None


async def test_52_nothing_of_an_ephemeral_source_is_stored_and_the_ids_come_back(door: Door) -> None:
    answer = await door.track(source="EPH", session="s1", context={"a": 1}, options={"debugger": True})
    assert answer.profile is not None
    assert (answer.session, answer.body["events"]) == ("s1", [])
    assert await door.events() == []
    assert await door.store.session("s1") is None
    assert await door.store.profile(answer.profile) is None
    counts = await door.outcomes()
    assert (counts.kept, counts.unsaved) == (1, 1)


async def test_52b_an_ephemeral_source_sees_what_others_stored_and_changes_nothing_of_it(door: Door) -> None:
    known = await door.track(session="s1")
    before = await door.profile(known.profile)
    answer = await door.track(source="EPH", session="s2", profile=known.profile)
    assert answer.profile == known.profile
    assert await door.profile(known.profile) == before


async def test_52c_a_bad_event_of_an_ephemeral_source_is_counted_and_not_put_aside(door: Door) -> None:
    await door.track(source="EPH", session="s1", events=["x", {"type": " "}])
    assert (await door.outcomes()).quarantined == {"shape": 1}
    assert await door.quarantined() == []


async def test_a_profile_that_is_not_to_be_saved_is_not_stored_and_its_id_comes_back(door: Door) -> None:
    answer = await door.track(session="s1", options={"saveProfile": False})
    assert answer.profile is not None
    assert await door.store.profile(answer.profile) is None
    assert [(event.type, event.profile) for event in await door.events()] == [
        ("session-opened", None),
        ("visit-started", None),
        ("page-view", None),
    ]


async def test_a_known_profile_that_is_not_to_be_saved_stays_as_it_is(door: Door) -> None:
    known = await door.track(session="s1")
    before = await door.profile(known.profile)
    answer = await door.track(session="s2", profile=known.profile, options={"saveProfile": False})
    assert answer.profile == known.profile
    assert await door.profile(known.profile) == before


async def test_the_options_of_an_event_are_kept_with_it(door: Door) -> None:
    options = {"async": True, "fire": True, "mine": {"a": 1}, "logs": False}
    await door.track(session="s1", events=[{"type": "x", "options": options}])
    assert (await door.events(type="x"))[0].config == options


async def test_the_profile_comes_back_where_the_source_allows_it(door: Door) -> None:
    answer = await door.track(source="OPEN", session="s1", options={"profile": True})
    assert answer.profile is not None
    assert answer.body["profile"]["ids"] == [answer.profile]
    assert answer.body["profile"]["metadata"]["time"]["visit"]["count"] == 1


async def test_the_profile_comes_back_if_an_event_asks_for_it(door: Door) -> None:
    answer = await door.track(source="OPEN", session="s1", events=["a", {"type": "b", "options": {"profile": True}}])
    assert "ids" in answer.body["profile"]


async def test_the_profile_stays_here_unless_it_is_asked_for_and_allowed(door: Door) -> None:
    unasked = await door.track(source="OPEN", session="s1")
    not_allowed = await door.track(session="s2", options={"profile": True})
    assert (list(unasked.body["profile"]), list(not_allowed.body["profile"])) == (["id"], ["id"])


async def test_the_debugger_tells_nothing_where_the_source_does_not_allow_it(door: Door) -> None:
    answer = await door.track(source="QUIET", session="s1", options={"debugger": True})
    assert answer.body["events"] == []
    assert not any(event.metadata.debug for event in await door.events())


async def test_the_debugger_is_heard_in_the_payload_only(door: Door) -> None:
    answer = await door.track(session="s1", events=[{"type": "x", "options": {"debugger": True}}])
    assert answer.body["events"] == []
