"""What only shows on a real socket: framing, slowness, heads, connections."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import httpx2
import pytest
from structlog.testing import capture_logs

from sojourn.core.limits import Limits
from sojourn.http.gate import Gate
from sojourn.http.server import CannotListen, bind, serve_until
from tests.door import a_door
from tests.engine.gated import GatedStore
from tests.http.served import BODY, HEAD, QUICK, REQUEST, Connection, Served, served, statuses

pytestmark = pytest.mark.slow


@pytest.fixture
async def server() -> AsyncIterator[Served]:
    async with served() as opened:
        yield opened


async def test_whoever_connects_before_the_server_is_ready_waits_for_it() -> None:
    socket = bind("127.0.0.1", 0)
    async with a_door(GatedStore(), limits=QUICK) as door:
        connection = Connection(*await asyncio.open_connection(*socket.getsockname()))
        await connection.send(REQUEST)
        stop = asyncio.Event()
        serving = asyncio.create_task(serve_until(stop, door.app, socket, QUICK, whole=door.app, started=lambda: None))
        assert statuses(await connection.answer()) == [200]
        await connection.close()
        stop.set()
        await serving


async def test_an_address_that_is_listened_on_is_refused_at_once() -> None:
    first = bind("127.0.0.1", 0)
    with pytest.raises(CannotListen, match="Choose another port"):
        bind("127.0.0.1", first.getsockname()[1])
    first.close()


async def test_a_shut_gate_tells_everybody_to_come_back() -> None:
    gate = Gate(Limits(retry_after_s=7))
    transport = httpx2.ASGITransport(app=gate)
    async with httpx2.AsyncClient(transport=transport, base_url="http://sojourn.test") as http:
        tracked = await http.post("/track", content=BODY)
        listed = await http.get("/readyz")
        alive = await http.get("/healthz")
    assert [(each.status_code, each.headers["retry-after"]) for each in (tracked, listed)] == [(503, "7")] * 2
    assert tracked.json() == {"detail": "The server is starting."}
    assert (listed.json()["code"], listed.json()["detail"]) == ("SJ-5033", "The server is starting.")
    assert (alive.status_code, alive.json()) == (200, {"status": "alive"})


@pytest.mark.parametrize("pieces", [(), (HEAD,), (REQUEST[:-5],), (REQUEST, REQUEST[:-5])])
async def test_a_stopping_server_closes_at_once_what_is_no_whole_request(pieces: tuple[bytes, ...]) -> None:
    async with served(Limits(drain_timeout_s=3_600)) as server, server.connection() as connection:
        for piece in pieces:
            await connection.send(piece)
            await asyncio.sleep(0.05)
        with capture_logs() as logged:
            server.stop.set()
            received = await connection.rest(silence_s=30)
    assert (statuses(received), "<still open>" in received) == ([200] * (len(pieces) - 1), False)
    assert [line for line in logged if line["log_level"] in ("error", "warning")] == []


async def test_a_request_that_takes_too_long_to_answer_is_cut_off_without_a_fault(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with served(Limits(drain_timeout_s=0.2)) as server, server.connection() as connection:
        server.store.gate.clear()
        await connection.send(REQUEST)
        await server.store.waiting.wait()
        server.stop.set()
        assert await connection.rest(silence_s=30) == ""
        server.store.gate.set()
    assert "Exception in ASGI application" not in caplog.text


@pytest.mark.parametrize("offer", [b"Upgrade: h2c", b"Upgrade: websocket\r\nSec-WebSocket-Key: x"])
async def test_an_offer_to_upgrade_is_not_taken_up(server: Served, offer: bytes) -> None:
    head = b"Connection: Upgrade, HTTP2-Settings\r\nHTTP2-Settings: AAMAAABkAAQAoAAAAAIAAAAA\r\n" + offer + b"\r\n"
    length = b"Content-Length: %d\r\n\r\n" % len(BODY)
    async with server.connection() as connection:
        await connection.send(HEAD + head + length + BODY + REQUEST)
        assert statuses(await connection.answer() + await connection.answer()) == [200, 200]
        await connection.send(HEAD + head + length + BODY[:9])
        await asyncio.sleep(0.05)
        await connection.send(BODY[9:])
        assert statuses(await connection.answer()) == [200]
        await connection.send(b"GET /track HTTP/1.1\r\nHost: x\r\n" + head + b"\r\n" + REQUEST)
        assert statuses(await connection.answer() + await connection.answer()) == [405, 200]


async def test_no_word_of_slowness_gets_between_a_request_and_its_answer(server: Served) -> None:
    server.store.gate.clear()
    async with server.connection() as connection:
        await connection.send(REQUEST + REQUEST[:-5])
        assert await connection.rest(silence_s=30) == ""
    server.store.gate.set()


async def test_a_request_is_answered(server: Served) -> None:
    async with server.connection() as connection:
        await connection.send(REQUEST)
        assert statuses(await connection.answer()) == [200]


@pytest.mark.parametrize(
    "request_bytes",
    [
        HEAD + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + REQUEST,
        HEAD + b"Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n" + REQUEST,
        HEAD + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello!" + REQUEST,
        HEAD + b"Content-Length: 5, 6\r\n\r\nhello!",
        HEAD + b"Content-Length: -5\r\n\r\n",
        HEAD + b"Content-Length: +5\r\n\r\nhello",
        HEAD + b"Content-Length: 5x\r\n\r\nhello",
        HEAD + b"Content-Length: 99999999999999999999999\r\n\r\n",
        HEAD + b"Transfer-Encoding: chunked\r\n\r\nxyz\r\nhello\r\n0\r\n\r\n" + REQUEST,
        HEAD + b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello world\r\n0\r\n\r\n" + REQUEST,
        HEAD + b"Transfer-Encoding: gzip\r\n\r\n" + BODY,
        HEAD + b"Bad Header: x\r\n\r\n",
        HEAD + b"Folded: a\r\n b\r\n\r\n",
        HEAD + b"Nul: a\x00b\r\n\r\n",
        b"nonsense\r\n\r\n",
        b"POST /track HTTP/9.9\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    ],
)
async def test_n11_broken_framing_ends_the_connection_and_nothing_behind_it_is_read(
    server: Served, request_bytes: bytes
) -> None:
    answer = await server.say(request_bytes)
    assert statuses(answer) == [400]
    assert not answer.endswith("<still open>")
    assert await server.door.events() == []


async def test_n11b_a_body_that_is_longer_than_stated_is_refused_as_a_whole(server: Served) -> None:
    answer = await server.say(REQUEST + b"surplus surplus surplus\r\n\r\n")
    assert statuses(answer) == [400]
    assert not answer.endswith("<still open>")
    assert await server.door.events() == []


async def test_n11c_a_surplus_that_comes_later_does_not_take_the_answer_away(server: Served) -> None:
    async with server.connection() as connection:
        server.store.gate.clear()
        await connection.send(REQUEST)
        await server.store.waiting.wait()
        await connection.send(b"surplus surplus surplus\r\n\r\n")
        await asyncio.sleep(0.05)
        server.store.gate.set()
        answer = await connection.rest()
    assert statuses(answer) == [200, 400]
    assert not answer.endswith("<still open>")
    assert len(await server.door.events(type="x")) == 1


async def test_n11d_a_body_in_chunks_is_read(server: Served) -> None:
    chunks = b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in (BODY[:10], BODY[10:]))
    async with server.connection() as connection:
        await connection.send(HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + chunks + b"0\r\n\r\n")
        assert statuses(await connection.answer()) == [200]


async def test_two_requests_in_one_piece_are_two_answers(server: Served) -> None:
    async with server.connection() as connection:
        await connection.send(REQUEST + REQUEST)
        assert [statuses(await connection.answer()) for _ in range(2)] == [[200], [200]]


@pytest.mark.parametrize("beginning", [b"", b"POST /tra", HEAD, HEAD + b"X: y\r\n"])
async def test_n12_a_head_that_does_not_come_in_time_is_given_up(server: Served, beginning: bytes) -> None:
    answer = await server.say(beginning)
    assert statuses(answer) == [408]
    assert not answer.endswith("<still open>")


async def test_n12b_a_head_that_comes_byte_by_byte_is_given_up_all_the_same(server: Served) -> None:
    async with server.connection() as connection:
        trickling = asyncio.create_task(trickle(connection, HEAD))
        assert statuses(await connection.rest()) == [408]
        assert not trickling.done()
        trickling.cancel()


async def trickle(connection: Connection, data: bytes) -> None:
    """Send data byte by byte, with more pauses than anybody has patience for."""
    for byte in data:
        await connection.send(bytes([byte]))
        await asyncio.sleep(0.05)


async def test_n12c_a_body_that_does_not_come_in_time_is_given_up(server: Served) -> None:
    answer = await server.say(HEAD + b"Content-Length: 1000\r\n\r\n", BODY)
    assert statuses(answer) == [408]
    assert not answer.endswith("<still open>")
    assert await server.door.events() == []


async def test_n12d_the_time_for_a_second_request_begins_with_its_first_byte(server: Served) -> None:
    async with server.connection() as connection:
        await connection.send(REQUEST)
        await connection.answer()
        await asyncio.sleep(0.5)
        await connection.send(REQUEST)
        assert statuses(await connection.answer()) == [200]
        await connection.send(HEAD)
        assert statuses(await connection.rest()) == [408]


async def test_n12e_slow_clients_keep_nobody_else_waiting(server: Served) -> None:
    async with AsyncExitStack() as slow, server.connection() as quick:
        for _ in range(50):
            connection = await slow.enter_async_context(server.connection())
            await connection.send(HEAD)
        await quick.send(REQUEST)
        assert statuses(await quick.answer()) == [200]


@pytest.mark.parametrize(
    ("head", "status"),
    [
        (b"POST /track HTTP/1.1\r\nHost: x\r\nX: " + b"y" * 17_000 + b"\r\n\r\n", 431),
        (b"POST /track HTTP/1.1\r\nHost: x\r\n" + b"".join(b"X-%d: y\r\n" % n for n in range(101)) + b"\r\n", 431),
        (b"POST /track?" + b"y" * 9_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n", 414),
        (b"GET /track HTTP/1.1\r\nHost: x\r\n\r\n", 405),
        (b"TRACE /track HTTP/1.1\r\nHost: x\r\n\r\n", 405),
        (b"GET //track HTTP/1.1\r\nHost: x\r\n\r\n", 404),
        (b"POST /%74rack HTTP/1.1\r\nHost: x\r\n\r\n", 404),
        (b"POST /track%20 HTTP/1.1\r\nHost: x\r\n\r\n", 404),
        (b"POST /tr\xffack HTTP/1.1\r\nHost: x\r\n\r\n", 400),
        (b"POST /track HTTP/1.1\r\nHost: x\r\nOrigin: a\x7fb\r\n\r\n", 400),
        (b"OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n", 404),
    ],
)
async def test_n40_an_odd_head_gets_its_status(server: Served, head: bytes, status: int) -> None:
    async with server.connection() as connection:
        await connection.send(head)
        assert statuses(await connection.answer()) == [status]


async def test_n40b_a_head_without_end_is_cut_off(server: Served) -> None:
    async with server.connection() as connection:
        await connection.send(HEAD)
        for _ in range(10_000):
            await connection.send(b"X: " + b"y" * 1_000 + b"\r\n")
            if connection.reader.at_eof() or connection.reader.exception():
                break
        else:
            pytest.fail("it was read to its end")


async def test_n40c_http_1_0_is_understood_and_its_connection_is_closed(server: Served) -> None:
    head = b"POST /track HTTP/1.0\r\nContent-Length: %d\r\n\r\n" % len(BODY)
    answer = await server.say(head + BODY)
    assert statuses(answer) == [200]
    assert not answer.endswith("<still open>")


async def test_n40d_an_absolute_url_is_the_same_entry(server: Served) -> None:
    request = REQUEST.replace(b"POST /track", b"POST http://sojourn.test/track")
    async with server.connection() as connection:
        await connection.send(request)
        assert statuses(await connection.answer()) == [200]


async def test_a_body_that_is_said_to_be_too_large_is_refused_before_it_comes(server: Served) -> None:
    async with server.connection() as connection:
        await connection.send(HEAD + b"Content-Length: 99999999\r\n\r\n")
        assert statuses(await connection.answer()) == [413]


async def test_whoever_goes_away_in_the_middle_of_a_body_leaves_nothing_but_a_count(server: Served) -> None:
    async with server.connection() as connection:
        await connection.send(HEAD + b"Content-Length: 1000\r\n\r\n" + BODY)
        await asyncio.sleep(0.05)
    await asyncio.sleep(0.05)
    assert (await server.door.outcomes()).refused == {"unreadable": 1}
    assert await server.door.events() == []


async def test_a_connection_too_many_is_told_to_come_again() -> None:
    async with served(Limits(connections_max=2, drain_timeout_s=1)) as server, AsyncExitStack() as held:
        for _ in range(2):
            await used(await held.enter_async_context(server.connection()))
        answer = await server.say(REQUEST)
    assert statuses(answer) == [503]
    assert "retry-after: 1" in answer


async def test_one_address_holds_no_more_connections_than_its_share() -> None:
    limits = Limits(connections_per_ip_max=2, rate_loopback=True, drain_timeout_s=1)
    async with served(limits) as server, server.connection() as one:
        await used(one)
        async with server.connection() as another:
            await used(another)
            assert statuses(await server.say(REQUEST)) == [503]
        await asyncio.sleep(0.05)
        async with server.connection() as another:
            await used(another)


async def test_a_server_that_stops_answers_what_is_in_flight() -> None:
    async with served() as server, server.connection() as connection:
        server.store.gate.clear()
        await connection.send(REQUEST)
        await server.store.waiting.wait()
        server.stop.set()
        await asyncio.sleep(0.05)
        server.store.gate.set()
        answer = await connection.rest()
    assert statuses(answer) == [200]
    assert not answer.endswith("<still open>")


async def used(connection: Connection) -> None:
    """Use a connection once, and keep it."""
    await connection.send(REQUEST)
    assert statuses(await connection.answer()) == [200]
