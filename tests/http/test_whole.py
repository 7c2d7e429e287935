"""Requests that are whole when they are read are answered at once: faster, and in nothing else otherwise."""

from __future__ import annotations

import re
from typing import NamedTuple

import pytest
from structlog.testing import capture_logs

from sojourn.core import pipeline
from sojourn.core.limits import Limits, PayloadLimits
from sojourn.core.outcomes import OutcomeCounts
from sojourn.core.pipeline import Step
from sojourn.ports.errors import StoreUnavailable
from tests.http.served import BODY, HEAD, REQUEST, served, statuses

pytestmark = pytest.mark.slow

SMALL = Limits(public=PayloadLimits(body_bytes_max=200), drain_timeout_s=1)


def asking(body: bytes, *head: bytes, url: bytes = b"/track") -> bytes:
    """A request with this body and these lines in its head."""
    lines = [b"POST %b HTTP/1.1" % url, b"Host: sojourn.test", *head, b"Content-Length: %d" % len(body)]
    return b"\r\n".join(lines) + b"\r\n\r\n" + body


REQUESTS = {
    "kept": REQUEST,
    "kept, with a slash": asking(BODY, url=b"/track/"),
    "kept, with a byte order mark": asking(b"\xef\xbb\xbf" + BODY),
    "kept, for an origin": asking(BODY, b"Origin: https://shop.example"),
    "kept, without a profile": asking(BODY, url=b"/track?profile_less=true"),
    "kept, by another client of HTTP": REQUEST.replace(b"HTTP/1.1", b"HTTP/1.0"),
    "kept, and the last one": asking(BODY, b"Connection: close"),
    "kept, for a key that repeats it": asking(BODY, b"Idempotency-Key: k"),
    "no events": asking(b'{"source":{"id":"S"},"events":[]}'),
    "no JSON": asking(b"{"),
    "no body": asking(b""),
    "no such source": asking(BODY.replace(b'"S"', b'"GONE"')),
    "a foreign origin": asking(BODY.replace(b'"S"', b'"SHOP"'), b"Origin: https://evil.example"),
    "one bad event of two": asking(BODY.replace(b"[", b'[{"type":5},')),
    "an odd parameter": asking(BODY, url=b"/track?profile_less=maybe"),
    "an unfit key": asking(BODY, b"Idempotency-Key: " + b"k" * 200),
    "too large a body": asking(BODY.ljust(201)),
    "a header twice": asking(BODY, b"Origin: https://a.example", b"Origin: https://b.example"),
    "an encoding that nobody knows": asking(BODY, b"Content-Encoding: br"),
    "a body that is no gzip": asking(BODY, b"Content-Encoding: gzip"),
    "another method": REQUEST.replace(b"POST", b"PUT"),
    "too long a URL": asking(BODY, url=b"/track?" + b"a" * 9_000),
}


class Answered(NamedTuple):
    """What came of a request, without what differs each time."""

    answer: str
    outcomes: OutcomeCounts


async def answered(request: bytes, *, takes_whole: bool) -> Answered:
    """Send a request to a new server."""
    async with served(SMALL, takes_whole=takes_whole) as server:
        async with server.connection() as connection:
            await connection.send(request)
            answer = await connection.answer()
        return Answered(_EACH_TIME.sub("", answer), await server.door.outcomes())


_EACH_TIME = re.compile(r"(?m)^(date|x-process-time): .*$|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@pytest.mark.parametrize("request_bytes", REQUESTS.values(), ids=REQUESTS)
async def test_the_answer_is_the_same_on_both_ways(request_bytes: bytes) -> None:
    one = await answered(request_bytes, takes_whole=True)
    assert one == await answered(request_bytes, takes_whole=False)


@pytest.mark.parametrize("takes_whole", [True, False])
async def test_a_store_that_cannot_write_now_is_busy_on_both_ways(*, takes_whole: bool) -> None:
    async with served(takes_whole=takes_whole) as server, server.connection() as connection:
        server.store.failures.append(StoreUnavailable("The disk is full."))
        await connection.send(REQUEST)
        answer = await connection.answer()
        assert (statuses(answer), "retry-after: 1" in answer) == ([503], True)
        assert (await server.door.outcomes("S")).refused == {"busy": 1}


@pytest.mark.parametrize("takes_whole", [True, False])
async def test_a_fault_of_ours_is_told_on_both_ways(monkeypatch: pytest.MonkeyPatch, *, takes_whole: bool) -> None:
    def fail(_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(pipeline, "STEPS", (Step("fail", fail),))
    async with served(takes_whole=takes_whole) as server, server.connection() as connection:
        with capture_logs() as logged:
            await connection.send(REQUEST)
            assert statuses(await connection.answer()) == [500]
        assert [line["event"] for line in logged] == ["deciding failed"]
        assert (await server.door.outcomes("S")).refused == {"fault": 1}


@pytest.mark.parametrize("takes_whole", [True, False])
async def test_a_fault_at_the_door_is_told_on_both_ways(monkeypatch: pytest.MonkeyPatch, *, takes_whole: bool) -> None:
    def fail(*_: object) -> None:
        raise ZeroDivisionError

    async with served(takes_whole=takes_whole) as server, server.connection() as connection:
        monkeypatch.setattr(server.store.catalog, "source", fail)
        with capture_logs() as logged:
            await connection.send(REQUEST)
            assert statuses(await connection.answer()) == [500]
        assert [line["event"] for line in logged] == ["request failed"]


async def test_whoever_leaves_before_the_answer_keeps_nobody_else_waiting() -> None:
    async with served() as server:
        server.store.gate.clear()
        async with server.connection() as connection:
            await connection.send(REQUEST)
            await server.store.waiting.wait()
        server.store.gate.set()
        async with server.connection() as another:
            await another.send(REQUEST)
            assert statuses(await another.answer()) == [200]
        assert len(await server.door.events(type="x")) == 2


async def test_answers_come_in_the_order_of_the_requests_whichever_way_each_of_them_takes() -> None:
    chunked = HEAD + b"Transfer-Encoding: chunked\r\n\r\n%x\r\n%b\r\n0\r\n\r\n" % (len(BODY), BODY)
    other_method = HEAD.replace(b"POST", b"PUT") + b"\r\n"
    asked = (REQUEST, asking(b"{"), chunked, other_method, REQUEST)
    async with served() as server, server.connection() as connection:
        await connection.send(b"".join(asked))
        told = [statuses(await connection.answer()) for _ in asked]
    assert told == [[200], [422], [200], [405], [200]]
