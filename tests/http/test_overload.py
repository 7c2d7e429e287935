"""What clients are told when the server cannot: overload, a stop, a store that fails, a fault of ours."""

from __future__ import annotations

import asyncio
import gzip
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from structlog.testing import capture_logs

from sojourn.core import pipeline
from sojourn.core.limits import Limits, PayloadLimits
from sojourn.core.pipeline import Step
from sojourn.core.sessions import Session
from sojourn.ports.errors import NotSettled, StoreBroken, StoreUnavailable
from sojourn.stores.memory import MemoryStore
from tests.door import EVERYWHERE, Answer, Door, a_door, a_payload, everything_is_accounted_for
from tests.engine.gated import GatedStore


@asynccontextmanager
async def gated(limits: Limits | None = None) -> AsyncIterator[tuple[Door, GatedStore]]:
    """A door over a store with a gate."""
    store = GatedStore()
    async with a_door(store, limits=limits or Limits()) as door:
        yield door, store
        store.gate.set()
        await everything_is_accounted_for(door)


async def test_a_full_queue_is_busy() -> None:
    async with gated(Limits(queue_requests_max=1, retry_after_s=7)) as (door, store):
        waiting = await _behind_the_gate(door, store, 2)
        answer = await door.track(session="s3")
        store.gate.set()
        assert {(await each).status for each in waiting} == {200}
        assert (answer.status, answer.headers["retry-after"]) == (503, "7")
        assert answer.body == {"detail": "Too many requests are waiting."}
        assert (await door.outcomes()).refused == {"busy": 1}


async def test_a_queue_that_holds_too_many_bytes_is_busy() -> None:
    async with gated(Limits(queue_bytes_max=1_000)) as (door, store):
        waiting = await _behind_the_gate(door, store, 2)
        answer = await door.track(session="s3", events=[{"type": "x", "properties": {"a": "x" * 1_000}}])
        store.gate.set()
        await asyncio.gather(*waiting)
        assert answer.status == 503


@pytest.mark.parametrize("url", ["/track", "/collect/ev/HOOK"])
async def test_bodies_that_are_still_arriving_count_into_the_bound(door_of_1000_bytes: Door, url: str) -> None:
    door, body = door_of_1000_bytes, json.dumps(a_payload()).encode().ljust(600)
    arriving, arrived = asyncio.Event(), asyncio.Event()

    async def slowly() -> AsyncIterator[bytes]:
        yield body
        arriving.set()
        await arrived.wait()

    first = asyncio.create_task(door.send("POST", url, content=slowly()))
    await arriving.wait()
    refused = await door.send("POST", "/track", content=body)
    arrived.set()
    assert (await first).status == 200
    assert (refused.status, refused.headers["retry-after"]) == (503, "1")
    assert (await door.send("POST", "/track", content=body)).status == 200


async def test_a_small_body_counts_as_large_as_it_inflates(door_of_1000_bytes: Door) -> None:
    small = gzip.compress(json.dumps(a_payload()).encode().ljust(1_001))
    answer = await door_of_1000_bytes.send("POST", "/track", content=small, headers={"Content-Encoding": "gzip"})
    assert (answer.status, len(small) < 200) == (503, True)


@pytest.mark.parametrize("status", [200, 401, 413, 422])
async def test_whatever_is_answered_the_room_of_the_body_is_given_back(door_of_1000_bytes: Door, status: int) -> None:
    bodies = {200: a_payload(), 401: a_payload(source="GONE"), 413: a_payload(events=["x"] * 3), 422: {"events": 1}}
    body = json.dumps(bodies[status]).encode().ljust(600)
    assert [(await door_of_1000_bytes.send("POST", "/track", content=body)).status for _ in range(3)] == [status] * 3


@pytest.fixture
async def door_of_1000_bytes() -> AsyncIterator[Door]:
    """A door that holds no more than so many bytes of bodies at once."""
    async with a_door(MemoryStore(), limits=Limits(queue_bytes_max=1_000, public=PayloadLimits(events_max=2))) as door:
        yield door


async def test_a_server_that_stops_is_busy_and_finishes_what_it_has() -> None:
    store = GatedStore()
    async with a_door(store) as door:
        waiting = await _behind_the_gate(door, store, 2)
        door.collector.drain()
        answer = await door.track(session="s3")
        store.gate.set()
        assert {(await each).status for each in waiting} == {200}
        assert (answer.status, answer.headers["retry-after"]) == (503, "1")
        assert answer.body == {"detail": "The server is stopping."}


async def test_a_store_that_cannot_write_now_is_busy_and_nothing_is_half_done() -> None:
    async with gated() as (door, store):
        store.failures.append(StoreUnavailable("The disk is full."))
        answer = await door.track(session="s1")
        assert (answer.status, answer.headers["retry-after"]) == (503, "1")
        assert await door.events() == []
        assert await store.session("s1") is None
        again = await door.track(session="s1")
        assert (again.status, again.body["warnings"]) == (200, [])
        assert await door.visits(again.profile) == 1


async def test_a_broken_store_is_busy_for_good() -> None:
    store = GatedStore()
    store.failures.append(StoreBroken("A sync failed."))
    statuses: list[int] = []

    async def send_twice() -> None:
        async with a_door(store) as door:
            statuses.extend([(await door.track(session="s1")).status for _ in range(2)])

    with pytest.raises(StoreBroken):
        await send_twice()
    assert statuses == [503, 503]
    assert store.commits == []


async def test_a_fault_of_ours_tells_where_to_look_and_nothing_else(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: object) -> None:
        raise ZeroDivisionError("canary")

    monkeypatch.setattr(pipeline, "STEPS", (Step("fail", fail),))
    with capture_logs() as logged:
        answer = await door.track(session="canary", events=["canary"])
    (task,) = logged[0]["tasks"]
    assert (answer.status, answer.body) == (500, {"detail": f"Internal error; the log has more under {task}."})
    assert (await door.outcomes("S")).refused == {"fault": 1}


async def test_a_redirect_leads_on_while_the_store_lags() -> None:
    class Lagging(MemoryStore):
        async def session(self, session_id: str) -> Session | None:
            raise NotSettled("The newest writes are not readable yet.")

    async with a_door(Lagging()) as door:
        answer = await door.send("GET", "/redirect/RALL/s1")
        assert (answer.status, answer.headers["location"]) == (307, EVERYWHERE)
        assert (await door.outcomes("RED")).refused == {"busy": 1}


async def test_a_redirect_leads_on_through_a_fault_of_ours(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(pipeline, "STEPS", (Step("fail", fail),))
    with capture_logs():
        answer = await door.send("GET", "/redirect/R1")
    assert (answer.status, answer.headers["location"]) == (307, EVERYWHERE)


async def _behind_the_gate(door: Door, store: GatedStore, count: int) -> list[asyncio.Task[Answer]]:
    """So many requests, the first one in its commit, the others in the queue."""
    store.gate.clear()
    first = asyncio.create_task(door.track(session="s0"))
    await store.waiting.wait()
    others = [asyncio.create_task(door.track(session=f"s{number}")) for number in range(1, count)]
    for _ in range(20):
        await asyncio.sleep(0)
    return [first, *others]
