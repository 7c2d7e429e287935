"""Accepting connections, many in one turn of the event loop.

uvloop accepts one a turn. The busier a server is, the longer its turns are: in a crowd, newcomers would wait for
seconds before anybody could even tell them to come again.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from contextlib import suppress

import structlog

ACCEPTS_A_TURN = 64
"""Connections that are let in in one turn."""
LOOKS_A_TURN = 1_024
"""Connections that are let in or told to come again: that takes some ten microseconds each, and the others wait."""

_PAUSE_S = 1.0
"""Seconds until it is tried again, when this process or this machine can hold no further connection."""

_DRAINED_BYTES = 64 * 1024

log = structlog.get_logger()


class Acceptor:
    """Accepts on one listening socket, from when it is made until it is closed. For the event loop that runs."""

    def __init__(
        self, listening: socket.socket, protocol: Callable[[], asyncio.Protocol], turned_away: Callable[[int], bytes]
    ) -> None:
        """Give each connection a protocol of its own.

        `turned_away` is asked for each, with the number of those that are only just opening; where it has words, they
        are all that the connection gets.
        """
        self._loop = asyncio.get_running_loop()
        self._listening = listening
        self._protocol = protocol
        self._turned_away = turned_away
        self._opening: set[asyncio.Task[None]] = set()
        self._pause: asyncio.TimerHandle | None = None
        listening.setblocking(False)  # noqa: FBT003 - the name of the method says what
        self._listen()

    def close(self) -> None:
        """Accept nothing more; the socket itself stays as it is."""
        self._loop.remove_reader(self._listening)
        if self._pause is not None:
            self._pause.cancel()

    def _listen(self) -> None:
        self._loop.add_reader(self._listening, self._accept)

    def _accept(self) -> None:
        let_in = 0
        for _ in range(LOOKS_A_TURN):
            try:
                connection, _ = self._listening.accept()
            except (BlockingIOError, InterruptedError):
                return
            except ConnectionError:
                continue  # It has gone already.
            except OSError as error:
                log.warning("no connection can be accepted", reason=error.strerror)
                self._loop.remove_reader(self._listening)
                self._pause = self._loop.call_later(_PAUSE_S, self._listen)
                return
            last_words = self._turned_away(len(self._opening))
            if last_words:
                _turn_away(connection, last_words)
                continue
            opening = self._loop.create_task(self._open(connection))
            self._opening.add(opening)
            opening.add_done_callback(self._opening.discard)
            let_in += 1
            if let_in == ACCEPTS_A_TURN:
                return

    async def _open(self, connection: socket.socket) -> None:
        connection.setblocking(False)  # noqa: FBT003 - as above
        with suppress(OSError):  # Whoever has gone meanwhile needs no answer.
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            await self._loop.connect_accepted_socket(self._protocol, connection)
            return
        connection.close()


def _turn_away(connection: socket.socket, last_words: bytes) -> None:
    """Say why, and close: no object is made for a connection too many."""
    with connection, suppress(OSError):  # Whoever has gone meanwhile needs no answer.
        connection.send(last_words, socket.MSG_DONTWAIT)
        # What has come and is not read would make the end of the connection a reset, which may overtake the words.
        connection.recv(_DRAINED_BYTES, socket.MSG_DONTWAIT)
