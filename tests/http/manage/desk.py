"""The management API over the memory store, for tests: the real application, driven in this process.

Every answer is held against the contract: a status or a body that `openapi_document` does not announce fails the test.
"""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from hashlib import sha256
from typing import Any

import httpx2
import jsonschema_rs
from msgspec.structs import replace

from sojourn.builtin import built_in_types
from sojourn.core.asserted import identifiers_told
from sojourn.core.changes import Tally
from sojourn.core.events import Submission
from sojourn.core.facts import keys_of
from sojourn.core.limits import Limits
from sojourn.core.passes import Passes
from sojourn.core.pipeline import Decision, decide_all
from sojourn.core.sources import SCOPES, ApiKey
from sojourn.engine.erasures import Erasures
from sojourn.engine.jobs import Jobs
from sojourn.engine.live import LiveFeed
from sojourn.engine.observing import Observing
from sojourn.engine.people import People
from sojourn.engine.quarantine import Quarantine
from sojourn.engine.rebuild import Rebuilder
from sojourn.engine.regraphing import Regrapher
from sojourn.engine.rules import Recognition, Rules
from sojourn.http.asgi import App
from sojourn.http.manage.app import management_app, openapi_document
from sojourn.http.manage.parts import Parts
from sojourn.ports.system import Clock
from sojourn.stores.memory import MemoryStore
from sojourn.system import SystemChance
from sojourn.telemetry import PrometheusMeter
from sojourn.testing import Store

ADMIN = "the token of the environment"
VERSION = "1.2.3"


class StillClock:
    """A clock that stands still until a test turns it."""

    def __init__(self) -> None:
        self._now = datetime(2026, 11, 24, 12, tzinfo=UTC)

    def now(self) -> datetime:
        return self._now

    def monotonic(self) -> float:
        return self._now.timestamp()

    def turn(self, **by: float) -> None:
        self._now += timedelta(**by)


def token_of(scope: str) -> str:
    """The token that has this one scope."""
    return f"the token that may {scope}"


def digest(token: str) -> str:
    return sha256(token.encode()).hexdigest()


@dataclass
class Api:
    """A client's view of the API."""

    http: httpx2.AsyncClient

    async def ask(
        self, method: str, path: str, body: object = ..., *, token: str | None = ADMIN, **request: Any
    ) -> httpx2.Response:
        """Send a request below `/api/v1`, or at the root when the path begins so; with every right unless told."""
        headers = {**request.pop("headers", {}), **({"Authorization": f"Bearer {token}"} if token else {})}
        if body is not ...:
            request["json"] = body
        url = path if path.startswith("//") else f"/api/v1{path}"
        response = await self.http.request(method, url.removeprefix("/"), headers=headers, **request)
        check_contract(response)
        return response

    async def get(self, path: str, **request: Any) -> Any:
        """The body of an answer that must be 200."""
        response = await self.ask("GET", path, **request)
        assert response.status_code == 200, response.text
        return response.json()

    async def made(self, path: str, body: object) -> Any:
        """The body of an answer that must be 201."""
        response = await self.ask("POST", path, body)
        assert response.status_code == 201, response.text
        return response.json()


@dataclass
class Desk(Api):
    """The same, and a look at what stands behind it."""

    app: App
    parts: Parts
    store: MemoryStore
    clock: StillClock


def some_parts(store: Store, clock: Clock, *, limits: Limits | None = None, **parts: Any) -> Parts:
    """All the parts, of which a test replaces those that it is about."""
    limits = limits or Limits()
    rules = parts.get("rules") or Rules(
        parts.get("catalog", store.catalog),
        limits=limits,
        built_in=built_in_types(),
        recognition=Recognition(b"s"),
    )
    rebuilder = Rebuilder(store, store, rules=rules.in_force, clock=clock, limits=limits)

    people = People(store, store, rules=rules, clock=clock, chance=SystemChance())
    identity = Regrapher(store, store, store.catalog, rules=rules, people=people, clock=clock)

    async def counted() -> tuple[Tally, ...]:
        return ()

    async def submit(submission: Submission) -> Decision:
        told = identifiers_told([submission], rules.in_force())
        facts = await store.load(replace(keys_of([submission]), identifiers=told))
        [decision], changes, _ = decide_all([submission], facts, rules.in_force())
        if changes.tallies:
            await store.commit(changes, facts)
            made.observing.take(changes)
        return decision

    defaults: dict[str, Any] = {
        "catalog": store.catalog,
        "records": store,
        "health": store,
        "live": LiveFeed(limits.live_entries_max),
        "rules": rules,
        "jobs": Jobs(
            {"rebuild": rebuilder.carry_out, **identity.kinds}, limits=limits, clock=clock, chance=SystemChance()
        ),
        "people": people,
        "limits": limits,
        "clock": clock,
        "chance": SystemChance(),
        "passes": Passes(b"s"),
        "version": VERSION,
        "admin_tokens": (digest(ADMIN),),
        "metrics": lambda: b"# HELP nothing\n",
        "ready": lambda: None,
        "counted": counted,
        "quarantine": Quarantine(store, store, limits=limits, clock=clock, meter=PrometheusMeter()),
        "erasures": Erasures(store, secret=b"secret", clock=clock, chance=SystemChance()),
        "submit": submit,
        "observing": Observing(store.observations, store, limits=limits, rules=rules.in_force),
    }
    made = Parts(**(defaults | parts))
    return made


@asynccontextmanager
async def a_desk(*, limits: Limits | None = None, **parts: Any) -> AsyncIterator[Desk]:
    """The API over an empty store, with one token for each scope."""
    store, clock = MemoryStore(), StillClock()
    for scope in SCOPES:
        key = ApiKey(id=f"may-{scope.name}", name=scope.name, scopes=(scope.name,), created_at=clock.now())
        await store.catalog.add_key(key, digest(token_of(scope.name)))
    made = some_parts(store, clock, limits=limits, **parts)
    app = management_app(made)
    transport = httpx2.ASGITransport(app=app)
    async with httpx2.AsyncClient(transport=transport, base_url="http://sojourn.test") as http:
        yield Desk(http=http, app=app, parts=made, store=store, clock=clock)


@asynccontextmanager
async def an_api(parts: Parts) -> AsyncIterator[Api]:
    """The API of these parts, to be asked with every right."""
    transport = httpx2.ASGITransport(app=management_app(parts))
    async with httpx2.AsyncClient(transport=transport, base_url="http://sojourn.test") as http:
        yield Api(http)


def check_contract(response: httpx2.Response) -> None:
    """Hold an answer against the contract. What the contract does not know (unknown paths, methods) is let through."""
    path = response.request.url.raw_path.decode().partition("?")[0]
    for template, pattern in _patterns():
        operation = document()["paths"][template].get(response.request.method.lower())
        if pattern.fullmatch(path) and operation is not None:
            told = operation["responses"].get(str(response.status_code))
            assert told is not None, f"{response.status_code} is not announced for {response.request.method} {template}"
            content = told.get("content", {})
            if "application/json" in content:
                _validator(json.dumps(content["application/json"]["schema"])).validate(response.json())
            return


@cache
def document() -> dict[str, Any]:
    return openapi_document(VERSION)


@cache
def _patterns() -> list[tuple[str, re.Pattern[str]]]:
    found = [(template, re.compile(re.sub(r"\{\w+\}", "[^/]+", template))) for template in document()["paths"]]
    # A path without parameters is meant before one with them.
    return sorted(found, key=lambda each: each[0].count("{"))


@cache
def _validator(schema: str) -> jsonschema_rs.Draft202012Validator:
    whole = {**json.loads(schema), "components": document()["components"]}
    return jsonschema_rs.Draft202012Validator(whole, validate_formats=True)
