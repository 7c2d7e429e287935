"""A door behind a real socket, and clients that say to it what they like."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

from sojourn.core.limits import Limits
from sojourn.http.server import bind, serve_until
from tests.door import Door, a_door
from tests.engine.gated import GatedStore

BODY = b'{"source":{"id":"S"},"session":{"id":"s1"},"events":[{"type":"x"}]}'
HEAD = b"POST /track HTTP/1.1\r\nHost: sojourn.test\r\n"
REQUEST = HEAD + b"Content-Length: %d\r\n\r\n" % len(BODY) + BODY

QUICK = Limits(header_timeout_s=0.3, body_timeout_s=0.3, drain_timeout_s=1)


@dataclass
class Served:
    """A real server, and the door behind it."""

    door: Door
    store: GatedStore
    port: int
    stop: asyncio.Event

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[Connection]:
        """A connection, for as long as it is needed."""
        opened = Connection(*await asyncio.open_connection("127.0.0.1", self.port))
        try:
            yield opened
        finally:
            await opened.close()

    async def say(self, *pieces: bytes) -> str:
        """Send this on a new connection; everything that comes back until it is closed, or is silent for a while."""
        async with self.connection() as connection:
            for piece in pieces:
                await connection.send(piece)
                await asyncio.sleep(0.01)
            return await connection.rest()


@dataclass
class Connection:
    """A client's end of a connection."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def send(self, piece: bytes) -> None:
        """Send bytes, if anybody still listens."""
        with suppress(ConnectionError):
            self.writer.write(piece)
            await self.writer.drain()

    async def rest(self, silence_s: float = 1.0) -> str:
        """What comes until the other end closes, or until nothing has come for so long."""
        received = b""
        try:
            while chunk := await asyncio.wait_for(self.reader.read(65_536), silence_s):
                received += chunk
        except (TimeoutError, ConnectionResetError):
            return received.decode() + "<still open>"
        return received.decode()

    async def answer(self) -> str:
        """The next whole answer."""
        head = (await self.reader.readuntil(b"\r\n\r\n")).decode()
        length = re.search(r"content-length: (\d+)", head)
        return head + (await self.reader.readexactly(int(length[1]) if length else 0)).decode()

    async def close(self) -> None:
        """Close this end."""
        self.writer.close()
        with suppress(ConnectionError):
            await self.writer.wait_closed()


@asynccontextmanager
async def served(limits: Limits = QUICK, *, takes_whole: bool = True) -> AsyncIterator[Served]:
    """A server on a free port; where it does not take whole requests at once, all of them go through ASGI."""
    store = GatedStore()
    async with a_door(store, limits=limits) as door:
        stop, listening = asyncio.Event(), asyncio.Event()
        socket = bind("127.0.0.1", 0)
        whole = door.app if takes_whole else None
        serving = asyncio.create_task(serve_until(stop, door.app, socket, limits, whole=whole, started=listening.set))
        await listening.wait()
        yield Served(door, store, socket.getsockname()[1], stop)
        stop.set()
        await serving


def statuses(answer: str) -> list[int]:
    """The statuses of all answers in it."""
    return [int(status) for status in re.findall(r"HTTP/1\.1 (\d{3})", answer)]
