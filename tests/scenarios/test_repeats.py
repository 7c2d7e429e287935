"""What happens when a client sends again: events are recognised by their ids, for ever, and nobody is split."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from sojourn.testing import CrashableStore, StoreUnderTest
from tests.door import AS_SERVER, Answer, Door, a_door

AUTOMATIC = ["profile-created", "session-opened", "visit-started"]


async def test_the_same_event_is_a_duplicate_whatever_the_order_of_its_keys(door: Door) -> None:
    one = b'{"source":{"id":"S"},"session":"","events":[{"id":"e1","type":"x","properties":{"a":1,"b":{"c":2}}}]}'
    two = b'{"events":[{"properties":{"b":{"c":2.0},"a":1},"type":" X","id":" e1 "}],"session":"","source":{"id":"S"}}'
    first = await door.send("POST", "/track", content=one)
    again = await door.send("POST", "/track", content=two)
    assert (again.status, again.codes("warnings"), again.codes("errors")) == (200, ["duplicate"], [])
    assert (again.profile, again.session) == (first.profile, first.session)
    assert await door.types() == [*AUTOMATIC, "x"]
    assert (await door.outcomes()).duplicate == 1


async def test_the_same_id_with_other_content_is_put_aside_and_the_first_event_stays(door: Door) -> None:
    await door.track(session="s1", events=[{"id": "e1", "type": "x", "properties": {"n": 1}}])
    answer = await door.track(session="s1", events=[{"id": "e1", "type": "x", "properties": {"n": 2}}])
    assert answer.status == 422
    assert [(error["type"], error["loc"]) for error in answer.body["detail"]] == [
        ("id-conflict", ["body", "events", 0, "id"])
    ]
    assert [event.properties for event in await door.events(type="x")] == [{"n": 1}]
    aside = await door.quarantined()
    assert [(each.reason, each.raw) for each in aside] == [
        ("id-conflict", '{"id":"e1","type":"x","properties":{"n":2}}')
    ]


async def test_an_id_that_the_server_gave_to_an_event_cannot_be_used_by_anybody_else(door: Door) -> None:
    await door.track(session="s1", events=[{"type": "x"}])
    kept = await door.events()
    for event in kept:
        answer = await door.track(session="s2", events=[{"type": "x", "id": event.id}])
        assert (answer.status, answer.body["detail"][0]["type"]) == (422, "id-conflict")
    assert await door.events() == kept


async def test_an_id_that_stands_twice_in_one_payload_is_one_event(door: Door) -> None:
    event = {"id": "e1", "type": "x"}
    answer = await door.track(session="s1", events=[event, event, {"id": "e1", "type": "y"}])
    assert (answer.codes("warnings"), answer.codes("errors")) == (["duplicate"], ["id-conflict"])
    assert await door.types() == [*AUTOMATIC, "x"]


async def test_the_same_id_of_two_sources_is_two_events(door: Door) -> None:
    event = {"id": "e1", "type": "x"}
    await door.track(session="s1", events=[event])
    answer = await door.track(source="QUIET", session="s1", events=[event])
    assert (answer.codes("warnings"), answer.codes("errors")) == ([], [])
    assert [stored.source.id for stored in await door.events(type="x")] == ["S", "QUIET"]


async def test_an_event_that_was_not_to_be_saved_is_recognised_too(door: Door) -> None:
    event = {"id": "e1", "type": "x", "options": {"saveEvent": False}}
    await door.track(session="s1", events=[event])
    assert (await door.track(session="s1", events=[event])).codes("warnings") == ["duplicate"]


async def test_an_event_is_recognised_after_the_store_was_opened_anew(under_test: StoreUnderTest) -> None:
    event = {"id": "e1", "type": "x"}
    async with a_door(await under_test.open()) as door:
        first = await door.track(session="s1", events=[event])
    await under_test.close()
    async with a_door(await under_test.open()) as door:
        again = await door.track(session="s1", events=[event])
        assert (again.codes("warnings"), again.profile) == (["duplicate"], first.profile)
        assert await door.types() == [*AUTOMATIC, "x"]
    await under_test.close()


async def test_an_acknowledged_event_is_recognised_after_a_crash(durable: CrashableStore) -> None:
    event = {"id": "e1", "type": "x"}
    async with a_door(await durable.open()) as door:
        first = await door.track(session=None, events=[event])
    async with a_door(await durable.crash()) as door:
        again = await door.track(session=None, events=[event])
        assert (again.codes("warnings"), again.profile, again.session) == (["duplicate"], first.profile, first.session)
        assert await door.types() == [*AUTOMATIC, "x"]
    await durable.close()


async def test_a_first_request_whose_answer_was_lost_gets_the_same_ids_when_it_is_sent_again(door: Door) -> None:
    payload = {"source": {"id": "S"}, "events": [{"id": "e1", "type": "x"}, {"id": "e2", "type": "y"}]}
    first = await door.track(payload)
    again = await door.track(payload)
    assert (again.profile, again.session) == (first.profile, first.session)
    assert again.codes("warnings") == ["duplicate", "duplicate"]
    assert await door.types() == [*AUTOMATIC, "x", "y"]
    assert await door.visits(first.profile) == 1


async def test_a_first_request_that_is_sent_again_with_one_more_event_adds_only_that(door: Door) -> None:
    events = [{"id": "e1", "type": "x"}]
    first = await door.track(session=None, events=events)
    again = await door.track(session=None, events=[*events, {"id": "e2", "type": "y"}])
    assert (again.profile, again.session) == (first.profile, first.session)
    assert await door.types() == [*AUTOMATIC, "x", "y"]


async def test_a_repeated_event_of_somebody_erased_says_nothing_of_them(door: Door) -> None:
    event = {"id": "e1", "type": "x"}
    first = await door.track(session=None, events=[event])
    await door.store.erase(first.profile or "")
    again = await door.track(session=None, events=[event])
    assert (again.codes("warnings"), again.profile, again.session) == (["duplicate"], None, None)


async def test_a_repeated_event_of_somebody_erased_brings_nothing_back(door: Door) -> None:
    event = {"id": "e1", "type": "x"}
    first = await door.track(session="s1", events=[event])
    await door.store.erase(first.profile or "")
    await door.track(session="s1", events=[event])
    assert await door.types() == []
    assert await door.store.session("s1") is None


async def test_an_idempotency_key_stands_in_for_missing_ids(door: Door) -> None:
    payload = {"source": {"id": "S"}, "events": [{"type": "x"}, {"type": "y"}, {"id": "mine", "type": "z"}]}
    first = await with_key(door, "key-1", payload)
    again = await with_key(door, "key-1", payload)
    assert again.codes("warnings") == ["duplicate", "duplicate", "duplicate"]
    assert (again.profile, again.session) == (first.profile, first.session)
    assert await door.types() == [*AUTOMATIC, "x", "y", "z"]
    assert (await door.events(type="z"))[0].id == "mine"


async def test_another_idempotency_key_is_another_request(door: Door) -> None:
    payload = {"source": {"id": "S"}, "session": {"id": "s1"}, "events": [{"type": "x"}]}
    await with_key(door, "key-1", payload)
    await with_key(door, "key-2", payload)
    assert len(await door.events(type="x")) == 2


async def test_an_idempotency_key_with_another_payload_is_a_conflict(door: Door) -> None:
    await with_key(door, "key-1", {"source": {"id": "S"}, "events": [{"type": "x"}]})
    answer = await with_key(door, "key-1", {"source": {"id": "S"}, "events": [{"type": "y"}]})
    assert (answer.status, answer.body["detail"][0]["type"]) == (422, "id-conflict")


@pytest.mark.parametrize("key", ["k" * 129, "a\x7fb"])
async def test_an_idempotency_key_is_bounded_as_an_id_is(door: Door, key: str) -> None:
    answer = await with_key(door, key, {"source": {"id": "S"}, "events": [{"type": "x"}]})
    assert (answer.status, answer.body["detail"][0]["loc"]) == (422, ["header", "idempotency-key"])
    assert await door.events() == []


async def test_a_conflict_among_events_that_were_accepted_before_loses_none_of_them(door: Door) -> None:
    first = await door.track(session="s1", events=[{"id": "e1", "type": "x"}])
    answer = await door.track(session="s1", events=[{"id": "e1", "type": "x"}, {"id": "e1", "type": "y"}])
    assert (answer.status, answer.profile) == (200, first.profile)
    assert (answer.codes("warnings"), answer.codes("errors")) == (["duplicate"], ["id-conflict"])


async def test_an_idempotency_key_holds_for_webhooks_too(door: Door) -> None:
    for _ in range(2):
        await door.send("POST", "/collect/paid/HOOK", json={"n": 1}, headers={"Idempotency-Key": "key-1"})
    assert len(await door.events(type="paid")) == 1


async def test_without_an_id_each_event_is_another(door: Door) -> None:
    for _ in range(3):
        await door.track(session="s1")
    assert len(await door.events(type="page-view")) == 3


async def test_one_event_sent_five_times_at_once_is_stored_once(door: Door) -> None:
    event = {"id": "e1", "type": "x"}
    answers = await asyncio.gather(*(door.track(session="s1", events=[event]) for _ in range(5)))
    warnings = [code for answer in answers for code in answer.codes("warnings")]
    assert {answer.profile for answer in answers} == {answers[0].profile}
    assert warnings == ["duplicate"] * 4
    assert await door.types() == [*AUTOMATIC, "x"]


async def test_fifty_first_requests_of_a_session_at_once_are_one_person_one_session_and_one_visit(door: Door) -> None:
    answers = await asyncio.gather(*(door.track(session="s1") for _ in range(50)))
    assert {(answer.status, answer.profile, answer.session) for answer in answers} == {(200, answers[0].profile, "s1")}
    assert sorted(await door.types()) == sorted([*AUTOMATIC, *["page-view"] * 50])
    assert await door.visits(answers[0].profile) == 1


async def test_parallel_first_requests_of_different_sessions_are_different_people(door: Door) -> None:
    answers = await asyncio.gather(*(door.track(session=f"s{number}") for number in range(20)))
    assert len({answer.profile for answer in answers}) == 20


async def test_what_a_server_tells_of_further_ids_can_be_told_again(door: Door) -> None:
    payload: dict[str, Any] = {
        "source": {"id": "SRV"},
        "profile": {"id": None, "ids": ["crm-7"]},
        "events": [{"id": "e1", "type": "import"}],
    }
    first = await door.send("POST", "/track", json=payload, headers=AS_SERVER)
    again = await door.send("POST", "/track", json=payload, headers=AS_SERVER)
    assert again.profile == first.profile
    assert len(await door.store.edges_of("crm-7")) == 1


async def with_key(door: Door, key: str, payload: dict[str, Any]) -> Answer:
    """Send a payload with an `Idempotency-Key`."""
    return await door.send("POST", "/track", json=payload, headers={"Idempotency-Key": key})
