"""An open loop: requests are sent when their time has come, whether or not those before them were answered.

So a server that is too slow gets no mercy, as in life; and the time that a request takes counts from the moment at
which it was due. Each waits on a connection of its own, and connections that have their answer are used again.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import count
from typing import NamedTuple, cast
from urllib.parse import urlsplit
from uuid import uuid4

import msgspec

from sojourn.bench.payloads import templates
from sojourn.bench.scenarios import Scenario

PEOPLE = 500
PATIENCE_S = 10
"""Seconds that an answer may take before its request counts as broken."""
OPEN_MAX = 1_500
"""Requests under way at once, half as many again as the connections that a server takes; one beyond is never sent, and
counts as unsent."""

_TICK_S = 0.002
_OK = 200
_RETURNING = Scenario(connections=1, events=1, people="returning")
_NEW = Scenario(connections=1, events=1, people="new")


class Taken(NamedTuple):
    """One answer."""

    status: int
    seconds: float
    is_timed: bool
    """Whether it says when to come again."""
    body: bytes


class Flood:
    """What came of all requests of one flood."""

    def __init__(self) -> None:
        self.kept_s: list[float] = []
        self.refused_s: list[float] = []
        self.statuses: Counter[int] = Counter()
        self.untimed = 0
        """Refusals without `Retry-After`."""
        self.broken = 0
        """Requests without an answer."""
        self.unsent = 0
        """Requests whose time came while all connections waited for their answer."""

    def note(self, taken: Taken) -> None:
        self.statuses[taken.status] += 1
        if taken.status == _OK:
            self.kept_s.append(taken.seconds)
        else:
            self.refused_s.append(taken.seconds)
            self.untimed += not taken.is_timed


class Visitors:
    """People that the server knows, and their connections."""

    def __init__(self, url: str, source: str) -> None:
        address = urlsplit(url)
        self._host, self._port = address.hostname or "", address.port or 80
        self._source = source
        self._idle: list[_Connection] = []
        self._requests: Iterator[bytes] = iter(())

    async def meet(self) -> None:
        """Come as newcomers, so as to return from now on."""
        first = self._template(_NEW)
        people = []
        for number in range(PEOPLE):
            request = first[number % len(first)] % _told(session=str(uuid4()))
            answer = msgspec.json.decode((await self._ask(request, time.monotonic())).body)
            people.append({"session": answer["session"]["id"], "profile": answer["profile"]["id"]})
        again = self._template(_RETURNING)
        self._requests = (again[number % len(again)] % _told(**people[number % len(people)]) for number in count())

    async def lone(self, times: int) -> list[Taken]:
        """Ask so many times, one after the other."""
        return [await self._ask(next(self._requests), time.monotonic()) for _ in range(times)]

    async def flood(self, requests_per_s: float, seconds: float, every_s: Callable[[], None]) -> Flood:
        """Send so many requests a second for so long; `every_s` is called about once a second meanwhile."""
        flood = Flood()
        under_way: set[asyncio.Task[None]] = set()
        begin = time.monotonic()
        sent, looked_at = 0, begin
        while (now := time.monotonic()) < begin + seconds:
            due = int((now - begin) * requests_per_s)
            for number in range(sent, due):
                if len(under_way) >= OPEN_MAX:
                    flood.unsent += 1
                    continue
                task = asyncio.create_task(self._one(flood, begin + number / requests_per_s))
                under_way.add(task)
                task.add_done_callback(under_way.discard)
            sent = due
            if now - looked_at >= 1:
                looked_at = now
                every_s()
            await asyncio.sleep(_TICK_S)
        if under_way:
            await asyncio.wait(under_way)
        return flood

    def close(self) -> None:
        for connection in self._idle:
            connection.close()
        self._idle.clear()

    async def _one(self, flood: Flood, due: float) -> None:
        try:
            flood.note(await asyncio.wait_for(self._ask(next(self._requests), due), PATIENCE_S))
        except (OSError, TimeoutError):
            flood.broken += 1

    async def _ask(self, request: bytes, due: float) -> Taken:
        connection = self._idle.pop() if self._idle else await self._connection()
        try:
            taken = await connection.ask(request, due)
        except BaseException:
            connection.close()
            raise
        if connection.is_open:
            self._idle.append(connection)
        return taken

    async def _connection(self) -> _Connection:
        _, connection = await asyncio.get_running_loop().create_connection(_Connection, self._host, self._port)
        return connection

    def _template(self, scenario: Scenario) -> list[bytes]:
        return templates(scenario, host=f"{self._host}:{self._port}", source=self._source)


class _Connection(asyncio.Protocol):
    """One connection, on which one request at a time is asked."""

    def __init__(self) -> None:
        self.is_open = False
        self._transport: asyncio.Transport | None = None
        self._received = b""
        self._answer: asyncio.Future[Taken] | None = None
        self._due = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self.is_open = True

    async def ask(self, request: bytes, due: float) -> Taken:
        """Raises OSError when the connection ends without an answer."""
        self._answer = asyncio.get_running_loop().create_future()
        self._due = due
        if self._transport is None:
            raise ConnectionResetError
        if not self._take_answer():
            self._transport.write(request)
        return await self._answer

    def data_received(self, data: bytes) -> None:
        self._received += data
        self._take_answer()

    def connection_lost(self, exc: Exception | None) -> None:
        self.is_open = False
        self._transport = None
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(ConnectionResetError())

    def close(self) -> None:
        if self._transport is not None:
            self._transport.abort()

    def _take_answer(self) -> bool:
        """Whether there is a whole answer: a connection too many is told so before it has asked."""
        head_end = self._received.find(b"\r\n\r\n")
        told = _LENGTH.search(self._received, 0, head_end + 2) if head_end > 0 else None
        if self._answer is None or self._answer.done() or told is None:
            return False
        body = self._received[head_end + 4 :]
        if len(body) < int(told[1]):
            return False
        head, self._received = self._received[:head_end].lower(), b""
        if b"connection: close" in head:
            self.is_open = False
        is_timed = b"retry-after:" in head
        self._answer.set_result(Taken(int(head[9:12]), time.monotonic() - self._due, is_timed, body))
        return True


def _told(*, session: str, profile: str = "") -> dict[bytes, bytes]:
    now = time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime()).encode()
    return {b"session": session.encode(), b"profile": profile.encode(), b"fresh": b"", b"now": now}


_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)\r\n", re.IGNORECASE)
