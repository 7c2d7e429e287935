"""The tracker's door over a store, for tests: real application, real collector, a clock that is turned by hand."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, NoReturn, Protocol

import httpx2

from sojourn.builtin import built_in_types
from sojourn.core.changes import Quarantined
from sojourn.core.events import Event
from sojourn.core.limits import Limits
from sojourn.core.outcomes import OutcomeCounts
from sojourn.core.passes import Passes
from sojourn.core.profiles import Profile
from sojourn.core.sessions import Session
from sojourn.core.sources import Redirect, Source, WebhookOptions
from sojourn.engine.collector import Collector
from sojourn.engine.rules import Recognition, Rules
from sojourn.enrichment.clients import ClientReader
from sojourn.enrichment.knowledge import world_knowledge
from sojourn.http.addresses import TrustedProxies
from sojourn.http.app import Application
from sojourn.http.asgi import Receive, Scope, Send
from sojourn.http.tracker import RefusalNote, Tracker, TrackerParts
from sojourn.ports.catalog import Catalog
from sojourn.ports.collector_store import CollectorStore
from sojourn.ports.health import StoreHealth
from sojourn.ports.observations import Observations
from sojourn.ports.records import EventQuery, Records
from sojourn.system import SystemChance
from sojourn.telemetry import PrometheusMeter

NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)

EVERYWHERE = "https://example.com/x"


class Store(CollectorStore, Records, StoreHealth, Protocol):
    """A store as the application needs it."""

    @property
    def catalog(self) -> Catalog: ...

    @property
    def observations(self) -> Observations: ...


class HandClock:
    """A clock that moves when a test turns it, and by a millisecond at each look."""

    def __init__(self, start: datetime = NOON) -> None:
        self._now = start
        self._turned = 0.0

    def now(self) -> datetime:
        self._now += timedelta(milliseconds=1)
        return self._now

    def monotonic(self) -> float:
        return self._turned

    def jump(self, **by: float) -> None:
        """Let the wall clock be set anew, while as much time passes as ever."""
        self._now += timedelta(**by)

    def turn(self, **by: float) -> datetime:
        delta = timedelta(**by)
        self._now += delta
        self._turned += delta.total_seconds()
        return self._now


@dataclass
class Answer:
    """What the client got."""

    status: int
    headers: httpx2.Headers
    body: Any

    @property
    def profile(self) -> str | None:
        profile_id: str | None = self.body["profile"]["id"]
        return profile_id

    @property
    def session(self) -> str | None:
        session_id: str | None = self.body["session"]["id"]
        return session_id

    def codes(self, of: str) -> list[str]:
        return [problem["code"] for problem in self.body[of]]


@dataclass
class Door:
    """A client's view of the tracker, and a look into the store behind it."""

    http: httpx2.AsyncClient
    app: Application
    store: Store
    clock: HandClock
    collector: Collector
    rules: Rules
    refusals: list[RefusalNote] = field(default_factory=list)
    sent: int = 0
    """How many events were sent so far, by what the client itself can tell."""

    async def track(self, payload: object = None, /, *, url: str = "/track", **parts: Any) -> Answer:
        """Send a payload: `track(session="s1", profile=..., events=["page-view"], source="S", ...)`."""
        body = a_payload(**parts) if payload is None else payload
        return await self.send("POST", url, json=body)

    async def send(self, method: str, url: str, **request: Any) -> Answer:
        response = await self.http.request(method, url, **request)
        if method != "OPTIONS" and response.status_code not in OF_NO_EVENTS:
            self.sent += _events_in(request)
        is_json = response.headers.get("content-type", "").startswith("application/json") and response.content
        return Answer(response.status_code, response.headers, response.json() if is_json else response.text)

    async def events(self, **query: Any) -> list[Event]:
        """The stored events that match, oldest first."""
        page = await self.store.events(EventQuery(order="asc", **query), limit=1000)
        return [stored.event for stored in page.items]

    async def types(self, **query: Any) -> list[str]:
        return [event.type for event in await self.events(**query)]

    async def outcomes(self, source: str | None = None) -> OutcomeCounts:
        """How many events ended how, the refused ones included."""
        await self.collector.counted()
        return await self.store.outcomes(source)

    async def quarantined(self) -> list[Quarantined]:
        """The events that were put aside, in the order in which that happened."""
        page = await self.store.quarantined(limit=1000)
        return list(reversed(page.items))

    async def profile(self, any_id: str | None) -> Profile:
        """The stored profile that an id leads to."""
        found = await self.store.profile(any_id or "")
        assert found is not None
        return found

    async def session(self, session_id: str | None) -> Session:
        """The stored session of that id."""
        found = await self.store.session(session_id or "")
        assert found is not None
        return found

    async def visits(self, profile: str | None) -> int:
        return (await self.profile(profile)).metadata.time.visit.count


def a_payload(
    *, source: str = "S", session: Any = "s1", profile: Any = None, events: list[Any] | None = None, **more: Any
) -> dict[str, Any]:
    """A tracker payload; ids may be given as text, event types as text."""
    payload: dict[str, Any] = {"source": {"id": source}, **more}
    if session is not None:
        payload["session"] = {"id": session} if isinstance(session, str) else session
    if profile is not None:
        payload["profile"] = {"id": profile} if isinstance(profile, str) else profile
    sent = ["page-view"] if events is None else events
    payload["events"] = [{"type": event} if isinstance(event, str) else event for event in sent]
    return payload


OF_NO_EVENTS = (404, 405, 414, 431)
"""Statuses of requests that reach no entry for events."""


def _events_in(request: dict[str, Any]) -> int:
    """How many events a request brings; one where that cannot be told."""
    try:
        payload = request["json"] if "json" in request else _read(request.get("content", b""))
        return len(payload["events"]) if isinstance(payload["events"], list) else 1
    except (KeyError, TypeError, ValueError, RecursionError):
        return 1


def _read(body: object) -> Any:
    """The JSON of a body, read as strictly as the door does: UTF-8 without surrogates, no NaN. Raises ValueError."""
    if not isinstance(body, bytes):
        raise TypeError("A body that is sent in pieces cannot be looked at.")
    payload = json.loads(body.decode("utf-8-sig"), parse_constant=_refuse)
    json.dumps(payload, ensure_ascii=False).encode()  # Half a surrogate pair, as an escape, cannot be written.
    return payload


def _refuse(constant: str) -> NoReturn:
    raise ValueError(constant)


SOURCES = (
    Source(id="S", name="site", debug=True),
    Source(id="OFF", name="off", enabled=False),
    Source(id="HOOK", name="hook", type=("webhook",)),
    Source(id="REP", name="ids of its own", type=("webhook",), webhook=WebhookOptions(replace_profile_id="user.id")),
    Source(id="GEN", name="people", type=("webhook",), webhook=WebhookOptions(generate_profile=True)),
    Source(
        id="STICKY-OFF",
        name="one by one",
        type=("webhook",),
        webhook=WebhookOptions(generate_profile=True, sticky_session=False),
    ),
    Source(id="GIVES", name="hands on", passes_to=("S", "OFF", "BARE")),
    Source(id="BARE", name="believes names", bare_pass=True),
    Source(id="EPH", name="ephemeral", ephemeral=True),
    Source(id="STAT", name="static", static_profile_id=True),
    Source(id="SRV", name="server", trust="server"),
    Source(id="TIMED", name="timed", visit_timeout_s=1_800),
    Source(id="RED", name="links", type=("redirect",)),
    Source(id="OFF-RED", name="disabled links", type=("redirect",), enabled=False),
    Source(id="NOW", name="no history", historical_time=False),
    Source(id="QUIET", name="no debugger"),
    Source(id="OPEN", name="shows profiles", returns_profile=True),
    Source(id="SHOP", name="one origin", origins=("https://shop.example",)),
    Source(id="KEEP", name="keeps bots", type=("rest", "webhook"), bots="keep"),
    Source(id="REFUSE", name="refuses bots", bots="refuse"),
    Source(id="ALL", name="keeps addresses whole", ip="full"),
    Source(id="NOTHING", name="keeps no addresses", ip="none"),
)

SERVER_SECRET = "a secret of the server source"
AS_SERVER = {"Authorization": f"Bearer {SERVER_SECRET}"}

REDIRECTS = (
    Redirect(
        id="R1",
        name="x",
        source="RED",
        url=EVERYWHERE,
        event_type="link-followed",
        properties={"q": "payload@params.q"},
    ),
    Redirect(id="ROFF", name="of a disabled source", source="OFF-RED", url=EVERYWHERE, event_type="link-followed"),
    Redirect(id="RGONE", name="of no source", source="GONE", url=EVERYWHERE, event_type="link-followed"),
    Redirect(
        id="RALL",
        name="every template",
        source="RED",
        url=EVERYWHERE,
        event_type="Link Followed",
        properties={
            "body": "payload@body.a",
            "session": "session@id",
            "began": "session@metadata.time.insert",
            "nested": {"list": ["payload@params.q", 5]},
            "plain": "me@example.com",
        },
    ),
)


@asynccontextmanager
async def a_door(
    store: Store,
    *,
    limits: Limits | None = None,
    clock: HandClock | None = None,
    client: str = "127.0.0.1",
    proxies: tuple[str, ...] = (),
) -> AsyncIterator[Door]:
    """The tracker over `store`, with the fixtures of tracker.md §9; `client` is the address that requests come from."""
    limits = limits or Limits()
    clock = clock or HandClock()
    if store.catalog.source("S") is None:
        await _furnish(store.catalog)
    refusals: list[RefusalNote] = []
    rules = Rules(
        store.catalog,
        limits=limits,
        built_in=built_in_types(),
        knowledge=world_knowledge(),
        recognition=Recognition(b"s"),
    )
    collector = Collector(
        store,
        limits=limits,
        rules=rules.in_force,
        clock=clock,
        meter=PrometheusMeter(),
        announce=lambda _submission, _decision: None,
    )
    tracker = Tracker(
        TrackerParts(
            catalog=store.catalog,
            collector=collector,
            limits=limits,
            clock=clock,
            chance=SystemChance(),
            rules=rules.in_force,
            passes=Passes(b"s"),
            read_client=ClientReader().read,
            find_session=store.session,
            announce_refusal=refusals.append,
        )
    )
    running = asyncio.create_task(collector.run())
    await asyncio.sleep(0)
    app = Application(tracker, _not_found, limits, TrustedProxies(proxies))
    transport = httpx2.ASGITransport(app=app, client=(client, 1234))
    async with httpx2.AsyncClient(transport=transport, base_url="http://sojourn.test") as http:
        yield Door(http=http, app=app, store=store, clock=clock, collector=collector, rules=rules, refusals=refusals)
    collector.drain()
    await running


async def everything_is_accounted_for(door: Door) -> None:
    """received = kept + duplicate + dropped + quarantined + refused, and it is what the client sent."""
    counts = await door.outcomes()
    ended = (counts.dropped, counts.quarantined, counts.refused)
    assert counts.received == door.sent
    assert counts.received == counts.kept + counts.duplicate + sum(sum(reasons.values()) for reasons in ended)


async def _furnish(catalog: Catalog) -> None:
    from hashlib import sha256

    for source in SOURCES:
        secret = sha256(SERVER_SECRET.encode()).hexdigest() if source.trust == "server" else None
        await catalog.add_source(source, secret)
    for redirect in REDIRECTS:
        await catalog.add_redirect(redirect)


async def _not_found(scope: Scope, receive: Receive, send: Send) -> None:
    await send({"type": "http.response.start", "status": 404, "headers": [(b"content-type", b"application/json")]})
    await send({"type": "http.response.body", "body": json.dumps({"detail": "Not Found"}).encode()})
