"""Where the parts are chosen and joined. Nothing else in the package builds a store, a clock or an application."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import structlog

from sojourn import __version__
from sojourn.builtin import built_in_types
from sojourn.config import Settings
from sojourn.core.events import Submission
from sojourn.core.identifiers.canonical import is_region
from sojourn.core.limits import Limits
from sojourn.core.passes import Passes
from sojourn.core.pipeline import Decision
from sojourn.engine.behind import Behind
from sojourn.engine.collector import Collector
from sojourn.engine.crash_points import CrashPoint, trapped
from sojourn.engine.deadline import Deadline
from sojourn.engine.erasures import Erasures
from sojourn.engine.jobs import Jobs
from sojourn.engine.live import LiveFeed
from sojourn.engine.observing import Observing
from sojourn.engine.open_reviews import OpenReviews
from sojourn.engine.people import People
from sojourn.engine.quarantine import Quarantine
from sojourn.engine.rebuild import Rebuilder
from sojourn.engine.regraphing import Regrapher
from sojourn.engine.rules import Recognition, Rules
from sojourn.enrichment.clients import ClientReader
from sojourn.enrichment.geoip import CityFile, UnusableCityFile
from sojourn.enrichment.knowledge import world_knowledge
from sojourn.http.addresses import TrustedProxies
from sojourn.http.app import Application
from sojourn.http.auth import digest_of
from sojourn.http.live_entries import decided_entry, refused_entry
from sojourn.http.manage.app import management_app
from sojourn.http.manage.parts import Parts
from sojourn.http.tracker import Tracker, TrackerParts
from sojourn.ports.catalog import Catalog
from sojourn.ports.errors import StoreBroken, StoreError
from sojourn.ports.meter import Meter
from sojourn.ports.system import Clock
from sojourn.stores.embedded.identity_key import identity_secret
from sojourn.stores.embedded.store import EmbeddedStore
from sojourn.system import SystemChance, SystemClock
from sojourn.telemetry import PrometheusMeter

log = structlog.get_logger()


class StartError(Exception):
    """The server cannot start; the text says why and what to do."""


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
    live = LiveFeed(limits.live_entries_max, first=int(clock.now().timestamp() * 1_000_000))
    rules = _rules(store.catalog, settings, recognition)
    behind = _behind(store, settings, rules, clock, meter)
    announce, observe, in_force = _announcing(live, settings), behind.see, rules.in_force
    collector = Collector(
        store, limits=limits, rules=in_force, clock=clock, meter=meter, announce=announce, observe=observe
    )
    people = People(store, store, rules=rules, clock=clock, chance=chance)
    jobs = _jobs(store, rules, people, limits, clock)
    token = chance.token()
    passes = Passes(recognition.secret)
    tracker = _tracker(store, collector, live, reader, rules, passes, clock)
    meter.watch(lag_bytes=store.lag_bytes, body_bytes=tracker.room.held_bytes)
    manage = management_app(
        Parts(
            catalog=store.catalog,
            records=store,
            health=store,
            live=live,
            rules=rules,
            people=people,
            jobs=jobs,
            limits=limits,
            clock=clock,
            chance=chance,
            version=__version__,
            admin_tokens=tuple(digest_of(each.encode()) for each in (token, settings.admin_token) if each),
            metrics=meter.render,
            ready=lambda: store.failure() or collector.phase.value or None,
            counted=collector.counted,
            erasures=_erasures(store, recognition, live, clock),
            passes=passes,
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
        await _finish(jobs, collector, collecting, store, deadline)


def _rules(catalog: Catalog, settings: Settings, recognition: Recognition) -> Rules:
    limits, knowledge = settings.limits, world_knowledge()
    return Rules(catalog, limits=limits, built_in=built_in_types(), knowledge=knowledge, recognition=recognition)


def _behind(store: EmbeddedStore, settings: Settings, rules: Rules, clock: Clock, meter: Meter) -> Behind:
    limits, examples = settings.limits, settings.observe_examples
    return Behind(
        Quarantine(store, store, limits=limits, clock=clock, meter=meter),
        OpenReviews(store, store, limits=limits, clock=clock, meter=meter),
        Observing(store.observations, store, limits=limits, rules=rules.in_force, shows_examples=examples),
    )


def _tracker(
    store: EmbeddedStore,
    collector: Collector,
    live: LiveFeed,
    reader: ClientReader,
    rules: Rules,
    passes: Passes,
    clock: Clock,
) -> Tracker:
    parts = TrackerParts(
        catalog=store.catalog,
        collector=collector,
        limits=rules.limits,
        clock=clock,
        chance=SystemChance(),
        rules=rules.in_force,
        passes=passes,
        read_client=reader.read,
        find_session=store.session,
        announce_refusal=lambda note: live.publish(refused_entry(note)),
    )
    return Tracker(parts)


def _erasures(store: EmbeddedStore, recognition: Recognition, live: LiveFeed, clock: Clock) -> Erasures:
    return Erasures(store, secret=recognition.secret, clock=clock, chance=SystemChance(), forget=live.forget)


def _jobs(store: EmbeddedStore, rules: Rules, people: People, limits: Limits, clock: Clock) -> Jobs:
    rebuilder = Rebuilder(store, store, rules=rules.in_force, clock=clock, limits=limits)
    identity = Regrapher(store, store, store.catalog, rules=rules, people=people, clock=clock)
    kinds = {"rebuild": rebuilder.carry_out, **identity.kinds}
    return Jobs(kinds, limits=limits, clock=clock, chance=SystemChance())


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
    jobs: Jobs, collector: Collector, collecting: asyncio.Task[None], store: EmbeddedStore, deadline: Deadline
) -> None:
    """End the jobs, commit what waits, bring the journal in; what there is no time for is done at the next start."""
    await jobs.close()
    collector.drain()
    with suppress(TimeoutError, StoreBroken):
        await asyncio.wait_for(collecting, deadline.left_s() / 2)
    try:
        await asyncio.wait_for(store.close(), deadline.left_s())
    except TimeoutError:
        log.warning("the journal is not brought in yet, the next start goes on with it")
