"""Clients that are slow or say nothing, and large bodies that trickle in: what do the others see of them?

The same few clients are measured alone, beside a thousand connections that never come to their request, and beside
large bodies that arrive piece by piece. In the end every slow connection must have been told that it was too slow.
"""

from __future__ import annotations

import resource
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from threading import Event, Thread
from typing import NamedTuple
from urllib.parse import urlsplit

from bench.verdicts import Verdict
from sojourn.bench.scenarios import Scenario
from sojourn.bench.servers import LoadTool, load_tool, make_source, real_server

SLOW = 1_000
LARGE = 200
SECONDS = 4.0
TIMES_MAX = 2.0

_OTHERS = Scenario(connections=8, events=1, people="returning")
_HEAD_TIMEOUT_S = 5.0
_LARGE_BYTES = 256 * 1024
_PIECE_BYTES = 16 * 1024
_BOUNDS = {"SOJOURN_LIMITS_CONNECTIONS_MAX": "2048", "SOJOURN_LIMITS_HEADER_TIMEOUT_S": str(_HEAD_TIMEOUT_S)}
_HEAD = b"POST /track HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n"


class Seen(NamedTuple):
    """What the others saw, p99 in milliseconds, and what became of the rest."""

    alone_ms: float
    beside_slow_ms: float
    beside_large_ms: float
    not_kept: int
    """Requests of the others that were answered otherwise than with 200, or not at all."""
    told: int
    """Slow connections that were closed with 408."""
    slow: int


def measure(folder: Path, *, seconds: float = SECONDS, slow: int = SLOW, large: int = LARGE) -> Seen:
    """Raises CannotMeasure."""
    _allow_descriptors(slow + large + 100)
    with real_server(folder / "data", **_BOUNDS) as server, ExitStack() as stack:
        address = urlsplit(server.url)
        where = (address.hostname or "", address.port or 80)
        tool = stack.enter_context(load_tool(server.url, make_source(server)))
        tool.send(_OTHERS, seconds / 4)
        others = _Others(tool, seconds)
        alone_ms = others.p99_ms()
        crowd = [stack.enter_context(socket.create_connection(where)) for _ in range(slow)]
        with _trickling(crowd[::2], _HEAD * 1_000, 1, 1.0):  # the others of them say nothing
            beside_slow_ms = others.p99_ms()
            time.sleep(max(0.0, _HEAD_TIMEOUT_S + 1 - seconds))
        told = sum(_was_told(each) for each in crowd)
        bodies = [stack.enter_context(socket.create_connection(where)) for _ in range(large)]
        with _trickling(bodies, _HEAD % _LARGE_BYTES + b" " * _LARGE_BYTES, _PIECE_BYTES, 0.1):
            beside_large_ms = others.p99_ms()
        return Seen(alone_ms, beside_slow_ms, beside_large_ms, others.not_kept, told, slow)


def verdicts(seen: Seen) -> Iterator[Verdict]:
    for beside, ms in (("slow clients", seen.beside_slow_ms), ("large bodies", seen.beside_large_ms)):
        promise = f"beside {beside}: p99 at most {TIMES_MAX:.0f} times"
        yield Verdict(promise, f"{seen.alone_ms:.1f} to {ms:.1f} ms", ms <= TIMES_MAX * seen.alone_ms)
    yield Verdict("every request of the others is kept", f"{seen.not_kept} were not", not seen.not_kept)
    yield Verdict("every slow client is told so", f"{seen.told} of {seen.slow}", seen.told == seen.slow)


class _Others:
    """Those whom the rest must not disturb."""

    def __init__(self, tool: LoadTool, seconds: float) -> None:
        self._tool = tool
        self._seconds = seconds
        self.not_kept = 0

    def p99_ms(self) -> float:
        answers = self._tool.send(_OTHERS, self._seconds)
        self.not_kept += sum(answers.refused.values()) + answers.broken
        return answers.p99_ms


@contextmanager
def _trickling(connections: list[socket.socket], data: bytes, piece_bytes: int, pause_s: float) -> Iterator[None]:
    """Meanwhile, send the same bytes on all of these connections, a piece at a time."""
    over = Event()

    def send() -> None:
        for begin in range(0, len(data), piece_bytes):
            for connection in connections:
                with suppress(OSError):  # The server may have closed it meanwhile, as it should.
                    connection.send(data[begin : begin + piece_bytes], socket.MSG_DONTWAIT)
            if over.wait(pause_s):
                return

    sending = Thread(target=send)
    sending.start()
    try:
        yield
    finally:
        over.set()
        sending.join()


def _was_told(connection: socket.socket) -> bool:
    with suppress(OSError):
        return connection.recv(4_096, socket.MSG_DONTWAIT).startswith(b"HTTP/1.1 408 ")
    return False


def _allow_descriptors(wanted: int) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(wanted, hard), hard))
