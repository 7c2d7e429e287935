"""What a payload may hold, and what becomes of its events. Scenarios of tracker.md §9, each with its number."""

from __future__ import annotations

from typing import Any

import pytest

from sojourn.core.changes import Changes
from sojourn.core.facts import Keys
from tests.builders import a_profile, a_session
from tests.door import Door

EIGHT_KEYS = ["task", "ux", "response", "events", "profile", "session", "errors", "warnings"]


async def test_21_events_and_session_have_their_own_contexts(door: Door) -> None:
    await door.track(
        session="s1",
        context={"page": "of the payload"},
        properties={"cart": 1},
        events=[
            {"type": "a", "context": {"tag": "first"}, "properties": {"n": 1}},
            {"type": "b", "context": {"tag": "second"}},
        ],
    )
    first, second = [event for event in await door.events() if not event.metadata.system]
    session = await door.session("s1")
    assert (first.context, first.properties) == ({"tag": "first"}, {"n": 1})
    assert (second.context, second.properties) == ({"tag": "second"}, {})
    assert (session.context, session.properties) == ({"page": "of the payload", "ip": "127.0.0.0"}, {"cart": 1})


async def test_21b_the_context_of_the_payload_holds_for_each_event_that_says_nothing_else(door: Door) -> None:
    from sojourn.core.events import effective_context

    await door.track(
        session="s1",
        context={"page": "of the payload", "shop": {"name": "x"}, "ip": "192.0.2.1"},
        events=[{"type": "a", "context": {"shop": {"id": 1}, "language": "xx"}}],
    )
    stored = await door.store.event((await door.events(type="a"))[0].id)
    assert stored is not None
    seen = effective_context(stored.payload_context, stored.event.context)
    assert seen == {"page": "of the payload", "shop": {"id": 1}}
    assert stored.event.context == {"shop": {"id": 1}, "language": "xx"}


async def test_22_the_first_context_of_a_session_wins_and_new_keys_are_added(door: Door) -> None:
    await door.track(session="s1", context={"utm": {"source": "a"}, "empty": {}}, properties={"plan": "free"})
    await door.track(
        session="s1",
        context={"utm": {"source": "b"}, "empty": {"now": 1}, "page": "/x"},
        properties={"plan": "paid", "seats": 3},
    )
    session = await door.session("s1")
    assert session.context == {"utm": {"source": "a"}, "empty": {"now": 1}, "page": "/x", "ip": "127.0.0.0"}
    assert session.properties == {"plan": "free", "seats": 3}


async def test_22b_what_only_the_server_may_say_of_a_session_is_not_taken_from_a_client(door: Door) -> None:
    await door.track(session="s1", context={"ip": "1.2.3.4", "language": ["xx"], "language_codes": ["xx"], "a": 1})
    assert (await door.session("s1")).context == {"a": 1, "ip": "127.0.0.0"}


async def test_23_thirty_events_in_one_payload_are_all_stored_in_their_order(door: Door) -> None:
    await door.track(session="s1", events=[{"type": "my-event", "properties": {"n": n}} for n in range(30)])
    stored = await door.events(type="my-event")
    assert [event.properties["n"] for event in stored] == list(range(30))


async def test_30_a_session_and_a_profile_that_exist_are_found(door: Door) -> None:
    keys = Keys(sessions=frozenset({"s1"}), profiles=frozenset({"imported"}))
    imported = Changes(
        at=door.clock.now(), profiles=(a_profile("imported"),), sessions=(a_session("s1", profile="imported"),)
    )
    await door.store.commit(imported, await door.store.load(keys))
    answer = await door.track(session="s1", profile="imported")
    assert (answer.profile, answer.session) == ("imported", "s1")
    assert await door.types() == ["page-view"]


async def test_33_the_debugger_lists_every_stored_event(door: Door) -> None:
    events = [{"type": "a", "context": {"n": 1}}, {"type": "b", "context": {"n": 2}}]
    answer = await door.track(session="s1", events=events, options={"debugger": True})
    stored = [await door.store.event(event_id) for event_id in answer.body["events"]]
    found = [(each.event.type, each.event.context) for each in stored if each]
    assert found == [
        ("profile-created", {}),
        ("session-opened", {}),
        ("visit-started", {}),
        ("a", {"n": 1}),
        ("b", {"n": 2}),
    ]
    assert all(each.event.metadata.debug for each in stored if each)


async def test_42_null_is_absent_everywhere(door: Door) -> None:
    event = dict.fromkeys(("id", "properties", "context", "time", "tags", "options"))
    payload = {
        "source": {"id": "S"},
        "events": [{"type": "x", **event}, {"type": "y", "time": {"insert": None, "create": None, "update": None}}],
        **dict.fromkeys(("session", "profile", "context", "properties", "options", "request", "tags", "sent_at")),
    }
    answer = await door.track(payload)
    assert (answer.status, answer.body["errors"], answer.body["warnings"]) == (200, [], [])
    assert await door.types() == ["profile-created", "session-opened", "visit-started", "x", "y"]


async def test_44_no_events_is_a_full_answer_and_stores_nothing(door: Door) -> None:
    answer = await door.track(session="s1", profile="p1", events=[])
    assert answer.status == 200
    assert list(answer.body) == EIGHT_KEYS
    assert (answer.profile, answer.session) == (None, "s1")
    assert await door.events() == []
    assert await door.store.session("s1") is None


async def test_44b_missing_events_are_an_error(door: Door) -> None:
    answer = await door.track({"source": {"id": "S"}, "session": {"id": "s1"}})
    assert answer.status == 422
    assert answer.body["detail"][0] == {"type": "missing", "loc": ["body", "events"], "msg": "Field required."}
    assert await door.store.session("s1") is None


@pytest.mark.parametrize("written", ["Page View", " page-view ", "Page  View", "PAGE VIEW"])
async def test_48_a_type_is_one_however_it_is_written(door: Door, written: str) -> None:
    await door.track(session="s1", events=[written])
    assert [(event.type, event.name) for event in await door.events(type="page-view")] == [("page-view", "Page View")]


async def test_48b_tags_of_event_and_payload_are_united_those_of_the_event_first(door: Door) -> None:
    await door.track(session="s1", tags=["all", "mine"], events=[{"type": "a", "tags": ["mine", "own"]}, {"type": "b"}])
    tags = [(event.tags.values, event.tags.count) for event in await door.events() if not event.metadata.system]
    assert tags == [(("mine", "own", "all"), 3), (("all", "mine"), 2)]


@pytest.mark.parametrize(
    "internal",
    [
        {"validation": {"error": True, "message": "x"}, "merging": {"error": True}, "reshaping": {"error": True}},
        {"metadata": {"error": True, "valid": False, "system": True, "status": "processed"}, "error": True},
        {"source": {"id": "OTHER"}, "profile": {"id": "p"}, "session": {"id": "s"}, "aux": {"a": 1}},
    ],
)
async def test_79_internal_fields_of_an_event_are_ignored(door: Door, internal: dict[str, Any]) -> None:
    answer = await door.track(session="s1", events=[{"type": "x", **internal}])
    stored = (await door.events(type="x"))[0]
    assert (answer.status, answer.body["errors"]) == (200, [])
    assert (stored.source.id, stored.session and stored.session.id) == ("S", "s1")
    assert (stored.metadata.valid, stored.metadata.error, stored.metadata.system) == (True, False, False)
    assert (stored.metadata.status, stored.aux) == ("collected", {})


async def test_79b_internal_fields_of_a_payload_are_ignored(door: Door) -> None:
    answer = await door.track(
        session="s1", metadata={"ip": "1.2.3.4"}, profile_less=True, debug=True, device={"id": "d"}, ids=["x"]
    )
    assert answer.profile is not None
    assert (await door.profile(answer.profile)).ids == (answer.profile,)


async def test_79c_internal_options_are_dropped(door: Door) -> None:
    internal = {"source_id": "@internal", "scheduledFlowId": "f", "scheduledNodeId": "n"}
    await door.track(session="s1", options=internal, events=[{"type": "x", "options": {**internal, "fire": True}}])
    stored = (await door.events(type="x"))[0]
    assert (stored.source.id, stored.config) == ("S", {"fire": True})


async def test_the_channel_of_the_source_is_written_into_session_and_events(door: Door) -> None:
    from msgspec.structs import replace

    source = door.store.catalog.source("S")
    assert source is not None
    await door.store.catalog.put_source(replace(source, channel="web"))
    await door.track(session="s1")
    assert (await door.session("s1")).metadata.channel == "web"
    assert {event.metadata.channel for event in await door.events()} == {"web"}


async def test_only_harmless_headers_are_kept_with_the_events(door: Door) -> None:
    headers = {
        "User-Agent": "Firefox",
        "Accept-Language": "no",
        "Referer": "https://x.example",
        "Cookie": "session=secret",
        "Authorization": "Basic secret",
        "X-Api-Key": "secret",
        "X-Forwarded-For": "1.2.3.4",
    }
    await door.send("POST", "/track", json={"source": {"id": "S"}, "events": [{"type": "x"}]}, headers=headers)
    stored = await door.store.event((await door.events(type="x"))[0].id)
    assert stored is not None
    assert stored.headers == {"user-agent": "Firefox", "accept-language": "no", "referer": "https://x.example"}
