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

ACCEPTS_A_TURN = 256

_PAUSE_S = 1.0
"""Seconds until it is tried again, when this process or this machine can hold no further connection."""

log = structlog.get_logger()


class Acceptor:
    """Accepts on one listening socket, from when it is made until it is closed. For the event loop that runs."""

    def __init__(self, listening: socket.socket, protocol: Callable[[], asyncio.Protocol]) -> None:
        """Give each connection a protocol of its own."""
        self._loop = asyncio.get_running_loop()
        self._listening = listening
        self._protocol = protocol
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
        for _ in range(ACCEPTS_A_TURN):
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
            opening = self._loop.create_task(self._open(connection))
            self._opening.add(opening)
            opening.add_done_callback(self._opening.discard)

    async def _open(self, connection: socket.socket) -> None:
        connection.setblocking(False)  # noqa: FBT003 - as above
        with suppress(OSError):  # Whoever has gone meanwhile needs no answer.
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            await self._loop.connect_accepted_socket(self._protocol, connection)
            return
        connection.close()
