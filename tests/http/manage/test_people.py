"""People, their sessions and their events are found by any id, newest first, with every field."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from sojourn.core.changes import RecordedEvent, TraceNote
from sojourn.core.limits import Limits
from sojourn.core.mapping.change import Change
from sojourn.core.mapping.operations import Op, Origin
from sojourn.core.pipeline import STEP_NAMES
from sojourn.testing.builders import (
    a_profile,
    a_session,
    a_submission_record,
    an_edge,
    an_event,
    noon_plus,
)
from sojourn.testing.stores import keep
from tests.http.manage.desk import Desk, a_desk, token_of

WRITTEN = replace(a_profile().metadata, fields={"profile@traits.path": Origin(noon_plus(5), "view", "path")})


@pytest.fixture(autouse=True)
async def _ann(desk: Desk) -> None:
    """Ann with two ids, two sessions and five events, one of them from another source and nobody's."""
    await keep(
        desk.store,
        a_profile("ann", ids=("ann", "crm-1")),
        an_edge("crm-1", "ann"),
        a_session("monday", began=noon_plus(0)),
        a_session("tuesday", began=noon_plus(86_400)),
        a_submission_record("request", context={"page": {"path": "/"}, "lang": "de"}),
        an_event("e0", session="monday", at=noon_plus(0)),
        an_event("e1", session="monday", at=noon_plus(10), type="add-to-cart", context={"lang": "en"}),
        an_event("e2", session="tuesday", at=noon_plus(86_400)),
        an_event("e3", session="tuesday", at=noon_plus(86_410), source="app"),
        an_event("e0", session=None, profile=None, at=noon_plus(90_000), source="app", request="other"),
    )


async def ids(desk: Desk, path: str, **params: Any) -> list[str]:
    return [item["id"] for item in (await desk.get(path, params=params))["items"]]


@pytest.mark.parametrize("any_id", ["ann", "crm-1"])
async def test_a_profile_is_found_by_any_id(desk: Desk, any_id: str) -> None:
    profile = await desk.get(f"/profiles/{any_id}")
    assert (profile["id"], profile["ids"]) == ("ann", ["ann", "crm-1"])


async def test_a_profile_shows_every_field(desk: Desk) -> None:
    assert await desk.get("/profiles/ann") == {
        "id": "ann",
        "ids": ["ann", "crm-1"],
        "metadata": {
            "time": {
                "insert": "2026-06-01T12:00:00Z",
                "create": "2026-06-01T12:00:00Z",
                "seen": None,
                "update": "2026-06-01T12:00:01Z",
                "segmentation": None,
                "visit": {"count": 0, "current": None, "last": None, "tz": None},
            },
            "status": None,
        },
        "primary_id": None,
        "stats": {"visits": 0, "views": 0, "counters": {}},
        "traits": {},
        "segments": [],
        "interests": {},
        "consents": {},
        "active": True,
        "aux": {},
        "data": {},
        "version": 1,
    }


async def test_a_profile_tells_who_wrote_each_field_when_it_is_asked(desk: Desk) -> None:
    await keep(desk.store, a_profile("bob", traits={"path": "/tea"}, metadata=WRITTEN))
    told = await desk.get("/profiles/bob", params={"include": "provenance"})
    origin = {"at": "2026-06-01T12:00:05Z", "event": "view", "rule": "path"}
    assert told["metadata"]["fields"] == {"traits.path": origin}
    unasked = await desk.get("/profiles/bob")
    assert {**told, "metadata": {**told["metadata"], "fields": None}} == {
        **unasked,
        "metadata": {**unasked["metadata"], "fields": None},
    }
    assert "fields" not in unasked["metadata"]


async def test_a_profile_never_tells_by_which_hashes_it_is_recognised(desk: Desk) -> None:
    await keep(desk.store, a_profile("bob", identifiers={"email": ("a-hash",)}))
    response = await desk.ask("GET", "/profiles/bob", params={"include": "provenance"})
    assert response.status_code == 200
    assert "a-hash" not in response.text


async def test_a_profile_tells_nothing_else(desk: Desk) -> None:
    response = await desk.ask("GET", "/profiles/ann", params={"include": "everything"})
    assert (response.status_code, response.json()["errors"][0]["loc"]) == (422, ["query", "include"])


async def test_events_of_a_person_come_newest_first(desk: Desk) -> None:
    assert await ids(desk, "/profiles/crm-1/events") == ["e3", "e2", "e1", "e0"]


async def test_sessions_of_a_person_come_newest_first(desk: Desk) -> None:
    assert await ids(desk, "/profiles/crm-1/sessions") == ["tuesday", "monday"]


async def test_pages_join_without_a_gap(desk: Desk) -> None:
    first = await desk.get("/profiles/ann/events", params={"limit": 3})
    second = await desk.get("/profiles/ann/events", params={"limit": 3, "cursor": first["next"]})
    assert [item["id"] for item in first["items"] + second["items"]] == ["e3", "e2", "e1", "e0"]
    assert second["next"] is None


@pytest.mark.parametrize("path", ["/events", "/profiles/ann/events", "/profiles/ann/sessions", "/keys"])
async def test_no_page_is_larger_than_the_server_allows(path: str) -> None:
    async with a_desk(limits=Limits(page_items_max=1)) as desk:
        await keep(desk.store, a_profile("ann"), a_session("one"), a_session("two"), an_event("e1"), an_event("e2"))
        page = await desk.get(path, params={"limit": 100})
    assert len(page["items"]) == 1
    assert page["next"] is not None


async def test_the_identity_of_a_person_shows_ids_and_links(desk: Desk) -> None:
    assert await desk.get("/profiles/ann/identity") == {
        "ids": ["ann", "crm-1"],
        "edges": [
            {
                "id": "crm-1",
                "profile": "ann",
                "kind": "alias",
                "rule": "told-by-server",
                "version": 0,
                "value": "",
                "event": None,
                "source": "",
                "actor": "collector",
                "at": "2026-06-01T12:00:00Z",
                "undone": None,
            }
        ],
        "merges": [],
        "reviews": [],
    }


@pytest.mark.parametrize("what", ["", "/events", "/sessions", "/identity"])
async def test_an_unknown_person_is_404(desk: Desk, what: str) -> None:
    response = await desk.ask("GET", f"/profiles/bob{what}")
    assert (response.status_code, response.json()["code"]) == (404, "SJ-4041")


@pytest.mark.parametrize("what", ["", "/events", "/sessions", "/identity"])
async def test_an_erased_person_is_404(desk: Desk, what: str) -> None:
    assert (await desk.ask("DELETE", "/profiles/crm-1")).status_code == 204
    assert (await desk.ask("GET", f"/profiles/ann{what}")).status_code == 404


async def test_the_answer_to_an_erasure_leads_to_its_receipt(desk: Desk) -> None:
    erased = await desk.ask("DELETE", "/profiles/crm-1", token=token_of("erase"))
    receipt = await desk.get(erased.headers["Location"].removeprefix("/api/v1"))
    assert (receipt["actor"], receipt["state"], receipt["ids"]) == ("erase", "done", 2)
    assert receipt["at"] == "2026-11-24T12:00:00Z"
    assert receipt["removed"] == {
        "profiles": 1,
        "sessions": 2,
        "events": 4,
        "submissions": 1,
        "quarantined": 0,
        "links": 1,
        "identifiers": 0,
        "merges": 0,
        "reviews": 0,
    }


async def test_a_receipt_names_nobody(desk: Desk) -> None:
    erased = await desk.ask("DELETE", "/profiles/ann")
    receipt = await desk.ask("GET", erased.headers["Location"].removeprefix("/api/v1"))
    assert "ann" not in receipt.text
    assert "crm-1" not in receipt.text


async def test_receipts_are_found_by_any_id_that_was_the_persons(desk: Desk) -> None:
    await keep(desk.store, a_profile("bob"))
    for id in ("ann", "bob"):
        await desk.ask("DELETE", f"/profiles/{id}")
        desk.clock.turn(seconds=1)
    of_ann, of_bob = [await ids(desk, "/erasures", profile=id) for id in ("crm-1", "bob")]
    assert await ids(desk, "/erasures") == of_bob + of_ann
    assert await ids(desk, "/erasures", profile="eve") == []


async def test_an_unknown_receipt_is_404(desk: Desk) -> None:
    assert (await desk.ask("GET", "/erasures/none")).status_code == 404


async def test_an_erased_person_takes_sessions_and_events_along(desk: Desk) -> None:
    await desk.ask("DELETE", "/profiles/ann")
    assert (await desk.ask("GET", "/sessions/monday")).status_code == 404
    assert await ids(desk, "/events") == ["e0"]


async def test_an_unknown_person_cannot_be_erased(desk: Desk) -> None:
    assert (await desk.ask("DELETE", "/profiles/bob")).status_code == 404


async def test_an_id_with_a_slash_is_reached_percent_encoded(desk: Desk) -> None:
    await keep(desk.store, a_profile("a/b%c d", ids=("a/b%c d",)))
    assert (await desk.get("/profiles/a%2Fb%25c%20d"))["id"] == "a/b%c d"
    assert (await desk.get("/profiles/a%2Fb%25c%20d/identity"))["ids"] == ["a/b%c d"]


async def test_a_session_shows_every_field(desk: Desk) -> None:
    assert await desk.get("/sessions/monday") == {
        "id": "monday",
        "metadata": {
            "time": {
                "insert": "2026-06-01T12:00:00Z",
                "create": "2026-06-01T12:00:00Z",
                "visit": {"start": "2026-06-01T12:00:00Z", "last": "2026-06-01T12:00:00Z", "count": 1, "earlier_s": 0},
                "update": None,
                "timestamp": 1780315200.0,
                "duration": 0,
                "weekday": 0,
            },
            "channel": None,
            "status": "started",
            "aux": {},
        },
        "profile": {"id": "ann", "primary_id": None},
        "device": {},
        "os": {},
        "app": {},
        "utm": {},
        "context": {},
        "properties": {},
        "traits": {},
        "aux": {},
        "version": 1,
    }


async def test_an_unknown_session_is_404(desk: Desk) -> None:
    assert (await desk.ask("GET", "/sessions/sunday")).status_code == 404


async def test_an_event_shows_every_field(desk: Desk) -> None:
    assert await desk.get("/events/e1") == {
        "id": "e1",
        "type": "add-to-cart",
        "name": "Page View",
        "metadata": {
            "time": {"insert": "2026-06-01T12:00:10Z", "create": None, "update": None},
            "channel": None,
            "status": "collected",
            "profile_less": False,
            "system": False,
            "late": False,
            "debug": False,
            "valid": True,
            "warning": False,
            "error": False,
        },
        "source": {"id": "shop"},
        "request": {"id": "request", "headers": {"user-agent": "Firefox"}},
        "session": {
            "id": "monday",
            "start": "2026-06-01T12:00:00Z",
            "duration": 0,
            "tz": None,
            "status": "active",
        },
        "profile": {"id": "ann", "primary_id": None},
        "properties": {},
        "traits": {},
        "data": {},
        "hit": {},
        "journey": {},
        "device": {},
        "os": {},
        "app": {},
        "utm": {},
        "tags": {"values": [], "count": 0},
        "context": {"lang": "en"},
        "config": {},
        "aux": {},
        "effective_context": {"page": {"path": "/"}, "lang": "en"},
    }


async def test_an_event_of_nobody_says_null(desk: Desk) -> None:
    event = await desk.get("/events/e0", params={"source": "app"})
    assert (event["profile"], event["session"]) == (None, None)


async def test_an_id_that_several_sources_used_leads_to_the_first_unless_told(desk: Desk) -> None:
    assert (await desk.get("/events/e0"))["source"] == {"id": "shop"}
    assert (await desk.get("/events/e0", params={"source": "app"}))["source"] == {"id": "app"}


@pytest.mark.parametrize("path", ["/events/e9", "/events/e9/trace", "/events/e1?source=app"])
async def test_an_unknown_event_is_404(desk: Desk, path: str) -> None:
    assert (await desk.ask("GET", path)).status_code == 404


@pytest.mark.parametrize(
    ("params", "expected"),
    [
        ({}, ["e0", "e3", "e2", "e1", "e0"]),
        ({"order": "asc"}, ["e0", "e1", "e2", "e3", "e0"]),
        ({"session": "monday"}, ["e1", "e0"]),
        ({"profile": "crm-1"}, ["e3", "e2", "e1", "e0"]),
        ({"source": "app"}, ["e0", "e3"]),
        ({"type": "add-to-cart"}, ["e1"]),
        ({"from": "2026-06-01T12:00:10Z", "profile": "ann"}, ["e3", "e2", "e1"]),
        ({"to": "2026-06-01T12:00:10Z"}, ["e0"]),
        ({"from": "2026-06-01T14:00:00+02:00", "to": "2026-06-01T12:00:11Z"}, ["e1", "e0"]),
        ({"session": "monday", "type": "add-to-cart"}, ["e1"]),
        ({"session": "nowhere"}, []),
        ({"profile": "nobody"}, []),
        ({"session": ""}, []),
    ],
)
async def test_events_are_those_that_fit_everything_given(
    desk: Desk, params: dict[str, str], expected: list[str]
) -> None:
    assert await ids(desk, "/events", **params) == expected


@pytest.mark.parametrize("order", ["asc", "desc"])
async def test_pages_of_events_join_in_either_order(desk: Desk, order: str) -> None:
    whole = await ids(desk, "/events", order=order)
    seen: list[str] = []
    params: dict[str, Any] = {"order": order, "limit": 2}
    while True:
        page = await desk.get("/events", params=params)
        seen += [item["id"] for item in page["items"]]
        if page["next"] is None:
            break
        params["cursor"] = page["next"]
    assert seen == whole


@pytest.mark.parametrize(
    ("params", "name"),
    [
        ({"from": "yesterday"}, "from"),
        ({"to": "2026-06-01T12:00:00 02:00x"}, "to"),
        ({"order": "up"}, "order"),
        ({"limit": 0}, "limit"),
        ({"limit": 1001}, "limit"),
        ({"limit": "many"}, "limit"),
        ({"cursor": "xyz"}, "cursor"),
        ({"cursor": ""}, "cursor"),
    ],
)
async def test_a_parameter_that_cannot_be_read_is_named(desk: Desk, params: dict[str, Any], name: str) -> None:
    response = await desk.ask("GET", "/events", params=params)
    [error] = response.json()["errors"]
    assert (response.status_code, response.json()["code"], error["loc"]) == (422, "SJ-4222", ["query", name])


async def test_a_trace_tells_each_step_in_order_with_its_notes(desk: Desk) -> None:
    notes = (TraceNote("record", "kept"), TraceNote("identify", "session", "ann"), TraceNote("identify", "seen"))
    await keep(desk.store, RecordedEvent(an_event("traced"), notes))
    trace = await desk.get("/events/traced/trace")
    assert (trace["event"], trace["source"]) == ("traced", "shop")
    assert [step["step"] for step in trace["steps"]] == list(STEP_NAMES)
    told = {step["step"]: step["notes"] for step in trace["steps"] if step["notes"]}
    assert told == {
        "identify": [{"code": "session", "detail": "ann"}, {"code": "seen", "detail": ""}],
        "record": [{"code": "kept", "detail": ""}],
    }


async def test_a_trace_tells_each_change_of_a_field(desk: Desk) -> None:
    change = Change("path", Op.SET, "profile@traits.path", None, {"to": "/tea"})
    await keep(desk.store, RecordedEvent(an_event("traced"), (TraceNote("map_events", "set", change),)))
    [note] = next(
        step["notes"] for step in (await desk.get("/events/traced/trace"))["steps"] if step["step"] == "map_events"
    )
    assert note == {
        "code": "set",
        "detail": {
            "rule": "path",
            "op": "set",
            "field": "profile@traits.path",
            "before": None,
            "after": {"to": "/tea"},
        },
    }


async def test_a_step_of_an_earlier_release_is_shown_after_those_of_today(desk: Desk) -> None:
    await keep(desk.store, RecordedEvent(an_event("traced"), (TraceNote("of_old", "done"),)))
    trace = await desk.get("/events/traced/trace")
    assert trace["steps"][-1] == {"step": "of_old", "notes": [{"code": "done", "detail": ""}]}
