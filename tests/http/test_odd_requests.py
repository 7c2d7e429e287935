"""Requests that are odd around their bodies: sources, tokens, paths, heads."""

from __future__ import annotations

import json
from typing import Any

import pytest
from structlog.testing import capture_logs

from sojourn.core.limits import Limits, Rates
from sojourn.stores.memory import MemoryStore
from tests.door import AS_SERVER, SERVER_SECRET, Door, a_door, a_payload

DENIED = {"detail": "Access denied. Invalid event source."}
CANARY = "canary-7f3a"


@pytest.mark.parametrize("source", [{}, {"id": None}, {"id": 5}, {"id": ["S"]}, "S", None, 5, []])
async def test_n16_a_source_that_is_missing_or_of_another_kind_is_an_error(door: Door, source: object) -> None:
    answer = await door.track({"source": source, "events": [{"type": "x"}]})
    assert answer.status == 422
    assert answer.body["detail"][0]["loc"][:2] == ["body", "source"]


@pytest.mark.parametrize("source", ["unknown", "OFF", "@internal-x", "HOOK", "x" * 900_000, "x\r\ny", "' OR 1=1--"])
async def test_n16b_any_other_source_is_denied_in_few_fixed_words(door: Door, source: str) -> None:
    with capture_logs() as logged:
        answer = await door.track(source=source)
    assert (answer.status, answer.body, logged) == (401, DENIED, [])


async def test_n41_a_source_cannot_forge_a_line_of_the_log(door: Door) -> None:
    with capture_logs() as logged:
        answer = await door.track(source='x\r\n{"level":"info","msg":"login ok"}\x1b[31m')
    assert (answer.status, answer.body, logged) == (401, DENIED, [])


async def test_n38_a_secret_proves_a_server(door: Door) -> None:
    assert (await door.send("POST", "/track", json=a_payload(source="SRV"), headers=AS_SERVER)).status == 200


@pytest.mark.parametrize(
    "authorization",
    [
        "",
        "Bearer",
        "Bearer ",
        "Bearer wrong",
        f"Basic {SERVER_SECRET}",
        SERVER_SECRET,
        f"Bearer {SERVER_SECRET}x",
        f"Bearer {SERVER_SECRET} {SERVER_SECRET}",
    ],
)
async def test_n38b_without_its_secret_a_server_is_denied(door: Door, authorization: str) -> None:
    headers = {"Authorization": authorization} if authorization else {}
    answer = await door.send("POST", "/track", json=a_payload(source="SRV"), headers=headers)
    assert (answer.status, answer.body) == (401, {"detail": "Access denied. This event source needs its secret."})
    assert (await door.outcomes("SRV")).refused == {"secret": 1}


async def test_n38c_a_secret_that_comes_from_a_browser_is_refused(door: Door) -> None:
    headers = {**AS_SERVER, "Origin": "https://shop.example"}
    answer = await door.send("POST", "/track", json=a_payload(source="SRV"), headers=headers)
    assert answer.status == 403
    assert await door.events() == []


async def test_n38d_a_secret_in_the_query_is_not_seen(door: Door) -> None:
    answer = await door.track(url=f"/track?secret={SERVER_SECRET.replace(' ', '+')}", source="SRV")
    assert answer.status == 401


async def test_n38e_a_token_that_nobody_asked_for_changes_nothing(door: Door) -> None:
    for token in ("nonsense", "Bearer x", "Basic =", ""):
        answer = await door.send("POST", "/track", json=a_payload(), headers={"Authorization": token})
        assert answer.status == 200


async def test_n37_a_preflight_that_asks_for_many_headers_gets_few_back(door: Door) -> None:
    wanted = ", ".join(f"x-header-{number}" for number in range(200))
    answer = await door.send("OPTIONS", "/track", headers={"Origin": "null", "Access-Control-Request-Headers": wanted})
    assert answer.status == 200
    allowed = answer.headers["access-control-allow-headers"]
    assert 900 < len(allowed) <= 1_024
    assert wanted.startswith(f"{allowed},")


@pytest.mark.parametrize(
    "name", ["Authorization", "Content-Encoding", "Content-Type", "Idempotency-Key", "Origin", "User-Agent"]
)
async def test_a_header_that_may_stand_once_is_refused_when_it_stands_twice(door: Door, name: str) -> None:
    for headers, status in (([(name, ""), (name, "")], 400), ([("X-Any", "1"), ("X-Any", "2")], 404)):
        answer = await door.http.post("/limits", headers=headers)
        assert answer.status_code == status


@pytest.mark.parametrize(
    "forwarded", ["127.0.0.1", ", ".join(["10.0.0.1"] * 20), "junk \x7f", "::1", "203.0.113.9, 127.0.0.1"]
)
async def test_n39_what_a_client_says_of_its_address_is_not_heard(forwarded: str) -> None:
    headers = {"X-Forwarded-For": forwarded, "Forwarded": f'for="{forwarded}"', "X-Real-IP": forwarded}
    limits = Limits(rates=Rates(ip_requests_per_s=1, ip_requests_burst=1))
    async with a_door(MemoryStore(), limits=limits, client="203.0.113.7") as door:
        first = await door.send("POST", "/track", json=a_payload(), headers=headers)
        second = await door.send("POST", "/track", json=a_payload(), headers={**headers, "X-Forwarded-For": "1.2.3.4"})
        assert (first.status, second.status) == (200, 429)
        stored = await door.store.event((await door.events(type="page-view"))[0].id)
        assert stored is not None
        assert stored.headers.keys() <= {"user-agent"}


@pytest.mark.parametrize("path", ["/track/", "/track//"])
async def test_n40_slashes_behind_the_path_change_nothing(door: Door, path: str) -> None:
    answer = await door.track(url=path)
    assert answer.status == 200
    assert "location" not in answer.headers


@pytest.mark.parametrize("path", ["//track", "/%74rack", "/TRACK", "/track/x", "/tracks", "/", "/track%2f", "/./track"])
async def test_n40b_another_path_is_not_found(door: Door, path: str) -> None:
    assert await raw_status(door, path.encode()) == 404


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE", "PATCH", "TRACE", "PROPFIND"])
async def test_n40c_another_method_is_not_allowed(door: Door, method: str) -> None:
    answer = await door.send(method, "/track")
    assert (answer.status, answer.headers["allow"]) == (405, "POST, OPTIONS")
    assert answer.body == ("" if method == "HEAD" else {"detail": "Method Not Allowed"})


async def test_n40d_a_url_that_is_too_long_is_refused(door: Door) -> None:
    assert (await door.track(url="/track?" + "x" * 9_000)).status == 414


@pytest.mark.parametrize(
    "headers", [{"X-Large": "x" * 17_000}, {f"X-{number}": "x" for number in range(101)}], ids=["large", "many"]
)
async def test_n40e_a_head_that_is_too_large_is_refused(door: Door, headers: dict[str, str]) -> None:
    answer = await door.send("POST", "/track", json=a_payload(), headers=headers)
    assert answer.status == 431
    assert await door.events() == []


async def test_a_query_of_many_fields_is_read(door: Door) -> None:
    assert (await door.track(url="/track?" + "&".join(["a"] * 4_000))).status == 200


@pytest.mark.parametrize("query", ["%", "%ff=%fe", "=", "&&&", "profile_less", "profile_less=&x", "a=1;b=2"])
async def test_an_odd_query_is_no_fault(door: Door, query: str) -> None:
    assert (await door.track(url=f"/track?{query}")).status in (200, 422)


async def test_a_client_that_goes_away_before_its_body_is_there_is_a_broken_frame(door: Door) -> None:
    gone: dict[str, Any] = {"type": "http.disconnect"}
    beginning: dict[str, Any] = {"type": "http.request", "body": b'{"source"', "more_body": True}
    for messages in ([gone], [beginning, gone]):
        assert await raw_status(door, b"/track", messages) == 400
        door.sent += 1
    assert (await door.outcomes()).refused == {"unreadable": 2}


REFUSED: dict[str, dict[str, Any]] = {
    "unknown source": {"source": {"id": CANARY}},
    "disabled source": {"source": {"id": "OFF", "name": CANARY}},
    "source of another kind": {"source": {"id": [CANARY]}},
    "no source": {"source": CANARY},
    "events of another kind": {"events": CANARY},
    "events as an object": {"events": {"type": CANARY}},
    "event of another kind": {"events": [CANARY]},
    "type of another kind": {"events": [{"type": [CANARY]}]},
    "no type": {"events": [{"tpye": CANARY, CANARY: CANARY}]},
    "blank type": {"events": [{"type": " ", "properties": {"a": CANARY}}]},
    "invisible type": {"events": [{"type": CANARY + "\u202e"}]},
    "type too long": {"events": [{"type": CANARY * 20}]},
    "id too long": {"events": [{"type": "x", "id": CANARY * 20}]},
    "id of another kind": {"events": [{"type": "x", "id": {"a": CANARY}}]},
    "text too long": {"events": [{"type": "x", "properties": {"a": CANARY * 1_000}}]},
    "time": {"events": [{"type": "x", "time": {"create": CANARY}}]},
    "tags": {"events": [{"type": "x", "tags": CANARY}]},
    "tag": {"events": [{"type": "x", "tags": [CANARY * 20]}]},
    "session": {"session": CANARY},
    "session id": {"session": {"id": [CANARY]}},
    "session id too long": {"session": {"id": CANARY * 20}},
    "profile": {"profile": [CANARY]},
    "further ids": {"profile": {"id": None, "ids": CANARY}},
    "context": {"context": CANARY},
    "context too large": {"context": {"a": CANARY * 1_000}},
    "options": {"options": [CANARY]},
    "static without profile": {"source": {"id": "STAT"}, "profile": None},
    "refused bot": {"source": {"id": "REFUSE"}},
    "foreign origin": {"source": {"id": "SHOP"}},
    "no secret": {"source": {"id": "SRV"}},
    "too many events": {"events": [{"type": CANARY}] * 501},
    "too large": {"context": {"a": [CANARY] * 100_000}},
}


@pytest.mark.parametrize("kind", REFUSED)
async def test_nothing_of_a_payload_comes_back_in_a_refusal(door: Door, kind: str) -> None:
    payload = {
        "source": {"id": "S"},
        "session": {"id": CANARY},
        "profile": {"id": CANARY},
        "context": {"a": CANARY},
        "properties": {"a": CANARY},
        "tags": [CANARY],
        CANARY: CANARY,
        "events": [{"type": CANARY, "properties": {"a": CANARY}}],
        **REFUSED[kind],
    }
    headers = {
        "User-Agent": f"Googlebot/2.1 {CANARY}" if kind == "refused bot" else CANARY,
        "Cookie": CANARY,
        "Authorization": f"Basic {CANARY}",
        "X-Canary": CANARY,
        "Referer": CANARY,
        "Origin": "https://other.example",
    }
    if kind == "no secret":
        del headers["Origin"]
    with capture_logs() as logged:
        answer = await door.send("POST", "/track", json=payload, headers=headers)
    assert 400 <= answer.status < 500
    said = json.dumps([answer.body, dict(answer.headers), logged])
    assert CANARY not in said


@pytest.mark.parametrize(
    "body", [f'{{"{CANARY}": ', f'"{CANARY}"', f'["{CANARY}"]', CANARY, f'{{"source":"{CANARY}"}}']
)
async def test_nothing_of_an_unreadable_body_comes_back(door: Door, body: str) -> None:
    with capture_logs() as logged:
        answer = await door.send("POST", f"/track?{CANARY}={CANARY}", content=body.encode())
    assert answer.status == 422
    assert CANARY not in json.dumps([answer.body, dict(answer.headers), logged])


@pytest.mark.parametrize(
    "path",
    [f"/collect/{CANARY}/nope", f"/collect/%20/{CANARY}", f"/collect/ev/HOOK/{CANARY * 20}", f"/redirect/{CANARY}"],
)
async def test_nothing_of_a_path_comes_back(door: Door, path: str) -> None:
    with capture_logs() as logged:
        answer = await door.send("POST", path, json={"a": CANARY})
    assert 400 <= answer.status < 500
    assert CANARY not in json.dumps([answer.body, dict(answer.headers), logged])


async def raw_status(door: Door, path: bytes, messages: list[dict[str, Any]] | None = None) -> int:
    """The status of a request with exactly these bytes as its path, and these messages as its body."""
    answers: list[dict[str, Any]] = []
    body = iter(messages or [{"type": "http.request", "body": b"{}"}])
    scope = {
        "type": "http",
        "method": "POST",
        "path": path.decode(),
        "raw_path": path,
        "query_string": b"",
        "headers": [],
        "client": ("127.0.0.1", 1),
    }

    async def receive() -> dict[str, Any]:
        return next(body)

    async def send(message: Any) -> None:
        answers.append(message)

    await door.app(scope, receive, send)
    status: int = answers[0]["status"]
    return status
