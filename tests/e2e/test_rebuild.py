"""A real server rebuilds everybody while events go on to arrive: no event is lost, and each profile is its past."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx2

from sojourn.builtin import built_in_types
from sojourn.core.limits import Limits
from sojourn.engine.rules import Rules
from sojourn.enrichment.knowledge import world_knowledge
from sojourn.stores.embedded.store import EmbeddedStore
from tests.e2e.server import Server, a_server, add_source
from tests.histories import refolded, timeless

PEOPLE = 200
CLIENTS = 8
WAIT_S = 60
SPENT = {
    "id": "spent",
    "name": "What people spent",
    "event_type": "order",
    "operations": [{"op": "add", "target": "profile@traits.spent", "value": "event@properties.n"}],
}


class Shop:
    """Clients of one server, each person in a session of their own; it remembers what was acknowledged."""

    def __init__(self, http: httpx2.AsyncClient, source: str) -> None:
        self.http = http
        self.spent: Counter[str] = Counter()
        self.acknowledged = 0
        self._source = source

    async def order(self, person: int) -> None:
        payload = {
            "source": {"id": self._source},
            "session": {"id": f"session-{person}"},
            "events": [{"type": "order", "properties": {"n": 1}}],
        }
        response = (await self.http.post("/track", json=payload)).raise_for_status()
        self.spent[response.json()["profile"]["id"]] += 1
        self.acknowledged += 1

    async def all_order(self, people: Iterable[int]) -> None:
        """Each of these people orders once; a few at a time."""
        waiting = iter(people)

        async def go_on() -> None:
            for person in waiting:
                await self.order(person)

        await asyncio.gather(*(go_on() for _ in range(CLIENTS)))

    async def order_until(self, end: asyncio.Event) -> None:
        """People order again and again."""
        while not end.is_set():
            await self.all_order(range(0, PEOPLE, 3))

    async def asks(self, method: str, path: str, body: object = None) -> Any:
        """What the management API answers."""
        return (await self.http.request(method, f"/api/v1{path}", json=body)).raise_for_status().json()


@asynccontextmanager
async def a_shop(server: Server) -> AsyncIterator[Shop]:
    source = add_source(server)
    async with httpx2.AsyncClient(base_url=server.url, headers=server.admin, timeout=WAIT_S) as http:
        yield Shop(http, source)


async def test_traffic_goes_on_while_everybody_is_rebuilt(tmp_path: Path) -> None:
    with a_server(tmp_path / "data") as server:
        async with a_shop(server) as shop:
            await shop.all_order(range(PEOPLE))
            await shop.asks("POST", "/mappings", SPENT)
            end = asyncio.Event()
            traffic = asyncio.create_task(shop.order_until(end))
            before = shop.acknowledged
            job = await shop.asks("POST", "/jobs", {"kind": "rebuild"})
            while job["state"] == "running":
                job = await shop.asks("GET", f"/jobs/{job['id']}")
            end.set()
            await traffic
            assert (job["state"], job["error"]) == ("done", None)
            assert job["result"]["busy"] == 0
            assert shop.acknowledged > before
            await _everybody_has_spent(shop)
    await _everybody_is_their_past(server)


async def test_a_server_that_stops_ends_its_jobs(tmp_path: Path) -> None:
    with a_server(tmp_path / "data") as server:
        async with a_shop(server) as shop:
            await shop.all_order(range(PEOPLE))
            await shop.asks("POST", "/mappings", SPENT)
            await shop.asks("POST", "/jobs", {"kind": "rebuild"})
        assert server.stop() == 0
        server.start()
        async with a_shop(server) as shop:
            assert (await shop.asks("GET", "/jobs"))["items"] == []


async def _everybody_has_spent(shop: Shop) -> None:
    """Every order that was acknowledged counts once."""
    for profile, spent in shop.spent.items():
        assert (await shop.asks("GET", f"/profiles/{profile}"))["traits"] == {"spent": spent}
    outcomes = await shop.asks("GET", "/outcomes")
    assert (outcomes["received"], outcomes["kept"]) == (shop.acknowledged, shop.acknowledged)


async def _everybody_is_their_past(server: Server) -> None:
    """What the server left behind, looked at without it."""
    limits = Limits(disk_reserve_bytes=1)
    store = await EmbeddedStore.open(server.folder, limits, materialise="inline")
    rules = Rules(store.catalog, limits=limits, built_in=built_in_types(), knowledge=world_knowledge()).in_force()
    people = await store.people(limit=PEOPLE * 2)
    assert len(people) == PEOPLE
    for profile_id in people:
        kept = await store.profile(profile_id)
        assert kept is not None
        assert timeless(kept) == timeless(await refolded(store, profile_id, rules))
    await store.close()
