"""An answer leaves in one piece where it is there as a whole, and as it comes where it is not."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from sojourn.core.limits import Limits
from sojourn.http.asgi import App, Receive, Scope, Send
from sojourn.http.server import bind, serve_until

REQUEST = b"GET / HTTP/1.1\r\nhost: x\r\n\r\n"
Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@asynccontextmanager
async def connected_to(app: App) -> AsyncIterator[Streams]:
    """One connection to a server of the application."""
    stop, started = asyncio.Event(), asyncio.Event()
    listening = bind("127.0.0.1", 0)
    serving = asyncio.create_task(serve_until(stop, app, listening, Limits(), started=started.set))
    await started.wait()
    reader, writer = await asyncio.open_connection("127.0.0.1", listening.getsockname()[1])
    try:
        yield reader, writer
    finally:
        writer.close()
        stop.set()
        await serving


def answering(*headers: tuple[bytes, bytes], status: int = 200, body: bytes = b"hello") -> App:
    """An application that answers so."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": status, "headers": list(headers)})
        await send({"type": "http.response.body", "body": body})

    return app


async def test_head_and_body_leave_together() -> None:
    async with connected_to(answering((b"content-length", b"5"))) as (reader, writer):
        for _ in range(20):
            writer.write(REQUEST)
            piece = await reader.read(4096)
            assert piece.startswith(b"HTTP/1.1 200 OK\r\n")
            assert piece.endswith(b"\r\ncontent-length: 5\r\n\r\nhello")


async def test_a_stream_begins_before_there_is_anything_to_say() -> None:
    told = asyncio.Event()

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await told.wait()
        await send({"type": "http.response.body", "body": b"news"})

    async with connected_to(app) as (reader, writer):
        writer.write(REQUEST)
        assert (await reader.readuntil(b"\r\n\r\n")).endswith(b"transfer-encoding: chunked\r\n\r\n")
        told.set()
        assert await reader.readuntil(b"0\r\n\r\n") == b"4\r\nnews\r\n0\r\n\r\n"


async def test_a_body_in_several_pieces_arrives_whole() -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"5")]})
        await send({"type": "http.response.body", "body": b"hel", "more_body": True})
        await send({"type": "http.response.body", "body": b"lo"})

    async with connected_to(app) as (reader, writer):
        writer.write(REQUEST)
        await reader.readuntil(b"\r\n\r\n")
        assert await reader.readexactly(5) == b"hello"


async def test_a_connection_that_is_to_end_ends_behind_its_answer() -> None:
    async with connected_to(answering((b"content-length", b"5"))) as (reader, writer):
        writer.write(b"GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")
        assert (await reader.read()).endswith(b"\r\nconnection: close\r\n\r\nhello")


async def test_the_head_of_an_answer_to_head_tells_the_length() -> None:
    async with connected_to(answering((b"content-length", b"5"), body=b"")) as (reader, writer):
        writer.write(b"HEAD / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")
        answer = await reader.read()
        assert b"\r\ncontent-length: 5\r\n" in answer
        assert answer.endswith(b"\r\n\r\n")


@pytest.mark.parametrize("header", [(b"x-told", b"a\r\nset-cookie: b"), (b"x told", b"a"), (b"x:", b"a")])
async def test_a_header_that_would_break_the_answer_never_leaves(header: tuple[bytes, bytes]) -> None:
    async with connected_to(answering((b"content-length", b"5"), header)) as (reader, writer):
        writer.write(REQUEST)
        assert (await reader.readline()) == b"HTTP/1.1 500 Internal Server Error\r\n"
        assert b"set-cookie" not in await reader.readuntil(b"\r\n\r\n")
