"""The HTTP server around the application: it listens, and when it is to stop, it lets requests in flight finish."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress

import structlog
import uvicorn

from sojourn.core.limits import Limits
from sojourn.http.addresses import NO_PROXIES, TrustedProxies
from sojourn.http.asgi import App, Receive, Scope, Send, TakesWhole
from sojourn.http.listening import Acceptor
from sojourn.http.protocol import TOO_MANY, BoundedProtocol, protocol_with

BACKLOG = 2_048

log = structlog.get_logger()


class CannotListen(Exception):
    """The address cannot be listened on; the text says why and what to do."""


def bind(host: str, port: int) -> socket.socket:
    """A socket that listens on the address; port 0 takes a free one. Raises CannotListen.

    Who connects before the server is ready waits for it, and a second server on the address fails here and now.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    bound = socket.socket(family, socket.SOCK_STREAM)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind((host, port))
        bound.listen(BACKLOG)
    except (OSError, OverflowError) as error:
        bound.close()
        why = error.strerror if isinstance(error, OSError) else str(error)
        raise CannotListen(f"Cannot listen on {host}:{port}: {why}. Choose another port with --port.") from error
    return bound


async def serve_until(
    stop: asyncio.Event,
    app: App,
    listening: socket.socket,
    limits: Limits,
    *,
    proxies: TrustedProxies = NO_PROXIES,
    whole: TakesWhole | None = None,
    started: Callable[[], None],
) -> None:
    """Serve on a listening socket until `stop` is set, then until the requests in flight are answered, within bounds.

    Requests that are whole when they are read are offered to `whole` first, then go to `app` like all others.

    Raises CannotListen when the socket cannot be served.
    """
    server = _Server(
        started,
        limits,
        uvicorn.Config(
            _quiet_when_cut_off(app),
            http=protocol_with(limits, proxies, whole),
            ws="none",
            lifespan="off",
            access_log=False,
            log_config=None,
            server_header=False,
            proxy_headers=False,
            timeout_keep_alive=limits.idle_timeout_s,
            backlog=BACKLOG,
        ),
    )
    serving = asyncio.create_task(server.serve([listening]))
    stopping = asyncio.create_task(stop.wait())
    await asyncio.wait((serving, stopping), return_when=asyncio.FIRST_COMPLETED)
    server.should_exit = True
    stopping.cancel()
    try:
        await serving
    except OSError as error:
        raise CannotListen(f"Cannot serve: {error.strerror}.") from error


def _quiet_when_cut_off(app: App) -> App:
    """The application, for a server that cancels what takes too long at its end: that is no fault to report."""

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        with suppress(asyncio.CancelledError):
            await app(scope, receive, send)

    return answer


class _Server(uvicorn.Server):
    """Leaves signals alone: whoever started the server decides when it stops."""

    def __init__(self, listening: Callable[[], None], limits: Limits, config: uvicorn.Config) -> None:
        super().__init__(config)
        self._limits = limits
        self._listening = listening
        self._acceptors: list[Acceptor] = []

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to listen, and say so."""
        await super().startup([])
        self._acceptors = [Acceptor(each, self._connection, self._turned_away) for each in sockets or ()]
        self._listening()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Let the requests in flight be answered; cut off what takes too long."""
        for acceptor in self._acceptors:
            acceptor.close()
        try:
            # The other half is for what comes after the last answer.
            async with asyncio.timeout(self._limits.drain_timeout_s / 2):
                await super().shutdown(sockets)
        except TimeoutError:
            log.warning("connections cut off", connections=len(self.server_state.connections))
            for connection in list(self.server_state.connections):
                assert isinstance(connection, BoundedProtocol), "the server makes no others"
                connection.cut_off()
            for task in self.server_state.tasks:
                task.cancel()

    def _turned_away(self, opening: int) -> bytes:
        is_full = len(self.server_state.connections) + opening >= self._limits.connections_max
        return TOO_MANY if is_full else b""

    def _connection(self) -> asyncio.Protocol:
        return self.config.http_protocol_class(  # type: ignore[call-arg] # every HTTP protocol of uvicorn takes these
            config=self.config, server_state=self.server_state, app_state=self.lifespan.state
        )

    @contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        """Capture none."""
        yield
