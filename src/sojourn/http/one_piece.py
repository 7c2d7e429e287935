"""Answers that leave in one piece: head and body in one write, where the length is told and the body is there at once.

The server writes them apart, and each write is a call of the system that wakes the client. What is no such answer, such
as a stream, goes the server's own way.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from operator import itemgetter

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, RequestResponseCycle

from sojourn.http.asgi import Header, Message

_NO_NAME = re.compile(rb"[^!#-\'*+.0-9A-Z^-z|~-]")
_NO_VALUE = re.compile(rb"[\x00-\x08\x0a-\x1f\x7f]")
_NAMES_REMEMBERED = 256
_OF_THE_CONNECTION = (b"connection", b"transfer-encoding")


class OnePiece:
    """What an application sends its answer to, in place of the server's own."""

    __slots__ = ("_cycle", "_length", "_start")

    def __init__(self, cycle: RequestResponseCycle) -> None:
        """For the answer to one request."""
        self._cycle = cycle
        self._start: Message | None = None
        self._length = b""

    async def send(self, message: Message) -> None:
        """Take a part of the answer."""
        start = self._start
        if start is not None:
            self._start = None
            body: bytes = message.get("body", b"")
            if self._length == b"%d" % len(body) and not message.get("more_body") and not self._cycle.flow.write_paused:
                self.write(start["status"], start["headers"], body)
                return
            await self._cycle.send(start)  # type: ignore[arg-type] # uvicorn has types of its own for messages
        elif message["type"] == "http.response.start":
            self._length = _length_told(message["headers"])
            if self._length:
                self._start = message
                return
        await self._cycle.send(message)  # type: ignore[arg-type] # as above

    def write(self, status: int, headers: Iterable[Header], body: bytes) -> None:
        """Say all of it; and do what the server does at the end of an answer."""
        cycle = self._cycle
        if cycle.disconnected:
            return
        answer = _joined(status, (*cycle.default_headers, *headers), body, is_last=not cycle.keep_alive)
        cycle.response_started = True
        cycle.waiting_for_100_continue = False
        cycle.transport.write(answer)
        cycle.response_complete = True
        cycle.message_event.set()
        if not cycle.keep_alive:
            cycle.transport.close()
        cycle.on_response()


def _joined(status: int, headers: tuple[Header, ...], body: bytes, *, is_last: bool) -> bytes:
    if not all(map(_is_name, map(itemgetter(0), headers))) or _NO_VALUE.search(b"".join(map(itemgetter(1), headers))):
        raise ValueError("A header of the answer holds characters that it cannot.")
    lines = [b"%b: %b\r\n" % header for header in headers]
    if is_last:
        lines.append(b"connection: close\r\n")
    return b"".join((STATUS_LINE[status], *lines, b"\r\n", body))


@lru_cache(_NAMES_REMEMBERED)
def _is_name(name: bytes) -> bool:
    return bool(name) and _NO_NAME.search(name) is None


def _length_told(headers: Iterable[Header]) -> bytes:
    """The length of the body, as it is told; empty where it is not, or where a header concerns the connection."""
    length = b""
    for name, value in headers:
        lower = name.lower()
        if lower == b"content-length":
            length = value
        elif lower in _OF_THE_CONNECTION:
            return b""
    return length
