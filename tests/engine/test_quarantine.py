"""The quarantine makes room for what is newest, and a removal and a replay never both succeed."""

from __future__ import annotations

import asyncio

from sojourn.core.limits import Limits
from sojourn.engine.quarantine import DROPPED_AT_ONCE, Quarantine
from sojourn.stores.memory import MemoryStore
from sojourn.telemetry import PrometheusMeter
from sojourn.testing.stores import keep
from tests.builders import a_quarantined, noon_plus, some_changes
from tests.door import HandClock


def a_quarantine(
    store: MemoryStore, meter: PrometheusMeter | None = None, *, most: int = 3, most_bytes: int = 10**6
) -> Quarantine:
    limits = Limits(quarantined_events_max=most, quarantined_bytes_max=most_bytes)
    return Quarantine(store, store, limits=limits, clock=HandClock(), meter=meter or PrometheusMeter())


async def fill(store: MemoryStore, count: int) -> None:
    await keep(store, *(a_quarantined(f"{number:05}", at=noon_plus(number)) for number in range(count)))


async def ids_in(store: MemoryStore) -> list[str]:
    return [aside.id for aside in (await store.quarantined(limit=10_000)).items]


async def test_the_oldest_beyond_the_limit_are_dropped_and_counted() -> None:
    store, meter = MemoryStore(), PrometheusMeter()
    await fill(store, 5)
    await a_quarantine(store, meter).make_room()
    assert await ids_in(store) == ["00004", "00003", "00002"]
    assert b"sojourn_quarantine_dropped_events_total 2.0" in meter.render()


async def test_room_is_made_when_a_few_big_ones_have_come() -> None:
    store = MemoryStore()
    quarantine = a_quarantine(store, most=1_000, most_bytes=100_000)
    running = asyncio.create_task(quarantine.run())
    await _turns()
    big = [a_quarantined(f"{number}", at=noon_plus(number), raw="x" * 30_000) for number in range(5)]
    await keep(store, *big)
    quarantine.note(some_changes(*big))
    await _turns()
    assert await ids_in(store) == ["4", "3", "2"]
    running.cancel()


async def test_many_are_dropped_commit_by_commit() -> None:
    store = MemoryStore()
    await fill(store, 2 * DROPPED_AT_ONCE + 10)
    await a_quarantine(store).make_room()
    assert len(await ids_in(store)) == 3


async def test_room_is_made_at_the_start_and_whenever_enough_has_come() -> None:
    store = MemoryStore()
    await fill(store, 5)
    quarantine = a_quarantine(store)
    running = asyncio.create_task(quarantine.run())
    await _turns()
    assert len(await ids_in(store)) == 3
    await keep(store, a_quarantined("new", at=noon_plus(100)))
    quarantine.note(some_changes(a_quarantined("new")))
    await _turns()
    assert await ids_in(store) == ["new", "00004", "00003"]
    running.cancel()


async def test_an_event_is_removed_once() -> None:
    store = MemoryStore()
    await fill(store, 1)
    quarantine = a_quarantine(store)
    assert await asyncio.gather(*(quarantine.remove("00000") for _ in range(3))) == [True, False, False]
    assert await quarantine.is_settled("00000")


async def test_what_was_dropped_for_room_is_not_settled() -> None:
    store = MemoryStore()
    await fill(store, 4)
    quarantine = a_quarantine(store)
    await quarantine.make_room()
    assert not await quarantine.is_settled("00000")


async def _turns() -> None:
    for _ in range(20):
        await asyncio.sleep(0)
