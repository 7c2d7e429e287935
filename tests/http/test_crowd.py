"""A crowd is told to come again before anything of a request is parsed, where that leaves no doubt."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sojourn.core.limits import Limits
from sojourn.http import tracker
from sojourn.http.crowd import CrowdWords
from tests.http.served import BODY, HEAD, REQUEST, Served, served, statuses

WORDS = CrowdWords("Too many requests are waiting.", 7)
ONE_WAITS = Limits(queue_requests_max=1, retry_after_s=7, drain_timeout_s=1)


def test_a_whole_request_gets_its_answer() -> None:
    told = (WORDS.to(REQUEST) or b"").decode()
    assert told.startswith("HTTP/1.1 503 Service Unavailable\r\n")
    assert "\r\nretry-after: 7\r\n" in told
    head, _, body = told.partition("\r\n\r\n")
    assert body == '{"detail":"Too many requests are waiting."}'
    assert f"\r\ncontent-length: {len(body)}\r\n" in head
    assert "access-control" not in told


def test_a_script_of_another_origin_may_read_it() -> None:
    told = WORDS.to(with_head(b"Origin: https://Shop.example")) or b""
    assert b"\r\naccess-control-allow-origin: https://Shop.example\r\n" in told
    assert b"\r\naccess-control-expose-headers: X-Process-Time, Retry-After\r\nvary: Origin\r\n" in told


def with_head(*lines: bytes) -> bytes:
    """A whole request with these lines in its head."""
    return REQUEST.replace(b"\r\n\r\n", b"".join(b"\r\n" + line for line in lines) + b"\r\n\r\n", 1)


@pytest.mark.parametrize("line", [b"Connection: keep-alive", b"connection:Keep-Alive", b"X: y"])
def test_what_changes_nothing_is_plain(line: bytes) -> None:
    assert WORDS.to(with_head(line)) is not None


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\r\n\r\n",
        REQUEST[:-1],
        REQUEST + b" ",
        REQUEST + REQUEST,
        HEAD + b"\r\n",
        REQUEST.replace(b"POST", b"PUT"),
        REQUEST.replace(b"/track", b"/tracker"),
        REQUEST.replace(b"/track", b"/track?profile_less=true"),
        REQUEST.replace(b"HTTP/1.1", b"HTTP/1.0"),
        REQUEST.replace(b"Content-Length: ", b"Content-Length: +"),
        with_head(b"Content-Length: %d" % len(BODY)),
        with_head(b"Content-Length : 5"),
        with_head(b"Transfer-Encoding: chunked"),
        with_head(b"Transfer-Encoding : chunked"),
        with_head(b"X: y\nTransfer-Encoding: chunked"),
        with_head(b"X: y\rz"),
        with_head(b"Connection: close"),
        with_head(b"Connection: keep-alive, close"),
        with_head(b"Expect: 100-continue"),
        with_head(b"Connection: Upgrade", b"Upgrade: websocket"),
    ],
)
def test_what_leaves_a_doubt_is_left_to_the_parser(data: bytes) -> None:
    assert WORDS.to(data) is None


@given(st.binary(max_size=80), st.integers(0, len(REQUEST)))
def test_nothing_odd_makes_it_fail(odd: bytes, at: int) -> None:
    told = WORDS.to(REQUEST[:at] + odd + REQUEST[at:])
    assert told is None or told.count(b"HTTP/1.1 ") == 1


@pytest.mark.slow
async def test_who_comes_into_a_crowd_is_told_at_once_and_answered_later() -> None:
    async with served(ONE_WAITS) as server, server.connection() as connection:
        crowd = await crowded(server)
        for request in (REQUEST, with_head(b"Connection: keep-alive"), REQUEST + REQUEST, REQUEST):
            await connection.send(request)
            for _ in range(request.count(b"POST")):
                answer = await connection.answer()
                assert (statuses(answer), "retry-after: 7" in answer) == ([503], True)
        server.store.gate.set()
        await crowd
        await connection.send(REQUEST)
        assert statuses(await connection.answer()) == [200]
        assert (await server.door.outcomes()).refused == {"busy": 5}


@pytest.mark.slow
async def test_the_live_feed_tells_of_a_crowd_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tracker, "TELL_OF_CROWD_S", 0.05)
    async with served(ONE_WAITS) as server, server.connection() as connection:
        crowd = await crowded(server)
        for _ in range(3):
            await connection.send(REQUEST)
            await connection.answer()
        await until(lambda: bool(server.door.refusals))
        server.store.gate.set()
        await crowd
    assert [(note.status, note.count) for note in server.door.refusals] == [(503, 3)]


async def crowded(server: Served) -> asyncio.Future[tuple[None, None]]:
    """Let one request wait in its commit and another one in the queue; ends when both have their answer."""

    async def ask() -> None:
        async with server.connection() as connection:
            await connection.send(REQUEST)
            assert statuses(await connection.answer()) == [200]

    server.store.gate.clear()
    first = asyncio.ensure_future(ask())
    await server.store.waiting.wait()
    second = asyncio.ensure_future(ask())
    await until(server.door.collector.is_crowded)
    return asyncio.gather(first, second)


async def until(comes_true: Callable[[], bool]) -> None:
    """Return when this has come true, which it does soon."""
    for _ in range(1_000):
        if comes_true():
            return
        await asyncio.sleep(0.01)
    pytest.fail("it has not come true")
