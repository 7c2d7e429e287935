"""How many connections one address may hold, and whose do not count."""

from __future__ import annotations

import asyncio

from sojourn.core.limits import Limits
from sojourn.http.addresses import NO_PROXIES, TrustedProxies
from sojourn.http.asgi import Receive, Scope, Send
from sojourn.http.server import bind, serve_until

ONE_EACH = Limits(connections_per_ip_max=1, rate_loopback=True)
REQUEST = b"GET / HTTP/1.1\r\nhost: x\r\n\r\n"


async def test_an_address_holds_as_many_connections_as_its_limit() -> None:
    assert await statuses_of_two_connections(NO_PROXIES) == [b"204", b"503"]


async def test_a_trusted_proxy_holds_connections_for_many() -> None:
    assert await statuses_of_two_connections(TrustedProxies(["127.0.0.0/8"])) == [b"204", b"204"]


async def statuses_of_two_connections(proxies: TrustedProxies) -> list[bytes]:
    """Ask over two connections, the first of which stays open."""
    stop, started = asyncio.Event(), asyncio.Event()
    listening = bind("127.0.0.1", 0)
    port = listening.getsockname()[1]
    serving = asyncio.create_task(serve_until(stop, answer, listening, ONE_EACH, proxies=proxies, started=started.set))
    await started.wait()
    first, second = await asyncio.open_connection("127.0.0.1", port), await asyncio.open_connection("127.0.0.1", port)
    statuses = []
    for reader, writer in (first, second):
        writer.write(REQUEST)
        statuses.append((await reader.readline()).split()[1])
    for _, writer in (first, second):
        writer.close()
        await writer.wait_closed()
    stop.set()
    await serving
    return statuses


async def answer(scope: Scope, receive: Receive, send: Send) -> None:
    await send({"type": "http.response.start", "status": 204, "headers": []})
    await send({"type": "http.response.body", "body": b""})


async def test_a_silent_connection_is_closed_and_a_busy_one_is_not() -> None:
    stop, started = asyncio.Event(), asyncio.Event()
    listening = bind("127.0.0.1", 0)
    limits = Limits(idle_timeout_s=1)
    serving = asyncio.create_task(serve_until(stop, answer, listening, limits, started=started.set))
    await started.wait()
    port = listening.getsockname()[1]
    silent, busy = await asyncio.open_connection("127.0.0.1", port), await asyncio.open_connection("127.0.0.1", port)
    silent[1].write(REQUEST)
    ended = asyncio.create_task(silent[0].read())
    while not ended.done():
        busy[1].write(REQUEST)
        assert (await busy[0].readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 204")
        await asyncio.sleep(0.1)
    busy[1].write(REQUEST)
    assert (await busy[0].readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 204")
    for _, writer in (silent, busy):
        writer.close()
    stop.set()
    await serving
