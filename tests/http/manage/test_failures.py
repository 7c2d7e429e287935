"""Whatever goes wrong has one shape, and tells nothing that the client did not know."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any, NoReturn

import pytest
from structlog.testing import capture_logs

from sojourn.core.limits import Limits
from sojourn.ports.errors import NotSettled, StoreBroken, StoreError, StoreUnavailable
from sojourn.stores.memory import MemoryStore
from tests.http.manage.desk import ADMIN, Desk, a_desk

SECRET = "mail@example.com"


class FailingStore(MemoryStore):
    """Records that cannot be read."""

    def __init__(self, error: Exception) -> None:
        super().__init__()
        self._error = error

    async def session(self, session_id: str) -> NoReturn:
        raise self._error


def shape_of(response: Any) -> list[str]:
    return list(response.json())


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "code"),
    [
        ("GET", "/nothing", ..., 404, "SJ-4040"),
        ("GET", "//nothing", ..., 404, "SJ-4040"),
        ("GET", "//api/v1//sources", ..., 404, "SJ-4040"),
        ("GET", "//healthz//", ..., 404, "SJ-4040"),
        ("PUT", "/sources//x", {"name": "x"}, 404, "SJ-4040"),
        ("GET", "/docs", ..., 404, "SJ-4040"),
        ("GET", "/schema", ..., 404, "SJ-4040"),
        ("GET", "/sessions/none", ..., 404, "SJ-4041"),
        ("DELETE", "/sources", ..., 405, "SJ-4050"),
        ("POST", "//healthz", {}, 405, "SJ-4050"),
        ("POST", "/sources", [], 422, "SJ-4221"),
        ("POST", "/sources", "text", 422, "SJ-4221"),
        ("POST", "/sources", {}, 422, "SJ-4221"),
        ("GET", "/sources?limit=0", ..., 422, "SJ-4222"),
        ("GET", "/events?sesion=x", ..., 422, "SJ-4222"),
        ("POST", "/sources?dry-run", {"name": "x"}, 422, "SJ-4222"),
    ],
)
async def test_every_error_has_the_same_shape(
    desk: Desk, method: str, path: str, body: object, status: int, code: str
) -> None:
    response = await desk.ask(method, path, body)
    assert shape_of(response) == ["code", "title", "detail", "errors"]
    assert (response.status_code, response.json()["code"]) == (status, code)
    assert response.headers["content-type"] == "application/json"


async def test_a_parameter_that_the_route_does_not_know_is_named(desk: Desk) -> None:
    response = await desk.ask("GET", "/events?sesion=x&session=y&from=2026-01-01")
    [error] = response.json()["errors"]
    assert (error["loc"], error["code"]) == (["query", "sesion"], "unknown")


async def test_a_wrong_method_is_answered_with_the_right_ones(desk: Desk) -> None:
    response = await desk.ask("DELETE", "/sources")
    assert set(response.headers["allow"].split(", ")) == {"GET", "HEAD", "POST", "OPTIONS"}


async def test_a_head_that_breaks_a_rule_of_http_is_400(desk: Desk) -> None:
    response = await desk.ask("GET", "/sources", headers={"Host": "no host"})
    assert (response.status_code, response.json()["code"]) == (400, "SJ-4000")


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b'{"name": "x"} more',
        b"\xff",
        b'{"name": "\xff"}',
        b'{"name": "\\ud800"}',
        b'{"name": NaN}',
        b"\xef\xbb\xbf{}",
        b'{"name":' + b"[" * 100_000,
    ],
)
async def test_what_is_not_json_is_422(desk: Desk, content: bytes) -> None:
    response = await desk.ask("POST", "/sources", content=content)
    assert (response.status_code, response.json()["code"]) == (422, "SJ-4220")


@pytest.mark.parametrize("content", [b"null", b"[]", b"5", b'"text"'])
async def test_json_that_is_no_object_is_422(desk: Desk, content: bytes) -> None:
    response = await desk.ask("POST", "/sources", content=content)
    assert (response.status_code, response.json()["errors"][0]["loc"]) == (422, ["body"])


@pytest.mark.parametrize("content", [b'{"name": 1e999}', b'{"name": ' + b"9" * 5000 + b"}"])
async def test_a_number_beyond_all_range_is_422(desk: Desk, content: bytes) -> None:
    assert (await desk.ask("POST", "/sources", content=content)).status_code == 422


async def chunks(count: int) -> AsyncIterator[bytes]:
    """A body of a length that nobody announces."""
    for _ in range(count):
        yield b" " * 100


@pytest.mark.parametrize("content", [b" " * 1_100, chunks(11)], ids=["announced", "chunked"])
async def test_a_body_beyond_the_limit_is_413(content: bytes | AsyncIterator[bytes]) -> None:
    async with a_desk(limits=Limits(manage_body_bytes_max=1_000)) as desk:
        response = await desk.ask("POST", "/sources", content=content)
    assert (response.status_code, response.json()["code"]) == (413, "SJ-4130")


async def test_a_body_within_the_limit_is_read() -> None:
    async with a_desk(limits=Limits(manage_body_bytes_max=1_000)) as desk:
        response = await desk.ask("POST", "/sources", content=b'{"name": "x"}' + b" " * 900)
    assert response.status_code == 201


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (NotSettled("slow"), "SJ-5031"),
        (StoreUnavailable("full"), "SJ-5030"),
        (StoreBroken("torn"), "SJ-5030"),
    ],
)
async def test_a_store_that_cannot_is_503_and_says_when_to_come_back(error: StoreError, code: str) -> None:
    async with a_desk(limits=Limits(retry_after_s=7), records=FailingStore(error)) as desk:
        response = await desk.ask("GET", "/sessions/s")
    assert (response.status_code, response.json()["code"]) == (503, code)
    assert response.headers["retry-after"] == "7"
    assert shape_of(response) == ["code", "title", "detail", "errors"]


@pytest.mark.parametrize("error", [ValueError(SECRET), KeyError(SECRET), StoreError(SECRET), AssertionError(SECRET)])
async def test_a_fault_tells_the_client_an_id_and_nothing_else(error: Exception) -> None:
    with capture_logs() as logs:
        async with a_desk(records=FailingStore(error)) as desk:
            response = await desk.ask("GET", "/sessions/s")
    [logged] = logs
    request_id = response.headers["x-request-id"]
    assert (response.status_code, response.json()["code"]) == (500, "SJ-5000")
    assert response.json()["detail"] == f"A fault of the server. Its log has more under the request id {request_id}."
    assert logged["request_id"] == request_id
    assert SECRET not in response.text


async def test_the_log_of_a_fault_says_where_and_holds_no_data() -> None:
    with capture_logs() as logs:
        async with a_desk(records=FailingStore(ValueError(SECRET))) as desk:
            await desk.ask("GET", f"/sessions/{SECRET}")
    [logged] = logs
    assert (logged["method"], logged["error"]) == ("GET", "ValueError")
    assert logged["route"] == "/api/v1/sessions/{session_id}"
    assert logged["frames"][-1].endswith(" session")
    assert SECRET not in str(logs)
    assert ADMIN not in str(logs)


@pytest.mark.parametrize(
    ("method", "path", "token", "status"),
    [
        ("GET", "/sources", ADMIN, 200),
        ("DELETE", "/sources/x", ADMIN, 404),
        ("GET", "/sources", None, 401),
        ("GET", "/nothing", None, 404),
        ("PUT", "/sources", ADMIN, 405),
        ("GET", "//healthz", None, 200),
        ("GET", "//metrics", None, 200),
    ],
)
async def test_every_answer_carries_the_headers_that_keep_it_safe(
    desk: Desk, method: str, path: str, token: str | None, status: int
) -> None:
    response = await desk.ask(method, path, token=token)
    assert response.status_code == status
    assert response.headers["x-content-type-options"] == "nosniff"
    assert response.headers["cache-control"] == "no-store"
    assert response.headers["referrer-policy"] == "no-referrer"
    assert response.headers["x-process-time"] == "0.000000"


async def test_no_answer_opens_itself_to_other_origins(desk: Desk) -> None:
    response = await desk.ask("GET", "/sources", headers={"Origin": "https://evil.example"})
    assert [name for name in response.headers if name.startswith("access-control")] == []


async def test_a_client_that_leaves_while_it_sends_is_no_fault(desk: Desk) -> None:
    sent: list[Any] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "method": "POST",
        "path": "/api/v1/sources",
        "raw_path": b"/api/v1/sources",
        "query_string": b"",
        "headers": [(b"authorization", f"Bearer {ADMIN}".encode())],
    }
    with capture_logs() as logs:
        await desk.app(scope, receive, send)
    assert (sent[0]["status"], logs) == (422, [])


async def test_the_server_may_start_and_stop_the_application(desk: Desk) -> None:
    messages = iter([{"type": "lifespan.startup"}, {"type": "lifespan.shutdown"}])
    sent: list[str] = []

    async def receive() -> dict[str, Any]:
        return dict(next(messages))

    async def send(message: Any) -> None:
        sent.append(message["type"])

    await desk.app({"type": "lifespan", "asgi": {"version": "3.0"}}, receive, send)
    assert sent == ["lifespan.startup.complete", "lifespan.shutdown.complete"]
