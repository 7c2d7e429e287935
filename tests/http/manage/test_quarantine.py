"""Quarantine: what was put aside can be read, removed, mended and replayed, once."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from sojourn.builtin import built_in_types
from sojourn.core.changes import PutAside
from sojourn.core.events import Submission
from sojourn.engine.collector import Busy, Faulty
from sojourn.ports.records import EventQuery
from sojourn.testing.stores import keep
from tests.builders import NOON, a_profile, a_quarantined, a_session, a_source
from tests.http.manage.desk import Desk, a_desk, token_of

RAW = '{"type": "page-view", "properties": {"price": 1}}'
ODD = PutAside(a_quarantined("odd", raw=RAW, reason="contract", type="page-view"), "ann", "visit")
REPLAY = "/quarantine/odd/replay"
MENDED = {"event": {"type": "page-view", "properties": {"price": 2}}}


async def put_aside(desk: Desk, aside: PutAside = ODD) -> None:
    await desk.store.catalog.put_source(a_source())
    await keep(desk.store, a_profile("ann"), a_session("visit", profile="ann"), aside)


async def stored(desk: Desk) -> list[Any]:
    events = (await desk.store.events(EventQuery(), limit=100)).items
    return [each.event for each in events if not each.event.metadata.system]


async def test_an_event_is_read_by_its_id(desk: Desk) -> None:
    await put_aside(desk)
    told = await desk.get("/quarantine/odd")
    assert (told["raw"], told["reason"], told["type"], told["entry"]) == (RAW, "contract", "page-view", "rest")


async def test_an_event_is_tried_again_as_it_was_sent(desk: Desk) -> None:
    await put_aside(desk)
    response = await desk.ask("POST", REPLAY)
    assert response.status_code == 200
    assert (response.json()["outcome"], response.json()["profile"], response.json()["session"]) == (
        "kept",
        "ann",
        "visit",
    )
    [event] = await stored(desk)
    assert (event.id, event.properties, event.source.id) == (response.json()["event"], {"price": 1}, "shop")
    assert event.metadata.time.insert == NOON
    assert (await desk.ask("GET", "/quarantine/odd")).status_code == 404


async def test_a_mended_event_takes_its_place(desk: Desk) -> None:
    await put_aside(desk)
    assert (await desk.ask("POST", REPLAY, MENDED)).status_code == 200
    assert [event.properties for event in await stored(desk)] == [{"price": 2}]


async def test_a_second_replay_is_a_conflict(desk: Desk) -> None:
    await put_aside(desk)
    assert [(await desk.ask("POST", REPLAY, MENDED)).status_code for _ in range(2)] == [200, 409]
    assert len(await stored(desk)) == 1


async def test_of_many_replays_at_the_same_moment_one_is_kept(desk: Desk) -> None:
    await put_aside(desk)
    responses = await asyncio.gather(*(desk.ask("POST", REPLAY, MENDED) for _ in range(8)))
    assert sorted(response.status_code for response in responses) == [200] + [409] * 7
    assert len(await stored(desk)) == 1


async def test_a_replay_that_is_declined_leaves_the_event_where_it_is(desk: Desk) -> None:
    await put_aside(desk)
    schema = {"properties": {"price": {"type": "string"}}}
    await desk.ask("PUT", "/event-types/page-view/contract", {"mode": "refuse", "schema": schema})
    response = await desk.ask("POST", REPLAY)
    assert response.status_code == 422
    assert response.json()["errors"][0]["loc"] == ["body", "event", "properties", "price"]
    assert (await desk.ask("GET", "/quarantine/odd")).status_code == 200
    await desk.ask("DELETE", "/event-types/page-view/contract")
    assert (await desk.ask("POST", REPLAY)).status_code == 200


@pytest.mark.parametrize(
    ("event", "loc"),
    [
        ({}, ["body", "event", "type"]),
        ({"type": 5}, ["body", "event", "type"]),
        ({"type": " "}, ["body", "event", "type"]),
        ({"type": "x", "time": {"create": "yesterday"}}, ["body", "event", "time", "create"]),
        ({"type": "x", "properties": {"a": "b" * 10_000}}, ["body", "event", "properties", "a"]),
    ],
)
async def test_a_mended_event_goes_through_the_door_like_any_other(desk: Desk, event: Any, loc: list[str]) -> None:
    await put_aside(desk)
    response = await desk.ask("POST", REPLAY, {"event": event})
    assert (response.status_code, response.json()["errors"][0]["loc"]) == (422, loc)
    assert (await desk.ask("GET", "/quarantine/odd")).status_code == 200


@pytest.mark.parametrize("body", [{"evnt": {}}, {"event": []}, {"event": "x"}])
async def test_a_body_of_another_shape_is_declined(desk: Desk, body: Any) -> None:
    await put_aside(desk)
    assert (await desk.ask("POST", REPLAY, body)).status_code == 422


@pytest.mark.parametrize("raw", ["{", "", "n=1", "[" * 5_000])
async def test_what_cannot_be_read_needs_to_be_mended(desk: Desk, raw: str) -> None:
    await put_aside(desk, PutAside(a_quarantined("odd", raw=raw)))
    assert (await desk.ask("POST", REPLAY)).status_code == 422
    assert (await desk.ask("POST", REPLAY, MENDED)).status_code == 200


async def test_the_text_of_an_event_cannot_become_a_payload(desk: Desk) -> None:
    await put_aside(desk, PutAside(a_quarantined("odd", raw='{"type": "x"}], "session": {"id": "other"}, "a": [{}')))
    assert (await desk.ask("POST", REPLAY)).status_code == 422


@pytest.mark.parametrize(
    ("raw", "properties"), [('{"n": 1}', {"n": 1}), ("[1]", {"items": [1]}), ('"hello"', {"body": "hello"})]
)
async def test_of_a_webhook_the_body_is_the_properties(desk: Desk, raw: str, properties: dict[str, Any]) -> None:
    aside = PutAside(a_quarantined("odd", raw=raw, entry="webhook", type="paid", profile_less=True))
    await put_aside(desk, aside)
    assert (await desk.ask("POST", REPLAY)).json()["profile"] is None
    [event] = await stored(desk)
    assert (event.type, event.properties, event.metadata.profile_less) == ("paid", properties, True)


async def test_card_numbers_stay_masked(desk: Desk) -> None:
    await put_aside(desk)
    [masked, *_] = [event_type for event_type in built_in_types() if event_type.masks]
    event = {"type": masked.id, "properties": {masked.masks[0].property: "4111111111111111"}}
    assert (await desk.ask("POST", REPLAY, {"event": event})).status_code == 200
    [kept] = await stored(desk)
    assert "4111111111111111" not in str(kept)


async def test_an_event_is_removed_once_and_replayed_no_more(desk: Desk) -> None:
    await put_aside(desk)
    assert (await desk.ask("DELETE", "/quarantine/odd")).status_code == 204
    assert (await desk.ask("DELETE", "/quarantine/odd")).status_code == 404
    assert (await desk.ask("POST", REPLAY)).status_code == 409


async def test_what_was_never_there_is_unknown(desk: Desk) -> None:
    for method, path in (("GET", "/quarantine/odd"), ("DELETE", "/quarantine/odd"), ("POST", REPLAY)):
        assert (await desk.ask(method, path)).status_code == 404


async def test_a_replay_needs_the_source_to_be_there_and_enabled(desk: Desk) -> None:
    await put_aside(desk)
    await desk.store.catalog.put_source(a_source(enabled=False))
    assert (await desk.ask("POST", REPLAY)).status_code == 409
    await desk.store.catalog.remove_source("shop")
    assert (await desk.ask("POST", REPLAY)).status_code == 409
    await desk.store.catalog.put_source(a_source())
    assert (await desk.ask("POST", REPLAY)).status_code == 200


@pytest.mark.parametrize(("error", "status"), [(Busy("Too many."), 503), (Faulty("It failed."), 500)])
async def test_a_replay_that_cannot_be_decided_can_be_tried_later(error: Exception, status: int) -> None:
    async def submit(submission: Submission) -> Any:
        raise error

    async with a_desk(submit=submit) as desk:
        await put_aside(desk)
        assert (await desk.ask("POST", REPLAY)).status_code == status
        assert (await desk.ask("GET", "/quarantine/odd")).status_code == 200


async def test_who_may_only_read_can_neither_replay_nor_remove(desk: Desk) -> None:
    await put_aside(desk)
    for method, path in (("POST", REPLAY), ("DELETE", "/quarantine/odd")):
        assert (await desk.ask(method, path, token=token_of("read"))).status_code == 403
