"""What is turned away, and how. Scenarios of tracker.md §9, each with its number."""

from __future__ import annotations

from typing import Any

import pytest

from sojourn.core.limits import Limits, PayloadLimits
from sojourn.testing import StoreUnderTest
from tests.door import Answer, Door, a_door, a_payload

GOOGLEBOT = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"
DENIED = {"detail": "Access denied. Invalid event source."}


@pytest.mark.parametrize(
    "source", ["nope", "OFF", "HOOK", "RED", "@internal", "@S", "", " ", "s", "x" * 500_000, "' OR 1=1--", "S\x00"]
)
async def test_37_to_40_every_source_that_may_not_send_is_denied_in_the_same_words(door: Door, source: str) -> None:
    answer = await door.track(source=source, session="s1")
    assert (answer.status, answer.body) == (401, DENIED)
    assert await door.events() == []
    assert (await door.outcomes()).refused == {"source": 1}


@pytest.mark.parametrize("source", ["S", "OFF", "nope", "@internal"])
async def test_39b_a_source_that_is_no_webhook_is_denied_at_collect(door: Door, source: str) -> None:
    answer = await door.send("POST", f"/collect/ev/{source}", json={})
    assert (answer.status, answer.body) == (401, DENIED)


async def test_39c_a_source_of_both_kinds_may_send_to_both(door: Door) -> None:
    assert (await door.track(source="KEEP", session="s1")).status == 200
    assert (await door.send("POST", "/collect/ev/KEEP", json={})).status == 200


async def test_38b_what_is_denied_to_a_disabled_source_is_counted_for_it(door: Door) -> None:
    await door.track(source="OFF", events=["a", "b"])
    assert (await door.outcomes("OFF")).refused == {"source": 2}


@pytest.mark.parametrize(
    ("payload", "detail"),
    [
        ({"events": []}, {"type": "missing", "loc": ["body", "source"], "msg": "Field required."}),
        ({"source": {}, "events": []}, {"type": "missing", "loc": ["body", "source", "id"], "msg": "Field required."}),
        (
            {"source": {"id": None}, "events": []},
            {"type": "string_type", "loc": ["body", "source", "id"], "msg": "Input should be a valid string."},
        ),
        (
            {"source": {"id": "S"}, "events": [{}]},
            {"type": "missing", "loc": ["body", "events", 0, "type"], "msg": "Field required."},
        ),
        (
            {"source": {"id": "S"}, "events": [{"type": 5}]},
            {"type": "string_type", "loc": ["body", "events", 0, "type"], "msg": "Input should be a valid string."},
        ),
        (
            {"source": {"id": "S"}, "events": [{"type": "x", "properties": []}]},
            {
                "type": "dict_type",
                "loc": ["body", "events", 0, "properties"],
                "msg": "Input should be a valid dictionary.",
            },
        ),
        (
            {"source": {"id": "S"}, "events": {}},
            {"type": "list_type", "loc": ["body", "events"], "msg": "Input should be a valid list."},
        ),
        (
            {"source": {"id": "S"}, "events": None},
            {"type": "list_type", "loc": ["body", "events"], "msg": "Input should be a valid list."},
        ),
        (
            {"source": {"id": "S"}, "session": {}, "events": []},
            {"type": "missing", "loc": ["body", "session", "id"], "msg": "Field required."},
        ),
        (
            {"source": {"id": "S"}, "session": {"id": 5}, "events": []},
            {"type": "string_type", "loc": ["body", "session", "id"], "msg": "Input should be a valid string."},
        ),
        (
            {"source": {"id": "S"}, "profile": "text", "events": []},
            {"type": "dict_type", "loc": ["body", "profile"], "msg": "Input should be a valid dictionary."},
        ),
        (
            {"source": {"id": "S"}, "context": "text", "events": []},
            {"type": "dict_type", "loc": ["body", "context"], "msg": "Input should be a valid dictionary."},
        ),
        ([1], {"type": "dict_type", "loc": ["body"], "msg": "Input should be a valid dictionary."}),
    ],
)
async def test_41_what_is_missing_or_of_another_kind_is_named_with_its_place(
    door: Door, payload: Any, detail: dict[str, Any]
) -> None:
    answer = await door.track(payload)
    assert (answer.status, answer.body) == (422, {"detail": [detail]})
    assert await door.events() == []


async def test_41b_a_body_that_is_no_json_is_told_with_the_offset(door: Door) -> None:
    answer = await door.send("POST", "/track", content=b'{"source": {"id": "S"}, "events": [}')
    assert (answer.status, answer.body) == (
        422,
        {"detail": [{"type": "json_invalid", "loc": ["body", 35], "msg": "JSON decode error."}]},
    )


async def test_41c_an_empty_body_is_missing(door: Door) -> None:
    answer = await door.send("POST", "/track", content=b"")
    assert (answer.status, answer.body) == (
        422,
        {"detail": [{"type": "missing", "loc": ["body"], "msg": "Field required."}]},
    )


@pytest.mark.parametrize(("written", "status"), [("true", 200), ("1", 200), ("FALSE", 200), ("", 422), ("maybe", 422)])
async def test_41d_profile_less_is_a_boolean(door: Door, written: str, status: int) -> None:
    answer = await door.track(url=f"/track?profile_less={written}", session="s1")
    assert answer.status == status
    if status == 422:
        assert answer.body["detail"][0]["type"] == "bool_parsing"
        assert answer.body["detail"][0]["loc"] == ["query", "profile_less"]


async def test_one_malformed_event_does_not_lose_the_good_ones(door: Door) -> None:
    body = b'{"source":{"id":"S"},"session":{"id":"s1"},"events":[{"type":"a"},{"tpye" : "b"},{"type":"c"}]}'
    answer = await door.send("POST", "/track", content=body)
    assert answer.status == 200
    assert answer.body["errors"] == [
        {"event": 1, "code": "missing", "loc": ["body", "events", 1, "type"], "msg": "Field required."}
    ]
    assert [event.type for event in await door.events() if not event.metadata.system] == ["a", "c"]
    assert [(aside.reason, aside.raw, aside.source) for aside in await door.quarantined()] == [
        ("shape", '{"tpye" : "b"}', "S")
    ]
    counts = await door.outcomes()
    assert (counts.kept, counts.quarantined) == (2, {"shape": 1})


async def test_only_malformed_events_are_an_error_and_put_aside(door: Door) -> None:
    answer = await door.track(session="s1", events=[{"type": " "}, {"type": None}, {"type": "x" * 201}])
    assert answer.status == 422
    assert [problem["loc"] for problem in answer.body["detail"]] == [
        ["body", "events", index, "type"] for index in range(3)
    ]
    assert await door.store.session("s1") is None
    assert (await door.outcomes()).quarantined == {"shape": 2, "limit": 1}
    assert len(await door.quarantined()) == 3


async def test_malformed_events_of_an_unknown_source_are_not_put_aside(door: Door) -> None:
    answer = await door.track(source="nope", events=[{"type": " "}])
    assert answer.status == 401
    assert await door.quarantined() == []


async def test_45_too_large_a_body_is_refused(under_test: StoreUnderTest) -> None:
    limits = Limits(public=PayloadLimits(body_bytes_max=1_000))
    async with a_door(await under_test.open(), limits=limits) as door:
        answer = await door.track(session="s1", events=[{"type": "x", "properties": {"a": "x" * 1_000}}])
        assert answer.status == 413
        assert await door.events() == []
        assert (await door.outcomes()).refused == {"too-large": 1}
    await under_test.close()


async def test_45b_too_many_events_are_refused(door: Door) -> None:
    answer = await door.track(session="s1", events=["x"] * 501)
    assert answer.status == 413
    assert await door.events() == []
    assert (await door.outcomes()).refused == {"too-large": 501}


async def test_45c_as_many_as_are_allowed_are_taken(door: Door) -> None:
    assert (await door.track(session="s1", events=["x"] * 500)).status == 200
    assert (await door.outcomes()).kept == 500


async def test_74_a_bot_is_answered_and_nothing_of_it_is_kept(door: Door) -> None:
    answer = await as_agent(door, GOOGLEBOT, "S")
    assert (answer.status, answer.codes("warnings")) == (200, ["bot"])
    assert await door.events() == []
    assert (await door.outcomes()).dropped == {"bot": 1}


async def test_74b_a_source_that_refuses_bots_says_so(door: Door) -> None:
    answer = await as_agent(door, GOOGLEBOT, "REFUSE")
    assert (answer.status, answer.body["detail"][0]["type"]) == (403, "bot")
    assert (await door.outcomes()).refused == {"bot": 1}


async def test_74c_a_source_that_keeps_bots_keeps_them(door: Door) -> None:
    assert (await as_agent(door, GOOGLEBOT, "KEEP")).codes("warnings") == []
    assert "page-view" in await door.types()


async def test_74d_what_a_body_says_of_its_agent_is_not_heard(door: Door) -> None:
    lies: dict[str, Any] = {
        "request": {"headers": {"user-agent": GOOGLEBOT}},
        "context": {"browser": {"userAgent": GOOGLEBOT}},
    }
    assert (await door.track(session="s1", **lies)).codes("warnings") == []
    honest: dict[str, Any] = {"request": {"headers": {"user-agent": "Firefox"}}}
    assert (await as_agent(door, GOOGLEBOT, "S", **honest)).codes("warnings") == ["bot"]


async def test_80_a_preflight_names_methods_headers_and_origin(door: Door) -> None:
    headers = {
        "Origin": "https://shop.example",
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "content-type, idempotency-key",
    }
    answer = await door.send("OPTIONS", "/track", headers=headers)
    assert (answer.status, answer.body) == (200, "OK")
    assert answer.headers["access-control-allow-origin"] == "https://shop.example"
    assert answer.headers["access-control-allow-methods"] == "POST"
    assert answer.headers["access-control-allow-headers"] == "content-type, idempotency-key"
    assert answer.headers["access-control-max-age"] == "600"
    assert answer.headers["vary"] == "Origin"
    assert "access-control-allow-credentials" not in answer.headers


@pytest.mark.parametrize("cookie", ["", "a=b"])
async def test_80b_an_allowed_origin_is_echoed_exactly_with_or_without_a_cookie(door: Door, cookie: str) -> None:
    answer = await from_origin(door, "https://shop.example", {"Cookie": cookie} if cookie else {})
    assert answer.status == 200
    assert answer.headers["access-control-allow-origin"] == "https://shop.example"
    assert answer.headers["access-control-expose-headers"] == "X-Process-Time, Retry-After"
    assert answer.headers["vary"] == "Origin"
    assert "access-control-allow-credentials" not in answer.headers


@pytest.mark.parametrize(
    "origin",
    [
        "https://shop.example.evil.com",
        "https://evilshop.example",
        "http://shop.example",
        "https://shop.example:8443",
        "https://shop.example/",
        "https://SHOP.example",
        "null",
        "*",
    ],
)
async def test_80c_any_other_origin_is_refused_and_cannot_read_why(door: Door, origin: str) -> None:
    answer = await from_origin(door, origin)
    assert (answer.status, answer.body["detail"]) == (403, "The origin is not allowed for this event source.")
    assert not any(name.startswith("access-control") for name in answer.headers)
    assert await door.events() == []


async def test_80d_without_an_origin_nothing_is_said_of_origins(door: Door) -> None:
    answer = await door.track(source="SHOP", session="s1")
    assert answer.status == 200
    assert not any(name.startswith("access-control") for name in answer.headers)


@pytest.mark.parametrize(
    ("method", "url", "content"),
    [
        ("POST", "/track", b'{"source":{"id":"S"},"events":[{"type":"x"}]}'),
        ("POST", "/track", b"nothing"),
        ("POST", "/track", b'{"source":{"id":"nope"},"events":[]}'),
        ("GET", "/track", b""),
        ("OPTIONS", "/track", b""),
        ("POST", "/collect/ev/HOOK", b"{}"),
        ("GET", "/redirect/R1", b""),
        ("GET", "/redirect/nope", b""),
    ],
)
async def test_80e_every_answer_tells_how_long_it_took(door: Door, method: str, url: str, content: bytes) -> None:
    answer = await door.send(method, url, content=content)
    assert float(answer.headers["x-process-time"]) >= 0


async def as_agent(door: Door, agent: str, source: str, **more: Any) -> Answer:
    """Send a page view as this user agent."""
    payload = a_payload(source=source, **more)
    return await door.send("POST", "/track", json=payload, headers={"User-Agent": agent})


async def from_origin(door: Door, origin: str, headers: dict[str, str] | None = None) -> Answer:
    """Send a page view from a page of this origin, for a source that allows one."""
    return await door.send(
        "POST", "/track", json=a_payload(source="SHOP"), headers={"Origin": origin, **(headers or {})}
    )
