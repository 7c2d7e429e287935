"""Where the parts are chosen and joined. Nothing else in the package builds a store, a clock or an application."""

from __future__ import annotations

import asyncio
import gc
import os
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from typing import Literal

import msgspec
import structlog
import uvloop

from sojourn import __version__
from sojourn.builtin import built_in_types
from sojourn.config import Settings
from sojourn.core.events import Submission
from sojourn.core.identifiers.canonical import is_region
from sojourn.core.ids import derived_id
from sojourn.core.limits import Limits
from sojourn.core.pipeline import Decision
from sojourn.core.sources import Source
from sojourn.engine.behind import Behind
from sojourn.engine.collector import Collector
from sojourn.engine.crash_points import CrashPoint, trapped
from sojourn.engine.deadline import Deadline
from sojourn.engine.jobs import Jobs
from sojourn.engine.live import LiveFeed
from sojourn.engine.observing import Observing
from sojourn.engine.quarantine import Quarantine
from sojourn.engine.rebuild import Rebuilder
from sojourn.engine.rules import Recognition, Rules
from sojourn.enrichment.clients import ClientReader
from sojourn.enrichment.geoip import CityFile, UnusableCityFile
from sojourn.enrichment.knowledge import world_knowledge
from sojourn.http.addresses import TrustedProxies
from sojourn.http.app import Application
from sojourn.http.auth import digest_of
from sojourn.http.gate import Gate
from sojourn.http.live_entries import decided_entry, refused_entry
from sojourn.http.manage.app import management_app
from sojourn.http.manage.parts import Parts
from sojourn.http.server import CannotListen, bind, serve_until
from sojourn.http.tracker import Tracker, TrackerParts
from sojourn.ports.catalog import Catalog
from sojourn.ports.errors import StoreBroken, StoreError
from sojourn.ports.meter import Meter
from sojourn.ports.system import Clock
from sojourn.stores.embedded.identity_key import identity_secret
from sojourn.stores.embedded.lock import FileLock
from sojourn.stores.embedded.store import EmbeddedStore
from sojourn.system import SystemChance, SystemClock
from sojourn.telemetry import PrometheusMeter

SERVER_FILE = "server.json"
FIRST_SOURCE_NAME = "My first source"

log = structlog.get_logger()


class StartError(Exception):
    """The server cannot start; the text says why and what to do."""


class Unsafe(StartError):
    """It would be open to a network without anybody who administers it."""


class RunningServer(msgspec.Struct, frozen=True, kw_only=True):
    """A server that is at work on a data folder, as it says itself in `server.json`."""

    url: str
    token: str
    """A bearer token with every right, for who can read the folder."""
    pid: int


@dataclass(frozen=True, kw_only=True)
class Sojourn:
    """All parts, joined and at work."""

    app: Application
    token: str
    """A bearer token with every right, made anew at each start."""
    store: EmbeddedStore
    collector: Collector
    live: LiveFeed
    collecting: asyncio.Task[None]
    """Runs as long as events can be taken."""
    deadline: Deadline
    """When the end must be over."""

    def begin_to_stop(self) -> None:
        """Refuse new events from now on, and end the streams of the live feed, which would else never end."""
        self.deadline.left_s()
        self.collector.stop()
        self.live.close()


def running_server(folder: Path) -> RunningServer | None:
    """The server that works on this folder, if there is one."""
    try:
        server = msgspec.json.decode((folder / SERVER_FILE).read_bytes(), type=RunningServer)
        # The file alone proves nothing: a server that was killed leaves it behind.
        return server if FileLock.is_held(folder) else None
    except (OSError, msgspec.MsgspecError):
        return None


@asynccontextmanager
async def assembled(
    settings: Settings, *, materialise: Literal["process", "inline"] = "process", clock: Clock | None = None
) -> AsyncIterator[Sojourn]:
    """Open the data folder and join the parts; at the end, finish what is in flight and close.

    `clock` is this machine's unless another is given. Raises StartError when the folder, or a file, cannot be opened.
    """
    clock, chance, meter, limits = clock or SystemClock(), SystemChance(), PrometheusMeter(), settings.limits
    reader = _client_reader(settings)
    store, recognition = await _opened(settings, materialise, chance)
    meter.watch_lag(store.lag_bytes)
    live = LiveFeed(limits.live_entries_max, first=int(clock.now().timestamp() * 1_000_000))
    rules = _rules(store.catalog, settings, recognition)
    behind = _behind(store, settings, rules, clock, meter)
    collector = Collector(
        store,
        limits=limits,
        rules=rules.in_force,
        clock=clock,
        meter=meter,
        announce=_announcing(live, settings),
        observe=behind.see,
    )
    jobs = _jobs(store, rules, limits, clock)
    token = chance.token()
    tracker = _tracker(store, collector, live, reader, limits, clock)
    manage = management_app(
        Parts(
            catalog=store.catalog,
            records=store,
            health=store,
            live=live,
            rules=rules,
            jobs=jobs,
            limits=limits,
            clock=clock,
            chance=chance,
            version=__version__,
            admin_tokens=tuple(digest_of(each.encode()) for each in (token, settings.admin_token) if each),
            metrics=meter.render,
            ready=lambda: store.failure() or collector.phase.value or None,
            counted=collector.counted,
            quarantine=behind.quarantine,
            observing=behind.observing,
            submit=collector.submit,
        )
    )
    app = Application(tracker, manage, limits, TrustedProxies(settings.trusted_proxies))
    collecting = asyncio.create_task(collector.run())
    await asyncio.sleep(0)  # The collector opens in its first step: a request from inside may be sent at once.
    deadline = Deadline(limits.drain_timeout_s, clock)
    running = Sojourn(
        app=app, token=token, store=store, collector=collector, live=live, collecting=collecting, deadline=deadline
    )
    try:
        async with behind.at_work(lambda: deadline.left_s() / 4):
            yield running
    finally:
        await jobs.close()
        await _finish(collector, collecting, store, deadline)


def _rules(catalog: Catalog, settings: Settings, recognition: Recognition) -> Rules:
    limits, knowledge = settings.limits, world_knowledge()
    return Rules(catalog, limits=limits, built_in=built_in_types(), knowledge=knowledge, recognition=recognition)


def _behind(store: EmbeddedStore, settings: Settings, rules: Rules, clock: Clock, meter: Meter) -> Behind:
    limits, examples = settings.limits, settings.observe_examples
    return Behind(
        Quarantine(store, store, limits=limits, clock=clock, meter=meter),
        Observing(store.observations, store, limits=limits, rules=rules.in_force, shows_examples=examples),
    )


def _tracker(
    store: EmbeddedStore, collector: Collector, live: LiveFeed, reader: ClientReader, limits: Limits, clock: Clock
) -> Tracker:
    parts = TrackerParts(
        catalog=store.catalog,
        collector=collector,
        limits=limits,
        clock=clock,
        chance=SystemChance(),
        read_client=reader.read,
        find_session=store.session,
        announce_refusal=lambda note: live.publish(refused_entry(note)),
    )
    return Tracker(parts)


def _jobs(store: EmbeddedStore, rules: Rules, limits: Limits, clock: Clock) -> Jobs:
    rebuilder = Rebuilder(store, store, rules=rules.in_force, clock=clock, limits=limits)
    return Jobs({"rebuild": rebuilder.carry_out}, limits=limits, clock=clock, chance=SystemChance())


def _announcing(live: LiveFeed, settings: Settings) -> Callable[[Submission, Decision], None]:
    def announce(submission: Submission, decision: Decision) -> None:
        live.publish(decided_entry(submission, decision))

    # A batch is announced when it is committed, and before the event loop sends its answers.
    return trapped(announce, CrashPoint.BEFORE_REPLY, settings.crash) if settings.crash else announce


async def _opened(
    settings: Settings, materialise: Literal["process", "inline"], chance: SystemChance
) -> tuple[EmbeddedStore, Recognition]:
    """The store, and by what it recognises people."""
    region = settings.default_region
    if region is not None and not is_region(region):
        raise StartError(f"The setting `default_region` is `{region}`, and no country whose phone numbers are known.")
    folder = Path(settings.data)
    try:
        store = await EmbeddedStore.open(folder, settings.limits, materialise=materialise, crash=settings.crash)
        try:
            secret = await identity_secret(folder, store.catalog, settings.identity_secret, chance.bits())
        except BaseException:
            await store.close()
            raise
    except (StoreError, OSError) as error:
        raise StartError(str(error)) from error
    return store, Recognition(secret, region)


def _client_reader(settings: Settings) -> ClientReader:
    try:
        return ClientReader(CityFile(Path(settings.geoip_city)) if settings.geoip_city else None)
    except UnusableCityFile as error:
        raise StartError(str(error)) from error


async def _finish(
    collector: Collector, collecting: asyncio.Task[None], store: EmbeddedStore, deadline: Deadline
) -> None:
    """Commit what waits, then bring the journal in; what there is no time for is done at the next start."""
    collector.drain()
    with suppress(TimeoutError, StoreBroken):
        await asyncio.wait_for(collecting, deadline.left_s() / 2)
    try:
        await asyncio.wait_for(store.close(), deadline.left_s())
    except TimeoutError:
        log.warning("the journal is not brought in yet, the next start goes on with it")


class Started(msgspec.Struct, frozen=True, kw_only=True):
    """What people want to know of a server that has just started."""

    url: str
    data: str
    source: Source | None
    """One that takes events at `/track`, to try it with."""
    is_first_start: bool


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
