"""The HTTP server around the application: it listens, and when it is to stop, it lets requests in flight finish."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable, Generator
from contextlib import contextmanager

import uvicorn

from sojourn.core.limits import Limits
from sojourn.http.asgi import App
from sojourn.http.protocol import protocol_with

BACKLOG = 2_048


class CannotListen(Exception):
    """The address cannot be listened on; the text says why and what to do."""


def bind(host: str, port: int) -> socket.socket:
    """A socket that is bound to the address; port 0 takes a free one. Raises CannotListen."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    bound = socket.socket(family, socket.SOCK_STREAM)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind((host, port))
    except (OSError, OverflowError) as error:
        bound.close()
        why = error.strerror if isinstance(error, OSError) else str(error)
        raise CannotListen(f"Cannot listen on {host}:{port}: {why}. Choose another port with --port.") from error
    return bound


async def serve_until(
    stop: asyncio.Event, app: App, listening: socket.socket, limits: Limits, *, started: Callable[[], None]
) -> None:
    """Serve on a bound socket until `stop` is set, then until the requests in flight are answered, within bounds."""
    server = _Server(
        started,
        uvicorn.Config(
            app,
            http=protocol_with(limits),
            ws="none",
            lifespan="off",
            access_log=False,
            log_config=None,
            server_header=False,
            proxy_headers=False,
            timeout_keep_alive=limits.idle_timeout_s,
            timeout_graceful_shutdown=round(limits.drain_timeout_s),
            backlog=BACKLOG,
        ),
    )
    serving = asyncio.create_task(server.serve([listening]))
    stopping = asyncio.create_task(stop.wait())
    await asyncio.wait((serving, stopping), return_when=asyncio.FIRST_COMPLETED)
    server.should_exit = True
    stopping.cancel()
    await serving


class _Server(uvicorn.Server):
    """Leaves signals alone: whoever started the server decides when it stops."""

    def __init__(self, listening: Callable[[], None], config: uvicorn.Config) -> None:
        super().__init__(config)
        self._listening = listening

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to listen, and say so."""
        await super().startup(sockets)
        self._listening()

    @contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        """Capture none."""
        yield
