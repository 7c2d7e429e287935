"""The server in its life: it listens, opens the data folder, lets requests in, and ends in peace when it is told to."""

from __future__ import annotations

import asyncio
import gc
import os
import signal
from collections.abc import Callable
from ipaddress import ip_address
from pathlib import Path

import msgspec
import structlog
import uvloop

from sojourn.config import Settings
from sojourn.core.ids import derived_id
from sojourn.core.sources import Source
from sojourn.http.addresses import TrustedProxies
from sojourn.http.gate import Gate
from sojourn.http.server import CannotListen, bind, serve_until
from sojourn.ports.catalog import Catalog
from sojourn.stores.embedded.lock import FileLock
from sojourn.system import SystemChance
from sojourn.wiring import Sojourn, StartError, assembled

SERVER_FILE = "server.json"
FIRST_SOURCE_NAME = "My first source"

log = structlog.get_logger()


class Unsafe(StartError):
    """It would be open to a network without anybody who administers it."""


class RunningServer(msgspec.Struct, frozen=True, kw_only=True):
    """A server that is at work on a data folder, as it says itself in `server.json`."""

    url: str
    token: str
    """A bearer token with every right, for who can read the folder."""
    pid: int


class Started(msgspec.Struct, frozen=True, kw_only=True):
    """What people want to know of a server that has just started."""

    url: str
    data: str
    source: Source | None
    """One that takes events at `/track`, to try it with."""
    is_first_start: bool


def running_server(folder: Path) -> RunningServer | None:
    """The server that works on this folder, if there is one."""
    try:
        server = msgspec.json.decode((folder / SERVER_FILE).read_bytes(), type=RunningServer)
        # The file alone proves nothing: a server that was killed leaves it behind.
        return server if FileLock.is_held(folder) else None
    except (OSError, msgspec.MsgspecError):
        return None


def serve(settings: Settings, started: Callable[[Started], None]) -> int:
    """Run the server until it is told to stop; the exit code. Raises StartError when it cannot start."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(_serve(settings, started))


class _Door:
    """The server in its life: it listens from the start, lets requests in when it is opened, and closes in peace."""

    def __init__(self, settings: Settings) -> None:
        """Listen, and tell everybody that it is starting. Raises CannotListen."""
        listening = bind(settings.host, settings.port)
        self.url = _url(settings.host, listening.getsockname()[1])
        self.gate = Gate(settings.limits)
        self.stop = asyncio.Event()
        """Set when the server is to stop, or cannot serve any more."""
        self._closing = asyncio.Event()
        self._serving = asyncio.create_task(
            serve_until(
                self._closing,
                self.gate,
                listening,
                settings.limits,
                proxies=TrustedProxies(settings.trusted_proxies),
                whole=self.gate,
                started=lambda: None,
            )
        )
        self._serving.add_done_callback(lambda _: self.stop.set())
        for signum in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(signum, self.stop.set)

    async def close(self) -> None:
        """Return when the requests that are in have their answers. Raises CannotListen when it never could serve."""
        self._closing.set()
        await self._serving


async def _serve(settings: Settings, started: Callable[[Started], None]) -> int:
    try:
        door = _Door(settings)
        try:
            async with assembled(settings) as sojourn:
                try:
                    return await _work(settings, sojourn, door, started)
                finally:
                    await door.close()
        finally:
            await door.close()  # when the folder could not be opened
    except CannotListen as error:
        raise StartError(str(error)) from error


async def _work(settings: Settings, sojourn: Sojourn, door: _Door, started: Callable[[Started], None]) -> int:
    """Let requests in until the server is to stop, then answer those that are in; the exit code."""
    _refuse_open_door(settings, sojourn.store.catalog)
    news = await _news(settings, sojourn.store.catalog, door.url)
    server_file = Path(settings.data) / SERVER_FILE
    door.gate.open(sojourn.app)
    _spare_the_collector_of_garbage()
    watching = asyncio.create_task(_stop_when_failing(sojourn, door.stop))
    try:
        if not door.stop.is_set():
            _write_private(server_file, RunningServer(url=door.url, token=sojourn.token, pid=os.getpid()))
            started(news)
        await door.stop.wait()
    finally:
        server_file.unlink(missing_ok=True)
    sojourn.begin_to_stop()
    await door.close()
    if watching.done():
        return 1
    watching.cancel()
    return 0


def _spare_the_collector_of_garbage() -> None:
    """Look for cycles rarely: records hold none, and a full look at the cached documents would stop every request."""
    gc.freeze()
    gc.set_threshold(100_000, 50, 1_000)


async def _stop_when_failing(sojourn: Sojourn, stop: asyncio.Event) -> None:
    """Stop the server when nothing more can be kept: what is acknowledged is safe, the next start replays it."""
    broken = asyncio.create_task(sojourn.store.broken())
    await asyncio.wait((broken, sojourn.collecting), return_when=asyncio.FIRST_COMPLETED)
    log.critical(
        "nothing more can be kept, stopping", reason=broken.result() if broken.done() else "the collector ended"
    )
    broken.cancel()
    stop.set()


def _write_private(path: Path, server: RunningServer) -> None:
    """Let commands on this machine find the server; only the owner of the folder can read how."""
    path.unlink(missing_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(msgspec.json.encode(server))


def _refuse_open_door(settings: Settings, catalog: Catalog) -> None:
    if _is_loopback(settings.host) or settings.admin_token:
        return
    if any("admin" in key.scopes for key in catalog.keys()):  # noqa: SIM118 - the port's list of keys, no dictionary
        return
    raise Unsafe(
        f"Refusing to listen on {settings.host}: others could reach it, and nobody administers it yet. "
        "Set SOJOURN_ADMIN_TOKEN to a long random text, or make a key with `sojourn keys add NAME --scope admin`."
    )


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _url(host: str, port: int) -> str:
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


async def _news(settings: Settings, catalog: Catalog, url: str) -> Started:
    """A first start makes a source, so that the first event needs no set-up."""
    is_first_start = not catalog.sources()
    if is_first_start:
        source_id = derived_id(SystemChance().bits(), "source")
        await catalog.add_source(Source(id=source_id, name=FIRST_SOURCE_NAME))
    source = next((each for each in catalog.sources() if each.enabled and "rest" in each.type), None)
    return Started(url=url, data=settings.data, source=source, is_first_start=is_first_start)
